/** The single changes that events make to a run, its steps and their compensations: what `evolve.ts` is written in. */
import { broken } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Workflow } from "../definition/workflow.ts";
import { timedOut } from "./attempts.ts";
import { stepOf } from "./instances.ts";
import { planOf } from "./step-key.ts";
import type { Actor, Side } from "./event.ts";
import type {
  AttemptState,
  CompensationRun,
  InquiryRun,
  InquiryState,
  Mended,
  Run,
  StepRun,
  UndoAttempt,
} from "./run.ts";
import {
  compensationExits,
  type CompensationStateName,
  type Phase,
  phaseExits,
  settledCompensationStates,
  stepExits,
  type StepStateName,
} from "./tables.ts";

export function pendingStep(): StepRun {
  return {
    state: "pending",
    attempts: [],
    spent: 0,
    output: undefined,
    undo: undefined,
    error: undefined,
    dueAt: undefined,
    begunAt: undefined,
    inquiry: undefined,
    mended: undefined,
    left: undefined,
    compensation: undefined,
  };
}

export function compensationOf(workflow: Workflow, run: Run, name: string): CompensationRun {
  const compensation = stepOf(workflow, run, name).compensation;
  if (!compensation) broken(`the step ${name} has something to undo`);
  return compensation;
}

/** Linear in what is out, which is one or two commands. */
export function noLongerOut(run: Run, step: string, side: Side, attempt: number): void {
  const at = run.out.findIndex((ref) => ref.attempt === attempt && ref.side === side && ref.step === step);
  if (at >= 0) run.out.splice(at, 1);
  if (run.unattended?.step === step) run.unattended = undefined;
}

export function stopWaiting(run: Run, waiting: StepRun | InquiryRun | CompensationRun, step: string, side: Side): void {
  if (waiting.dueAt === undefined) return;
  waiting.dueAt = undefined;
  run.waits = run.waits.filter((wait) => wait.step !== step || wait.side !== side);
}

export function undoAttemptOf(compensation: CompensationRun, number: number): UndoAttempt {
  const attempt = compensation.attempts[number - 1];
  if (!attempt) broken(`undo attempt ${number} was sent`);
  return attempt;
}

export function setAttempt(step: StepRun, number: number, state: AttemptState): void {
  if (!step.attempts[number - 1]) broken(`attempt ${number} was sent`);
  step.attempts[number - 1] = state;
}

export function moveStep(step: StepRun, to: StepStateName): void {
  if (!stepExits.get(step.state)?.has(to)) broken(`a step goes from ${step.state} to ${to}`);
  step.state = to;
}

export function moveCompensation(compensation: CompensationRun, to: CompensationStateName): void {
  if (!compensationExits.get(compensation.state)?.has(to))
    broken(`a compensation goes from ${compensation.state} to ${to}`);
  compensation.state = to;
}

export function movePhase(run: Run, to: Phase): void {
  if (!phaseExits.get(run.phase)?.has(to)) broken(`a run goes from ${run.phase} to ${to}`);
  run.phase = to;
}

/** One success settles the step; whoever else is still at it has the same key and so the same effect (C3). */
export function settleBySuccess(
  step: StepRun,
  attempt: number | undefined,
  output: Json,
  undo: Json | undefined,
): void {
  if (attempt !== undefined) setAttempt(step, attempt, "succeeded");
  supersede(step);
  step.output = output;
  step.undo = undo;
}

export function supersede(step: StepRun): void {
  step.attempts.forEach((state, place) => {
    if (state === "live") step.attempts[place] = "superseded";
  });
}

export function supersedeUndo(compensation: CompensationRun): void {
  for (const attempt of compensation.attempts) if (attempt.state === "live") attempt.state = "superseded";
}

/** `scope: key`: the promise of `none` holds for every attempt under the key (semantics.md, 2). */
export function closeKey(step: StepRun): void {
  step.attempts.forEach((state, place) => {
    if (state === "unanswered" || state === "possible") step.attempts[place] = "closed";
  });
  mendedOf(step).isClosed = true;
}

export function arm(workflow: Workflow, name: string, step: StepRun): void {
  if (!planOf(workflow, name).compensation) return;
  if (!step.compensation) step.compensation = newCompensation();
  // C4: what was settled because nothing was there is to be undone after all.
  else if (step.compensation.state === "unneeded") moveCompensation(step.compensation, "armed");
}

function newCompensation(): CompensationRun {
  return {
    state: "armed",
    attempts: [],
    spent: 0,
    error: undefined,
    dueAt: undefined,
    found: undefined,
    lateEffects: 0,
    isOwed: false,
    input: undefined,
  };
}

export function mendedOf(step: StepRun): Mended {
  return (step.mended ??= {
    key: 1,
    earlier: 0,
    earlierInquiries: 0,
    isStray: false,
    isClosed: false,
    input: undefined,
    word: undefined,
    isAskedOnceMore: false,
  });
}

export function inquiryOf(step: StepRun): InquiryRun {
  return (step.inquiry ??= { attempts: [], spent: 0, dueAt: undefined });
}

export function setInquiry(step: StepRun, number: number, state: InquiryState): void {
  const { attempts } = inquiryOf(step);
  if (!attempts[number - 1]) broken(`inquiry ${number} was sent`);
  attempts[number - 1] = state;
}

/** The step is settled: nobody waits for what its worker says of it any more. */
export function supersedeInquiry(run: Run, name: string, step: StepRun): void {
  const { inquiry } = step;
  if (!inquiry) return;
  stopWaiting(run, inquiry, name, "inquire");
  inquiry.attempts.forEach((state, place) => {
    if (state === "live") inquiry.attempts[place] = "superseded";
  });
}

/** C12: nothing that is heard under an earlier key counts for this one. */
export function beginKey(run: Run, name: string, step: StepRun, key: number): void {
  const mended = mendedOf(step);
  mended.key = key;
  mended.earlier = step.attempts.length;
  mended.earlierInquiries = step.inquiry?.attempts.length ?? 0;
  mended.isClosed = false;
  supersedeInquiry(run, name, step);
}

/** C26: what an earlier key has brought to light. */
export function strayed(step: StepRun, side: Side, number: number): void {
  mendedOf(step).isStray = true;
  if (side === "inquire") setInquiry(step, number, "done");
  else setAttempt(step, number, "succeeded");
}

/** The pivot has succeeded, or the run has completed: what came before is never undone. */
export function discardAll(run: Run): void {
  for (const step of run.steps) if (step) discard(step);
  for (const key in run.repeated) if (run.repeated[key]) discard(run.repeated[key]);
  for (const key in run.blocks) {
    const block = run.blocks[key];
    if (block && "owing" in block) block.owing = [];
  }
}

function discard({ compensation }: StepRun): void {
  if (compensation?.state === "armed") moveCompensation(compensation, "discarded");
}

/** Those that repeat as often as they are known of. */
export function* everyStep({ steps, repeated }: Run): Generator<StepRun> {
  for (const step of steps) if (step) yield step;
  for (const key in repeated) if (repeated[key]) yield repeated[key];
}

export function endUnanswered(workflow: Workflow, run: Run, name: string, side: Side, number: number): void {
  if (side === "compensate") {
    const compensation = compensationOf(workflow, run, name);
    const attempt = undoAttemptOf(compensation, number);
    const superseded = attempt.state === "superseded";
    // What superseded it settles nothing any more where C5 has the effect undone once more: this one may have done it.
    const isSettled = settledCompensationStates.has(compensation.state);
    attempt.state = superseded && isSettled ? "closed" : "unanswered";
    if (!superseded) compensation.error = timedOut;
    return;
  }
  if (side === "inquire") {
    const inquired = stepOf(workflow, run, name);
    const isWanted = inquired.inquiry?.attempts[number - 1] === "live";
    return setInquiry(inquired, number, isWanted ? "unanswered" : "closed");
  }
  const step = stepOf(workflow, run, name);
  const superseded = step.attempts[number - 1] === "superseded";
  // Under a key that is closed nothing is in doubt.
  setAttempt(step, number, superseded || step.mended?.isClosed === true ? "closed" : "unanswered");
  if (!superseded) step.error = timedOut;
}

/** Nothing is waited for any more; what was out is in the residue, and a late answer is only written down. */
export function abandonStep(step: StepRun): void {
  step.dueAt = undefined;
  supersede(step);
  if (step.inquiry) {
    step.inquiry.dueAt = undefined;
    step.inquiry.attempts = step.inquiry.attempts.map((state) => (state === "live" ? "superseded" : state));
  }
  const compensation = step.compensation;
  if (!compensation) return;
  supersedeUndo(compensation);
  compensation.dueAt = undefined;
  compensation.isOwed = false;
  if (!settledCompensationStates.has(compensation.state)) moveCompensation(compensation, "skipped");
}

/** Whether a success of the pivot still decides that the run goes forward to its end. */
export const isTurnable = ({ phase }: Run): boolean => phase === "forward" || phase === "draining";

export function performed(run: Run, verb: string, { actor }: Actor, at: number): void {
  run.lastVerb = { verb, actor, at, version: run.version };
}

export function end(run: Run, at: number): void {
  movePhase(run, "ended");
  run.ends++;
  run.endedAt = at;
}

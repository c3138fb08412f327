/**
 * What one input does to one run: the events that follow from it (architecture.md, 1). Pure: no clock, no IO, no
 * randomness; ids and jitter are derived. `advance` folds each event into the run as it decides, which the engine
 * uses; `decide` does the same on a copy, for whoever needs the old run too.
 *
 * A decision is in layers, each in its file: what the input says (here), what it means for its step (`step-side.ts`)
 * or for its compensation (`undo-side.ts`), and how the run goes on from there (`progress.ts`); `moves.ts` holds the
 * single moves that they share.
 */
import { assert, type ErrorCode, unreachable } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import { Draft } from "./draft.ts";
import type { SagaEvent } from "./event.ts";
import { copyRun } from "./evolve.ts";
import type { SagaInput, SagaTimer } from "./input.ts";
import { stepIn } from "./instances.ts";
import { childBegan, childEnded, recall, told } from "./child-side.ts";
import { answerInquire, dueInquiryTimer, withdrawInquire } from "./inquiry-side.ts";
import { isPivotPassed, openIncident, overdue, turn } from "./moves.ts";
import { goOn } from "./progress.ts";
import type { Run } from "./run.ts";
import { answerExecute, dueStepTimer, withdrawExecute } from "./step-side.ts";
import { deadlineAt } from "./timers.ts";
import { answerCompensate, dueUndoTimer, withdrawCompensate } from "./undo-side.ts";
import { performVerb } from "./verbs.ts";

/**
 * - `events`: what is to be recorded, at least one
 * - `nothing`: a duplicate, or too late to matter; nothing to record, and nothing wrong
 * - `refused`: a verb that cannot be carried out; the caller is told
 */
export type Decision =
  | { readonly kind: "events"; readonly events: readonly SagaEvent[] }
  | { readonly kind: "nothing"; readonly why: string }
  | Refused;

export interface Refused {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly message: string;
  readonly mend: string;
  /** For programs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Leaves `run` as it is. */
export function decide(workflow: Workflow, run: Run, input: SagaInput, now: number): Decision {
  return advance(workflow, copyRun(run), input, now);
}

/** Folds what it decides into `run`. */
export function advance(workflow: Workflow, run: Run, input: SagaInput, now: number): Decision {
  const draft = new Draft(workflow, run, now);
  const refusal = consider(draft, input);
  if (refusal) {
    assert(draft.events.length === 0, "what is refused changes nothing");
    return refusal;
  }
  if (draft.events.length === 0) return { kind: "nothing", why: "nothing follows from it" };
  return { kind: "events", events: draft.events };
}

type Refusal = Exclude<Decision, { kind: "events" }>;

function consider(draft: Draft, input: SagaInput): Refusal | undefined {
  switch (input.type) {
    case "start":
      return start(draft, input);
    case "admit":
      if (draft.run.holder === undefined || draft.run.phase !== "forward")
        return { kind: "nothing", why: "it does not wait for a place" };
      draft.record({ type: "RunAdmitted" });
      break;
    case "attention":
      return attention(draft, input);
    case "result":
      if (!stepIn(draft.workflow, draft.run, input.step)) return { kind: "nothing", why: "no such step" };
      if (input.action === "compensate") answerCompensate(draft, input.step, input.attempt, input.outcome);
      else if (input.action === "execute") answerExecute(draft, input.step, input.attempt, input.outcome);
      else answerInquire(draft, input.step, input.attempt, input.outcome);
      break;
    case "child":
      if (!childEnded(draft, input.step, input.ended)) return { kind: "nothing", why: "nothing follows from it" };
      break;
    case "childBegan":
      return childBegan(draft, input);
    case "recall":
      return recall(draft);
    case "told":
      return told(draft, input.end);
    case "withdrawn":
      if (input.side === "execute") withdrawExecute(draft, input.step, input.attempt);
      else if (input.side === "compensate") withdrawCompensate(draft, input.step, input.attempt);
      else withdrawInquire(draft, input.step, input.attempt);
      break;
    case "timer":
      if (draft.run.phase !== "ended") dueTimer(draft, input.timer);
      break;
    case "cancel":
    case "abandon":
    case "retry":
    case "resolve":
    case "skip":
    case "suspend":
    case "resume":
    case "rerun":
    case "signal":
      return performVerb(draft, input);
    default:
      return unreachable(input);
  }
  goOn(draft);
  return undefined;
}

function start(draft: Draft, input: Extract<SagaInput, { type: "start" }>): undefined {
  const { id, uid, rerun, limitKey, holder, parent } = input;
  draft.record({
    type: "RunStarted",
    id,
    uid,
    workflow: draft.workflow.name,
    version: draft.workflow.version,
    definition: draft.workflow.hash,
    input: input.input,
    ...(rerun === undefined ? {} : { rerunOf: rerun.of, reuse: rerun.reuse }),
    ...(parent === undefined ? {} : { parent }),
    ...(limitKey === undefined ? {} : { limitKey }),
  });
  if (holder !== undefined) draft.record({ type: "RunHeld", holder });
  goOn(draft);
}

function attention(draft: Draft, input: Extract<SagaInput, { type: "attention" }>): Refusal | undefined {
  const { run } = draft;
  const { step, need, worker } = input;
  if (run.phase === "ended") return undefined;
  const isSaid = run.unattended?.step === step && run.unattended.need === need;
  if (need !== undefined && !isSaid && run.out.some((out) => out.step === step))
    draft.record({ type: "AttentionRaised", step, need, worker });
  else if (need === undefined && run.unattended?.step === step) draft.record({ type: "AttentionCleared", step });
  return undefined;
}

function dueTimer(draft: Draft, timer: SagaTimer): void {
  if (timer.kind === "deadline") deadline(draft);
  else if (timer.side === "execute") dueStepTimer(draft, timer);
  else if (timer.side === "inquire") dueInquiryTimer(draft, timer);
  else dueUndoTimer(draft, timer);
}

/** C16: before the pivot it acts like a cancel; else, and while going back, an operator is told. */
function deadline(draft: Draft): void {
  const { run, workflow, now } = draft;
  const dueAt = deadlineAt(workflow, run);
  if (dueAt === undefined || now < dueAt) return;
  draft.record({ type: "DeadlinePassed", of: run.phase === "forward" ? "run" : "rollback" });
  const isAsked = run.phase !== "forward" || workflow.onDeadline === "incident" || isPivotPassed(workflow, run);
  if (isAsked || run.incidents.some(({ kind }) => kind === "pivot")) openIncident(draft, "overdue", undefined, overdue);
  else turn(draft, "deadline");
}

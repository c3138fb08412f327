/**
 * The fold: what each recorded event makes of a run. `evolve` changes the run that it is given; `copyRun` first where
 * the old one is still needed. States move only along the tables of semantics.md (I13); anything else is a broken
 * assumption, because events are only recorded after `decide` made them.
 */
import { assert, broken, unreachable } from "../base/errors.ts";
import type { StepPlan, Workflow } from "../definition/workflow.ts";
import { isUndoInDoubt } from "./attempts.ts";
import { evolveBlock, pass } from "./block-events.ts";
import { begunStep, countOwing, emptyRecord, goPastAll, isOwing } from "./block-fold.ts";
import type { SagaEvent, Side, Transition } from "./event.ts";
import { endWait, endWaits, evolveWait } from "./evolve-wait.ts";
import { evolveVerb } from "./evolve-verb.ts";
import { stepIn, stepOf } from "./instances.ts";
import { outAtTurn } from "./siblings.ts";
import type { OutRef, Run, StepRun } from "./run.ts";
import { isForChild, planOf } from "./step-key.ts";
import {
  arm,
  closeKey,
  compensationOf,
  discardAll,
  end,
  endUnanswered,
  inquiryOf,
  isTurnable,
  moveCompensation,
  movePhase,
  moveStep,
  noLongerOut,
  pendingStep,
  setAttempt,
  setInquiry,
  settleBySuccess,
  stopWaiting,
  strayed,
  supersede,
  supersedeInquiry,
  supersedeUndo,
  undoAttemptOf,
} from "./step-fold.ts";

/** A run before its first event. */
export function emptyRun(workflow: Workflow): Run {
  return {
    id: "",
    uid: "",
    workflow: workflow.name,
    workflowVersion: workflow.version,
    definition: workflow.hash,
    version: 0,
    input: null,
    phase: "forward",
    startedAt: 0,
    changedAt: 0,
    turnedAt: undefined,
    endedAt: undefined,
    cause: undefined,
    cancelled: false,
    abandoned: false,
    suspended: false,
    limitKey: undefined,
    holder: undefined,
    isLate: false,
    isRollbackLate: false,
    unattended: undefined,
    lastVerb: undefined,
    parent: undefined,
    isParentTold: false,
    ends: 0,
    rerunOf: undefined,
    reruns: [],
    reuse: undefined,
    steps: workflow.steps.map(pendingUnlessRepeated),
    repeated: undefined,
    blocks: undefined,
    forgotten: [],
    place: 0,
    turnedBy: undefined,
    out: [],
    waits: [],
    signals: [],
    heard: [],
    incidents: [],
    incidentCount: 0,
    anomalyCount: 0,
    output: undefined,
    residue: [],
    undeclared: [],
  };
}

const pendingUnlessRepeated = ({ repeats }: StepPlan): StepRun | undefined =>
  repeats.length === 0 ? pendingStep() : undefined;

/** The run after its recorded transitions (semantics.md, I14). */
export function foldRun(workflow: Workflow, transitions: Iterable<Transition>): Run {
  const run = emptyRun(workflow);
  for (const { at, events } of transitions) for (const event of events) evolve(workflow, run, event, at);
  return run;
}

export function copyRun(run: Run): Run {
  const { repeated, blocks } = run;
  return {
    ...run,
    steps: run.steps.map((step) => step && copyStep(step)),
    repeated: repeated && mapped(repeated, copyStep),
    blocks: blocks && mapped(blocks, (block) => structuredClone(block)),
    out: [...run.out],
    waits: [...run.waits],
    signals: [...run.signals],
    heard: [...run.heard],
    incidents: run.incidents.map((incident) => ({ ...incident })),
  };
}

const copyStep = (step: StepRun): StepRun => ({
  ...step,
  attempts: [...step.attempts],
  inquiry: step.inquiry && { ...step.inquiry, attempts: [...step.inquiry.attempts] },
  mended: step.mended && { ...step.mended },
  compensation: step.compensation && {
    ...step.compensation,
    attempts: step.compensation.attempts.map((attempt) => ({ ...attempt })),
  },
});

function mapped<Value>(record: Record<string, Value>, copy: (value: Value) => Value): Record<string, Value> {
  const all = emptyRecord<Value>();
  for (const key in record) all[key] = copy(record[key] as Value);
  return all;
}

/** Folds one event, recorded at `at`, into the run. */
export function evolve(workflow: Workflow, run: Run, event: SagaEvent, at: number): void {
  run.version++;
  run.changedAt = at;
  const key = run.blocks !== undefined && "step" in event ? event.step : undefined;
  if (key === undefined) return fold(workflow, run, event, at);
  // What repeats is told how much of it is to be undone.
  const wasOwing = isOwing(stepIn(workflow, run, key));
  fold(workflow, run, event, at);
  const isNow = isOwing(stepIn(workflow, run, key));
  if (isNow !== wasOwing) countOwing(workflow, run, key, isNow ? 1 : -1);
}

function fold(workflow: Workflow, run: Run, event: SagaEvent, at: number): void {
  switch (event.type) {
    case "RunStarted":
      if (run.version !== 1) broken(`run ${event.id} starts with its first event`);
      if (event.definition !== workflow.hash) broken(`run ${event.id} is folded with the definition that it keeps`);
      run.id = event.id;
      run.uid = event.uid;
      run.input = event.input;
      run.startedAt = at;
      run.rerunOf = event.rerunOf;
      run.reuse = event.reuse;
      run.limitKey = event.limitKey;
      run.parent = event.parent;
      return;
    case "RunHeld":
      run.holder = event.holder;
      return;
    case "RunAdmitted":
      run.holder = undefined;
      return;
    case "StepReused": {
      const step = begunStep(workflow, run, event.step, pendingStep);
      moveStep(step, "succeeded");
      step.output = event.output;
      return pass(workflow, run, event.step);
    }
    case "StepOmitted":
      moveStep(begunStep(workflow, run, event.step, pendingStep), "skipped");
      return pass(workflow, run, event.step);
    case "WaitBegan":
    case "WaitEnded":
    case "SignalReceived":
      return evolveWait(workflow, run, event, at);
    case "BlockOmitted":
    case "ChoiceTaken":
    case "ForEachBegan":
    case "IterationBegan":
    case "LoopEnded":
    case "BlockFailed":
      return evolveBlock(workflow, run, event);
    case "StepDispatched": {
      const step = begunStep(workflow, run, event.step, pendingStep);
      if (step.state === "pending") moveStep(step, "ready");
      moveStep(step, "dispatched");
      // Mostly the only one: a list that grows from nothing takes room for many.
      if (step.attempts.length === 0) step.attempts = ["live"];
      else step.attempts.push("live");
      if (step.attempts.length !== event.attempt) broken(`attempts of ${event.step} are numbered without gaps`);
      step.spent++;
      step.begunAt ??= at;
      stopWaiting(run, step, event.step, "execute");
      run.out.push(outRef(workflow, event.step, "execute", event.attempt, at));
      return;
    }
    case "InquiryDispatched": {
      const step = stepOf(workflow, run, event.step);
      const inquiry = inquiryOf(step);
      if (step.state !== "inquiring") moveStep(step, "inquiring");
      stopWaiting(run, step, event.step, "execute");
      stopWaiting(run, inquiry, event.step, "inquire");
      inquiry.attempts.push("live");
      if (inquiry.attempts.length !== event.attempt) broken(`inquiries of ${event.step} are numbered without gaps`);
      inquiry.spent++;
      run.out.push({ step: event.step, side: "inquire", attempt: event.attempt, at });
      return;
    }
    case "InquiryAnswered": {
      const step = stepOf(workflow, run, event.step);
      noLongerOut(run, event.step, "inquire", event.attempt);
      setInquiry(step, event.attempt, event.outcome);
      if (event.outcome === "not_done") closeKey(step);
      return;
    }
    case "StepSucceeded":
    case "LateSuccessRecorded": {
      const step = stepOf(workflow, run, event.step);
      moveStep(step, "succeeded");
      settleBySuccess(step, event.by === "inquiry" ? undefined : event.attempt, event.output, event.undo);
      stopWaiting(run, step, event.step, "execute");
      supersedeInquiry(run, event.step, step);
      noLongerOut(run, event.step, event.by === "inquiry" ? "inquire" : "execute", event.attempt);
      arm(workflow, event.step, step);
      if (run.phase === "forward") pass(workflow, run, event.step);
      const isPivot = workflow.places.get(event.step) === workflow.pivotPlace && isTurnable(run);
      if (isPivot || hasCompleted(run)) discardAll(run);
      if (run.phase === "ended") becomeKnown(run, event.step, step);
      return;
    }
    case "AttemptFailed": {
      noLongerOut(run, event.step, event.side, event.attempt);
      if (event.side === "compensate") {
        const compensation = compensationOf(workflow, run, event.step);
        undoAttemptOf(compensation, event.attempt).state = event.effect;
        compensation.error = event.error;
        return;
      }
      const step = stepOf(workflow, run, event.step);
      if (event.side === "inquire") return setInquiry(step, event.attempt, "unknown");
      setAttempt(step, event.attempt, event.effect === "none" ? "none" : "possible");
      if (event.scope === "key") closeKey(step);
      step.error = event.error;
      return;
    }
    case "AttemptTimedOut":
      noLongerOut(run, event.step, event.side, event.attempt);
      endUnanswered(workflow, run, event.step, event.side, event.attempt);
      return;
    case "AttemptWithdrawn": {
      noLongerOut(run, event.step, event.side, event.attempt);
      if (event.side === "compensate") {
        undoAttemptOf(compensationOf(workflow, run, event.step), event.attempt).state = "closed";
        return;
      }
      const step = stepOf(workflow, run, event.step);
      if (event.side === "inquire") return setInquiry(step, event.attempt, "closed");
      setAttempt(step, event.attempt, step.attempts[event.attempt - 1] === "superseded" ? "closed" : "none");
      return;
    }
    case "RetryScheduled": {
      const step = stepOf(workflow, run, event.step);
      if (event.side === "inquire") stopWaiting(run, step, event.step, "execute");
      run.waits.push({ step: event.step, side: event.side, of: "retry" });
      if (event.side === "execute") {
        moveStep(step, "retry_wait");
        step.dueAt = event.dueAt;
      } else if (event.side === "inquire") {
        if (step.state !== "inquiring") moveStep(step, "inquiring");
        inquiryOf(step).dueAt = event.dueAt;
      } else {
        const compensation = compensationOf(workflow, run, event.step);
        moveCompensation(compensation, "retry_wait");
        compensation.dueAt = event.dueAt;
      }
      return;
    }
    case "StepFailed": {
      const step = begunStep(workflow, run, event.step, pendingStep);
      if (step.state === "pending") moveStep(step, "ready");
      else if (step.state === "waiting") endWait(run, event.step);
      moveStep(step, "failed");
      supersede(step);
      supersedeInquiry(run, event.step, step);
      stopWaiting(run, step, event.step, "execute");
      step.error = event.error;
      return;
    }
    case "StepInDoubt": {
      const step = stepOf(workflow, run, event.step);
      moveStep(step, "in_doubt");
      stopWaiting(run, step, event.step, "execute");
      supersedeInquiry(run, event.step, step);
      step.error = event.error;
      arm(workflow, event.step, step);
      return;
    }
    case "ResultRejected": {
      noLongerOut(run, event.step, event.side, event.attempt);
      if (event.side === "execute") return setAttempt(stepOf(workflow, run, event.step), event.attempt, "closed");
      if (event.side === "inquire") return setInquiry(stepOf(workflow, run, event.step), event.attempt, "closed");
      const isLate = event.reason === "settled" && event.outcome === "compensated";
      undoAttemptOf(compensationOf(workflow, run, event.step), event.attempt).state = isLate ? "late" : "closed";
      return;
    }
    case "AnomalyRecorded":
      run.anomalyCount++;
      if (event.anomaly === "stray_effect") {
        noLongerOut(run, event.step, event.side, event.attempt);
        return strayed(stepOf(workflow, run, event.step), event.side, event.attempt);
      }
      if (event.anomaly === "late_effect") {
        const compensation = compensationOf(workflow, run, event.step);
        compensation.lateEffects++;
        const attempt = undoAttemptOf(compensation, event.attempt);
        if (attempt.state !== "compensated") attempt.state = "closed";
        compensation.isOwed = compensation.state === "compensated";
        noLongerOut(run, event.step, "compensate", event.attempt);
      }
      return;
    case "AttentionRaised":
      run.unattended = { step: event.step, need: event.need, at };
      return;
    case "AttentionCleared":
      run.unattended = undefined;
      return;
    case "DeadlinePassed":
      if (event.of === "run") run.isLate = true;
      else run.isRollbackLate = true;
      return;
    case "CancelRequested":
    case "RunSuspended":
    case "RunResumed":
    case "RunRerun":
    case "EffectAccepted":
    case "StepRetried":
    case "StepResolved":
    case "StepSkipped":
    case "BlockRetried":
    case "BlockSkipped":
    case "CompensationRetried":
    case "CompensationResolved":
    case "CompensationSkipped":
    case "RunAbandoned":
      return evolveVerb(workflow, run, event, at);
    case "RunReturned":
      movePhase(run, "forward");
      run.cause = undefined;
      run.cancelled = false;
      run.turnedAt = undefined;
      run.turnedBy = undefined;
      for (const step of run.steps) if (step?.state === "not_run") moveStep(step, "pending");
      goPastAll(workflow, run);
      return;
    case "RunTurned":
      movePhase(run, "draining");
      run.cause = event.cause;
      run.turnedAt = at;
      run.turnedBy = event.step;
      for (const step of run.steps) if (step?.state === "pending") moveStep(step, "not_run");
      endWaits(workflow, run);
      run.out = outAtTurn(workflow, run, event.step);
      return;
    case "RollbackBegan":
      movePhase(run, "backward");
      return;
    case "CompensationDispatched": {
      const step = stepOf(workflow, run, event.step);
      const compensation = compensationOf(workflow, run, event.step);
      if (compensation.state === "compensated") compensation.spent = 0;
      if (compensation.state === "armed") moveCompensation(compensation, "queued");
      moveCompensation(compensation, "dispatched");
      compensation.attempts.push({ state: "live", informed: step.state === "succeeded" });
      if (compensation.attempts.length !== event.attempt) broken(`undo attempts of ${event.step} have no gaps`);
      compensation.spent++;
      compensation.found = undefined;
      compensation.isOwed = false;
      stopWaiting(run, compensation, event.step, "compensate");
      run.out.push(outRef(workflow, event.step, "compensate", event.attempt, at));
      return;
    }
    case "StepCompensated": {
      const compensation = compensationOf(workflow, run, event.step);
      moveCompensation(compensation, "compensated");
      compensation.found = event.found;
      stopWaiting(run, compensation, event.step, "compensate");
      noLongerOut(run, event.step, "compensate", event.attempt);
      undoAttemptOf(compensation, event.attempt).state = "compensated";
      supersedeUndo(compensation);
      return;
    }
    case "CompensationUnneeded": {
      const compensation = compensationOf(workflow, run, event.step);
      if (compensation.state === "armed") moveCompensation(compensation, "queued");
      moveCompensation(compensation, "unneeded");
      stopWaiting(run, compensation, event.step, "compensate");
      return;
    }
    case "IncidentOpened":
      if (isOfUndo(event)) block(workflow, run, event.step);
      run.incidentCount++;
      assert(run.incidentCount === event.incident, "incidents are numbered without gaps");
      run.incidents.push({
        number: event.incident,
        kind: event.kind,
        step: event.step,
        side: isOfUndo(event) ? "compensate" : "execute",
        openedAt: at,
        error: event.error,
      });
      return;
    case "IncidentClosed":
      run.incidents = run.incidents.filter((incident) => incident.number !== event.incident);
      return;
    case "ChildBegan":
      run.out = run.out.map((ref) =>
        ref.step === event.step && ref.side === event.side && ref.isChild ? { ...ref, isBegun: true } : ref,
      );
      return;
    case "ChildLeft":
      stepOf(workflow, run, event.step).left = event.residue;
      return;
    case "ParentTold":
      run.isParentTold = true;
      return;
    case "RunRecalled":
      movePhase(run, "backward");
      run.cause = "recalled";
      run.turnedAt = at;
      run.endedAt = undefined;
      run.isParentTold = false;
      return;
    case "RunReopened":
      movePhase(run, "backward");
      run.isParentTold = false;
      // C25: it needs no place.
      run.limitKey = undefined;
      run.endedAt = undefined;
      run.residue = [];
      run.undeclared = [];
      return;
    case "RunCompleted":
      end(run, at);
      run.output = event.output;
      // A child may still be undone when its parent goes back.
      return run.parent === undefined ? discardAll(run) : undefined;
    case "RunCompensated":
      end(run, at);
      run.undeclared = event.undeclared ?? [];
      return;
    case "RunFailed":
      end(run, at);
      run.residue = event.residue;
      run.undeclared = event.undeclared ?? [];
      return;
    default:
      unreachable(event);
  }
}

function outRef(workflow: Workflow, step: string, side: Side, attempt: number, at: number): OutRef {
  const isChild = isForChild(planOf(workflow, step), side);
  return isChild ? { step, side, attempt, at, isChild } : { step, side, attempt, at };
}

/** What comes to light in it is meant to stay. */
const hasCompleted = ({ phase, cause }: Run): boolean => phase === "ended" && cause === undefined;

/** C4: an effect that was possible in the final word is known to be there, unless its undo is in doubt; the parent lists it too. */
function becomeKnown(run: Run, step: string, { compensation }: StepRun): void {
  if (compensation && isUndoInDoubt(compensation)) return;
  const isNews = run.residue.some((entry) => entry.step === step && entry.certainty === "possible");
  if (!isNews) return;
  run.residue = run.residue.map((entry) => (entry.step === step ? { step, certainty: "done" } : entry));
  run.isParentTold = false;
  run.ends++;
}

type Opened = Extract<SagaEvent, { type: "IncidentOpened" }>;

/** Whether it holds up an undo. */
const isOfUndo = (event: Opened): event is Opened & { readonly step: string } =>
  event.side === undefined && event.kind !== "step" && event.kind !== "pivot" && event.kind !== "overdue";

function block(workflow: Workflow, run: Run, step: string): void {
  const compensation = compensationOf(workflow, run, step);
  if (compensation.state === "armed") moveCompensation(compensation, "queued");
  else if (compensation.state !== "dispatched" && compensation.state !== "queued")
    moveCompensation(compensation, "dispatched");
  stopWaiting(run, compensation, step, "compensate");
  moveCompensation(compensation, "blocked");
}

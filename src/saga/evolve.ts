/**
 * The fold: what each recorded event makes of a run. `evolve` changes the run that it is given; `copyRun` first where
 * the old one is still needed. States move only along the tables of semantics.md (I13); anything else is a broken
 * assumption, because events are only recorded after `decide` made them.
 */
import { assert, broken, unreachable } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import { isUndoInDoubt } from "./attempts.ts";
import type { Actor, SagaEvent, Transition } from "./event.ts";
import type { Run, StepRun } from "./run.ts";
import {
  abandonStep,
  advancePlace,
  arm,
  beginKey,
  closeKey,
  compensationOf,
  discardAll,
  endUnanswered,
  inquiryOf,
  mendedOf,
  moveCompensation,
  movePhase,
  moveStep,
  noLongerOut,
  setAttempt,
  setInquiry,
  settleBySuccess,
  stepOf,
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
    rerunOf: undefined,
    reruns: [],
    reuse: undefined,
    steps: workflow.steps.map(pendingStep),
    place: 0,
    out: [],
    waits: [],
    incidents: [],
    incidentCount: 0,
    anomalyCount: 0,
    output: undefined,
    residue: [],
    undeclared: [],
  };
}

function pendingStep(): StepRun {
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
    compensation: undefined,
  };
}

/** The run after its recorded transitions (semantics.md, I14). */
export function foldRun(workflow: Workflow, transitions: Iterable<Transition>): Run {
  const run = emptyRun(workflow);
  for (const { at, events } of transitions) for (const event of events) evolve(workflow, run, event, at);
  return run;
}

export function copyRun(run: Run): Run {
  return {
    ...run,
    steps: run.steps.map((step) => ({
      ...step,
      attempts: [...step.attempts],
      inquiry: step.inquiry && { ...step.inquiry, attempts: [...step.inquiry.attempts] },
      mended: step.mended && { ...step.mended },
      compensation: step.compensation && {
        ...step.compensation,
        attempts: step.compensation.attempts.map((attempt) => ({ ...attempt })),
      },
    })),
    out: [...run.out],
    waits: [...run.waits],
    incidents: run.incidents.map((incident) => ({ ...incident })),
  };
}

/** Folds one event, recorded at `at`, into the run. */
export function evolve(workflow: Workflow, run: Run, event: SagaEvent, at: number): void {
  run.version++;
  run.changedAt = at;
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
      return;
    case "RunHeld":
      run.holder = event.holder;
      return;
    case "RunAdmitted":
      run.holder = undefined;
      return;
    case "StepReused": {
      const step = stepOf(workflow, run, event.step);
      moveStep(step, "succeeded");
      step.output = event.output;
      advancePlace(run);
      return;
    }
    case "StepDispatched": {
      const step = stepOf(workflow, run, event.step);
      if (step.state === "pending") moveStep(step, "ready");
      moveStep(step, "dispatched");
      // Mostly the only one: a list that grows from nothing takes room for many.
      if (step.attempts.length === 0) step.attempts = ["live"];
      else step.attempts.push("live");
      if (step.attempts.length !== event.attempt) broken(`attempts of ${event.step} are numbered without gaps`);
      step.spent++;
      step.begunAt ??= at;
      stopWaiting(run, step, event.step, "execute");
      run.out.push({ step: event.step, side: "execute", attempt: event.attempt, at });
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
      if (run.phase === "forward") advancePlace(run);
      const isPivot = workflow.places.get(event.step) === workflow.pivotPlace && isTurnable(run);
      if (isPivot || hasCompleted(run)) discardAll(run);
      if (run.phase === "ended") run.residue = knownNow(run, event.step, step);
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
      run.waits.push({ step: event.step, side: event.side });
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
      const step = stepOf(workflow, run, event.step);
      if (step.state === "pending") moveStep(step, "ready");
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
      performed(run, "cancel", event, at);
      run.cancelled = true;
      return;
    case "RunSuspended":
      performed(run, "suspend", event, at);
      run.suspended = true;
      return;
    case "RunResumed":
      performed(run, "resume", event, at);
      run.suspended = false;
      return;
    case "RunRerun":
      run.reruns = [...run.reruns, event.run];
      return performed(run, "rerun", event, at);
    case "EffectAccepted":
      return performed(run, "skip", event, at);
    case "StepRetried": {
      performed(run, "retry", event, at);
      const step = stepOf(workflow, run, event.step);
      step.spent = 0;
      step.begunAt = undefined;
      if (step.inquiry) step.inquiry.spent = 0;
      if (event.key > (step.mended?.key ?? 1)) beginKey(run, event.step, step, event.key);
      if (event.input !== undefined) mendedOf(step).input = event.input;
      if (step.mended) step.mended.word = undefined;
      if (run.phase === "draining") mendedOf(step).isAskedOnceMore = true;
      return;
    }
    case "StepResolved": {
      performed(run, "resolve", event, at);
      const step = stepOf(workflow, run, event.step);
      const mended = mendedOf(step);
      if (event.outcome === "undone" && mended.isStray) mended.isStray = false;
      else mended.word = event.outcome;
      if (event.outcome === "done") {
        moveStep(step, "succeeded");
        supersede(step);
        step.output = event.output ?? null;
        arm(workflow, event.step, step);
        if (run.phase === "forward") advancePlace(run);
        if (workflow.places.get(event.step) === workflow.pivotPlace && isTurnable(run)) discardAll(run);
      } else if (event.outcome === "not_done") {
        closeKey(step);
        if (step.state === "in_doubt") moveStep(step, "failed");
      }
      return;
    }
    case "StepSkipped":
      performed(run, "skip", event, at);
      moveStep(stepOf(workflow, run, event.step), "skipped");
      advancePlace(run);
      return;
    case "CompensationRetried": {
      performed(run, "retry", event, at);
      const compensation = compensationOf(workflow, run, event.step);
      compensation.spent = 0;
      if (event.input !== undefined) compensation.input = event.input;
      return;
    }
    case "CompensationResolved":
    case "CompensationSkipped": {
      const isDone = event.type === "CompensationResolved";
      performed(run, isDone ? "resolve" : "skip", event, at);
      const compensation = compensationOf(workflow, run, event.step);
      moveCompensation(compensation, isDone ? "resolved" : "skipped");
      supersedeUndo(compensation);
      return;
    }
    case "RunReturned":
      movePhase(run, "forward");
      run.cause = undefined;
      run.cancelled = false;
      run.turnedAt = undefined;
      for (const step of run.steps) if (step.state === "not_run") moveStep(step, "pending");
      advancePlace(run);
      return;
    case "RunAbandoned":
      performed(run, "abandon", event, at);
      run.abandoned = true;
      run.cause ??= "abandoned";
      run.waits = [];
      for (const step of run.steps) abandonStep(step);
      return;
    case "RunTurned":
      movePhase(run, "draining");
      run.cause = event.cause;
      run.turnedAt = at;
      for (const step of run.steps) if (step.state === "pending") moveStep(step, "not_run");
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
      run.out.push({ step: event.step, side: "compensate", attempt: event.attempt, at });
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
    case "RunReopened":
      movePhase(run, "backward");
      // C25: it needs no place.
      run.limitKey = undefined;
      run.endedAt = undefined;
      run.residue = [];
      run.undeclared = [];
      return;
    case "RunCompleted":
      end(run, at);
      run.output = event.output;
      return discardAll(run);
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

function end(run: Run, at: number): void {
  movePhase(run, "ended");
  run.endedAt = at;
}

/** Whether a success of the pivot still decides that the run goes forward to its end. */
const isTurnable = ({ phase }: Run): boolean => phase === "forward" || phase === "draining";

/** What comes to light in it is meant to stay. */
const hasCompleted = ({ phase, cause }: Run): boolean => phase === "ended" && cause === undefined;

/** C4: of an effect that was possible in the final word it is known now that it is there, unless its undo is in doubt. */
function knownNow(run: Run, step: string, { compensation }: StepRun): Run["residue"] {
  if (compensation && isUndoInDoubt(compensation)) return run.residue;
  return run.residue.map((entry) => (entry.step === step ? { step, certainty: "done" } : entry));
}

function performed(run: Run, verb: string, { actor }: Actor, at: number): void {
  run.lastVerb = { verb, actor, at, version: run.version };
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

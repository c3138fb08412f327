/**
 * The fold: what each recorded event makes of a run. `evolve` changes the run that it is given; `copyRun` first where
 * the old one is still needed. States move only along the tables of semantics.md (I13); anything else is a broken
 * assumption, because events are only recorded after `decide` made them.
 */
import { assert, broken, unreachable } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { timedOut } from "./attempts.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { SagaEvent, Side, Transition } from "./event.ts";
import type { AttemptState, CompensationRun, Run, StepRun, UndoAttempt } from "./run.ts";
import {
  compensationExits,
  type CompensationStateName,
  type Phase,
  phaseExits,
  settledCompensationStates,
  settledStepStates,
  stepExits,
  type StepStateName,
} from "./tables.ts";

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
      return;
    case "StepDispatched": {
      const step = stepOf(workflow, run, event.step);
      if (step.state === "pending") moveStep(step, "ready");
      moveStep(step, "dispatched");
      // Mostly the only one: a list that grows from nothing takes room for many.
      if (step.attempts.length === 0) step.attempts = ["live"];
      else step.attempts.push("live");
      if (step.attempts.length !== event.attempt) broken(`attempts of ${event.step} are numbered without gaps`);
      step.spent++;
      stopWaiting(run, step, event.step, "execute");
      run.out.push({ step: event.step, side: "execute", attempt: event.attempt });
      return;
    }
    case "StepSucceeded": {
      const step = stepOf(workflow, run, event.step);
      moveStep(step, "succeeded");
      settleBySuccess(step, event.attempt, event.output, event.undo);
      stopWaiting(run, step, event.step, "execute");
      noLongerOut(run, event.step, "execute", event.attempt);
      arm(workflow, event.step, step);
      advancePlace(run);
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
      setAttempt(step, event.attempt, step.attempts[event.attempt - 1] === "superseded" ? "closed" : "none");
      return;
    }
    case "RetryScheduled": {
      run.waits.push({ step: event.step, side: event.side });
      const step = stepOf(workflow, run, event.step);
      if (event.side === "execute") {
        moveStep(step, "retry_wait");
        step.dueAt = event.dueAt;
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
      stopWaiting(run, step, event.step, "execute");
      step.error = event.error;
      return;
    }
    case "StepInDoubt": {
      const step = stepOf(workflow, run, event.step);
      moveStep(step, "in_doubt");
      stopWaiting(run, step, event.step, "execute");
      step.error = event.error;
      arm(workflow, event.step, step);
      return;
    }
    case "LateSuccessRecorded": {
      const step = stepOf(workflow, run, event.step);
      moveStep(step, "succeeded");
      settleBySuccess(step, event.attempt, event.output, event.undo);
      noLongerOut(run, event.step, "execute", event.attempt);
      arm(workflow, event.step, step);
      return;
    }
    case "ResultRejected": {
      noLongerOut(run, event.step, event.side, event.attempt);
      if (event.side === "execute") return setAttempt(stepOf(workflow, run, event.step), event.attempt, "closed");
      const isLate = event.reason === "settled" && event.outcome === "compensated";
      undoAttemptOf(compensationOf(workflow, run, event.step), event.attempt).state = isLate ? "late" : "closed";
      return;
    }
    case "AnomalyRecorded":
      run.anomalyCount++;
      if (event.anomaly === "late_effect") {
        const compensation = compensationOf(workflow, run, event.step);
        compensation.lateEffects++;
        const attempt = undoAttemptOf(compensation, event.attempt);
        if (attempt.state !== "compensated") attempt.state = "closed";
        noLongerOut(run, event.step, "compensate", event.attempt);
      }
      return;
    case "CancelRequested":
      run.cancelled = true;
      return;
    case "RunAbandoned":
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
      stopWaiting(run, compensation, event.step, "compensate");
      run.out.push({ step: event.step, side: "compensate", attempt: event.attempt });
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
    case "IncidentOpened": {
      const compensation = compensationOf(workflow, run, event.step);
      if (compensation.state === "armed") moveCompensation(compensation, "queued");
      else if (compensation.state !== "dispatched") moveCompensation(compensation, "dispatched");
      stopWaiting(run, compensation, event.step, "compensate");
      moveCompensation(compensation, "blocked");
      run.incidentCount++;
      assert(run.incidentCount === event.incident, "incidents are numbered without gaps");
      run.incidents.push({
        number: event.incident,
        kind: event.kind,
        step: event.step,
        openedAt: at,
        error: event.error,
      });
      return;
    }
    case "IncidentClosed":
      run.incidents = run.incidents.filter((incident) => incident.number !== event.incident);
      return;
    case "RunReopened":
      movePhase(run, "backward");
      run.endedAt = undefined;
      run.residue = [];
      run.undeclared = [];
      return;
    case "RunCompleted":
      end(run, at);
      run.output = event.output;
      for (const step of run.steps) {
        if (step.compensation?.state === "armed") moveCompensation(step.compensation, "discarded");
      }
      return;
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

export function stepOf(workflow: Workflow, run: Run, name: string): StepRun {
  const step = run.steps[workflow.places.get(name) ?? -1];
  if (!step) broken(`the workflow has a step ${name}`);
  return step;
}

function compensationOf(workflow: Workflow, run: Run, name: string): CompensationRun {
  const compensation = stepOf(workflow, run, name).compensation;
  if (!compensation) broken(`the step ${name} has something to undo`);
  return compensation;
}

/** Linear in what is out, which is one or two commands. */
function noLongerOut(run: Run, step: string, side: Side, attempt: number): void {
  const at = run.out.findIndex((ref) => ref.attempt === attempt && ref.side === side && ref.step === step);
  if (at >= 0) run.out.splice(at, 1);
}

function stopWaiting(run: Run, waiting: StepRun | CompensationRun, step: string, side: Side): void {
  if (waiting.dueAt === undefined) return;
  waiting.dueAt = undefined;
  run.waits = run.waits.filter((wait) => wait.step !== step || wait.side !== side);
}

function advancePlace(run: Run): void {
  for (;;) {
    const step = run.steps[run.place];
    if (!step || !settledStepStates.has(step.state)) return;
    run.place++;
  }
}

function undoAttemptOf(compensation: CompensationRun, number: number): UndoAttempt {
  const attempt = compensation.attempts[number - 1];
  if (!attempt) broken(`undo attempt ${number} was sent`);
  return attempt;
}

function setAttempt(step: StepRun, number: number, state: AttemptState): void {
  if (!step.attempts[number - 1]) broken(`attempt ${number} was sent`);
  step.attempts[number - 1] = state;
}

function moveStep(step: StepRun, to: StepStateName): void {
  if (!stepExits.get(step.state)?.has(to)) broken(`a step goes from ${step.state} to ${to}`);
  step.state = to;
}

function moveCompensation(compensation: CompensationRun, to: CompensationStateName): void {
  if (!compensationExits.get(compensation.state)?.has(to))
    broken(`a compensation goes from ${compensation.state} to ${to}`);
  compensation.state = to;
}

function movePhase(run: Run, to: Phase): void {
  if (!phaseExits.get(run.phase)?.has(to)) broken(`a run goes from ${run.phase} to ${to}`);
  run.phase = to;
}

/** One success settles the step; whoever else is still at it has the same key and so the same effect (C3). */
function settleBySuccess(step: StepRun, attempt: number, output: Json, undo: Json | undefined): void {
  setAttempt(step, attempt, "succeeded");
  supersede(step);
  step.output = output;
  step.undo = undo;
}

function supersede(step: StepRun): void {
  step.attempts.forEach((state, place) => {
    if (state === "live") step.attempts[place] = "superseded";
  });
}

function supersedeUndo(compensation: CompensationRun): void {
  for (const attempt of compensation.attempts) if (attempt.state === "live") attempt.state = "superseded";
}

/** `scope: key`: the promise of `none` holds for every attempt under the key (semantics.md, 2). */
function closeKey(step: StepRun): void {
  step.attempts.forEach((state, place) => {
    if (state === "unanswered" || state === "possible") step.attempts[place] = "closed";
  });
}

function arm(workflow: Workflow, name: string, step: StepRun): void {
  const plan = workflow.steps[workflow.places.get(name) ?? -1];
  if (!plan?.compensation) return;
  if (!step.compensation) step.compensation = newCompensation();
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
  };
}

function endUnanswered(workflow: Workflow, run: Run, name: string, side: Side, number: number): void {
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
  const step = stepOf(workflow, run, name);
  const superseded = step.attempts[number - 1] === "superseded";
  setAttempt(step, number, superseded ? "closed" : "unanswered");
  if (!superseded) step.error = timedOut;
}

/** Nothing is waited for any more; what was out is in the residue, and a late answer is only written down. */
function abandonStep(step: StepRun): void {
  step.dueAt = undefined;
  step.attempts.forEach((state, place) => {
    if (state === "live") step.attempts[place] = "superseded";
  });
  const compensation = step.compensation;
  if (!compensation) return;
  supersedeUndo(compensation);
  compensation.dueAt = undefined;
  if (!settledCompensationStates.has(compensation.state)) moveCompensation(compensation, "skipped");
}

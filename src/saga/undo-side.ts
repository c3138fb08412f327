/** What an answer, a timer or a withdrawal means for a step's compensation (semantics.md, 5 and C5, C7, C19). */
import type { Problem } from "../base/problem.ts";
import { hasLiveUndo, isUndoInDoubt, timedOut } from "./attempts.ts";
import type { Draft } from "./draft.ts";
import { stepOf } from "./instances.ts";
import type { Outcome, SagaTimer } from "./input.ts";
import { block, closeIncidentsOf, dispatchCompensation, recordAnomaly, reject, undoOnceMore } from "./moves.ts";
import { planOf } from "./step-key.ts";
import { allowsRetry, backoffMs } from "./retry.ts";
import type { CompensationRun, StepRun, UndoAttempt } from "./run.ts";
import { settledCompensationStates } from "./tables.ts";
import { attemptDueAt } from "./timers.ts";

type Failed = Extract<Outcome, { outcome: "failed" }>;

export function answerCompensate(draft: Draft, name: string, number: number, outcome: Outcome): void {
  const step = stepOf(draft.workflow, draft.run, name);
  const compensation = step.compensation;
  const attempt = compensation?.attempts[number - 1];
  if (!compensation || !attempt) return;
  if (draft.run.abandoned) {
    if (isUnanswered(attempt)) reject(draft, name, "compensate", number, outcome, "abandoned");
    return;
  }
  if (outcome.outcome === "compensated") {
    compensated(draft, name, step, compensation, attempt, number, outcome);
  } else if (outcome.outcome === "failed") {
    failed(draft, name, step, compensation, attempt, number, outcome);
  }
}

/** It may still answer for the first time, or after a failure that left its effect open. */
const isUnanswered = ({ state }: UndoAttempt): boolean =>
  state === "live" || state === "superseded" || state === "unanswered" || state === "possible";

function compensated(
  draft: Draft,
  name: string,
  step: StepRun,
  compensation: CompensationRun,
  attempt: UndoAttempt,
  number: number,
  outcome: Extract<Outcome, { outcome: "compensated" }>,
): void {
  if (attempt.state === "compensated" || attempt.state === "late" || attempt.state === "closed") return;
  if (settledCompensationStates.has(compensation.state))
    return reject(draft, name, "compensate", number, outcome, "settled");
  if (attempt.state === "none" && !isUndoInDoubt(compensation)) {
    recordAnomaly(draft, "broken_promise", name, "compensate", number);
  }
  const { found } = outcome;
  if (found || step.state !== "succeeded") return settleCompensated(draft, name, number, found);
  // C5: the effect is known to be there, and the undo found nothing.
  if (!attempt.informed) return foundNothingUninformed(draft, name, compensation, attempt, number, outcome);
  if (compensation.lateEffects > 0) return openLateEffect(draft, name, compensation, number);
  settleCompensated(draft, name, number, false);
  undoOnceMore(draft, name, number);
}

/**
 * It was sent before the success was known, so it settles nothing. Where it is what the run waits for, the undo is
 * sent once more; where another attempt is out or scheduled, that one carries the output and its answer counts.
 */
function foundNothingUninformed(
  draft: Draft,
  name: string,
  compensation: CompensationRun,
  attempt: UndoAttempt,
  number: number,
  outcome: Outcome,
): void {
  if (attempt.state !== "live") {
    // Blocked with its budget spent: this answer is the undo that nobody had heard of; it is sent once more as well.
    if (compensation.state !== "blocked" || hasLiveUndo(compensation) || compensation.lateEffects > 0) {
      return reject(draft, name, "compensate", number, outcome, "uninformed");
    }
    closeIncidentsOf(draft, name, "compensate");
  }
  settleCompensated(draft, name, number, false);
  undoOnceMore(draft, name, number);
}

function settleCompensated(draft: Draft, name: string, number: number, found: boolean): void {
  closeIncidentsOf(draft, name, "compensate");
  draft.record({ type: "StepCompensated", step: name, attempt: number, found });
}

/** C5 a second time: the engine does not guess a third. One undo has one incident, whichever answer opened it. */
function openLateEffect(draft: Draft, name: string, compensation: CompensationRun, number: number): void {
  draft.record({ type: "AnomalyRecorded", anomaly: "late_effect", step: name, side: "compensate", attempt: number });
  if (compensation.state === "blocked") return;
  block(draft, name, "late_effect", {
    code: "late_effect",
    title: "the step's effect is known, and its undo found nothing, twice",
  });
}

function failed(
  draft: Draft,
  name: string,
  step: StepRun,
  compensation: CompensationRun,
  attempt: UndoAttempt,
  number: number,
  answer: Failed,
): void {
  switch (attempt.state) {
    case "closed":
      return;
    case "none":
      if (answer.effect === "possible") recordAnomaly(draft, "contradiction", name, "compensate", number);
      return;
    case "compensated":
    case "late":
      return recordAnomaly(draft, "contradiction", name, "compensate", number);
    case "superseded":
      return reject(draft, name, "compensate", number, answer, "settled");
    case "possible":
      if (answer.effect === "possible") return;
      break;
    case "live":
    case "unanswered":
      break;
  }
  const wasLive = attempt.state === "live";
  draft.record({
    type: "AttemptFailed",
    step: name,
    side: "compensate",
    attempt: number,
    error: answer.error,
    effect: answer.effect,
    scope: answer.scope,
    retryable: answer.retryable,
  });
  if (wasLive) afterFailure(draft, name, step, compensation, answer.error, answer.retryable);
}

/** C7: its own, more generous policy; then an incident. */
function afterFailure(
  draft: Draft,
  name: string,
  step: StepRun,
  compensation: CompensationRun,
  error: Problem,
  retryable: boolean,
): void {
  if (step.state === "failed") return draft.record({ type: "CompensationUnneeded", step: name });
  // An earlier attempt's answer opened an incident while this one was out: the operator decides how it goes on.
  if (compensation.state === "blocked") return;
  const retry = planOf(draft.workflow, name).compensation?.retry;
  if (retry && retryable && allowsRetry(retry, compensation.spent, error)) {
    const seed = `${draft.run.uid}/${name}/compensate/${compensation.attempts.length}`;
    const dueAt = draft.now + backoffMs(retry, compensation.spent, seed);
    return draft.record({ type: "RetryScheduled", step: name, side: "compensate", dueAt });
  }
  block(draft, name, "compensation", error);
}

export function withdrawCompensate(draft: Draft, name: string, number: number): void {
  const attempt = stepOf(draft.workflow, draft.run, name).compensation?.attempts[number - 1];
  // Only superseded undo commands are ever taken back; a live one is what the run waits for.
  if (attempt?.state !== "superseded") return;
  draft.record({ type: "AttemptWithdrawn", step: name, side: "compensate", attempt: number });
}

export function dueUndoTimer(draft: Draft, timer: Exclude<SagaTimer, { kind: "deadline" }>): void {
  const { run, workflow, now } = draft;
  const step = stepOf(workflow, run, timer.step);
  const compensation = step.compensation;
  if (!compensation) return;
  if (timer.kind === "retry") {
    if (compensation.state !== "retry_wait" || compensation.dueAt === undefined || now < compensation.dueAt) return;
    if (run.suspended) return;
    return dispatchCompensation(draft, timer.step);
  }
  const attempt = compensation.attempts[timer.attempt - 1];
  if (attempt?.state !== "live" && attempt?.state !== "superseded") return;
  const dueAt = attemptDueAt(workflow, run, timer, timer);
  if (dueAt === undefined || now < dueAt) return;
  const wasLive = attempt.state === "live";
  draft.record({ type: "AttemptTimedOut", step: timer.step, side: "compensate", attempt: timer.attempt });
  if (wasLive) afterFailure(draft, timer.step, step, compensation, timedOut, true);
}

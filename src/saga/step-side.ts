/** What an answer, a timer or a withdrawal means for a step's forward side (semantics.md, 2 and C1 to C6). */
import type { Problem } from "../base/problem.ts";
import { outputMisfit } from "../definition/contract-misfit.ts";
import {
  hasLiveAttempt,
  isDoubtful,
  isInDoubt,
  isOfEarlierKey,
  isWithoutEffect,
  timedOut,
  wasUndoSent,
} from "./attempts.ts";
import type { Draft } from "./draft.ts";
import type { Outcome, SagaTimer } from "./input.ts";
import { dispatchStep, endDoubt, recordAnomaly, reject, settle } from "./moves.ts";
import { planOf } from "./step-key.ts";
import { allowsRetry, backoffMs } from "./retry.ts";
import type { AttemptState, StepRun } from "./run.ts";
import { stepOf } from "./instances.ts";
import { contradictWord, recordStray, recordSuccess } from "./success.ts";
import { settledStepStates } from "./tables.ts";
import { attemptDueAt, stepDeadlineAt } from "./timers.ts";
import { dueWait } from "./wait-side.ts";

type Succeeded = Extract<Outcome, { outcome: "succeeded" }>;
type Failed = Extract<Outcome, { outcome: "failed" }>;

export function answerExecute(draft: Draft, name: string, attempt: number, outcome: Outcome): void {
  const step = stepOf(draft.workflow, draft.run, name);
  const state = step.attempts[attempt - 1];
  // An attempt that was never sent, or an outcome that no `execute` has: said by nobody who keeps the contract.
  if (state === undefined) return;
  if (draft.run.abandoned) {
    if (state === "superseded" || isDoubtful(state)) reject(draft, name, "execute", attempt, outcome, "abandoned");
  } else if (outcome.outcome === "failed") fail(draft, name, step, attempt, state, outcome);
  else if (outcome.outcome === "succeeded") {
    // Where nobody asks for the output any more, what counts is that the effect is there, whatever it looks like (C4, C26).
    const isUnasked = settledStepStates.has(step.state) || isOfEarlierKey(step, "execute", attempt);
    const misfit = isUnasked ? undefined : outputMisfit(draft.workflow, planOf(draft.workflow, name), outcome.output);
    if (misfit) fail(draft, name, step, attempt, state, unfitting(misfit));
    else succeed(draft, name, step, attempt, state, outcome);
  }
}

/** C20: the effect may be there, whatever the output looks like; the same worker would say the same again. */
const unfitting = (error: Problem): Failed => ({
  outcome: "failed",
  error,
  effect: "possible",
  retryable: false,
  scope: "attempt",
});

function succeed(
  draft: Draft,
  name: string,
  step: StepRun,
  attempt: number,
  state: AttemptState,
  answer: Succeeded,
): void {
  if (state === "succeeded") return;
  if (isOfEarlierKey(step, "execute", attempt)) return recordStray(draft, name, "execute", attempt);
  if (step.state === "succeeded") {
    // A further success under one key is the same effect; its attempt is no longer out, or no longer in doubt.
    if (state !== "none" && state !== "closed") reject(draft, name, "execute", attempt, answer, "superseded");
    return;
  }
  if (step.mended?.word === "not_done") recordAnomaly(draft, "word_contradicted", name, "execute", attempt);
  else if (breaksPromise(step, state)) recordAnomaly(draft, "broken_promise", name, "execute", attempt);
  recordSuccess(draft, name, step, attempt, answer.output, answer.undo);
}

/**
 * A success after `none`; but a worker that is asked again gives what its store knows of the key, and another attempt
 * that is out or in doubt may have done it. Once the undo was sent, `none` may be said of an effect that was undone.
 */
const breaksPromise = (step: StepRun, state: AttemptState): boolean =>
  !wasUndoSent(step) && (isWithoutEffect(step) || (state === "none" && !isInDoubt(step) && !hasLiveAttempt(step)));

function fail(draft: Draft, name: string, step: StepRun, attempt: number, state: AttemptState, answer: Failed): void {
  switch (state) {
    case "closed":
      return;
    case "succeeded":
      return contradict(draft, name, step, attempt, answer);
    case "none":
      if (answer.effect === "possible") recordAnomaly(draft, "contradiction", name, "execute", attempt);
      return;
    case "possible":
      if (answer.effect === "possible") return;
      break;
    case "live":
    case "superseded":
    case "unanswered":
      break;
  }
  if (state === "superseded" || step.state === "succeeded") {
    const isWord = step.mended?.word === "done";
    if (answer.scope === "key" && step.state === "succeeded" && !isWord) contradict(draft, name, step, attempt, answer);
    reject(draft, name, "execute", attempt, answer, "superseded");
    const isNothing = answer.effect === "none" && (answer.scope === "key" || !isInDoubt(step));
    if (isNothing) contradictWord(draft, name, step, "execute", attempt);
    return;
  }
  draft.record({
    type: "AttemptFailed",
    step: name,
    side: "execute",
    attempt,
    error: answer.error,
    effect: answer.effect,
    scope: answer.scope,
    retryable: answer.retryable,
  });
  afterFailure(draft, name, step, answer.error, answer);
}

/** Once the undo was sent, it is a worker's duty to refuse the key (events.md, 5): that is no contradiction. */
function contradict(draft: Draft, name: string, step: StepRun, attempt: number, answer: Failed): void {
  if (answer.scope === "key" && wasUndoSent(step)) return;
  recordAnomaly(draft, "contradiction", name, "execute", attempt);
}

/** The attempt is over and did not succeed: another one, or the step settles (semantics.md, 2). */
function afterFailure(
  draft: Draft,
  name: string,
  step: StepRun,
  error: Problem,
  { retryable, scope }: Pick<Failed, "retryable" | "scope">,
): void {
  if (step.state === "failed" || step.state === "skipped") return;
  if (step.state === "in_doubt" || step.state === "inquiring") {
    // A late `none` may end the last doubt.
    if (isInDoubt(step)) return;
    if (step.state === "inquiring") settle(draft, name, step, error);
    else endDoubt(draft, name, error);
    return;
  }
  if (scope === "key") return settle(draft, name, step, error);
  // What a late answer says of its own attempt leaves the step to the attempt that is out.
  if (hasLiveAttempt(step)) return;
  const { run, workflow, now } = draft;
  const plan = planOf(workflow, name);
  const isOver = now >= (stepDeadlineAt(plan, step) ?? Infinity);
  // Another answer may have closed the key while this attempt was out.
  const isEnded = isOver || step.mended?.isClosed === true;
  if (!retryable || isEnded || run.phase !== "forward" || !allowsRetry(plan.retry, step.spent, error)) {
    return settle(draft, name, step, error);
  }
  if (step.state === "retry_wait") return;
  const seed = `${run.uid}/${name}/execute/${step.attempts.length}`;
  const dueAt = now + backoffMs(plan.retry, step.spent, seed);
  draft.record({ type: "RetryScheduled", step: name, side: "execute", dueAt });
}

const withdrawn: Problem = { code: "withdrawn", title: "taken back before anybody took it" };
const mayBeTriedAgain = { retryable: true, scope: "attempt" } as const;

export function withdrawExecute(draft: Draft, name: string, attempt: number): void {
  const step = stepOf(draft.workflow, draft.run, name);
  const state = step.attempts[attempt - 1];
  if (state !== "live" && state !== "superseded") return;
  draft.record({ type: "AttemptWithdrawn", step: name, side: "execute", attempt });
  // Whether it is tried again is asked of this attempt, not of what an earlier one said.
  const error = draft.run.phase === "forward" ? withdrawn : (step.error ?? withdrawn);
  if (state === "live") afterFailure(draft, name, step, error, mayBeTriedAgain);
}

const tooLong: Problem = { code: "step_deadline", title: "the time for all attempts of this step is over" };

export function dueStepTimer(draft: Draft, timer: Exclude<SagaTimer, { kind: "deadline" }>): void {
  const { run, workflow, now } = draft;
  const step = stepOf(workflow, run, timer.step);
  if (step.state === "waiting") return dueWait(draft, timer.step);
  if (timer.kind === "retry") {
    if (step.state !== "retry_wait" || step.dueAt === undefined) return;
    const isOver = now >= (stepDeadlineAt(planOf(workflow, timer.step), step) ?? Infinity);
    if (isOver) settle(draft, timer.step, step, step.error ?? tooLong);
    else if (now >= step.dueAt && !run.suspended) dispatchStep(draft, timer.step);
    return;
  }
  const state = step.attempts[timer.attempt - 1];
  if (state !== "live" && state !== "superseded") return;
  const dueAt = attemptDueAt(workflow, run, timer, timer);
  if (dueAt === undefined || now < dueAt) return;
  draft.record({ type: "AttemptTimedOut", step: timer.step, side: "execute", attempt: timer.attempt });
  if (state === "live") afterFailure(draft, timer.step, step, timedOut, mayBeTriedAgain);
}

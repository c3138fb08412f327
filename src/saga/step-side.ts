/** What an answer, a timer or a withdrawal means for a step's forward side (semantics.md, 2 and C1 to C6). */
import { broken } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import { outputMisfit } from "../definition/contract-misfit.ts";
import { hasLiveAttempt, isDoubtful, isInDoubt, timedOut, wasUndoSent } from "./attempts.ts";
import type { Draft } from "./draft.ts";
import { stepOf } from "./evolve.ts";
import type { Outcome, SagaTimer } from "./input.ts";
import {
  closeIncidentsOf,
  dispatchCompensation,
  dispatchStep,
  recordAnomaly,
  reject,
  settle,
  undoOnceMore,
} from "./moves.ts";
import { allowsRetry, backoffMs } from "./retry.ts";
import type { AttemptState, StepRun } from "./run.ts";
import { attemptDueAt } from "./timers.ts";

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
    // Once the step has settled, what counts is that the effect is there, whatever the output looks like (C4, C5).
    const isOpen = step.state !== "succeeded" && step.state !== "failed" && step.state !== "in_doubt";
    const misfit = isOpen ? outputMisfit(draft.workflow, name, outcome.output) : undefined;
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
  if (step.state === "succeeded") {
    // A further success under one key is the same effect; its attempt is no longer out, or no longer in doubt.
    if (state !== "none" && state !== "closed") reject(draft, name, "execute", attempt, answer, "superseded");
    return;
  }
  if (breaksPromise(step, state)) recordAnomaly(draft, "broken_promise", name, "execute", attempt);
  const undo = answer.undo === undefined ? {} : { undo: answer.undo };
  const late = step.state === "failed" || step.state === "in_doubt";
  draft.record({
    type: late ? "LateSuccessRecorded" : "StepSucceeded",
    step: name,
    attempt,
    output: answer.output,
    ...undo,
  });
  if (late) reopenFor(draft, name, step);
}

/**
 * A success after `none`; but a worker that is asked again gives what its store knows of the key, and another attempt
 * that is out or in doubt may have done it. Once the undo was sent, `none` may be said of an effect that was undone.
 */
const breaksPromise = (step: StepRun, state: AttemptState): boolean =>
  !wasUndoSent(step) && (step.state === "failed" || (state === "none" && !isInDoubt(step) && !hasLiveAttempt(step)));

/**
 * A success was recorded of a step that had settled otherwise (C4): an undo that had found nothing is sent once more
 * (C5); what is armed is undone when its turn comes, and a run that had ended goes back again for it. An undo that was
 * never sent, because its mapping lacked what the success brings, is tried now.
 */
function reopenFor(draft: Draft, name: string, step: StepRun): void {
  const compensation = step.compensation;
  if (compensation?.state === "compensated" && compensation.found === false) {
    const answered = compensation.attempts.findLastIndex(({ state }) => state === "compensated");
    undoOnceMore(draft, name, answered + 1);
  } else if (compensation?.state === "armed" && draft.run.phase === "ended") {
    draft.record({ type: "RunReopened", step: name });
  } else if (compensation?.state === "blocked" && compensation.attempts.length === 0) {
    closeIncidentsOf(draft, name);
    dispatchCompensation(draft, name);
  }
}

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
    if (answer.scope === "key" && step.state === "succeeded") contradict(draft, name, step, attempt, answer);
    return reject(draft, name, "execute", attempt, answer, "superseded");
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
  if (step.state === "failed") return;
  if (step.state === "in_doubt") {
    // A late `none` may end the last doubt of a step that had settled in doubt.
    if (!isInDoubt(step)) draft.record({ type: "StepFailed", step: name, error });
    return;
  }
  if (scope === "key") return settle(draft, name, step, error);
  // What a late answer says of its own attempt leaves the step to the attempt that is out.
  if (hasLiveAttempt(step)) return;
  const plan = draft.workflow.steps[draft.workflow.places.get(name) ?? -1];
  if (!plan) broken(`the workflow has a step ${name}`);
  if (!retryable || draft.run.phase !== "forward" || !allowsRetry(plan.retry, step.spent, error)) {
    return settle(draft, name, step, error);
  }
  if (step.state === "retry_wait") return;
  const seed = `${draft.run.uid}/${name}/execute/${step.attempts.length}`;
  const dueAt = draft.now + backoffMs(plan.retry, step.spent, seed);
  draft.record({ type: "RetryScheduled", step: name, side: "execute", dueAt });
}

const withdrawn: Problem = { code: "withdrawn", title: "taken back before anybody took it" };
const mayBeTriedAgain = { retryable: true, scope: "attempt" } as const;

export function withdrawExecute(draft: Draft, name: string, attempt: number): void {
  const step = stepOf(draft.workflow, draft.run, name);
  const state = step.attempts[attempt - 1];
  if (state !== "live" && state !== "superseded") return;
  draft.record({ type: "AttemptWithdrawn", step: name, side: "execute", attempt });
  if (state === "live") afterFailure(draft, name, step, step.error ?? withdrawn, mayBeTriedAgain);
}

export function dueStepTimer(draft: Draft, timer: SagaTimer): void {
  const { run, workflow, now } = draft;
  if (run.phase === "ended") return;
  const step = stepOf(workflow, run, timer.step);
  if (timer.kind === "retry") {
    if (step.state === "retry_wait" && step.dueAt !== undefined && now >= step.dueAt) dispatchStep(draft, timer.step);
    return;
  }
  const state = step.attempts[timer.attempt - 1];
  if (state !== "live" && state !== "superseded") return;
  const dueAt = attemptDueAt(workflow, run, timer, timer.takenAt);
  if (dueAt === undefined || now < dueAt) return;
  draft.record({ type: "AttemptTimedOut", step: timer.step, side: "execute", attempt: timer.attempt });
  if (state === "live") afterFailure(draft, timer.step, step, timedOut, mayBeTriedAgain);
}

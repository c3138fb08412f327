/** What an answer, a timer or a withdrawal means for the inquiry whether a step was done (semantics.md, 2 and C1). */
import type { Problem } from "../base/problem.ts";
import { outputMisfit } from "../definition/contract-misfit.ts";
import { hasLiveInquiry, isOfEarlierKey, isOpen, isWithoutEffect, timedOut, wasUndoSent } from "./attempts.ts";
import type { Draft } from "./draft.ts";
import type { Outcome, SagaTimer } from "./input.ts";
import { endDoubt, inquire, recordAnomaly, reject, settle } from "./moves.ts";
import { planOf } from "./step-key.ts";
import { allowsRetry, backoffMs } from "./retry.ts";
import type { InquiryState, StepRun } from "./run.ts";
import { stepOf } from "./instances.ts";
import { contradictWord, recordStray, recordSuccess } from "./success.ts";
import { attemptDueAt } from "./timers.ts";

const notDone: Problem = { code: "not_done", title: "its worker says that it was not done, and will not be" };
const unknown: Problem = { code: "unknown", title: "its worker does not know whether it was done" };

export function answerInquire(draft: Draft, name: string, number: number, outcome: Outcome): void {
  const step = stepOf(draft.workflow, draft.run, name);
  const state = step.inquiry?.attempts[number - 1];
  if (state === undefined || !isNews(state, outcome)) return;
  if (draft.run.abandoned) {
    if (isUnanswered(state)) reject(draft, name, "inquire", number, outcome, "abandoned");
    return;
  }
  switch (outcome.outcome) {
    case "done":
      return done(draft, name, step, number, state, outcome);
    case "not_done":
      return wasNotDone(draft, name, step, number, outcome);
    case "unknown":
      return wasUnknown(draft, name, step, number, outcome);
    case "failed":
      return failed(draft, name, step, number, state, outcome);
    default:
      return;
  }
}

const isUnanswered = (state: InquiryState): boolean =>
  state === "live" || state === "superseded" || state === "unanswered";

/** C6: whoever did not know may come to know, and that it was done is news whatever was said before. */
function isNews(state: InquiryState, { outcome }: Outcome): boolean {
  if (isUnanswered(state)) return true;
  return state !== "done" && (outcome === "done" || (outcome === "not_done" && state === "unknown"));
}

/** Before the step has settled only a valid output is a success; then what counts is that the effect is there (C4). */
function done(
  draft: Draft,
  name: string,
  step: StepRun,
  number: number,
  state: InquiryState,
  outcome: Extract<Outcome, { outcome: "done" }>,
): void {
  if (isOfEarlierKey(step, "inquire", number)) return recordStray(draft, name, "inquire", number);
  if (step.state === "succeeded") {
    if (state !== "closed") reject(draft, name, "inquire", number, outcome, "superseded");
    return;
  }
  const { output = null, undo } = outcome;
  const misfit = isOpen(step) ? outputMisfit(draft.workflow, planOf(draft.workflow, name), output) : undefined;
  draft.record({ type: "InquiryAnswered", step: name, attempt: number, outcome: "done" });
  if (misfit) return settleUnlessAsked(draft, name, step, misfit);
  if (step.mended?.word === "not_done") recordAnomaly(draft, "word_contradicted", name, "inquire", number);
  else if (isWithoutEffect(step) && !wasUndoSent(step)) recordAnomaly(draft, "broken_promise", name, "inquire", number);
  recordSuccess(draft, name, step, number, output, undo, "inquiry");
}

/** Whoever says so has fenced the key: nothing comes under it any more. */
function wasNotDone(draft: Draft, name: string, step: StepRun, number: number, outcome: Outcome): void {
  if (isOfEarlierKey(step, "inquire", number)) return reject(draft, name, "inquire", number, outcome, "key_replaced");
  if (isWithoutEffect(step)) return reject(draft, name, "inquire", number, outcome, "superseded");
  if (step.state === "succeeded") {
    // Of what was undone since, a worker says that it is not there.
    const isKnown = !wasUndoSent(step) && step.mended?.word !== "done";
    if (isKnown) recordAnomaly(draft, "contradiction", name, "inquire", number);
    reject(draft, name, "inquire", number, outcome, "superseded");
    return contradictWord(draft, name, step, "inquire", number);
  }
  draft.record({ type: "InquiryAnswered", step: name, attempt: number, outcome: "not_done" });
  // An attempt that an operator has had sent since is refused by the fence, and says so itself; who went on has skipped it.
  if (step.state === "dispatched" || step.state === "skipped") return;
  if (step.state === "in_doubt") endDoubt(draft, name, notDone);
  else settle(draft, name, step, notDone);
}

/** Unknown is never read as not done. */
function wasUnknown(draft: Draft, name: string, step: StepRun, number: number, outcome: Outcome): void {
  if (step.state !== "inquiring") return reject(draft, name, "inquire", number, outcome, "superseded");
  draft.record({ type: "InquiryAnswered", step: name, attempt: number, outcome: "unknown" });
  settleUnlessAsked(draft, name, step, step.error ?? unknown);
}

/** It says no more than was known; another inquiry that is out, or will be, may. */
function settleUnlessAsked(draft: Draft, name: string, step: StepRun, error: Problem): void {
  if (step.state !== "inquiring" || hasLiveInquiry(step) || step.inquiry?.dueAt !== undefined) return;
  settle(draft, name, step, error);
}

function failed(
  draft: Draft,
  name: string,
  step: StepRun,
  number: number,
  state: InquiryState,
  answer: Extract<Outcome, { outcome: "failed" }>,
): void {
  if (step.state !== "inquiring" || state !== "live")
    return reject(draft, name, "inquire", number, answer, "superseded");
  const { error, effect, scope, retryable } = answer;
  draft.record({
    type: "AttemptFailed",
    step: name,
    side: "inquire",
    attempt: number,
    error,
    effect,
    scope,
    retryable,
  });
  askAgain(draft, name, step, error, retryable);
}

/** In any phase: an inquiry does nothing, and what it brings to light decides what must be undone. */
function askAgain(draft: Draft, name: string, step: StepRun, error: Problem, retryable: boolean): void {
  const retry = planOf(draft.workflow, name).inquiry?.retry;
  const spent = step.inquiry?.spent ?? 0;
  if (!retry || !retryable || !allowsRetry(retry, spent, error)) return settle(draft, name, step, step.error ?? error);
  const seed = `${draft.run.uid}/${name}/inquire/${step.inquiry?.attempts.length ?? 0}`;
  draft.record({
    type: "RetryScheduled",
    step: name,
    side: "inquire",
    dueAt: draft.now + backoffMs(retry, spent, seed),
  });
}

export function withdrawInquire(draft: Draft, name: string, number: number): void {
  const state = stepOf(draft.workflow, draft.run, name).inquiry?.attempts[number - 1];
  if (state === "superseded") draft.record({ type: "AttemptWithdrawn", step: name, side: "inquire", attempt: number });
}

export function dueInquiryTimer(draft: Draft, timer: Exclude<SagaTimer, { kind: "deadline" }>): void {
  const { run, workflow, now } = draft;
  const step = stepOf(workflow, run, timer.step);
  const { inquiry } = step;
  if (!inquiry) return;
  if (timer.kind === "retry") {
    const isDue = step.state === "inquiring" && inquiry.dueAt !== undefined && now >= inquiry.dueAt;
    if (isDue && !run.suspended) inquire(draft, timer.step, step);
    return;
  }
  const state = inquiry.attempts[timer.attempt - 1];
  if (state !== "live" && state !== "superseded") return;
  const dueAt = attemptDueAt(workflow, run, timer, timer);
  if (dueAt === undefined || now < dueAt) return;
  draft.record({ type: "AttemptTimedOut", step: timer.step, side: "inquire", attempt: timer.attempt });
  if (state === "live" && step.state === "inquiring") askAgain(draft, timer.step, step, timedOut, true);
}

/** What the attempts of a step say together: whether one is live, whether one is in doubt (semantics.md, 2). */
import type { Problem } from "../base/problem.ts";
import { timedOutCode } from "./retry.ts";
import type { Side } from "./event.ts";
import type { AttemptState, CompensationRun, StepRun, UndoAttemptState } from "./run.ts";

export const timedOut: Problem = { code: timedOutCode, title: "no answer within the timeout" };

/** Doubt belongs to an attempt: it ended without an answer, or with an effect that is possible. */
export const isDoubtful = (state: AttemptState): boolean => state === "unanswered" || state === "possible";

export const isInDoubt = (step: StepRun): boolean => step.attempts.some(isDoubtful);

/** A step that is begun and not settled. */
export const isOpen = (step: StepRun): boolean =>
  step.state === "dispatched" || step.state === "retry_wait" || step.state === "inquiring";

export const hasLiveAttempt = (step: StepRun): boolean => step.attempts.includes("live");
export const hasSupersededAttempt = (step: StepRun): boolean => step.attempts.includes("superseded");

export const hasLiveInquiry = ({ inquiry }: StepRun): boolean => inquiry?.attempts.includes("live") === true;

/** Nobody knows whether it has an effect: it settled so, or an operator went on without an answer. */
export const isUncertain = (step: StepRun): boolean =>
  step.state === "in_doubt" || (step.state === "skipped" && isInDoubt(step));

/** It is known to have had no effect. */
export const isWithoutEffect = (step: StepRun): boolean =>
  step.state === "failed" || (step.state === "skipped" && !isInDoubt(step));

/** C12: another key has replaced the one that it was sent under. */
export function isOfEarlierKey({ mended }: StepRun, side: Side, attempt: number): boolean {
  if (!mended || side === "compensate") return false;
  return attempt <= (side === "execute" ? mended.earlier : mended.earlierInquiries);
}

/** From then on its worker may find it undone, by a command or by an operator's hand, and refuse the key. */
export const wasUndoSent = ({ compensation }: StepRun): boolean =>
  compensation !== undefined && (compensation.attempts.length > 0 || compensation.state === "resolved");

export const hasLiveUndo = (compensation: CompensationRun): boolean =>
  compensation.attempts.some((attempt) => attempt.state === "live");

/** An undo that may have taken effect without having settled the compensation. */
export const isUndoInDoubt = (compensation: CompensationRun): boolean =>
  compensation.attempts.some(({ state }) => inDoubt.has(state));

const inDoubt: ReadonlySet<UndoAttemptState> = new Set(["live", "superseded", "unanswered", "possible", "late"]);

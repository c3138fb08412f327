/**
 * Children (semantics.md, C14), from both sides: what a child's end means for the step of its parent, and what the
 * parent's going back means for a child that has completed.
 */
import type { Problem } from "../base/problem.ts";
import type { Decision } from "./decide.ts";
import type { Draft } from "./draft.ts";
import type { Residue } from "./event.ts";
import type { ChildEnd, Outcome, SagaInput } from "./input.ts";
import { stepIn } from "./instances.ts";
import { goOn } from "./progress.ts";
import type { Run, StepRun } from "./run.ts";
import { isForChild, planOf } from "./step-key.ts";
import { answerExecute } from "./step-side.ts";
import { answerCompensate } from "./undo-side.ts";

type Refusal = Exclude<Decision, { kind: "events" }>;

/** Gives `false` where the step has no child, or the run nothing to do with it any more. */
export function childEnded(draft: Draft, key: string, ended: ChildEnd): boolean {
  const step = stepIn(draft.workflow, draft.run, key);
  if (!step || planOf(draft.workflow, key).act.is !== "child" || draft.run.abandoned) return false;
  const isItsOwnUndo = isForChild(planOf(draft.workflow, key), "compensate");
  const isBack = isItsOwnUndo && step.compensation !== undefined && step.compensation.attempts.length > 0;
  if (isBack && ended.word !== "completed") childIsBack(draft, key, step, ended);
  else if (step.attempts[0] === "live") answerExecute(draft, key, 1, outcomeOf(draft, key, ended));
  else leave(draft, key, step, ended);
  return true;
}

/** A child that went back by itself had no effect, but for what it says that it left. */
function outcomeOf(draft: Draft, key: string, ended: ChildEnd): Outcome {
  if (ended.word === "completed") return { outcome: "succeeded", output: ended.output };
  if (ended.word === "failed") draft.record({ type: "ChildLeft", step: key, residue: ended.residue });
  return { outcome: "failed", error: ended.error, retryable: false, effect: "none", scope: "key" };
}

/** Its end settles the parent's compensation. */
function childIsBack(draft: Draft, key: string, step: StepRun, ended: Exclude<ChildEnd, { word: "completed" }>): void {
  const attempt = step.compensation?.attempts.length ?? 0;
  if (ended.word === "stays") {
    const { error } = ended;
    return answerCompensate(draft, key, attempt, {
      outcome: "failed",
      error,
      retryable: false,
      effect: "none",
      scope: "attempt",
    });
  }
  leave(draft, key, step, ended);
  if (step.compensation?.attempts[attempt - 1]?.state === "live")
    answerCompensate(draft, key, attempt, { outcome: "compensated", found: true });
}

/** What it has left is the parent's residue; it may come to have left less or more, when something late comes to light. */
function leave(draft: Draft, key: string, step: StepRun, ended: ChildEnd): void {
  const { run } = draft;
  const residue = ended.word === "failed" ? ended.residue : [];
  if (isSame(residue, step.left ?? [])) return;
  draft.record({ type: "ChildLeft", step: key, residue });
  if (run.phase === "ended" && run.cause !== undefined) draft.record({ type: "RunReopened", step: key });
}

const isSame = (a: readonly Residue[], b: readonly Residue[]): boolean =>
  a.length === b.length && a.every((one, at) => one.step === b[at]?.step && one.certainty === b[at].certainty);

/** From now on there is nothing to do but to wait for its end. */
export function childBegan(
  draft: Draft,
  { step, side }: Extract<SagaInput, { type: "childBegan" }>,
): Refusal | undefined {
  const { phase, out } = draft.run;
  // What is out in a run that was abandoned is out for ever.
  const isAsked =
    phase !== "ended" && out.some((ref) => ref.isChild && !ref.isBegun && ref.step === step && ref.side === side);
  if (!isAsked) return { kind: "nothing", why: "nobody waits for it" };
  draft.record({ type: "ChildBegan", step, side });
  return undefined;
}

/** The parent goes back: what this run has done is undone, unless it has passed its own point of no return. */
export function recall(draft: Draft): Refusal | undefined {
  const { run, workflow } = draft;
  const isCompleted = run.phase === "ended" && run.cause === undefined;
  if (!isCompleted) return { kind: "nothing", why: "it has not completed" };
  if (run.steps[workflow.pivotPlace]?.state === "succeeded") return { kind: "nothing", why: "it has passed its pivot" };
  draft.record({ type: "RunRecalled" });
  goOn(draft);
  return undefined;
}

/** Of an earlier end: it has gone back since, and the parent has to hear of that too. */
export function told(draft: Draft, end: number): Refusal | undefined {
  const { phase, isParentTold, ends } = draft.run;
  if (phase !== "ended" || isParentTold || ends !== end) return { kind: "nothing", why: "the parent knows" };
  draft.record({ type: "ParentTold" });
  return undefined;
}

/** How a child that has ended tells its parent. */
export function childEndOf(run: Run): ChildEnd {
  if (run.cause === undefined) return { word: "completed", output: run.output ?? null };
  const error: Problem = { code: run.cause, title: `the child ${run.id} has ended: ${run.cause}` };
  return run.residue.length > 0 ? { word: "failed", error, residue: run.residue } : { word: "compensated", error };
}

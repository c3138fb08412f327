/** What a run leaves in the world, and the final word that follows from it (semantics.md, 3 and 4). */
import { assert } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import { hasLiveAttempt, isInDoubt, isUndoInDoubt } from "./attempts.ts";
import type { Draft } from "./draft.ts";
import type { Residue } from "./event.ts";
import type { Run, StepRun } from "./run.ts";

/** Effects that would be left if nothing more were undone. */
export function residueOf(workflow: Workflow, run: Run): readonly Residue[] {
  return workflow.steps.flatMap((plan, place) => {
    const step = run.steps[place];
    if (!step || plan.kind !== "compensatable") return [];
    const certainty = certaintyOf(step);
    return certainty ? [{ step: plan.name, certainty }] : [];
  });
}

function certaintyOf(step: StepRun): Residue["certainty"] | undefined {
  if (step.state === "failed") return undefined;
  if (!step.compensation) return mayHaveRun(step) ? "possible" : undefined;
  switch (step.compensation.state) {
    case "compensated":
    case "unneeded":
    case "resolved":
    case "discarded":
      return undefined;
    case "armed":
    case "queued":
    case "dispatched":
    case "retry_wait":
    case "blocked":
    case "skipped":
      return step.state === "in_doubt" || isUndoInDoubt(step.compensation) ? "possible" : "done";
  }
}

/** Plain steps that ran, or may have: no residue, but named. */
export function undeclaredOf(workflow: Workflow, run: Run): readonly string[] {
  return workflow.steps.flatMap((plan, place) => {
    const step = run.steps[place];
    return step && plan.kind === "plain" && mayHaveRun(step) ? [plan.name] : [];
  });
}

const mayHaveRun = (step: StepRun): boolean =>
  step.state === "succeeded" || (step.state !== "failed" && (isInDoubt(step) || hasLiveAttempt(step)));

/** The final word of a run that did not complete: with residue `failed`, without `compensated`. */
export function endWith(draft: Draft, residue: readonly Residue[], undeclared: readonly string[]): void {
  const cause = draft.run.cause;
  assert(cause, "a run that did not complete knows why");
  const named = undeclared.length > 0 ? { undeclared } : {};
  if (residue.length > 0) draft.record({ type: "RunFailed", cause, residue, ...named });
  else draft.record({ type: "RunCompensated", cause, ...named });
}

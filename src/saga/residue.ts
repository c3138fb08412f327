/** What a run leaves in the world, and the final word that follows from it (semantics.md, 3 and 4). */
import { assert } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import { hasLiveAttempt, isInDoubt, isUndoInDoubt, isWithoutEffect } from "./attempts.ts";
import type { Draft } from "./draft.ts";
import { instancesOf } from "./instances.ts";
import type { Residue } from "./event.ts";
import type { Run, StepRun } from "./run.ts";
import type { CompensationStateName } from "./tables.ts";

/** Effects that would be left if nothing more were undone. */
export function residueOf(workflow: Workflow, run: Run): readonly Residue[] {
  return instancesOf(workflow, run).flatMap(({ key, plan, step }) => {
    if (plan.kind === "plain" || plan.kind === "readonly") return [];
    if (step.left) return step.left.map(({ step: inner, certainty }) => ({ step: `${key}.${inner}`, certainty }));
    const certainty = certaintyOf(step);
    return certainty ? [{ step: key, certainty }] : [];
  });
}

function certaintyOf(step: StepRun): Residue["certainty"] | undefined {
  if (step.mended?.isStray) return "done";
  if (!mayHaveRun(step) || step.mended?.word === "undone") return undefined;
  const { compensation } = step;
  if (compensation && undone.has(compensation.state)) return undefined;
  return step.state !== "succeeded" || (compensation && isUndoInDoubt(compensation)) ? "possible" : "done";
}

/** What an operator has resolved counts as undone; what was discarded was meant to stay, and stays. */
const undone: ReadonlySet<CompensationStateName> = new Set(["compensated", "unneeded", "resolved"]);

/** Plain steps that ran, or may have: no residue, but named; each once, however often it ran. */
export function undeclaredOf(workflow: Workflow, run: Run): readonly string[] {
  const ran = new Set(run.forgotten);
  for (const { plan, step } of instancesOf(workflow, run)) {
    if (plan.kind === "plain" && mayHaveRun(step)) ran.add(plan.name);
  }
  return workflow.steps.flatMap(({ name }) => (ran.has(name) ? [name] : []));
}

/** What was taken over from another run did not run in this one. */
function mayHaveRun(step: StepRun): boolean {
  if (step.state === "succeeded") return step.attempts.length > 0 || step.mended?.word !== undefined;
  return !isWithoutEffect(step) && (isInDoubt(step) || hasLiveAttempt(step));
}

/** The final word of a run that did not complete: with residue `failed`, without `compensated`. */
export function endWith(draft: Draft, residue: readonly Residue[], undeclared: readonly string[]): void {
  const cause = draft.run.cause;
  assert(cause, "a run that did not complete knows why");
  const named = undeclared.length > 0 ? { undeclared } : {};
  if (residue.length > 0) draft.record({ type: "RunFailed", cause, residue, ...named });
  else draft.record({ type: "RunCompensated", cause, ...named });
}

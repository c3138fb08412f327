/**
 * How a run goes on from where it stands: the next step, the end of draining, the rollback in reverse order, the end
 * (semantics.md, 4 and C9). Every decision ends here; a run is never left with nothing to wait for (I15).
 */
import { hasLiveAttempt, hasSupersededAttempt, isOpen } from "./attempts.ts";
import { outputOf } from "./command.ts";
import type { Draft } from "./draft.ts";
import { closeIncidentsOf, dispatchCompensation, dispatchStep } from "./moves.ts";
import { endWith, residueOf, undeclaredOf } from "./residue.ts";
import type { CompensationRun, StepRun } from "./run.ts";
import { settledCompensationStates } from "./tables.ts";

export function goOn(draft: Draft): void {
  const { run } = draft;
  if (run.phase === "forward") goForward(draft);
  if (run.phase === "draining") drain(draft);
  if (run.phase === "backward") goBackward(draft);
}

/** A sequence: the first step that is not settled is either open, or next. */
function goForward(draft: Draft): void {
  const { run, workflow } = draft;
  const next = workflow.steps[run.place];
  if (!next) draft.record({ type: "RunCompleted", ...outputOf(workflow, run) });
  else if (run.steps[run.place]?.state === "pending") dispatchStep(draft, next.name);
}

/** Superseded commands do not hold up the end of draining; they hold up their own step's undo. */
function drain(draft: Draft): void {
  if (draft.run.steps.some((step) => isOpen(step) && hasLiveAttempt(step))) return;
  draft.record({ type: "RollbackBegan" });
}

/** C9: in a sequence the compensation of a step may start when those of all later steps are settled. */
function goBackward(draft: Draft): void {
  const { run, workflow } = draft;
  for (let place = run.steps.length - 1; place >= 0; place--) {
    const step = run.steps[place];
    const name = workflow.steps[place]?.name;
    const compensation = step?.compensation;
    if (!step || !name || !compensation || settledCompensationStates.has(compensation.state)) continue;
    undo(draft, name, step, compensation);
    if (!settledCompensationStates.has(compensation.state)) return;
  }
  endWith(draft, residueOf(workflow, run), undeclaredOf(workflow, run));
}

/** What a compensation whose turn it is can do now; it may settle, be sent, or go on waiting. */
function undo(draft: Draft, name: string, step: StepRun, compensation: CompensationRun): void {
  const { state } = compensation;
  const waits = state === "armed" || state === "queued";
  // The step's doubt has ended as none: there is nothing to undo (a command that is out is waited for).
  if (step.state === "failed" && state !== "dispatched") {
    closeIncidentsOf(draft, name);
    return draft.record({ type: "CompensationUnneeded", step: name });
  }
  if (waits && !hasSupersededAttempt(step)) dispatchCompensation(draft, name);
}

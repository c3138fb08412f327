/** A step has succeeded: in time, late, or as an inquiry or an operator brings to light (semantics.md, C3 to C5, C26). */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Draft } from "./draft.ts";
import { closeIncidentsOf, dispatchCompensation, goForwardAgain, openIncident, planOf, undoOnceMore } from "./moves.ts";
import type { StepRun } from "./run.ts";
import { settledStepStates } from "./tables.ts";

export interface Success {
  readonly attempt: number;
  readonly by?: "inquiry";
  readonly output: Json;
  readonly undo?: Json;
}

export function recordSuccess(draft: Draft, name: string, step: StepRun, success: Success): void {
  const late = settledStepStates.has(step.state);
  const hadFailed = step.state === "failed";
  draft.record({ type: late ? "LateSuccessRecorded" : "StepSucceeded", step: name, ...success });
  if (late) {
    closeIncidentsOf(draft, name, "execute");
    reopenFor(draft, name, step, hadFailed);
  }
  returnIfPivot(draft, name);
}

/** draining: the pivot succeeds, and the run goes forward again. */
export function returnIfPivot(draft: Draft, name: string): void {
  const { run, workflow } = draft;
  if (run.phase === "draining" && workflow.places.get(name) === workflow.pivotPlace) goForwardAgain(draft, name);
}

const cannotBeUndone: Problem = {
  code: "late_effect",
  title: "the step had failed, and the run had turned back: its effect is there, and nothing can undo it",
};

/**
 * A success was recorded of a step that had settled otherwise (C4): an undo that had found nothing is sent once more
 * (C5); what is armed is undone when its turn comes, and a run that had ended goes back again for it. An undo that was
 * never sent, because its mapping lacked what the success brings, is tried now.
 */
function reopenFor(draft: Draft, name: string, step: StepRun, hadFailed: boolean): void {
  const { run, workflow } = draft;
  const { compensation } = step;
  if (compensation?.state === "compensated" && compensation.found === false) {
    const answered = compensation.attempts.findLastIndex(({ state }) => state === "compensated");
    undoOnceMore(draft, name, answered + 1);
  } else if (compensation?.state === "armed" && run.phase === "ended") {
    draft.record({ type: "RunReopened", step: name });
  } else if (compensation?.state === "blocked" && compensation.attempts.length === 0 && !run.suspended) {
    closeIncidentsOf(draft, name, "compensate");
    dispatchCompensation(draft, name);
  }
  const { kind } = planOf(workflow, name);
  const isDraining = run.phase === "draining" && kind === "pivot";
  if (!hadFailed || run.phase === "forward" || isDraining || (kind !== "pivot" && kind !== "irreversible")) return;
  if (run.phase === "ended") draft.record({ type: "RunReopened", step: name });
  openIncident(draft, "late_effect", name, cannotBeUndone);
}

/** A step has succeeded: in time, late, or as an inquiry or an operator brings to light (semantics.md, C3 to C5, C26). */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Draft } from "./draft.ts";
import { isWithoutEffect, wasUndoSent } from "./attempts.ts";
import type { Side } from "./event.ts";
import { closeIncidentsOf, goForwardAgain, openIncident, recordAnomaly, undoOnceMore } from "./moves.ts";
import { planOf } from "./step-key.ts";
import type { Run, StepRun } from "./run.ts";
import { settledStepStates } from "./tables.ts";

/** `by`: the attempt is an inquiry's. */
export function recordSuccess(
  draft: Draft,
  name: string,
  step: StepRun,
  attempt: number,
  output: Json,
  undo: Json | undefined,
  by?: "inquiry",
): void {
  const late = settledStepStates.has(step.state);
  const hadFailed = isWithoutEffect(step);
  const type = late ? "LateSuccessRecorded" : "StepSucceeded";
  // Made whole: a success is what happens most.
  if (by !== undefined)
    draft.record({ type, step: name, attempt, output, ...(undo === undefined ? {} : { undo }), by });
  else if (undo === undefined) draft.record({ type, step: name, attempt, output });
  else draft.record({ type, step: name, attempt, output, undo });
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
 * (C5); what is armed is undone when its turn comes, and a run that had ended goes back again for it.
 */
function reopenFor(draft: Draft, name: string, step: StepRun, hadFailed: boolean): void {
  const { run, workflow } = draft;
  const { compensation } = step;
  if (isCompleted(run)) return;
  if (compensation?.state === "compensated" && compensation.found === false) {
    const answered = compensation.attempts.findLastIndex(({ state }) => state === "compensated");
    undoOnceMore(draft, name, answered + 1);
  } else if (compensation?.state === "armed" && run.phase === "ended") {
    draft.record({ type: "RunReopened", step: name });
  }
  const { kind } = planOf(workflow, name);
  const isDraining = run.phase === "draining" && kind === "pivot";
  if (!hadFailed || run.phase === "forward" || isDraining || !isKeptForGood(draft, name) || compensation) return;
  askAboutEffect(draft, name, cannotBeUndone);
}

/** An effect that is residue, and that nothing undoes. */
function isKeptForGood({ workflow }: Draft, name: string): boolean {
  const { kind } = planOf(workflow, name);
  return kind !== "plain" && kind !== "readonly";
}

const isCompleted = ({ phase, cause }: Run): boolean => phase === "ended" && cause === undefined;

function askAboutEffect(draft: Draft, name: string, error: Problem): void {
  const { run } = draft;
  const isAsked = run.incidents.some(
    ({ kind, step, side }) => kind === "late_effect" && step === name && side === "execute",
  );
  if (isAsked) return;
  if (run.phase === "ended") draft.record({ type: "RunReopened", step: name });
  openIncident(draft, "late_effect", name, error);
}

const doneUnderEarlierKey: Problem = {
  code: "stray_effect",
  title: "it was done under an earlier key, which had been replaced because it was not done: there may be two effects",
};

/**
 * C26: what an earlier key brings is not what is asked for under this one, and nothing undoes it: the undo is sent under
 * the key of today. Whoever said that it was not done was wrong, and a person puts it right.
 */
export function recordStray(draft: Draft, name: string, side: Side, attempt: number): void {
  draft.record({ type: "AnomalyRecorded", anomaly: "stray_effect", step: name, side, attempt });
  if (!isCompleted(draft.run) && isKeptForGood(draft, name)) askAboutEffect(draft, name, doneUnderEarlierKey);
}

const notThere: Problem = {
  code: "word_contradicted",
  title: "an operator stated that the step was done, and its worker says that it was not",
};

/** C26: an operator stated that it was done, and no attempt is left that may have done it. */
export function contradictWord(draft: Draft, name: string, step: StepRun, side: Side, attempt: number): void {
  if (step.mended?.word !== "done" || wasUndoSent(step)) return;
  recordAnomaly(draft, "word_contradicted", name, side, attempt);
  if (draft.run.phase !== "ended") askAboutEffect(draft, name, notThere);
}

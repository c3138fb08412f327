/**
 * How a run goes on from where it stands: the next step, the end of draining, the rollback in reverse order, the end
 * (semantics.md, 4 and C9). Every decision ends here; a run is never left with nothing to wait for (I15).
 */
import type { StepPlan } from "../definition/workflow.ts";
import { hasSupersededAttempt, isOpen, isUncertain, isWithoutEffect, timedOut } from "./attempts.ts";
import { goOnIn } from "./block-side.ts";
import { misfitOf, outputOf } from "./command.ts";
import type { Draft } from "./draft.ts";
import { stepIn } from "./instances.ts";
import { block, closeIncidents, closeIncidentsOf, dispatchCompensation, openIncident } from "./moves.ts";
import { endWith, residueOf, undeclaredOf } from "./residue.ts";
import type { CompensationRun, OutRef, Run, StepRun } from "./run.ts";
import { undoIn } from "./undo-order.ts";

export function goOn(draft: Draft): void {
  const { run } = draft;
  if (run.phase === "forward") goForward(draft);
  if (run.phase === "draining") drain(draft);
  if (run.phase === "backward") goBackward(draft);
}

function goForward(draft: Draft): void {
  const { run, workflow } = draft;
  if (run.suspended || run.holder !== undefined) return;
  goOnIn(draft, workflow.body, "");
  if (run.phase !== "forward" || run.place < workflow.body.nodes.length || hasOpenQuestion(run)) return;
  closeOverdue(draft);
  draft.record({ type: "RunCompleted", ...outputOf(workflow, run) });
}

/** Only an operator ends a run about which only he can say whether it is done. */
const hasOpenQuestion = ({ incidents }: Run): boolean => incidents.some(({ kind }) => kind !== "overdue");

const closeOverdue = (draft: Draft): void => closeIncidents(draft, "end", ({ kind }) => kind === "overdue");

/** Superseded commands do not hold up the end of draining; they hold up their own step's undo. */
function drain(draft: Draft): void {
  const { run, workflow } = draft;
  if (run.out.some((ref) => isAwaited(draft, ref)) || run.waits.some(({ side }) => side === "inquire")) return;
  const pivot = run.steps[workflow.pivotPlace];
  // C15: never a guess, never compensated around.
  if (pivot?.state === "in_doubt") return askAboutPivot(draft, pivot);
  draft.record({ type: "RollbackBegan" });
}

/** Of a step the answer is, and of a question whether it was done. */
function isAwaited({ run, workflow }: Draft, { step: key, side, attempt }: OutRef): boolean {
  const step = stepIn(workflow, run, key);
  if (!step || side === "compensate" || !isOpen(step)) return false;
  return step.state === "inquiring" || (side === "execute" && step.attempts[attempt - 1] === "live");
}

function askAboutPivot(draft: Draft, { error }: StepRun): void {
  const { run, workflow } = draft;
  if (run.incidents.some(({ kind }) => kind === "pivot")) return;
  openIncident(draft, "pivot", workflow.steps[workflow.pivotPlace]?.name, error ?? timedOut);
}

/** C9: in the reverse of the dependencies. */
function goBackward(draft: Draft): void {
  const { run, workflow } = draft;
  const undoing = undoIn(workflow, run, workflow.body, "", (plan, key, step, compensation) =>
    undo(draft, plan, key, step, compensation),
  );
  if (undoing !== "settled" || hasOpenQuestion(run)) return;
  const residue = residueOf(workflow, run);
  closeOverdue(draft);
  endWith(draft, residue, undeclaredOf(workflow, run));
}

/** What a compensation whose turn it is can do now; it may settle, be sent, or go on waiting. */
function undo(draft: Draft, plan: StepPlan, name: string, step: StepRun, compensation: CompensationRun): void {
  const { state } = compensation;
  // There is nothing to undo: its doubt has ended as none (a command that is out is waited for).
  if (isWithoutEffect(step) && state !== "dispatched") {
    closeIncidentsOf(draft, name, "compensate");
    return draft.record({ type: "CompensationUnneeded", step: name });
  }
  // An operator has stated that it is undone before anything was sent.
  if (step.mended?.word === "undone" && state === "armed") {
    return draft.record({ type: "CompensationUnneeded", step: name });
  }
  if (isFitNow(draft, name, step, compensation)) {
    closeIncidentsOf(draft, name, "compensate");
    return dispatchCompensation(draft, name);
  }
  const waits = state === "armed" || state === "queued" || compensation.isOwed;
  if (!waits || hasSupersededAttempt(step)) return;
  if (isUncertain(step) && !plan.compensateInDoubt) block(draft, name, "in_doubt", doubtful(step));
  else if (!draft.run.suspended) dispatchCompensation(draft, name);
}

/** It was never sent, because nobody knew of the effect or its mapping lacked the output; a late success has brought both (C4). */
const isFitNow = (
  { workflow, run }: Draft,
  name: string,
  step: StepRun,
  { state, attempts }: CompensationRun,
): boolean =>
  state === "blocked" &&
  attempts.length === 0 &&
  step.state === "succeeded" &&
  !run.suspended &&
  misfitOf(workflow, run, name, "compensate") === undefined;

const doubtful = ({ error }: StepRun) => ({
  code: "in_doubt",
  title: "nobody knows whether the step was done, and it is not undone unasked",
  ...(error === undefined ? {} : { detail: `${error.code}: ${error.title}` }),
});

/**
 * How a run goes on from where it stands: the next step, the end of draining, the rollback in reverse order, the end
 * (semantics.md, 4 and C9). Every decision ends here; a run is never left with nothing to wait for (I15).
 */
import type { StepPlan } from "../definition/workflow.ts";
import { hasLiveAttempt, hasSupersededAttempt, isOpen, isUncertain, isWithoutEffect, timedOut } from "./attempts.ts";
import { misfitOf, outputOf } from "./command.ts";
import type { Draft } from "./draft.ts";
import { block, closeIncidents, closeIncidentsOf, dispatchCompensation, dispatchStep, openIncident } from "./moves.ts";
import { endWith, residueOf, undeclaredOf } from "./residue.ts";
import type { CompensationRun, Run, StepRun } from "./run.ts";
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
  if (run.suspended || run.holder !== undefined) return;
  for (let next = workflow.steps[run.place]; next; next = workflow.steps[run.place]) {
    if (run.steps[run.place]?.state !== "pending") return;
    const taken = reused(run, next);
    if (taken === undefined) return dispatchStep(draft, next.name);
    draft.record({ type: "StepReused", step: next.name, output: taken });
  }
  if (hasOpenQuestion(run)) return;
  closeOverdue(draft);
  draft.record({ type: "RunCompleted", ...outputOf(workflow, run) });
}

const reused = ({ reuse }: Run, { name }: StepPlan) =>
  reuse !== undefined && Object.hasOwn(reuse, name) ? reuse[name] : undefined;

/** Only an operator ends a run about which only he can say whether it is done. */
const hasOpenQuestion = ({ incidents }: Run): boolean => incidents.some(({ kind }) => kind !== "overdue");

const closeOverdue = (draft: Draft): void => closeIncidents(draft, "end", ({ kind }) => kind === "overdue");

/** Superseded commands do not hold up the end of draining; they hold up their own step's undo. */
function drain(draft: Draft): void {
  const { run, workflow } = draft;
  if (run.steps.some((step) => step.state === "inquiring" || (isOpen(step) && hasLiveAttempt(step)))) return;
  const pivot = run.steps[workflow.pivotPlace];
  // C15: never a guess, never compensated around.
  if (pivot?.state === "in_doubt") return askAboutPivot(draft, pivot);
  draft.record({ type: "RollbackBegan" });
}

function askAboutPivot(draft: Draft, { error }: StepRun): void {
  const { run, workflow } = draft;
  if (run.incidents.some(({ kind }) => kind === "pivot")) return;
  openIncident(draft, "pivot", workflow.steps[workflow.pivotPlace]?.name, error ?? timedOut);
}

/** C9: in a sequence the compensation of a step may start when those of all later steps are settled. */
function goBackward(draft: Draft): void {
  const { run, workflow } = draft;
  for (let place = run.steps.length - 1; place >= 0; place--) {
    const step = run.steps[place];
    const plan = workflow.steps[place];
    const compensation = step?.compensation;
    if (!step || !plan || !compensation || isDone(compensation)) continue;
    undo(draft, plan, step, compensation);
    if (!isDone(compensation)) return;
  }
  if (hasOpenQuestion(run)) return;
  const residue = residueOf(workflow, run);
  closeOverdue(draft);
  endWith(draft, residue, undeclaredOf(workflow, run));
}

const isDone = ({ state, isOwed }: CompensationRun): boolean => settledCompensationStates.has(state) && !isOwed;

/** What a compensation whose turn it is can do now; it may settle, be sent, or go on waiting. */
function undo(draft: Draft, plan: StepPlan, step: StepRun, compensation: CompensationRun): void {
  const { name } = plan;
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

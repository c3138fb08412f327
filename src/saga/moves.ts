/** The single moves of a decision that more than one input leads to: send, settle, turn, block, undo once more. */
import { broken } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import type { Workflow } from "../definition/workflow.ts";
import { isInDoubt } from "./attempts.ts";
import { misfitOf } from "./command.ts";
import type { Draft } from "./draft.ts";
import type { Anomaly, Cause, IncidentKind, RejectionReason, SagaEvent, Side } from "./event.ts";
import type { Outcome } from "./input.ts";
import type { Incident, Run, StepRun } from "./run.ts";
import { stepIn, stepOf } from "./instances.ts";
import { planOf } from "./step-key.ts";

/** Anomalies beyond so many in one run are no longer recorded: a worker that babbles must not grow it for ever. */
const anomaliesKept = 100;

/** The point of no return is passed: the run never turns back any more. */
export const isPivotPassed = ({ pivotPlace }: Workflow, { phase, steps }: Run): boolean =>
  phase === "forward" && steps[pivotPlace]?.state === "succeeded";

/** C20: a mapping that does not fit fails the step before anything was sent. */
export function dispatchStep(draft: Draft, name: string): void {
  const { run, workflow } = draft;
  const step = stepIn(workflow, run, name);
  const misfit = misfitOf(workflow, run, name, "execute");
  if (misfit) return step ? settle(draft, name, step, misfit) : settleAs(draft, "StepFailed", name, misfit);
  draft.record({ type: "StepDispatched", step: name, attempt: (step?.attempts.length ?? 0) + 1 });
}

/**
 * No retry is left: failed where nothing is in doubt; else its worker is asked, if it declares that it can be; else in
 * doubt (semantics.md, 2).
 */
export function settle(draft: Draft, name: string, step: StepRun, error: Problem): void {
  if (!isInDoubt(step)) return settleAs(draft, "StepFailed", name, error);
  const { inquiry } = planOf(draft.workflow, name);
  if (!inquiry || step.state === "inquiring") return settleAs(draft, "StepInDoubt", name, error);
  if (draft.run.suspended) draft.record({ type: "RetryScheduled", step: name, side: "inquire", dueAt: draft.now });
  else inquire(draft, name, step);
}

export function inquire(draft: Draft, name: string, step: StepRun): void {
  draft.record({ type: "InquiryDispatched", step: name, attempt: (step.inquiry?.attempts.length ?? 0) + 1 });
}

/** Before the pivot the run turns back, or stands still where that is declared; after it, it stands still. */
export function settleAs(
  draft: Draft,
  type: "StepFailed" | "StepInDoubt",
  name: string,
  error: Problem,
  cause: Cause = "step_failed",
): void {
  const { run, workflow } = draft;
  draft.record({ type, step: name, error });
  // C15: a doubtful pivot has an incident of its own kind, opened as soon as the run drains.
  const isDoubtfulPivot = type === "StepInDoubt" && workflow.places.get(name) === workflow.pivotPlace;
  if (run.phase === "forward") turnOrStand(draft, isDoubtfulPivot ? "pivot" : "step", name, error, cause);
}

/** C20: what a block needs to know could not be computed, or its end never came. */
export function failBlock(draft: Draft, block: string, error: Problem): void {
  draft.record({ type: "BlockFailed", block, error });
  turnOrStand(draft, "step", block, error, "step_failed");
}

function turnOrStand(draft: Draft, kind: IncidentKind, name: string, error: Problem, cause: Cause): void {
  const { run, workflow } = draft;
  if (workflow.onFailure === "incident" || isPivotPassed(workflow, run)) openIncident(draft, kind, name, error);
  else turn(draft, cause, name);
}

const stoppedBetweenAttempts: Problem = { code: "stopped", title: "the run turned back between two attempts" };

/** forward → draining. Steps between attempts settle; live commands are waited for. */
export function turn(draft: Draft, cause: Cause, step?: string): void {
  draft.record({ type: "RunTurned", cause, ...(step === undefined ? {} : { step }) });
  for (const incident of draft.run.incidents.filter(({ kind }) => kind === "step")) {
    draft.record({ type: "IncidentClosed", incident: incident.number, by: "turn" });
  }
  for (const wait of draft.run.waits.filter(({ side }) => side === "execute")) {
    const waiting = stepOf(draft.workflow, draft.run, wait.step);
    settle(draft, wait.step, waiting, waiting.error ?? stoppedBetweenAttempts);
  }
}

const pivotPassed: Problem = {
  code: "pivot_passed",
  title: "the pivot has succeeded: the run goes forward to its end",
};
export const overdue: Problem = { code: "overdue", title: "the time that the workflow allows is over" };

/** draining → forward: the pivot has succeeded after all (semantics.md, 4). */
export function goForwardAgain(draft: Draft, pivot: string): void {
  const { cause } = draft.run;
  if (!cause) broken("a run that drains knows why");
  draft.record({ type: "RunReturned", step: pivot, refused: cause });
  // That going back takes long is over with it.
  closeIncidents(draft, "turn", ({ kind }) => kind === "overdue");
  if (cause === "deadline") openIncident(draft, "overdue", undefined, { ...overdue, detail: pivotPassed.title });
}

/** C20: at a compensation a mapping that does not fit is an incident. */
export function dispatchCompensation(draft: Draft, name: string): void {
  const { run, workflow } = draft;
  const compensation = stepOf(workflow, run, name).compensation;
  if (!compensation) broken(`the step ${name} has something to undo`);
  const misfit = misfitOf(workflow, run, name, "compensate");
  if (misfit) return block(draft, name, "compensation", misfit);
  draft.record({ type: "CompensationDispatched", step: name, attempt: compensation.attempts.length + 1 });
}

/** An incident of an undo: it stands until it is answered, and with it what has to be undone after it. */
export function block(draft: Draft, name: string, kind: IncidentKind, error: Problem): void {
  draft.record({ type: "IncidentOpened", incident: draft.run.incidentCount + 1, kind, step: name, error });
}

/** An incident of a step, of an effect, or of the whole run. */
export function openIncident(draft: Draft, kind: IncidentKind, step: string | undefined, error: Problem): void {
  const of = step === undefined ? {} : { step };
  const side = kind === "late_effect" ? { side: "execute" as const } : {};
  draft.record({ type: "IncidentOpened", incident: draft.run.incidentCount + 1, kind, ...of, ...side, error });
}

/** An incident closes by itself when a late result answers it. */
export function closeIncidentsOf(draft: Draft, step: string, side: Incident["side"]): void {
  closeIncidents(draft, "late_result", (open) => open.step === step && open.side === side);
}

export function closeIncidents(
  draft: Draft,
  by: Extract<SagaEvent, { type: "IncidentClosed" }>["by"],
  isMeant: (incident: Incident) => boolean,
): void {
  for (const incident of draft.run.incidents.filter(isMeant)) {
    draft.record({ type: "IncidentClosed", incident: incident.number, by });
  }
}

/** A step that had settled in doubt is known to have had no effect. */
export function endDoubt(draft: Draft, name: string, error: Problem): void {
  draft.record({ type: "StepFailed", step: name, error });
  answerDoubt(draft, name, "late_result", error);
}

/** Of a pivot the doubt was the question (C15); of another step it is still open how the run goes on. */
export function answerDoubt(draft: Draft, name: string, by: "late_result" | "operator", error: Problem): void {
  const isMeant = (open: Incident) => open.kind === "pivot" && open.step === name;
  if (!draft.run.incidents.some(isMeant)) return;
  closeIncidents(draft, by, isMeant);
  if (draft.run.phase === "forward") openIncident(draft, "step", name, error);
}

/** C5: the undo found nothing, and the effect is known: it is sent once more, with the output, under the same key. */
export function undoOnceMore(draft: Draft, name: string, attempt: number): void {
  draft.record({ type: "AnomalyRecorded", anomaly: "late_effect", step: name, side: "compensate", attempt });
  if (draft.run.phase === "ended") draft.record({ type: "RunReopened", step: name });
  if (!draft.run.suspended) dispatchCompensation(draft, name);
}

export function reject(
  draft: Draft,
  step: string,
  side: Side,
  attempt: number,
  outcome: Outcome,
  reason: RejectionReason,
): void {
  draft.record({ type: "ResultRejected", step, side, attempt, outcome: outcome.outcome, reason });
}

export function recordAnomaly(
  draft: Draft,
  anomaly: Exclude<Anomaly, "late_effect" | "stray_effect">,
  step: string,
  side: Side,
  attempt: number,
): void {
  if (draft.run.anomalyCount >= anomaliesKept) return;
  draft.record({ type: "AnomalyRecorded", anomaly, step, side, attempt });
}

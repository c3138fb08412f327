/** The single moves of a decision that more than one input leads to: send, settle, turn, block, undo once more. */
import { broken } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import { isInDoubt } from "./attempts.ts";
import { misfitOf } from "./command.ts";
import type { Draft } from "./draft.ts";
import type { Anomaly, Cause, IncidentKind, RejectionReason, Side } from "./event.ts";
import { stepOf } from "./evolve.ts";
import type { Outcome } from "./input.ts";
import type { StepRun } from "./run.ts";

/** Anomalies beyond so many in one run are no longer recorded: a worker that babbles must not grow it for ever. */
const anomaliesKept = 100;

/** C20: a mapping that does not fit fails the step before anything was sent. */
export function dispatchStep(draft: Draft, name: string): void {
  const { run, workflow } = draft;
  const step = stepOf(workflow, run, name);
  const misfit = misfitOf(workflow, run, name, "execute");
  if (misfit) return settle(draft, name, step, misfit);
  draft.record({ type: "StepDispatched", step: name, attempt: step.attempts.length + 1 });
}

/** No retry is left: failed where nothing is in doubt, else in doubt; either turns the run. */
export function settle(draft: Draft, name: string, step: StepRun, error: Problem): void {
  draft.record(
    isInDoubt(step) ? { type: "StepInDoubt", step: name, error } : { type: "StepFailed", step: name, error },
  );
  if (draft.run.phase === "forward") turn(draft, "step_failed", name);
}

const stoppedBetweenAttempts: Problem = { code: "stopped", title: "the run turned back between two attempts" };

/** forward → draining. Steps between attempts settle; live commands are waited for. */
export function turn(draft: Draft, cause: Cause, step?: string): void {
  draft.record({ type: "RunTurned", cause, ...(step === undefined ? {} : { step }) });
  for (const wait of [...draft.run.waits]) {
    const waiting = stepOf(draft.workflow, draft.run, wait.step);
    settle(draft, wait.step, waiting, waiting.error ?? stoppedBetweenAttempts);
  }
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

export function block(draft: Draft, name: string, kind: IncidentKind, error: Problem): void {
  draft.record({ type: "IncidentOpened", incident: draft.run.incidentCount + 1, kind, step: name, error });
}

/** An incident closes by itself when a late result answers it. */
export function closeIncidentsOf(draft: Draft, step: string): void {
  for (const incident of draft.run.incidents.filter((open) => open.step === step)) {
    draft.record({ type: "IncidentClosed", incident: incident.number, by: "late_result" });
  }
}

/** C5: the undo found nothing, and the effect is known: it is sent once more, with the output, under the same key. */
export function undoOnceMore(draft: Draft, name: string, attempt: number): void {
  draft.record({ type: "AnomalyRecorded", anomaly: "late_effect", step: name, side: "compensate", attempt });
  if (draft.run.phase === "ended") draft.record({ type: "RunReopened", step: name });
  dispatchCompensation(draft, name);
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
  anomaly: Exclude<Anomaly, "late_effect">,
  step: string,
  side: Side,
  attempt: number,
): void {
  if (draft.run.anomalyCount >= anomaliesKept) return;
  draft.record({ type: "AnomalyRecorded", anomaly, step, side, attempt });
}

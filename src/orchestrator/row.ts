/** What lists show of a run, and when it may leave memory (architecture.md, 4). */
import type { Mutable } from "../base/mutable.ts";
import type { RowChange } from "../journal/journal.ts";
import { attentionOf, attributesOf, lastErrorOf } from "../saga/attributes.ts";
import type { SagaEvent } from "../saga/event.ts";
import { expiresAt } from "../saga/retention.ts";
import { statusOf } from "../saga/status.ts";
import type { ActiveRun } from "./active-run.ts";
import { placeAttributes } from "./places.ts";

/** A timer that is due sooner is kept in memory: parking and waking would cost two rows. */
const parkFromMs = 60_000;

/** It waits for nothing but a far timer or an operator: a row, not memory. */
export function isParkable(active: ActiveRun, now: number): boolean {
  const { run } = active;
  if (run.phase === "ended") return run.parent !== undefined && !run.isParentTold;
  for (const { isChild, isBegun } of run.out) if (!isChild || !isBegun) return false;
  const dueAt = active.nextDueAt();
  return dueAt === undefined || dueAt - now > parkFromMs;
}

/** Whether these events change what a list shows, besides phase and parking. */
export function changesRow({ workflow }: ActiveRun, events: readonly SagaEvent[]): boolean {
  for (const event of events) {
    switch (event.type) {
      case "IncidentOpened":
      case "IncidentClosed":
      case "RunSuspended":
      case "RunResumed":
      case "RunHeld":
      case "RunAdmitted":
      case "ParentTold":
      // Where nothing is to be undone it ends once more at once.
      case "RunReopened":
      case "WaitBegan":
      case "WaitEnded":
      case "ChildBegan":
      case "AttentionRaised":
      case "AttentionCleared":
        return true;
      // An undo that keeps failing is seen when it is tried again; and what it was about may be over.
      case "CompensationDispatched":
        if (event.attempt > 1) return true;
        break;
      case "StepSucceeded":
      case "LateSuccessRecorded":
      case "StepResolved":
      case "StepReused":
        if (workflow.attributes.length > 0) return true;
        break;
      default:
        break;
    }
  }
  return false;
}

export function rowAfter(active: ActiveRun, parked: boolean): RowChange {
  const { run, workflow } = active;
  const row: Mutable<RowChange> = { status: statusOf(run), phase: run.phase, parked };
  // C14: the row of a child that has ended is due until its parent knows; and it is deleted with its root.
  const wakeAt = parked ? (run.endedAt ?? active.nextDueAt()) : undefined;
  const expiry = run.parent === undefined ? expiresAt(workflow, run) : undefined;
  const error = lastErrorOf(run);
  const attention = attentionOf(run);
  if (wakeAt !== undefined) row.wakeAt = wakeAt;
  if (run.endedAt !== undefined) row.endedAt = run.endedAt;
  if (expiry !== undefined) row.expiresAt = expiry;
  if (run.cause !== undefined) row.cause = run.cause;
  if (error !== undefined) row.error = error;
  if (run.incidents.length > 0) row.incidents = [...new Set(run.incidents.map(({ kind }) => kind))];
  if (attention.length > 0) row.attention = attention;
  if (workflow.attributes.length > 0 || run.limitKey !== undefined) {
    const attributes = { ...attributesOf(workflow, run), ...placeAttributes(run) };
    if (Object.keys(attributes).length > 0) row.attributes = attributes;
  }
  return row;
}

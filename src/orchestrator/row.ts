/** What lists show of a run, and when it may leave memory (architecture.md, 4). */
import type { RowChange } from "../journal/journal.ts";
import { expiresAt } from "../saga/retention.ts";
import { statusOf } from "../saga/status.ts";
import type { ActiveRun } from "./active-run.ts";

/** A timer that is due sooner is kept in memory: parking and waking would cost two rows. */
const parkFromMs = 60_000;

/** It waits for nothing but a far timer or an operator: a row, not memory. */
export function isParkable(active: ActiveRun, now: number): boolean {
  const { run } = active;
  if (run.phase === "ended" || run.out.length > 0) return false;
  const dueAt = active.nextDueAt();
  return dueAt === undefined || dueAt - now > parkFromMs;
}

export function rowAfter(active: ActiveRun, parked: boolean): RowChange {
  const { run, workflow } = active;
  const expiry = expiresAt(workflow, run);
  const wakeAt = parked ? active.nextDueAt() : undefined;
  return {
    status: statusOf(run),
    phase: run.phase,
    parked,
    ...(wakeAt === undefined ? {} : { wakeAt }),
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
    ...(expiry === undefined ? {} : { expiresAt: expiry }),
  };
}

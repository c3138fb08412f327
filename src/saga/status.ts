/** The status of a run, computed from its phase and its incidents (semantics.md, 4): the first row that is true. */
import type { Run } from "./run.ts";
import type { Status } from "./tables.ts";

export function statusOf(run: Run): Status {
  if (run.phase === "ended") {
    if (run.cause === undefined) return "completed";
    return run.residue.length > 0 ? "failed" : "compensated";
  }
  if (run.suspended) return "suspended";
  if (run.incidents.some((incident) => incident.kind !== "overdue")) return "blocked";
  if (run.phase === "draining") return "cancelling";
  if (run.phase === "backward") return "compensating";
  const isBegun = run.blocks !== undefined || run.steps.some((step) => step && step.state !== "pending");
  if (!isBegun) return "pending";
  return isWaiting(run) ? "waiting" : "running";
}

/** No step is open: only timers, signals and children are waited for. */
function isWaiting({ out, waits }: Run): boolean {
  if (out.length === 0 && waits.length === 0) return false;
  return out.every(({ isChild }) => isChild) && waits.every(({ of }) => of === "wait");
}

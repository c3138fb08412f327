/** When a run's timers are due. Pure: when a command was taken is handed in, because no event records it. */
import type { Workflow } from "../definition/workflow.ts";
import type { CommandRef } from "./event.ts";
import { stepOf } from "./evolve.ts";
import type { SagaTimer } from "./input.ts";
import type { Run } from "./run.ts";

/**
 * When the engine stops waiting for an attempt: its timeout after it was taken; in a run that was cancelled no later
 * than the grace after the turn (C8). `undefined` while nobody took it and nothing else ends it.
 */
export function attemptDueAt(
  workflow: Workflow,
  run: Run,
  command: CommandRef,
  takenAt: number | undefined,
): number | undefined {
  const plan = workflow.steps[workflow.places.get(command.step) ?? -1];
  const timeoutMs = command.side === "execute" ? plan?.timeoutMs : plan?.compensation?.timeoutMs;
  const ownDueAt = takenAt === undefined || timeoutMs === undefined ? undefined : takenAt + timeoutMs;
  if (command.side !== "execute" || !run.cancelled || run.turnedAt === undefined) return ownDueAt;
  const graceDueAt = run.turnedAt + workflow.cancelGraceMs;
  return ownDueAt === undefined ? graceDueAt : Math.min(ownDueAt, graceDueAt);
}

/**
 * The earliest timer of a run, or `undefined`. `takenAt` says of an unanswered command when a worker took it.
 * An ended run has none (I16).
 */
export function nextTimer(
  workflow: Workflow,
  run: Run,
  takenAt: (command: CommandRef) => number | undefined,
): { readonly dueAt: number; readonly timer: SagaTimer } | undefined {
  if (run.phase === "ended") return undefined;
  let earliest = Number.POSITIVE_INFINITY;
  let command: CommandRef | undefined;
  let wait: Run["waits"][number] | undefined;
  for (const out of run.out) {
    const dueAt = attemptDueAt(workflow, run, out, takenAt(out));
    if (dueAt === undefined || dueAt >= earliest) continue;
    earliest = dueAt;
    command = out;
  }
  for (const waits of run.waits) {
    const waiting = stepOf(workflow, run, waits.step);
    const dueAt = waits.side === "execute" ? waiting.dueAt : waiting.compensation?.dueAt;
    if (dueAt === undefined || dueAt >= earliest) continue;
    earliest = dueAt;
    wait = waits;
  }
  if (wait) return { dueAt: earliest, timer: { kind: "retry", ...wait } };
  if (command) return { dueAt: earliest, timer: { kind: "timeout", takenAt: takenAt(command), ...command } };
  return undefined;
}

/** Whether the run still waits for this command's answer; a superseded one is only waited for by its own undo. */
export function isLive(workflow: Workflow, run: Run, command: CommandRef): boolean {
  const step = stepOf(workflow, run, command.step);
  return command.side === "execute"
    ? step.attempts[command.attempt - 1] === "live"
    : step.compensation?.attempts[command.attempt - 1]?.state === "live";
}

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

/** Says of an unanswered command when a worker took it. */
type TakenAt = (command: CommandRef) => number | undefined;

/** When the earliest timer of a run is due, or `undefined`. An ended run has none (I16). */
export function nextDueAt(workflow: Workflow, run: Run, takenAt: TakenAt): number | undefined {
  if (run.phase === "ended") return undefined;
  let earliest: number | undefined;
  for (const out of run.out) earliest = earlier(earliest, attemptDueAt(workflow, run, out, takenAt(out)));
  for (const wait of run.waits) earliest = earlier(earliest, retryDueAt(workflow, run, wait));
  return earliest;
}

/** The timer itself. */
export function nextTimer(
  workflow: Workflow,
  run: Run,
  takenAt: TakenAt,
): { readonly dueAt: number; readonly timer: SagaTimer } | undefined {
  const dueAt = nextDueAt(workflow, run, takenAt);
  if (dueAt === undefined) return undefined;
  for (const out of run.out) {
    const taken = takenAt(out);
    if (attemptDueAt(workflow, run, out, taken) === dueAt)
      return { dueAt, timer: { kind: "timeout", takenAt: taken, ...out } };
  }
  for (const wait of run.waits) {
    if (retryDueAt(workflow, run, wait) === dueAt) return { dueAt, timer: { kind: "retry", ...wait } };
  }
  return undefined;
}

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

function retryDueAt(workflow: Workflow, run: Run, { step, side }: Run["waits"][number]): number | undefined {
  const waiting = stepOf(workflow, run, step);
  return side === "execute" ? waiting.dueAt : waiting.compensation?.dueAt;
}

/** Whether the run still waits for this command's answer; a superseded one is only waited for by its own undo. */
export function isLive(workflow: Workflow, run: Run, command: CommandRef): boolean {
  const step = stepOf(workflow, run, command.step);
  return command.side === "execute"
    ? step.attempts[command.attempt - 1] === "live"
    : step.compensation?.attempts[command.attempt - 1]?.state === "live";
}

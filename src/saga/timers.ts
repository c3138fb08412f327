/** When a run's timers are due. Pure: when a command was taken is handed in, because no event records it. */
import type { StepPlan, Workflow } from "../definition/workflow.ts";
import type { CommandRef } from "./event.ts";
import type { CommandClock, SagaTimer } from "./input.ts";
import type { OutRef, Run, StepRun } from "./run.ts";
import { stepOf } from "./instances.ts";
import { isAskedToStop } from "./siblings.ts";
import { isForChild, planIn } from "./step-key.ts";

/** What is known of a command that nobody has taken. */
export const notTaken: CommandClock = { takenAt: undefined, heardAt: undefined };

/**
 * When the engine stops waiting for an attempt: its timeout after it was taken, or when its worker has been silent for too
 * long (C27); when nobody took it in time; with the step's own deadline; and in a run that was cancelled, or whose time is
 * over, no later than the grace after the turn (C8). `undefined` while nothing ends it.
 */
export function attemptDueAt(
  workflow: Workflow,
  run: Run,
  command: CommandRef,
  clock: CommandClock,
): number | undefined {
  const plan = planIn(workflow, command.step);
  const { takenAt } = clock;
  // C14: a child is waited for without grace.
  if (plan && isForChild(plan, command.side)) return undefined;
  if (clock.isRecalled === true) return undefined;
  if (command.side === "compensate") return after(takenAt, plan?.compensation?.timeoutMs);
  if (command.side === "inquire") return after(takenAt, plan?.inquiry?.timeoutMs);
  let dueAt = after(takenAt, plan?.timeoutMs);
  if (!plan) return dueAt;
  if (plan.heartbeatMs !== undefined) dueAt = earlier(dueAt, after(clock.heardAt ?? takenAt, plan.heartbeatMs));
  if (plan.scheduleToStartMs !== undefined && takenAt === undefined)
    dueAt = earlier(dueAt, after(sentAt(run, command), plan.scheduleToStartMs));
  if (plan.stepDeadlineMs !== undefined)
    dueAt = earlier(dueAt, stepDeadlineAt(plan, stepOf(workflow, run, command.step)));
  // C8: a doubtful pivot is waited for without grace.
  if (run.turnedAt === undefined || plan.kind === "pivot") return dueAt;
  const hasGrace = run.cancelled || run.isLate || isAskedToStop(workflow, run, command.step);
  return hasGrace ? earlier(dueAt, after(run.turnedAt, workflow.cancelGraceMs)) : dueAt;
}

/** When all attempts and waits of the step are over. */
export const stepDeadlineAt = ({ stepDeadlineMs }: StepPlan, { begunAt }: StepRun): number | undefined =>
  after(begunAt, stepDeadlineMs);

/** The latest moment for a worker to take the command: what its envelope says (events.md, 2: `expirytime`). */
export function expiresAt(workflow: Workflow, run: Run, command: CommandRef): number | undefined {
  const plan = planIn(workflow, command.step);
  if (!plan || command.side !== "execute") return undefined;
  if (plan.scheduleToStartMs === undefined && plan.stepDeadlineMs === undefined) return undefined;
  const latest = after(sentAt(run, command), plan.scheduleToStartMs);
  return earlier(latest, stepDeadlineAt(plan, stepOf(workflow, run, command.step)));
}

/** Says of an unanswered command what the engine knows of it. */
type ClockOf = (command: OutRef) => CommandClock;

/** When the earliest timer of a run is due, or `undefined`. An ended run has none (I16). */
export function nextDueAt(workflow: Workflow, run: Run, clockOf: ClockOf): number | undefined {
  if (run.phase === "ended") return undefined;
  let earliest = deadlineAt(workflow, run);
  for (const out of run.out) earliest = earlier(earliest, attemptDueAt(workflow, run, out, clockOf(out)));
  for (const wait of run.waits) earliest = earlier(earliest, waitDueAt(workflow, run, wait));
  return earliest;
}

/** The timer itself. */
export function nextTimer(
  workflow: Workflow,
  run: Run,
  clockOf: ClockOf,
): { readonly dueAt: number; readonly timer: SagaTimer } | undefined {
  const dueAt = nextDueAt(workflow, run, clockOf);
  if (dueAt === undefined) return undefined;
  for (const out of run.out) {
    const { step, side, attempt } = out;
    const clock = clockOf(out);
    if (attemptDueAt(workflow, run, out, clock) === dueAt)
      return { dueAt, timer: { kind: "timeout", step, side, attempt, ...clock } };
  }
  for (const wait of run.waits) {
    const { step, side } = wait;
    if (waitDueAt(workflow, run, wait) === dueAt) return { dueAt, timer: { kind: "retry", step, side } };
  }
  return { dueAt, timer: { kind: "deadline" } };
}

/** C16: of the run while it is forward, then of going back. Each is over once. */
export function deadlineAt({ deadlineMs, compensationDeadlineMs }: Workflow, run: Run): number | undefined {
  if (run.phase === "forward") return run.isLate ? undefined : after(run.startedAt, deadlineMs);
  return run.isRollbackLate ? undefined : after(run.turnedAt, compensationDeadlineMs);
}

const after = (at: number | undefined, ms: number | undefined): number | undefined =>
  at === undefined || ms === undefined ? undefined : at + ms;

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

const sentAt = ({ out }: Run, { step, side, attempt }: CommandRef): number | undefined =>
  out.find((one) => one.attempt === attempt && one.side === side && one.step === step)?.at;

/** While the run is suspended nothing is sent, so that no wait for sending ends; the step's own time goes on. */
function waitDueAt(workflow: Workflow, run: Run, { step: name, side }: Run["waits"][number]): number | undefined {
  const step = stepOf(workflow, run, name);
  if (side === "compensate") return run.suspended ? undefined : step.compensation?.dueAt;
  if (side === "inquire") return run.suspended ? undefined : step.inquiry?.dueAt;
  if (step.state === "waiting") return step.dueAt;
  const plan = planIn(workflow, name);
  const deadline = plan && stepDeadlineAt(plan, step);
  return run.suspended ? deadline : earlier(step.dueAt, deadline);
}

/** Whether the run still waits for this command's answer; a superseded one is only waited for by its own undo. */
export function isLive(workflow: Workflow, run: Run, command: CommandRef): boolean {
  return attemptState(workflow, run, command) === "live";
}

export function attemptState(workflow: Workflow, run: Run, { step: name, side, attempt }: CommandRef) {
  const step = stepOf(workflow, run, name);
  if (side === "execute") return step.attempts[attempt - 1];
  return side === "inquire" ? step.inquiry?.attempts[attempt - 1] : step.compensation?.attempts[attempt - 1]?.state;
}

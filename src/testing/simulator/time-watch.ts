/**
 * When timers fire (I17): never early, by what is recorded and by when a worker really took the command; and late by no
 * more than 100 ms, or what a slow commit and a restart take. Where the engine's clock was set, times say nothing.
 */
import type { SagaEvent, SagaEventType, Transition } from "../../saga/event.ts";
import { actionOf, type KeptRun, partsOf } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";
import { stopsTogether } from "./siblings-rule.ts";

const lateByMs = 100;
/** Waking a parked run asks the journal. */
const wakeWithinMs = 500;

/** Beside the slow commits that may lie between a decision and its record. */
const overWithinMs = 1000;
const lookEveryMs = 1000;

/** After these no attempt of the step, and no inquiry, is waited for that was planned before. */
const settling: ReadonlySet<SagaEventType> = new Set([
  "StepSucceeded",
  "LateSuccessRecorded",
  "StepFailed",
  "StepInDoubt",
  "StepRetried",
  "StepResolved",
  "StepSkipped",
]);
/** After these no undo is. */
const settlingUndo: ReadonlySet<SagaEventType> = new Set([
  "StepCompensated",
  "CompensationUnneeded",
  "CompensationRetried",
  "CompensationResolved",
  "CompensationSkipped",
  "IncidentOpened",
]);

type WaitEnd = Extract<SagaEvent, { type: "WaitEnded" }>;
type TimedOut = Extract<SagaEvent, { type: "AttemptTimedOut" }>;

export class TimeWatch {
  private readonly book: Book;
  /** By message id: when a worker took it first. */
  private readonly taken = new Map<string, number>();
  /** By life and message id: when that engine heard of it first, and last. */
  private readonly heard = new Map<string, number>();
  private readonly heardLast = new Map<string, number>();
  /** By life: when it had taken up everything. */
  private readonly ready = new Map<string, number>();
  /** The engine's. */
  private life: Life | undefined;
  /** By run: when its last transition became durable; before that nobody acts on it. */
  private readonly durableAt = new Map<string, number>();
  private readonly retryAt = new Map<string, number>();
  private nextLookMs = 0;

  constructor(book: Book) {
    this.book = book;
  }

  takenByWorker(commandId: string): void {
    if (!this.taken.has(commandId)) this.taken.set(commandId, this.book.nowMs());
  }

  heardByEngine(life: Life, commandId: string): void {
    const name = `${life.name} ${commandId}`;
    if (!this.heard.has(name)) this.heard.set(name, this.book.nowMs());
    this.heardLast.set(name, this.book.nowMs());
  }

  /** After each step of the world: what is waited for comes, or its time is over; and so is the run's. */
  look(): void {
    const nowMs = this.book.nowMs();
    if (nowMs < this.nextLookMs) return;
    this.nextLookMs = nowMs + lookEveryMs;
    const { life } = this;
    if (!life || life.isOver || life.isStopping || life.machine.wasSet) return;
    for (const kept of this.book.runs()) {
      if (kept.run.phase === "ended") continue;
      const isOver = (dueAt: number) => nowMs > this.possibleAt(life, kept, dueAt) + overWithinMs + this.slowMs;
      for (const { step, side, attempt } of kept.run.out) {
        const commandId = `${kept.uid}/${step}/${side}/${attempt}`;
        if (isOver(this.dueAt(life, kept, commandId)))
          this.book.violate(`I17: the time of ${commandId} never ends (${kept.id})`);
      }
      for (const { step, of } of kept.run.waits) {
        if (of === "wait" && isOver(kept.stepOf(step)?.dueAt ?? Infinity))
          this.book.violate(`I17: the wait ${step} of ${kept.id} never ends`);
      }
      if (isOver(deadlineOf(kept))) this.book.violate(`I17: the deadline of ${kept.id} never ends (${kept.run.phase})`);
    }
  }

  private get slowMs(): number {
    return 2 * this.book.mostCommitMs;
  }

  isReady(life: Life): void {
    this.life = life;
    this.ready.set(life.name, this.book.nowMs());
  }

  /** Before the transition is folded. */
  read(life: Life, kept: KeptRun, { at, events }: Transition): void {
    for (const event of events) {
      const action = actionOf(event);
      if (event.type === "AttemptTimedOut") this.judgeTimeout(life, kept, event, at);
      else if (event.type === "DeadlinePassed") this.judgeDeadline(life, kept, at);
      else if (event.type === "WaitEnded") this.judgeWait(life, kept, event, at);
      else if (action && "step" in event) {
        const isRetried = events.some(({ type }) => type === "StepRetried");
        if (action === "execute" && !isRetried) this.judgeStepDeadline(kept, event.step ?? "", at);
        this.judgeRetry(life, kept, `${kept.uid}/${event.step}/${action}`, at);
        if (action === "inquire") this.retryAt.delete(`${kept.uid}/${event.step}/execute`);
      } else this.plan(kept, event);
    }
  }

  /** What is to be sent again, and when; or not any more. */
  private plan({ uid, run }: KeptRun, event: SagaEvent): void {
    if (event.type === "RetryScheduled") this.retryAt.set(`${uid}/${event.step}/${event.side}`, event.dueAt);
    if (event.type === "RunAbandoned")
      for (const { step, side } of run.waits) this.retryAt.delete(`${uid}/${step}/${side}`);
    if (!("step" in event)) return;
    if (settlingUndo.has(event.type)) this.retryAt.delete(`${uid}/${event.step}/compensate`);
    if (!settling.has(event.type)) return;
    this.retryAt.delete(`${uid}/${event.step}/execute`);
    this.retryAt.delete(`${uid}/${event.step}/inquire`);
  }

  recorded(kept: KeptRun, { events }: Transition): void {
    this.durableAt.set(kept.uid, this.book.nowMs());
    if (events.some(({ type }) => type === "RunResumed")) kept.resumedAtMs = this.book.nowMs();
  }

  private judgeTimeout(life: Life, kept: KeptRun, { step, side, attempt }: TimedOut, at: number): void {
    if (life.machine.wasSet) return;
    const commandId = `${kept.uid}/${step}/${side}/${attempt}`;
    // What was heard while the decision was on its way into the journal came too late for it, or in the same moment.
    const before = (when: number | undefined) => (when !== undefined && when < at ? when : undefined);
    const heardAt = before(this.heard.get(`${life.name} ${commandId}`));
    const sentAt = kept.dispatchOf(partsOf(commandId))?.atMs ?? 0;
    // C18: of what is not asked for again the clock starts without anybody having taken it.
    const isWanted = side !== "execute" || kept.run.phase === "forward";
    const isOnce = side === "execute" && kept.planOf(step)?.execution === "at_most_once";
    const isAwaited = isWanted && !isOnce && kept.attemptState(partsOf(commandId)) === "live";
    const begunAt = Math.max((isAwaited && this.taken.get(commandId)) || 0, sentAt);
    const lastAt = before(this.heardLast.get(`${life.name} ${commandId}`));
    const earliest = Math.min(
      begunAt + timeoutOf(kept, step, side),
      Math.max(begunAt, lastAt ?? 0) + silenceOf(kept, step, side),
      heardAt === undefined ? sentAt + startOf(kept, step, side) : Infinity,
      wholeOf(kept, step, side),
    );
    if (at < earliest) this.book.violate(`I17: ${commandId} timed out ${earliest - at} ms too early`);
    const due = this.dueAt(life, kept, commandId);
    if (due < Infinity) this.judgeLateness(life, kept, `the time of ${commandId}`, due, at, lateByMs);
  }

  /** When this engine must stop waiting for it, by what it has heard. */
  private dueAt(life: Life, kept: KeptRun, commandId: string): number {
    const parts = partsOf(commandId);
    const { step, action } = parts;
    const whole = wholeOf(kept, step, action);
    const heardAt = this.heard.get(`${life.name} ${commandId}`);
    if (heardAt === undefined) {
      // C18, C24: what is not sent again, though nobody has heard of it, has a clock of its own. Of what is held back it
      // is not known here whether the engine has heard.
      const isOnce = kept.planOf(step)?.execution === "at_most_once";
      const isSentAgain = kept.run.phase === "forward" && !isOnce && this.book.hasSent(life, commandId);
      const startAt = (kept.dispatchOf(parts)?.atMs ?? Infinity) + startOf(kept, step, action);
      return isSentAgain ? Math.min(startAt, whole) : whole;
    }
    const lastAt = this.heardLast.get(`${life.name} ${commandId}`) ?? heardAt;
    return Math.min(heardAt + timeoutOf(kept, step, action), lastAt + silenceOf(kept, step, action), whole);
  }

  /** One that is over at once has not begun before. */
  private judgeWait(life: Life, kept: KeptRun, { step, by }: WaitEnd, at: number): void {
    const { dueAt } = kept.stepOf(step) ?? {};
    if (by === "signal" || dueAt === undefined) return;
    if (at < dueAt) this.book.violate(`I17: the wait ${step} of ${kept.id} ended ${dueAt - at} ms too early`);
    const withinMs = kept.row?.parked === true ? wakeWithinMs + this.book.mostCommitMs : lateByMs;
    this.judgeLateness(life, kept, `the end of ${step}`, dueAt, at, withinMs);
  }

  private judgeStepDeadline(kept: KeptRun, step: string, at: number): void {
    const { begunAt } = kept.stepOf(step) ?? {};
    const dueAt = (begunAt ?? Infinity) + (kept.planOf(step)?.stepDeadlineMs ?? Infinity);
    if (at >= dueAt) this.book.violate(`I17: ${step} of ${kept.id} was sent after the time for all its attempts`);
  }

  private judgeDeadline(life: Life, kept: KeptRun, at: number): void {
    const isParked = kept.row?.parked === true;
    const withinMs = isParked ? wakeWithinMs + this.book.mostCommitMs : lateByMs;
    this.judgeLateness(life, kept, "the deadline", deadlineOf(kept), at, withinMs);
  }

  private judgeRetry(life: Life, kept: KeptRun, what: string, at: number): void {
    const due = this.retryAt.get(what);
    this.retryAt.delete(what);
    if (due === undefined || life.machine.wasSet) return;
    const isParked = kept.row?.parked === true;
    this.judgeLateness(
      life,
      kept,
      `the retry of ${what}`,
      Math.max(due, kept.resumedAtMs),
      at,
      isParked ? wakeWithinMs + this.book.mostCommitMs : lateByMs,
    );
  }

  private judgeLateness(life: Life, kept: KeptRun, what: string, due: number, at: number, withinMs: number): void {
    if (life.machine.wasSet) return;
    const possibleAt = this.possibleAt(life, kept, due);
    if (at > possibleAt + withinMs) this.book.violate(`I17: ${what} came ${at - possibleAt} ms late (${kept.id})`);
  }

  private possibleAt(life: Life, { uid }: KeptRun, dueAt: number): number {
    return Math.max(dueAt, this.durableAt.get(uid) ?? 0, this.ready.get(life.name) ?? Infinity);
  }
}

// How long, of which action; `Infinity` where nothing is declared.

function timeoutOf(kept: KeptRun, step: string, action: string): number {
  const plan = kept.planOf(step);
  const side = action === "execute" ? plan : action === "inquire" ? plan?.inquiry : plan?.compensation;
  return side?.timeoutMs ?? Infinity;
}

const silenceOf = (kept: KeptRun, step: string, action: string): number =>
  (action === "execute" ? kept.planOf(step)?.heartbeatMs : undefined) ?? Infinity;

const startOf = (kept: KeptRun, step: string, action: string): number =>
  (action === "execute" ? kept.planOf(step)?.scheduleToStartMs : undefined) ?? Infinity;

/** When all of the step is over, whoever is at it: its own deadline, and the grace of a run that was stopped (C8). */
function wholeOf(kept: KeptRun, step: string, action: string): number {
  const plan = kept.planOf(step);
  if (action !== "execute" || !plan) return Infinity;
  const { cancelled, isLate, turnedAt, turnedBy } = kept.run;
  // C14: a child is waited for without grace.
  const isStopped = cancelled || isLate || (turnedBy !== undefined && stopsTogether(kept, turnedBy, step));
  const hasGrace = turnedAt !== undefined && isStopped && plan.kind !== "pivot" && plan.act.is === "work";
  const graceEndsAt = hasGrace ? turnedAt + kept.workflow.cancelGraceMs : Infinity;
  return Math.min(graceEndsAt, (kept.stepOf(step)?.begunAt ?? Infinity) + (plan.stepDeadlineMs ?? Infinity));
}

/** C16: of the run, then of going back. */
function deadlineOf({ run, workflow }: KeptRun): number {
  const { phase, startedAt, turnedAt, isLate, isRollbackLate } = run;
  if (phase === "forward") return isLate ? Infinity : startedAt + (workflow.deadlineMs ?? Infinity);
  return isRollbackLate ? Infinity : (turnedAt ?? Infinity) + (workflow.compensationDeadlineMs ?? Infinity);
}

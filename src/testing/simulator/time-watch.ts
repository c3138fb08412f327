/**
 * When timers fire (I17): never early, by what is recorded and by when a worker really took the command; and late by no
 * more than 100 ms, or what a slow commit and a restart take. Where the engine's clock was set, times say nothing.
 */
import type { SagaEvent, SagaEventType, Transition } from "../../saga/event.ts";
import { type KeptRun, partsOf } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";

const lateByMs = 100;
/** Waking a parked run asks the journal. */
const wakeWithinMs = 500;

/** Beside the slow commits that may lie between a decision and its record. */
const overWithinMs = 1000;
const lookEveryMs = 1000;

interface Awaited {
  readonly life: Life;
  readonly commandId: string;
  readonly untilMs: number;
}

/** After these no retry is waited for; one of a step that settles would be the last. */
const settlingUndo: ReadonlySet<SagaEventType> = new Set(["StepCompensated", "CompensationUnneeded", "IncidentOpened"]);

type TimedOut = Extract<SagaEvent, { type: "AttemptTimedOut" }>;

export class TimeWatch {
  private readonly book: Book;
  /** By message id: when a worker took it first. */
  private readonly taken = new Map<string, number>();
  /** By message id: when it was recorded. */
  private readonly sent = new Map<string, number>();
  /** By life and message id: when that engine heard of it first. */
  private readonly heard = new Map<string, number>();
  /** By life: when it had taken up everything. */
  private readonly ready = new Map<string, number>();
  /** By run: when its last transition became durable; before that nobody acts on it. */
  private readonly durableAt = new Map<string, number>();
  private readonly retryAt = new Map<string, number>();
  /** By life and message id: what this engine knows to be taken, and by when it must be over. */
  private readonly awaited = new Map<string, Awaited>();
  private nextLookMs = 0;

  constructor(book: Book) {
    this.book = book;
  }

  takenByWorker(commandId: string): void {
    if (!this.taken.has(commandId)) this.taken.set(commandId, this.book.nowMs());
  }

  heardByEngine(life: Life, commandId: string): void {
    const name = `${life.name} ${commandId}`;
    if (this.heard.has(name)) return;
    this.heard.set(name, this.book.nowMs());
    const timeoutMs = this.timeoutOf(commandId);
    this.awaited.set(name, {
      life,
      commandId,
      untilMs: this.book.nowMs() + timeoutMs + overWithinMs + 2 * this.book.mostCommitMs,
    });
  }

  /** After each step of the world: an attempt that is taken is answered, or its time is over. */
  look(): void {
    const nowMs = this.book.nowMs();
    if (nowMs < this.nextLookMs) return;
    this.nextLookMs = nowMs + lookEveryMs;
    for (const [name, { life, commandId, untilMs }] of this.awaited) {
      const parts = partsOf(commandId);
      const kept = this.book.byUid(parts.uid);
      const isOpen = kept?.isOut(parts) === true && kept.run.phase !== "ended";
      const isOver = !isOpen || life.isOver || life.isStopping || life.machine.wasSet;
      if (!isOver && nowMs <= untilMs) continue;
      this.awaited.delete(name);
      if (!isOver) this.book.violate(`I17: ${commandId} is taken, and its time never ends (${kept?.id})`);
    }
  }

  isReady(life: Life): void {
    this.ready.set(life.name, this.book.nowMs());
  }

  /** Before the transition is folded. */
  read(life: Life, kept: KeptRun, { at, events }: Transition): void {
    if (life.machine.wasSet) return;
    for (const event of events) {
      if (event.type === "AttemptTimedOut") this.judgeTimeout(life, kept, event, at);
      else if (event.type === "StepDispatched") this.judgeRetry(life, kept, `${kept.uid}/${event.step}/execute`, at);
      else if (event.type === "CompensationDispatched")
        this.judgeRetry(life, kept, `${kept.uid}/${event.step}/compensate`, at);
    }
  }

  recorded(kept: KeptRun, { at, events }: Transition): void {
    this.durableAt.set(kept.uid, this.book.nowMs());
    for (const event of events) {
      if (event.type === "StepDispatched") this.sent.set(`${kept.uid}/${event.step}/execute/${event.attempt}`, at);
      else if (event.type === "CompensationDispatched")
        this.sent.set(`${kept.uid}/${event.step}/compensate/${event.attempt}`, at);
      else if (event.type === "RetryScheduled")
        this.retryAt.set(`${kept.uid}/${event.step}/${event.side}`, event.dueAt);
      else if (settlingUndo.has(event.type) && "step" in event)
        this.retryAt.delete(`${kept.uid}/${event.step}/compensate`);
    }
  }

  private judgeTimeout(life: Life, kept: KeptRun, { step, side, attempt }: TimedOut, at: number): void {
    const commandId = `${kept.uid}/${step}/${side}/${attempt}`;
    const timeoutMs = this.timeoutOf(commandId);
    const { cancelled, turnedAt } = kept.run;
    const grace = side === "execute" && cancelled ? (turnedAt ?? 0) + kept.workflow.cancelGraceMs : Infinity;
    // C18: of what is not asked for again the clock starts without anybody having taken it.
    const isWanted = side === "compensate" || kept.run.phase === "forward";
    const isAwaited = isWanted && kept.attemptState({ uid: kept.uid, step, action: side, attempt }) === "live";
    const begun = Math.max((isAwaited && this.taken.get(commandId)) || 0, this.sent.get(commandId) ?? 0);
    if (at < Math.min(begun + timeoutMs, grace))
      this.book.violate(`I17: ${commandId} timed out after ${at - begun} ms of ${timeoutMs}`);
    const heard = this.heard.get(`${life.name} ${commandId}`);
    const due = Math.min(heard === undefined ? Infinity : heard + timeoutMs, grace);
    if (due < Infinity) this.judgeLateness(life, kept, `the time of ${commandId}`, due, at, lateByMs);
  }

  private timeoutOf(commandId: string): number {
    const { uid, step, action } = partsOf(commandId);
    const workflow = this.book.byUid(uid)?.workflow;
    const plan = workflow?.steps[workflow.places.get(step) ?? -1];
    return (action === "execute" ? plan?.timeoutMs : plan?.compensation?.timeoutMs) ?? 0;
  }

  private judgeRetry(life: Life, kept: KeptRun, what: string, at: number): void {
    const due = this.retryAt.get(what);
    this.retryAt.delete(what);
    if (due === undefined) return;
    const isParked = kept.row?.parked === true;
    this.judgeLateness(
      life,
      kept,
      `the retry of ${what}`,
      due,
      at,
      isParked ? wakeWithinMs + this.book.mostCommitMs : lateByMs,
    );
  }

  private judgeLateness(life: Life, kept: KeptRun, what: string, due: number, at: number, withinMs: number): void {
    const possibleAt = Math.max(due, this.durableAt.get(kept.uid) ?? 0, this.ready.get(life.name) ?? Infinity);
    if (at > possibleAt + withinMs) this.book.violate(`I17: ${what} came ${at - possibleAt} ms late (${kept.id})`);
  }
}

/**
 * One command in work: what its handler sees of it, and what stops it.
 *
 * Nothing is paid for that the handler does not ask for: the signal, and the alarm that aborts it at the deadline, are
 * made when the handler looks at the signal for the first time.
 */
import type { Clock } from "../base/clock.ts";
import type { Json } from "../base/json.ts";
import type { Command, ProgressData } from "../bus/envelope.ts";
import type { Delivery, EventBus } from "../bus/event-bus.ts";
import { makeProgress } from "../bus/make-envelope.ts";
import type { Action } from "../saga/event.ts";
import type { Alarm, Alarms } from "./alarms.ts";
import type { WorkContext } from "./worker.ts";

/** What the tasks of one worker type share. */
export interface Workplace {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** The `source` of what they publish. */
  readonly source: string;
}

/** events.md, 5, duty 5: `taken` is told when the work lasts longer than a second or a quarter of its timeout. */
const tellTakenAfterMs = 1000;
const tellTakenAfterShare = 1 / 4;
/** So that one beat may be lost, and one late, before the silence counts as a lost worker. */
const beatsInSilence = 3;
const longestProgressText = 1000;

export class Task implements WorkContext {
  readonly command: Command;
  readonly delivery: number;
  readonly deadline: number;
  /** The engine advised to cancel this attempt. */
  isCancelled = false;
  /** It was acknowledged before the work began, so nobody is given it again (semantics.md, C24). */
  isAcknowledgedFirst = false;
  private readonly place: Workplace;
  private readonly delivered: Delivery<Command>;
  private deadlineAlarm: Alarm | undefined;
  private takenAlarm: Alarm | undefined;
  private beatAlarm: Alarm | undefined;
  private controller: AbortController | undefined;
  private abortReason: DOMException | undefined;
  private progressCount = 0;
  private isOver = false;

  constructor(place: Workplace, delivered: Delivery<Command>, takenAtMs: number) {
    this.place = place;
    this.delivered = delivered;
    this.command = delivered.envelope;
    const { context } = this.command.data;
    this.delivery = Math.max(delivered.delivery, context.delivery);
    this.deadline = takenAtMs + context.timeoutMs;
    if (!place.bus.traits.reportsTaken) this.tellTaken(takenAtMs, context.timeoutMs);
    if (context.heartbeatMs !== undefined) this.beat(takenAtMs, context.heartbeatMs / beatsInSilence);
  }

  get action(): Action {
    return this.command.action ?? "execute";
  }

  get key(): string {
    return this.command.idempotencykey ?? "";
  }

  get undoes(): string | undefined {
    return this.command.undoes;
  }

  get runId(): string {
    return this.command.runid;
  }

  get runUid(): string {
    return this.command.runuid;
  }

  get step(): string {
    return this.command.stepkey ?? "";
  }

  get attempt(): number {
    return this.command.attempt ?? 1;
  }

  get again(): boolean {
    return this.command.data.context.again === true;
  }

  get forward(): WorkContext["forward"] {
    return this.command.data.forward;
  }

  get undo(): Json | undefined {
    return this.command.data.undo;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.place.clock.now() >= this.deadline) this.abort(overdue());
      if (this.abortReason) this.controller.abort(this.abortReason);
      else if (!this.isOver) this.deadlineAlarm = this.place.alarms.at(this.deadline, () => this.abort(overdue()));
    }
    return this.controller.signal;
  }

  /** A field, not a method, so that it works when a handler takes it out of its context. */
  get progress(): WorkContext["progress"] {
    return (percent, text) => {
      if (this.isOver) return;
      const share =
        percent === undefined || Number.isNaN(percent) ? {} : { percent: Math.min(Math.max(percent, 0), 100) };
      this.tell({
        phase: "working",
        ...share,
        ...(text === undefined ? {} : { text: text.slice(0, longestProgressText) }),
      });
    };
  }

  /** Whether no other delivery of this command can have been, or can be, worked on (events.md, 5, duty 2). */
  get isOnly(): boolean {
    return this.delivery === 1 && !this.again && (this.isAcknowledgedFirst || this.delivered.isHeld);
  }

  get isAtMostOnce(): boolean {
    return this.command.data.context.execution === "at_most_once";
  }

  acknowledge(): void {
    this.delivered.ack();
  }

  acknowledgeFirst(): void {
    this.isAcknowledgedFirst = true;
    this.delivered.ack();
  }

  /** The engine advises to stop: nothing that follows from this attempt is waited for much longer. */
  cancel(): void {
    this.isCancelled = true;
    this.abort(new DOMException("the engine advises to cancel this attempt", "AbortError"));
  }

  /** This process ends; somebody else will be given the command. */
  interrupt(): void {
    this.abort(new DOMException("the WorkerManager stops", "AbortError"));
  }

  /** The handler has given or thrown: nothing is told of the work, or asked of it, any more. */
  end(): void {
    this.isOver = true;
    this.deadlineAlarm?.cancel();
    this.takenAlarm?.cancel();
    this.beatAlarm?.cancel();
  }

  private abort(reason: DOMException): void {
    if (this.isOver || this.abortReason) return;
    this.abortReason = reason;
    this.controller?.abort(reason);
  }

  private tellTaken(takenAtMs: number, timeoutMs: number): void {
    const afterMs = Math.min(tellTakenAfterMs, timeoutMs * tellTakenAfterShare);
    this.takenAlarm = this.place.alarms.at(takenAtMs + afterMs, () => this.tell({ phase: "taken" }));
  }

  private beat(lastMs: number, everyMs: number): void {
    const dueAtMs = lastMs + Math.max(everyMs, 1);
    this.beatAlarm = this.place.alarms.at(dueAtMs, () => {
      this.tell({ phase: "heartbeat" });
      this.beat(Math.max(dueAtMs, this.place.clock.now()), everyMs);
    });
  }

  private tell(data: ProgressData): void {
    const { bus, clock, source } = this.place;
    const number = ++this.progressCount;
    bus.publishProgress(
      makeProgress(this.command, { source, atMs: clock.now(), delivery: this.delivery, number, data }),
    );
  }
}

const overdue = (): DOMException => new DOMException("the time for this attempt is over", "TimeoutError");

/**
 * One worker type at work: takes commands as it has room, runs the handler, answers (events.md, 5, duties 2 to 6).
 *
 * 1. A command is in `open` from the moment that its work begins until its answer is on the bus and it is acknowledged;
 *    `open` is never larger than the worker's room. An `at_most_once` command is acknowledged first, which frees its
 *    room on the bus only: so the consumption is paused while `open` is full.
 * 2. A command is acknowledged after the bus has its answer, never before, but for `at_most_once` (semantics.md, C24).
 * 3. Once the station has let its commands go, somebody else is given them: then a failure here is nobody's answer and
 *    is not published, while a success still is, because its effect is there.
 */
import type { Command, Notice, ResultData } from "../bus/envelope.ts";
import type { Consumption, Delivery, Subscription } from "../bus/event-bus.ts";
import { makeResult } from "../bus/make-envelope.ts";
import { commandFlaw, isAnswerable } from "./command-flaw.ts";
import { answerData, failureData } from "./result-data.ts";
import { Task, type Workplace } from "./task.ts";
import { type Answer, type Worker, WorkFailed } from "./worker.ts";

/** A command that could not be worked on: told once, and out of the way of what is behind it. */
export interface SetAside {
  readonly worker: string;
  /** The command's message id, as far as it has one. */
  readonly id: string;
  readonly reason: string;
}

/** What a station tells the manager that it belongs to. */
export interface StationOwner {
  setAside(command: SetAside): void;
  /** Called whenever a command has left the station. */
  left(): void;
}

/** A bus that refuses an answer is asked again, at these distances, for as long as the station works. */
const firstPublishRetryMs = 100;
const longestPublishRetryMs = 30_000;

export class Station {
  private readonly worker: Worker;
  private readonly commandType: string;
  private readonly place: Workplace;
  private readonly owner: StationOwner;
  private readonly open = new Set<Task>();
  private readonly consumption: Consumption;
  private readonly notices: Subscription;
  private isDraining = false;
  private isClosed = false;

  constructor(worker: Worker, place: Workplace, owner: StationOwner) {
    this.worker = worker;
    this.commandType = `command.${worker.type}`;
    this.place = place;
    this.owner = owner;
    this.notices = place.bus.onNotice(worker.type, (notice) => this.heed(notice));
    this.consumption = place.bus.consumeCommands(worker.type, worker.room, (delivery) => this.take(delivery));
  }

  /** How many commands are in work. */
  get openCount(): number {
    return this.open.size;
  }

  /** When the engine stops waiting for the last of what is in work; 0 where nothing is. */
  get latestDeadlineMs(): number {
    let latest = 0;
    for (const { deadline } of this.open) latest = Math.max(latest, deadline);
    return latest;
  }

  /** Takes nothing more; what is in work goes on. */
  drain(): void {
    this.isDraining = true;
    this.consumption.pause();
  }

  /** Lets go of what is still in work, for somebody else to take, and tells its handlers to stop. */
  close(): void {
    this.isDraining = true;
    this.isClosed = true;
    this.consumption.stop();
    this.notices.stop();
    for (const task of this.open) task.interrupt();
  }

  private take(delivery: Delivery<Command>): void {
    const command = delivery.envelope;
    const flaw = commandFlaw(command, this.commandType);
    if (flaw !== undefined) return this.setAside(delivery, flaw);
    const nowMs = this.place.clock.now();
    const task = new Task(this.place, delivery, nowMs);
    this.open.add(task);
    if (this.open.size >= this.worker.room) this.consumption.pause();
    // The moment itself is still in time: it is the latest to take the command.
    if (command.expirytime !== undefined && nowMs > Date.parse(command.expirytime)) return this.recall(task);
    if (task.isAtMostOnce) task.acknowledgeFirst();
    this.work(task);
  }

  private work(task: Task): void {
    let given: unknown;
    let later: Promise<unknown> | undefined;
    try {
      given = this.worker.handler(task.command.data.input, task);
      // Asking for `then` may throw, and what has one may call back twice: a promise of our own does neither.
      if (isThenable(given)) later = Promise.resolve(given);
    } catch (error) {
      return this.failed(task, error);
    }
    if (!later) return this.answered(task, given);
    later.then(
      (value) => this.answered(task, value),
      (error: unknown) => this.failed(task, error),
    );
  }

  /** Duty 3: it came too late for work. What the worker's store knows is answered; nothing known, nothing said. */
  private recall(task: Task): void {
    let known: Answer | undefined;
    try {
      known = this.worker.handler.recall?.(task);
    } catch (error) {
      return this.failed(task, error);
    }
    if (known) this.answered(task, known);
    else this.finish(task);
  }

  private answered(task: Task, value: unknown): void {
    let data: ResultData;
    try {
      data = answerData(value, task.action);
    } catch (error) {
      return this.failed(task, error);
    }
    this.publish(task, data);
  }

  private failed(task: Task, error: unknown): void {
    const isSomebodyElses = this.isClosed && !task.isAcknowledgedFirst;
    if (isSomebodyElses) this.leave(task);
    else this.publish(task, failureData(error, task));
  }

  /** Duty 6: publish, wait until the bus has it, then acknowledge. */
  private publish(task: Task, data: ResultData, retryMs = firstPublishRetryMs): void {
    task.end();
    const { bus, clock, source, alarms } = this.place;
    const result = makeResult(task.command, { source, atMs: clock.now(), data });
    const published = bus.publishResult(result);
    if (!published) return this.finish(task);
    published.then(
      () => this.finish(task),
      () => {
        // It is not acknowledged, so somebody else is given it, and answers.
        if (this.isClosed) return this.leave(task);
        const nextMs = Math.min(retryMs * 2, longestPublishRetryMs);
        alarms.at(clock.now() + retryMs, () => this.publish(task, data, nextMs));
      },
    );
  }

  private finish(task: Task): void {
    task.acknowledge();
    this.leave(task);
  }

  private leave(task: Task): void {
    task.end();
    this.open.delete(task);
    if (!this.isDraining) this.consumption.resume();
    this.owner.left();
  }

  /** Duty 4. */
  private heed({ data }: Notice): void {
    for (const task of this.open) if (task.command.id === data.command) task.cancel();
  }

  /** Duty 2, last sentence: what cannot be worked on is answered by the same rule, if an answer can find its way. */
  private setAside(delivery: Delivery<Command>, reason: string): void {
    const { worker, place } = this;
    const command = delivery.envelope;
    this.owner.setAside({ worker: worker.type, id: String(command.id), reason });
    if (!isAnswerable(command)) return delivery.ack();
    const isOnly = delivery.delivery === 1 && isFirst(command);
    const error = new WorkFailed({ code: "command_unreadable", title: `no work was begun: ${reason}`, effect: "none" });
    const data = failureData(error, { isOnly, isCancelled: false });
    const result = makeResult(command, { source: place.source, atMs: place.clock.now(), data });
    // Said or not, it is not asked for again: unanswered, its attempt ends by its timeout.
    const acknowledge = () => delivery.ack();
    Promise.resolve(place.bus.publishResult(result)).then(acknowledge, acknowledge);
  }
}

/** Of a command whose context may be missing: only one that says so is the first of its kind. */
function isFirst(command: Command): boolean {
  const context = (command.data as Partial<Command["data"]> | undefined)?.context;
  return context?.delivery === 1 && context.again !== true;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/**
 * The bus of the embedded engine: queues in memory, between parts of one process. Nothing is lost while the process
 * lives, and nothing outlives it: a restart publishes again from the journal.
 *
 * Nothing is delivered from inside a publishing call. Publishing marks what has work to hand out, and one microtask
 * for all that was marked since the last hands it out: a batch of a thousand commands costs one wake-up, not a thousand.
 * Where workers answer at once, one microtask leads to the next for as long as commands wait, and nobody else has a turn:
 * no timer, no caller, and not the journal, whose answer makes the results durable. So after so many commands the event
 * loop goes round. Results are never put off: they are decided before the timers that are due (semantics.md, C18). But
 * where they pile up unacknowledged, because the journal is slower than the workers, no further command is handed out.
 */
import type { Clock } from "../../base/clock.ts";
import { ClewError } from "../../base/errors.ts";
import type { Command, Notice, Progress, Result, StatusEvent } from "../envelope.ts";
import type { BusTraits, Consumption, Delivery, EventBus, PendingCommand, Subscription } from "../event-bus.ts";
import { Listeners } from "./listeners.ts";
import { type HandsByAge, type HandsOut, MessageQueue, type QueueOwner, type Tally } from "./message-queue.ts";

export interface InProcessBusOptions {
  /** How many commands may wait, and how many results; more are refused with `overloaded`. Default 1,000,000. */
  readonly maxQueued?: number;
  /**
   * What a listener or a consumer threw, or why a command's envelope could not be made; that command is set aside.
   * Default: an uncaught exception, so that it is never silent.
   */
  readonly onFault?: (fault: unknown) => void;
  /** Lets others have their turn between commands. Without it a backlog is handed out in one go. */
  readonly clock?: Pick<Clock, "soon">;
  /** Results that nobody has acknowledged yet, beyond which no command is handed out. Default 10,000. */
  readonly maxUnacknowledged?: number;
}

/** Of workers that answer at once, so many take 15 ms (measured). */
const commandsInOneTurn = 1000;

export class InProcessBus implements EventBus {
  readonly traits: BusTraits = { losesMessages: false, withdraws: true, reportsTaken: true };
  private readonly maxQueued: number;
  private readonly commands = new Map<string, MessageQueue<Command>>();
  private readonly maxUnacknowledged: number;
  private readonly commandTally: Tally = { waiting: 0, put: 0, inHand: 0 };
  private readonly results = new Map<string, MessageQueue<Result>>();
  private readonly resultTally: Tally = { waiting: 0, put: 0, inHand: 0 };
  private readonly notices = new Map<string, Listeners<Notice>>();
  private readonly clock: Pick<Clock, "soon"> | undefined;
  private readonly owner: QueueOwner;
  private readonly ownerOfCommands: QueueOwner;
  private readonly ownerOfResults: QueueOwner;
  private readonly progress: Listeners<Progress>;
  private readonly status: Listeners<StatusEvent>;
  private woken: HandsOut[] = [];
  private leftInThisTurn = commandsInOneTurn;
  /** Have commands for those with room, and wait for the next turn. */
  private readonly putOff = new Set<HandsByAge>();
  /** Have commands for those with room, and wait until fewer results are unacknowledged. */
  private readonly heldBack = new Set<HandsByAge>();
  private isClosed = false;

  constructor(options: InProcessBusOptions = {}) {
    this.maxQueued = options.maxQueued ?? 1_000_000;
    this.maxUnacknowledged = options.maxUnacknowledged ?? 10_000;
    this.clock = options.clock;
    this.owner = {
      wake: (part) => this.wake(part),
      mayHandOut: () => true,
      letGo: () => {},
      fault: options.onFault ?? throwUncaught,
    };
    this.ownerOfCommands = { ...this.owner, mayHandOut: (queue) => this.hasTurn(queue) };
    this.ownerOfResults = { ...this.owner, letGo: () => this.resultLetGo() };
    this.progress = new Listeners(this.owner);
    this.status = new Listeners(this.owner);
  }

  publishCommands(commands: readonly PendingCommand[]): Promise<void> | undefined {
    if (this.isClosed) return Promise.reject(closed());
    if (this.commandTally.waiting + commands.length > this.maxQueued) {
      const fresh = commands.filter(({ id, worker }) => !this.commands.get(worker)?.knows(id));
      const refused = this.overload(this.commandTally, new Set(fresh.map(({ id }) => id)).size, "commands");
      if (refused) return refused;
    }
    for (const command of commands) this.commandsFor(command.worker).put(command.id, command);
    return undefined;
  }

  publishResult(result: Result): Promise<void> | undefined {
    if (this.isClosed) return Promise.reject(closed());
    const refused = this.overload(this.resultTally, 1, "results");
    if (refused) return refused;
    this.resultsFor(result.home ?? "").putMade(result);
    return undefined;
  }

  publishProgress(progress: Progress): void {
    this.progress.say(progress);
  }

  publishNotice(notice: Notice): void {
    this.notices.get(notice.type.slice("notice.".length))?.say(notice);
  }

  publishStatus(status: StatusEvent): void {
    this.status.say(status);
  }

  get statusIsHeard(): boolean {
    return this.status.count > 0;
  }

  consumeCommands(worker: string, room: number, take: (delivery: Delivery<Command>) => void): Consumption {
    return this.commandsFor(worker).consume(room, take);
  }

  consumeResults(home: string, take: (delivery: Delivery<Result>) => void): Subscription {
    return this.resultsFor(home).consume(Infinity, take);
  }

  onProgress(hear: (progress: Progress) => void): Subscription {
    return this.progress.listen(hear);
  }

  onNotice(worker: string, hear: (notice: Notice) => void): Subscription {
    return entry(this.notices, worker, () => new Listeners(this.owner)).listen(hear);
  }

  onStatus(hear: (status: StatusEvent) => void): Subscription {
    return this.status.listen(hear);
  }

  async withdraw(worker: string, commandIds: readonly string[]): Promise<readonly string[]> {
    const queue = this.commands.get(worker);
    return queue ? commandIds.filter((id) => queue.withdraw(id)) : [];
  }

  async queues() {
    return Array.from(this.commands, ([worker, queue]) => ({
      worker,
      waiting: queue.waitingCount,
      consumers: queue.consumerCount,
    })).filter(({ waiting, consumers }) => waiting > 0 || consumers > 0);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.woken = [];
    for (const queue of [...this.commands.values(), ...this.results.values()]) queue.close();
    this.commands.clear();
    this.results.clear();
  }

  private commandsFor(worker: string): MessageQueue<Command> {
    return entry(this.commands, worker, () => new MessageQueue(this.ownerOfCommands, this.commandTally));
  }

  private resultsFor(home: string): MessageQueue<Result> {
    return entry(this.results, home, () => new MessageQueue(this.ownerOfResults, this.resultTally));
  }

  private overload({ waiting }: Tally, more: number, what: string): Promise<never> | undefined {
    if (waiting + more <= this.maxQueued) return undefined;
    const limit = this.maxQueued.toLocaleString("en");
    const message = `publishing ${more} ${what} while ${waiting} wait: the in-process bus holds at most ${limit}`;
    const mend = "Let those that wait be taken: add workers or room, or start fewer runs at a time.";
    return Promise.reject(new ClewError("overloaded", message, { mend }));
  }

  private wake(part: HandsOut): void {
    if (this.isClosed) return;
    if (part.isWoken) return;
    part.isWoken = true;
    if (this.woken.push(part) === 1) queueMicrotask(this.handOut);
  }

  private hasTurn(queue: HandsByAge): boolean {
    if (this.unacknowledged >= this.maxUnacknowledged) {
      this.heldBack.add(queue);
      return false;
    }
    if (!this.clock) return true;
    if (this.leftInThisTurn > 0) {
      this.leftInThisTurn--;
      return true;
    }
    if (this.putOff.size === 0) this.clock.soon(this.beginTurn);
    this.putOff.add(queue);
    return false;
  }

  private readonly beginTurn = (): void => {
    this.leftInThisTurn = commandsInOneTurn;
    this.wakeByAge(this.putOff);
  };

  private get unacknowledged(): number {
    return this.resultTally.waiting + this.resultTally.inHand;
  }

  private resultLetGo(): void {
    if (this.heldBack.size > 0 && this.unacknowledged < this.maxUnacknowledged) this.wakeByAge(this.heldBack);
  }

  /** The oldest first: or those that a restart sends again would wait for all that follows from each of them. */
  private wakeByAge(queues: Set<HandsByAge>): void {
    for (const queue of [...queues].toSorted((a, b) => a.oldest - b.oldest)) this.wake(queue);
    queues.clear();
  }

  private readonly handOut = (): void => {
    const { woken } = this;
    this.woken = [];
    for (const part of woken) {
      part.isWoken = false;
      part.handOut();
    }
  };
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

const closed = (): ClewError =>
  new ClewError("engine_closed", "publishing on the in-process bus: it is closed", {
    mend: "Open the engine again; what was recorded is published again from the journal.",
  });

function throwUncaught(fault: unknown): void {
  queueMicrotask(() => {
    throw fault;
  });
}

/**
 * A broker of its own, as a distributed home has one: it outlives the processes that are connected to it, and may drop,
 * delay, duplicate and reorder what it carries, or lose everything at once. What a consumer that died had in hand is
 * delivered again.
 *
 * It keeps the contract of `event-bus.ts` with `losesMessages`, and neither withdraws nor reports what is taken.
 */
import type { Command, Notice, Progress, Result, StatusEvent } from "../../bus/envelope.ts";
import type { BusTraits, Consumption, Delivery, EventBus, PendingCommand, Subscription } from "../../bus/event-bus.ts";
import type { Dice } from "./dice.ts";
import type { FaultKind, Faults } from "./faults.ts";
import type { Life } from "./life.ts";
import type { Scheduler } from "./scheduler.ts";

/** How long what a dead consumer had in hand stays with it. */
const leaseMs = 20_000;

export interface BrokerOptions {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly faults: Faults;
}

/** Who listens, and in which process. */
type Hearers<T> = Map<T, Life>;

export class Broker {
  readonly options: BrokerOptions;
  private readonly commands = new Map<string, Queue<Command>>();
  private readonly results = new Map<string, Queue<Result>>();
  readonly progress: Hearers<(progress: Progress) => void> = new Map();
  readonly notices = new Map<string, Hearers<(notice: Notice) => void>>();
  readonly status: Hearers<(status: StatusEvent) => void> = new Map();

  constructor(options: BrokerOptions) {
    this.options = options;
  }

  connect(life: Life): EventBus {
    return new Connection(this, life);
  }

  commandsFor(worker: string): Queue<Command> {
    return entry(this.commands, worker, () => new Queue(this.options, "command"));
  }

  resultsFor(home: string): Queue<Result> {
    return entry(this.results, home, () => new Queue(this.options, "result"));
  }

  /** A process is dead: what it had in hand comes back. */
  bury(life: Life): void {
    for (const queue of [...this.commands.values(), ...this.results.values()]) queue.bury(life);
  }

  /** Its data directory is gone. */
  loseEverything(): void {
    const queues = [...this.commands.values(), ...this.results.values()];
    const lost = queues.reduce((count, queue) => count + queue.lose(), 0);
    if (lost > 0) this.options.faults.count("bus lost everything");
  }

  queues() {
    return [...this.commands].map(([worker, queue]) => ({
      worker,
      waiting: queue.waitingCount,
      consumers: queue.consumerCount,
    }));
  }

  /** A message that nobody keeps: whoever is there when it arrives hears it, unless it is dropped. */
  say<M>(kind: FaultKind, name: string, hearers: () => Iterable<[(message: M) => void, Life]>, message: M): void {
    const { scheduler, faults, dice } = this.options;
    scheduler.in(dice.roll(10), `bus: ${name}`, () => {
      const there = [...hearers()].filter(([, life]) => !life.isOver);
      if (there.length === 0) return;
      if (faults.happens(kind)) return faults.count(kind);
      for (const [hear] of there) hear(message);
    });
  }
}

interface Message<E> {
  readonly envelope: E;
  deliveries: number;
  /** A copy that a fault made. */
  readonly isCopy: boolean;
}

interface Consumer<E> {
  readonly life: Life;
  readonly room: number;
  readonly take: (delivery: Delivery<E>) => void;
  readonly inHand: Set<Message<E>>;
  isPaused: boolean;
  isStopped: boolean;
}

class Queue<E extends { readonly id: string }> {
  private readonly options: BrokerOptions;
  private readonly kind: "command" | "result";
  private waiting: Message<E>[] = [];
  /** By id: what is here, on a detour or in hand. */
  private readonly known = new Set<string>();
  private readonly consumers = new Set<Consumer<E>>();
  private isHandingOut = false;

  constructor(options: BrokerOptions, kind: "command" | "result") {
    this.options = options;
    this.kind = kind;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  get consumerCount(): number {
    return this.consumers.size;
  }

  /** Arrives; an id that is not acknowledged yet is the same message. */
  put(envelope: E): void {
    if (this.known.has(envelope.id)) return;
    this.known.add(envelope.id);
    this.waiting.push({ envelope, deliveries: 0, isCopy: false });
    const { faults, dice, scheduler } = this.options;
    if (faults.happens(`${this.kind} duplicated`)) {
      scheduler.in(dice.roll(60_000), `bus: a copy of ${envelope.id}`, () => {
        this.waiting.push({ envelope, deliveries: 0, isCopy: true });
        this.wake();
      });
    }
    this.wake();
  }

  consume(life: Life, room: number, take: (delivery: Delivery<E>) => void): Consumption {
    const consumer: Consumer<E> = { life, room, take, inHand: new Set(), isPaused: false, isStopped: false };
    this.consumers.add(consumer);
    this.wake();
    return {
      pause: () => void (consumer.isPaused = true),
      resume: () => {
        consumer.isPaused = false;
        this.wake();
      },
      stop: () => this.dismiss(consumer, 0),
    };
  }

  /** What the dead held comes back when its lease is over. */
  bury(life: Life): void {
    for (const consumer of [...this.consumers]) if (consumer.life === life) this.dismiss(consumer, leaseMs);
  }

  /** Gives how many messages there were. */
  lose(): number {
    const lost = this.waiting.length;
    for (const message of this.waiting) this.forget(message);
    this.waiting = [];
    return lost;
  }

  private dismiss(consumer: Consumer<E>, afterMs: number): void {
    if (consumer.isStopped) return;
    consumer.isStopped = true;
    this.consumers.delete(consumer);
    const back = [...consumer.inHand];
    consumer.inHand.clear();
    if (back.length === 0) return;
    this.options.scheduler.in(afterMs, `bus: ${back.length} ${this.kind}s are free again`, () => {
      this.waiting.push(...back);
      this.wake();
    });
  }

  private wake(): void {
    if (this.isHandingOut || this.waiting.length === 0) return;
    this.isHandingOut = true;
    this.options.scheduler.in(this.options.dice.roll(4), `bus: hands out ${this.kind}s`, () => {
      this.isHandingOut = false;
      this.handOut();
    });
  }

  private handOut(): void {
    const free = [...this.consumers].filter(
      ({ life, isPaused, inHand, room }) => !life.isOver && !isPaused && inHand.size < room,
    );
    const [first, ...others] = free;
    const message = first && this.next();
    if (!message) return;
    const { faults, dice, scheduler } = this.options;
    const consumer = dice.pick([first, ...others]);
    if (faults.happens(`${this.kind} dropped`)) {
      faults.count(`${this.kind} dropped`);
      this.forget(message);
    } else if (faults.happens("message delayed")) {
      if (this.waiting.length > 0) faults.count("message delayed");
      scheduler.in(dice.roll(90_000), `bus: ${message.envelope.id} arrives late`, () => {
        this.waiting.push(message);
        this.wake();
      });
    } else this.deliver(message, consumer);
    this.wake();
  }

  private forget({ envelope, isCopy }: Message<E>): void {
    if (!isCopy) this.known.delete(envelope.id);
  }

  /** The oldest, unless they are reordered. */
  private next(): Message<E> | undefined {
    const { faults, dice } = this.options;
    const others = this.waiting.length - 1;
    if (others < 1 || !faults.happens("message reordered")) return this.waiting.shift();
    faults.count("message reordered");
    return this.waiting.splice(1 + dice.roll(others), 1)[0];
  }

  private deliver(message: Message<E>, consumer: Consumer<E>): void {
    if (message.isCopy) this.options.faults.count(`${this.kind} duplicated`);
    message.deliveries++;
    consumer.inHand.add(message);
    const done = (isBack: boolean) => {
      if (consumer.life.isOver || !consumer.inHand.delete(message)) return;
      if (isBack) this.waiting.push(message);
      else this.forget(message);
      this.wake();
    };
    consumer.take({
      envelope: message.envelope,
      delivery: message.deliveries,
      get isHeld() {
        return consumer.inHand.has(message);
      },
      ack: () => done(false),
      release: () => done(true),
    });
  }
}

/** The bus as one process sees it. */
class Connection implements EventBus {
  readonly traits: BusTraits = { losesMessages: true, withdraws: false, reportsTaken: false };
  private readonly broker: Broker;
  private readonly life: Life;

  constructor(broker: Broker, life: Life) {
    this.broker = broker;
    this.life = life;
  }

  publishCommands(commands: readonly PendingCommand[]): Promise<void> {
    const envelopes = commands.map((command) => command.envelope());
    return this.arrive(`${commands.length} commands`, () => {
      for (const envelope of envelopes) this.broker.commandsFor(envelope.type.slice("command.".length)).put(envelope);
    });
  }

  publishResult(result: Result): Promise<void> {
    return this.arrive(result.id, () => this.broker.resultsFor(result.home ?? "").put(result));
  }

  publishProgress(progress: Progress): void {
    this.broker.say("progress dropped", progress.id, () => this.broker.progress, progress);
  }

  publishNotice(notice: Notice): void {
    const worker = notice.type.slice("notice.".length);
    this.broker.say("notice dropped", notice.id, () => this.broker.notices.get(worker) ?? [], notice);
  }

  publishStatus(status: StatusEvent): void {
    for (const hear of this.broker.status.keys()) hear(status);
  }

  get statusIsHeard(): boolean {
    return this.broker.status.size > 0;
  }

  consumeCommands(worker: string, room: number, take: (delivery: Delivery<Command>) => void): Consumption {
    return this.broker.commandsFor(worker).consume(this.life, room, take);
  }

  consumeResults(home: string, take: (delivery: Delivery<Result>) => void): Subscription {
    return this.broker.resultsFor(home).consume(this.life, Infinity, take);
  }

  onProgress(hear: (progress: Progress) => void): Subscription {
    return listen(this.broker.progress, hear, this.life);
  }

  onNotice(worker: string, hear: (notice: Notice) => void): Subscription {
    return listen(
      entry(this.broker.notices, worker, () => new Map<(notice: Notice) => void, Life>()),
      hear,
      this.life,
    );
  }

  onStatus(hear: (status: StatusEvent) => void): Subscription {
    return listen(this.broker.status, hear, this.life);
  }

  async withdraw(): Promise<readonly string[]> {
    return [];
  }

  async queues() {
    return this.broker.queues();
  }

  async close(): Promise<void> {}

  /** The broker has it when the call is answered; a process that dies meanwhile has sent it all the same. */
  private arrive(what: string, put: () => void): Promise<void> {
    const { scheduler, dice } = this.broker.options;
    return new Promise((arrived) => {
      scheduler.in(dice.roll(8), `bus: ${what}`, () => {
        put();
        scheduler.in(dice.roll(3), `bus: ${what} confirmed`, arrived);
      });
    });
  }
}

function listen<T>(hearers: Hearers<T>, hear: T, life: Life): Subscription {
  hearers.set(hear, life);
  return { stop: () => void hearers.delete(hear) };
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/**
 * A bus as one process uses it: each of its calls may be the one at which the process dies, nothing comes to a dead one,
 * a publisher may be refused for want of room, and the oracle looks at everything that passes.
 */
import { ClewError } from "../../base/errors.ts";
import type { Command, Notice, Progress, ProgressData, Result, StatusEvent } from "../../bus/envelope.ts";
import type { Consumption, Delivery, EventBus, PendingCommand, Subscription } from "../../bus/event-bus.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";
import type { Oracle } from "./oracle.ts";
import type { Trace } from "./trace.ts";

export interface ProcessBusOptions {
  readonly inner: EventBus;
  readonly life: Life;
  readonly oracle: Oracle;
  readonly faults: Faults;
  readonly trace: Trace;
  /** Told of each command that a worker is given. */
  readonly onDelivered: (command: Command) => void;
  /** Told of each result that an engine is given. */
  readonly onAnswered: (result: Result) => void;
  /** Told of each command that the bus had no room for. */
  readonly onRefused: (commandId: string) => void;
}

export class ProcessBus implements EventBus {
  private readonly options: ProcessBusOptions;
  private readonly inner: EventBus;
  private readonly life: Life;
  /** Commands whose workers have fallen silent. */
  private readonly silent = new Set<string>();

  constructor(options: ProcessBusOptions) {
    this.options = options;
    this.inner = options.inner;
    this.life = options.life;
  }

  get traits() {
    return this.inner.traits;
  }

  publishCommands(commands: readonly PendingCommand[]): Promise<void> {
    const { oracle, trace } = this.options;
    return this.life.call(() => {
      if (this.hasNoRoom()) {
        for (const { id } of commands) this.options.onRefused(id);
        return Promise.reject(noRoom());
      }
      for (const command of commands) {
        trace.say(command.id, "engine", "bus");
        oracle.outgoing.command(this.life, command.id, () => command.envelope());
      }
      return Promise.resolve(this.inner.publishCommands(commands.map((command) => this.heard(command))));
    });
  }

  publishResult(result: Result): Promise<void> {
    const { oracle, trace } = this.options;
    const commandId = result.causationid ?? "";
    return this.life.call(() => {
      oracle.duties.answering(this.life, commandId, result.data, this.inner.traits.reportsTaken);
      if (this.hasNoRoom()) return Promise.reject(noRoom());
      trace.say(result.id, "workers", "bus");
      return Promise.resolve(this.inner.publishResult(result)).then(() => oracle.duties.busHasAnswer(commandId));
    });
  }

  publishProgress(progress: Progress): void {
    const commandId = progress.causationid ?? "";
    this.life.tell(() => {
      this.options.oracle.duties.told(this.life, commandId);
      if (!this.isSilent(commandId, progress.data)) this.inner.publishProgress(progress);
    });
  }

  /** Whether a worker that should give signs of life gives none. */
  private isSilent(commandId: string, { phase }: ProgressData): boolean {
    const { faults } = this.options;
    if (phase === "heartbeat" && faults.happens("worker fell silent")) {
      faults.count("worker fell silent");
      this.silent.add(commandId);
    }
    return this.silent.has(commandId);
  }

  publishNotice(notice: Notice): void {
    this.life.tell(() => {
      this.options.trace.say(notice.id, "engine", "bus");
      this.options.oracle.outgoing.notice(this.life, notice);
      this.inner.publishNotice(notice);
    });
  }

  publishStatus(status: StatusEvent): void {
    this.life.tell(() => {
      this.options.oracle.outgoing.status(this.life, status);
      this.inner.publishStatus(status);
    });
  }

  get statusIsHeard(): boolean {
    return this.inner.statusIsHeard;
  }

  consumeCommands(worker: string, room: number, take: (delivery: Delivery<Command>) => void): Consumption {
    const { oracle, trace, onDelivered } = this.options;
    return this.inner.consumeCommands(
      worker,
      room,
      this.life.hearing((delivery) => {
        const command = delivery.envelope;
        trace.say(command.id, "bus", "workers");
        oracle.duties.taken(this.life, command, () => delivery.isHeld);
        oracle.times.takenByWorker(command.id);
        if (this.inner.traits.reportsTaken) oracle.times.heardByEngine(this.life, command.id);
        onDelivered(command);
        take(this.living(delivery, () => oracle.duties.acknowledged(this.life, command.id)));
      }),
    );
  }

  consumeResults(home: string, take: (delivery: Delivery<Result>) => void): Subscription {
    const { oracle, trace, onAnswered } = this.options;
    return this.inner.consumeResults(
      home,
      this.life.hearing((delivery) => {
        trace.say(delivery.envelope.id, "bus", "engine");
        oracle.outgoing.answered(this.life, delivery.envelope.causationid ?? "");
        onAnswered(delivery.envelope);
        take(this.living(delivery, () => oracle.outgoing.acknowledged(delivery.envelope)));
      }),
    );
  }

  onProgress(hear: (progress: Progress) => void): Subscription {
    return this.inner.onProgress(
      this.life.hearing((progress) => {
        this.isTaken(progress.causationid ?? "");
        hear(progress);
      }),
    );
  }

  onNotice(worker: string, hear: (notice: Notice) => void): Subscription {
    return this.inner.onNotice(
      worker,
      this.life.hearing((notice) => {
        this.options.oracle.duties.advised(this.life, notice.data.command);
        hear(notice);
      }),
    );
  }

  onStatus(hear: (status: StatusEvent) => void): Subscription {
    return this.inner.onStatus(this.life.hearing(hear));
  }

  withdraw(worker: string, commandIds: readonly string[]): Promise<readonly string[]> {
    return this.life.call(async () => {
      const got = await this.inner.withdraw(worker, commandIds);
      for (const id of got) this.options.oracle.outgoing.isRecalled(this.life, id);
      return got;
    });
  }

  queues() {
    return this.inner.queues();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private heard(command: PendingCommand): PendingCommand {
    const { id, worker } = command;
    const taken = this.life.hearing(() => {
      this.isTaken(id);
      command.taken?.();
    });
    return { id, worker, envelope: () => command.envelope(), taken };
  }

  private isTaken(commandId: string): void {
    const { outgoing, times } = this.options.oracle;
    outgoing.taken(this.life, commandId);
    if (outgoing.hasSent(this.life, commandId)) times.heardByEngine(this.life, commandId);
  }

  private hasNoRoom(): boolean {
    const { faults } = this.options;
    const isFull = faults.happens("bus had no room");
    if (isFull) faults.count("bus had no room");
    return isFull;
  }

  /** What is in hand, as the living hold it. */
  private living<E>(delivery: Delivery<E>, acknowledged: () => void): Delivery<E> {
    const { life } = this;
    return {
      envelope: delivery.envelope,
      delivery: delivery.delivery,
      get isHeld() {
        return delivery.isHeld;
      },
      ack: () =>
        life.tell(() => {
          acknowledged();
          delivery.ack();
        }),
      release: () => life.tell(() => delivery.release()),
    };
  }
}

const noRoom = () => new ClewError("overloaded", "publishing: the bus has no room", { mend: "Try again in a moment." });

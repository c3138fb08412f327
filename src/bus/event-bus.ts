/**
 * The port of the bus: how orchestrator and workers talk. The bus only carries; everything in it can be rebuilt from
 * the journal (events.md, 4). Every implementation passes `testing/bus-suite.ts`.
 *
 * Commands and results are queues: at least once, each to one consumer, kept until acknowledged. Progress, notices and
 * status events go to every subscriber that is there, and may be lost.
 */
import type { Command, Notice, Progress, Result, StatusEvent } from "./envelope.ts";

export interface EventBus {
  readonly traits: BusTraits;

  /**
   * Resolves when the bus has them, or gives nothing where it has them already. Rejects with `overloaded` when a bound is
   * reached; then none of them was taken.
   */
  publishCommands(commands: readonly PendingCommand[]): Promise<void> | undefined;
  publishResult(result: Result): Promise<void> | undefined;
  publishProgress(progress: Progress): void;
  publishNotice(notice: Notice): void;
  publishStatus(status: StatusEvent): void;
  /** Whether anybody would hear a status event; nobody has to make one that nobody hears. */
  readonly statusIsHeard: boolean;

  /**
   * Takes commands of one worker type, never more at a time than `room`, oldest first. `take` is called with one
   * delivery at a time; the room is free again when it is acknowledged or released.
   */
  consumeCommands(worker: string, room: number, take: (delivery: Delivery<Command>) => void): Consumption;
  /** Takes the results that go to `home`. A result that is not acknowledged is delivered again. */
  consumeResults(home: string, take: (delivery: Delivery<Result>) => void): Subscription;

  onProgress(hear: (progress: Progress) => void): Subscription;
  onNotice(worker: string, hear: (notice: Notice) => void): Subscription;
  onStatus(hear: (status: StatusEvent) => void): Subscription;

  /**
   * Takes commands back that no consumer has taken, and gives the ids of those that it got. Where not
   * `traits.withdraws` it gives none.
   */
  withdraw(worker: string, commandIds: readonly string[]): Promise<readonly string[]>;

  /** How many commands of each worker type nobody has taken, and whether anybody consumes them. */
  queues(): Promise<readonly { readonly worker: string; readonly waiting: number; readonly consumers: number }[]>;

  close(): Promise<void>;
}

export interface BusTraits {
  /** Published messages can be lost; then a guard publishes commands again. */
  readonly losesMessages: boolean;
  readonly withdraws: boolean;
  /** Each command is told that it is taken; otherwise workers send progress, phase `taken`. */
  readonly reportsTaken: boolean;
}

/** A command by reference: the envelope is made when a consumer takes it, or when it leaves the process. */
export interface PendingCommand {
  readonly id: string;
  readonly worker: string;
  envelope(): Command;
  /** Where `traits.reportsTaken`: called at the moment that a consumer takes it, at each delivery. */
  taken?(): void;
}

export interface Delivery<E> {
  readonly envelope: E;
  /** Counts from 1 for each time that the bus handed it out. */
  readonly delivery: number;
  /** Until it is acknowledged, released or taken away: nobody else has been given it since. */
  readonly isHeld: boolean;
  /** It is done with; idempotent. */
  ack(): void;
  /** Not done: to be delivered again, to anybody. Idempotent, and nothing after `ack`. */
  release(): void;
}

export interface Subscription {
  /** Nothing is delivered after it. What was delivered and not acknowledged is delivered again, to another. */
  stop(): void;
}

export interface Consumption extends Subscription {
  /** Nothing more is delivered until `resume`; what was delivered stays with its consumer. Both are idempotent. */
  pause(): void;
  resume(): void;
}

/**
 * Group commit: many runs' transitions are made durable together. While one batch is flushed, the next gathers; the
 * first one after a quiet time leaves at the end of the turn of the event loop in which it was decided. Under load a
 * batch leaves as soon as it is worth a flush, so that deciding and flushing go on side by side.
 *
 * 1. What was decided first is durable first.
 * 2. `settled` is called after the batch is durable, in the order of `add`, and for nothing that is not durable.
 * 3. `afterwards` waits for everything that was added before it, and adds nothing to the journal itself.
 * 4. After a failed commit nothing is ever committed again: its outcome is unknown. Whoever waits is told `lost`.
 */
import type { Clock } from "../base/clock.ts";
import type { Journal, Recorded, Recording } from "../journal/journal.ts";

/**
 * Entries that are worth a flush of their own while the turn goes on. Measured from 16 to 4,000 sagas in flight: with
 * fewer the flushes cost more than they bring; with more, those who wait for one flush all wait for the next one, too,
 * and deciding and flushing take turns instead of going on side by side.
 */
const worthFlushing = 64;
/** Batches at the journal: one is flushed while others wait behind it, so that its thread never idles. */
const mostUnderWay = 3;

/** `lost`: the journal failed, and only a restart finds out what it holds. */
export type Settlement = Recorded | "lost";

/** A recording with what follows from it, or only something that waits for those before it. */
export interface Entry {
  readonly recording: Recording | undefined;
  settled(outcome: Settlement): void;
}

export class GroupCommit {
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly failed: (cause: unknown) => void;
  private gathering: Entry[] = [];
  /** How many of those that gather are recordings. */
  private gathered = 0;
  /** Oldest first. */
  private readonly underWay: (readonly Entry[])[] = [];
  private scheduled = false;
  private broken = false;
  private readonly idle: (() => void)[] = [];

  constructor(journal: Journal, clock: Clock, failed: (cause: unknown) => void) {
    this.journal = journal;
    this.clock = clock;
    this.failed = failed;
  }

  /** Transitions that are decided and not yet durable. */
  pending = 0;

  add(entry: Entry & { readonly recording: Recording }): void {
    this.pending++;
    this.enter(entry);
  }

  /** Calls when everything that was added before is durable, or lost; at once where nothing is under way. */
  afterwards(settled: (outcome: Settlement) => void): void {
    if (!this.broken && this.isIdle) settled("recorded");
    else this.enter({ recording: undefined, settled });
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    if (!this.broken && !this.isIdle) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private get isIdle(): boolean {
    return this.gathering.length === 0 && this.underWay.length === 0;
  }

  private enter(entry: Entry): void {
    if (this.broken) return entry.settled("lost");
    this.gathering.push(entry);
    if (entry.recording) this.gathered++;
    // Only recordings are worth a flush: what merely waits must not overtake the batch that it waits for.
    if (this.gathered >= worthFlushing && this.underWay.length < mostUnderWay) return this.flush();
    if (this.scheduled || this.underWay.length > 0) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      if (this.gathering.length > 0 && this.underWay.length === 0) this.flush();
    });
  }

  private flush(): void {
    const batch = this.gathering;
    this.gathering = [];
    this.gathered = 0;
    this.underWay.push(batch);
    const recordings: Recording[] = [];
    for (const { recording } of batch) if (recording) recordings.push(recording);
    const committed = recordings.length > 0 ? this.journal.commit(recordings) : Promise.resolve([]);
    committed.then(
      (outcomes) => this.settle(batch, outcomes),
      (cause: unknown) => this.breakDown(cause),
    );
  }

  private settle(batch: readonly Entry[], outcomes: readonly Recorded[]): void {
    if (this.broken) return;
    this.underWay.shift();
    this.pending -= outcomes.length;
    let next = 0;
    for (const entry of batch) entry.settled(entry.recording ? (outcomes[next++] ?? "stale") : "recorded");
    if (this.gathering.length > 0 && this.underWay.length === 0) this.flush();
    if (this.isIdle) this.tellIdle();
  }

  private breakDown(cause: unknown): void {
    if (this.broken) return;
    this.broken = true;
    const lost = [...this.underWay.splice(0).flat(), ...this.gathering];
    this.gathering = [];
    try {
      this.failed(cause);
    } finally {
      for (const entry of lost) entry.settled("lost");
      this.tellIdle();
    }
  }

  private tellIdle(): void {
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

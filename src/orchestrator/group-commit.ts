/**
 * Group commit: many runs' transitions are made durable together. While one batch is flushed, the next gathers; the
 * first one after a quiet time leaves at the end of the turn of the event loop in which it was decided.
 *
 * 1. What was decided first is durable first.
 * 2. `settled` is called after the batch is durable, in the order of `add`, and for nothing that is not durable.
 * 3. `afterwards` waits for everything that was added before it, and adds nothing to the journal itself.
 * 4. After a failed commit nothing is ever committed again: its outcome is unknown. Whoever waits is told `lost`.
 */
import type { Clock } from "../base/clock.ts";
import type { Journal, Recorded, Recording } from "../journal/journal.ts";

/** Transitions in one flush: more would only make the callers of the first ones wait. */
const batchLimit = 4096;

/** `lost`: the journal failed, and only a restart finds out what it holds. */
export type Settlement = Recorded | "lost";
type Settled = (outcome: Settlement) => void;
/** A recording with what follows from it, or only something that waits for those before it. */
type Entry = { readonly recording?: Recording; readonly settled: Settled };

export class GroupCommit {
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly failed: (cause: unknown) => void;
  private gathering: Entry[] = [];
  private flushing: Entry[] = [];
  private committing = false;
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

  add(recording: Recording, settled: Settled): void {
    this.pending++;
    this.enter({ recording, settled });
  }

  /** Calls when everything that was added before is durable, or lost; at once where nothing is under way. */
  afterwards(settled: Settled): void {
    if (!this.broken && this.gathering.length === 0 && !this.committing) settled("recorded");
    else this.enter({ settled });
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    if (this.broken || (this.gathering.length === 0 && !this.committing)) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private enter(entry: Entry): void {
    if (this.broken) return entry.settled("lost");
    this.gathering.push(entry);
    if (this.committing || this.scheduled) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      void this.flushAll();
    });
  }

  private async flushAll(): Promise<void> {
    if (this.committing) return;
    this.committing = true;
    try {
      while (this.gathering.length > 0) await this.flush();
    } catch (cause) {
      this.broken = true;
      this.failed(cause);
      for (const { settled } of [...this.flushing, ...this.gathering]) settled("lost");
      this.flushing = [];
      this.gathering = [];
    } finally {
      this.committing = false;
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  private async flush(): Promise<void> {
    const batch = this.gathering.length <= batchLimit ? this.gathering : this.gathering.slice(0, batchLimit);
    this.gathering = batch === this.gathering ? [] : this.gathering.slice(batchLimit);
    const recordings: Recording[] = [];
    for (const { recording } of batch) if (recording) recordings.push(recording);
    this.flushing = batch;
    const outcomes = recordings.length > 0 ? await this.journal.commit(recordings) : [];
    this.flushing = [];
    this.pending -= recordings.length;
    let next = 0;
    for (const { recording, settled } of batch) settled(recording ? (outcomes[next++] ?? "stale") : "recorded");
  }
}

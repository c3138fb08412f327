/**
 * What is due, and when. Active runs stand in one queue by their next timer; parked runs are rows, of which only the
 * earliest time is known here. One timer of the clock is set, for the first of all; at rest nothing ticks.
 *
 * A due timer is decided after the results that are already on the bus (semantics.md, C18): it fires at the end of
 * the turn of the event loop, when those have been delivered.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Journal, RunRecord } from "../journal/journal.ts";
import type { ActiveRun } from "./active-run.ts";
import { DueQueue } from "./due-queue.ts";

export interface TimersOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Decides the timers of a run in memory that are due. */
  readonly fire: (run: ActiveRun, now: number) => void;
  /** Takes a parked run into memory and decides what is due. */
  readonly wake: (record: RunRecord) => Promise<void> | undefined;
  /** Rows of parked runs are about to be read, or were woken. */
  readonly readsRows: (isReading: boolean) => void;
  readonly fail: (cause: unknown) => void;
}

/** Parked runs that are woken before the event loop gets its turn again. */
const wakePage = 500;

export class Timers {
  private readonly options: TimersOptions;
  private readonly queue = new DueQueue<ActiveRun>();
  private parkedDueAt: number | undefined;
  private armed: { readonly dueAt: number; readonly timer: Timer } | undefined;
  private running = false;
  private waking = false;

  constructor(options: TimersOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.parkedDueAt = await this.options.journal.nextDue();
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
    this.armed?.timer.cancel();
    this.armed = undefined;
  }

  /** The run's timers may have changed. */
  watch(run: ActiveRun): void {
    this.queue.set(run, run.nextDueAt());
    this.arm();
  }

  forget(run: ActiveRun): void {
    this.queue.set(run, undefined);
  }

  /** A run has left memory, with this as its next timer. */
  parked(dueAt: number | undefined): void {
    if (dueAt === undefined || (this.parkedDueAt !== undefined && this.parkedDueAt <= dueAt)) return;
    this.parkedDueAt = dueAt;
    this.arm();
  }

  private get dueAt(): number | undefined {
    const active = this.queue.first()?.dueAt;
    const parked = this.waking ? undefined : this.parkedDueAt;
    if (active === undefined || parked === undefined) return active ?? parked;
    return Math.min(active, parked);
  }

  /** A timer that is set too early is left alone: it costs one look, and re-setting it for each change costs more. */
  private arm(): void {
    const { dueAt } = this;
    if (!this.running || dueAt === undefined) return;
    if (this.armed && this.armed.dueAt <= dueAt) return;
    this.armed?.timer.cancel();
    this.armed = { dueAt, timer: this.options.clock.at(dueAt, () => this.options.clock.soon(() => this.due())) };
  }

  private due(): void {
    this.armed = undefined;
    if (!this.running) return;
    const now = this.options.clock.now();
    for (let run = this.queue.first(); run && run.dueAt <= now; run = this.queue.first()) this.options.fire(run, now);
    if (!this.waking && this.parkedDueAt !== undefined && this.parkedDueAt <= now) void this.wakeDue();
    this.arm();
  }

  private async wakeDue(): Promise<void> {
    this.waking = true;
    try {
      for (let more = true; more && this.running;) {
        this.options.readsRows(true);
        const records = await this.options.journal.due(this.options.clock.now(), wakePage);
        for (const record of records) await this.options.wake(record);
        more = records.length === wakePage;
      }
      // Rows that were woken change with the next commit, so the same ones may be read once more; that does no harm.
      this.parkedDueAt = await this.options.journal.nextDue();
    } catch (cause) {
      this.options.fail(cause);
    } finally {
      this.options.readsRows(false);
      this.waking = false;
      this.arm();
    }
  }
}

/**
 * What is due, and when. Active runs stand in one queue by their next timer; parked runs are rows, of which only the
 * earliest time is known here. They are loaded a while before their time, so that very many that are due in one moment are
 * in memory by then. One timer of the clock is set, for the first of all; at rest nothing ticks.
 *
 * A due timer is decided after the results that are already on the bus (semantics.md, C18): it fires at the end of
 * the turn of the event loop, when those have been delivered.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { DuePlace, Journal, RunRecord } from "../journal/journal.ts";
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

/** Parked runs that are loaded, and timers that fire, before the event loop gets its turn again. */
const atATime = 500;
/** How long before its time a parked run is loaded: less than a run that parks has left (`row.ts`). */
const aheadMs = 30_000;

export class Timers {
  private readonly options: TimersOptions;
  private readonly queue = new DueQueue<ActiveRun>();
  /** The earliest time of a parked run that is not loaded. */
  private parkedDueAt: number | undefined;
  /** Runs that are parked until then are loaded, up to this one. */
  private loadedUntil = -Infinity;
  private loaded: DuePlace | undefined;
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

  /** Whether a parked run with this next timer may leave memory: not once it is loaded for it. */
  mayLeave(dueAt: number | undefined): boolean {
    return dueAt === undefined || dueAt > this.loadedUntil;
  }

  /** A run has left memory, with this as its next timer. */
  parked(dueAt: number | undefined): void {
    if (dueAt === undefined || (this.parkedDueAt !== undefined && this.parkedDueAt <= dueAt)) return;
    this.parkedDueAt = dueAt;
    this.arm();
  }

  private get dueAt(): number | undefined {
    const active = this.queue.first()?.dueAt;
    const parked = this.waking || this.parkedDueAt === undefined ? undefined : this.parkedDueAt - aheadMs;
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
    let room = atATime;
    for (let run = this.queue.first(); run && run.dueAt <= now; run = this.queue.first()) {
      this.options.fire(run, now);
      // What is decided goes to the journal meanwhile.
      if (--room === 0) return this.options.clock.soon(() => this.due());
    }
    if (!this.waking && this.parkedDueAt !== undefined && this.parkedDueAt - aheadMs <= now) void this.load();
    this.arm();
  }

  private async load(): Promise<void> {
    this.waking = true;
    const { clock, journal, wake } = this.options;
    const until = clock.now() + aheadMs;
    // From now on nobody leaves who would be read here.
    this.loadedUntil = Math.max(this.loadedUntil, until);
    try {
      for (let more = true; more && this.running;) {
        this.options.readsRows(true);
        const due = await journal.due(until, atATime, this.loaded);
        for (const run of due) await wake(run);
        this.loaded = due.at(-1) ?? this.loaded;
        more = due.length === atATime;
      }
      this.parkedDueAt = await journal.nextDue(this.loaded ? this.loaded.wakeAt : undefined);
    } catch (cause) {
      // Whoever stopped the engine has closed the journal meanwhile.
      if (this.running) this.options.fail(cause);
    } finally {
      this.options.readsRows(false);
      this.waking = false;
      this.arm();
    }
  }
}

/**
 * A clock that stands still until it is told to move. Timers fire in the order of their due times, those of the same
 * moment in the order in which they were set, and after each one everything that follows from it comes to rest before
 * the next: whoever replays the same calls sees the same order.
 *
 * Owns time only. `soon` is the machine's own, so a program runs by itself as long as it waits for no time to pass.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { SystemClock } from "../base/system.ts";

const machine = new SystemClock();

interface VirtualTimer {
  readonly dueAtMs: number;
  /** Orders timers of the same moment. */
  readonly number: number;
  readonly call: () => void;
}

export class VirtualClock implements Clock {
  private nowMs: number;
  /** The next one due stands last, so that taking it costs nothing. */
  private readonly timers: VirtualTimer[] = [];
  private timersMade = 0;
  private soonCalls = 0;

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.nowMs = startMs;
  }

  now(): number {
    return this.nowMs;
  }

  at(dueAtMs: number, call: () => void): Timer {
    const timer: VirtualTimer = { dueAtMs, number: this.timersMade++, call };
    this.timers.splice(this.placeOf(timer), 0, timer);
    // What is due already needs no move of the clock, as with a real one; still never inside this call.
    if (dueAtMs <= this.nowMs) this.soon(() => this.fireDue());
    return { cancel: () => void this.remove(timer) };
  }

  soon(call: () => void): void {
    this.soonCalls++;
    machine.soon(() => {
      this.soonCalls--;
      call();
    });
  }

  /** How many timers are set: what a test of "at rest no timer is set" asks. */
  get timerCount(): number {
    return this.timers.length;
  }

  get nextDueAtMs(): number | undefined {
    return this.timers.at(-1)?.dueAtMs;
  }

  /** Resolves when nothing is under way any more but what waits for time to pass, or for the outside. */
  async settle(): Promise<void> {
    do await new Promise<void>((rested) => machine.soon(rested));
    while (this.soonCalls > 0);
  }

  /** Moves on by `ms`, stopping at each timer on the way. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await this.settle();
    for (let dueMs = this.nextDueAtMs; dueMs !== undefined && dueMs <= untilMs; dueMs = this.nextDueAtMs) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.fireDue();
      await this.settle();
    }
    this.nowMs = untilMs;
  }

  private fireDue(): void {
    const timer = this.timers.at(-1);
    if (!timer || timer.dueAtMs > this.nowMs) return;
    this.timers.pop();
    timer.call();
  }

  private remove(timer: VirtualTimer): void {
    const place = this.placeOf(timer);
    if (this.timers[place] === timer) this.timers.splice(place, 1);
  }

  /** Where it stands or would stand: behind all that come later. */
  private placeOf(timer: VirtualTimer): number {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.timers[middle];
      if (other && isBefore(timer, other)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const isBefore = (a: VirtualTimer, b: VirtualTimer): boolean =>
  a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.number < b.number);

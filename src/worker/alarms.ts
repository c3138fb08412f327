/**
 * Many due times over one timer of the clock: a heap whose entries know their place, so that setting and cancelling
 * cost little however many there are.
 *
 * The timer is not moved when its alarm is cancelled: it then comes once for nothing and is set to the next alarm, or
 * not at all. A command that is done within its time would otherwise set and clear a timer of its own.
 */
import type { Clock, Timer } from "../base/clock.ts";

export interface Alarm {
  /** Idempotent; after it the call never comes. */
  cancel(): void;
}

export class Alarms {
  private readonly clock: Clock;
  /** A binary heap: each entry is due no later than the two at twice its place plus one and two. */
  private readonly heap: Entry[] = [];
  private timer: Timer | undefined;
  private timerDueAtMs = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  at(dueAtMs: number, call: () => void): Alarm {
    const entry: Entry = { dueAtMs, call, place: this.heap.length, cancel: () => this.remove(entry) };
    this.heap.push(entry);
    this.rise(entry);
    this.arm();
    return entry;
  }

  get count(): number {
    return this.heap.length;
  }

  /** Cancels all. */
  stop(): void {
    for (const entry of this.heap.splice(0)) entry.place = -1;
    this.timer?.cancel();
    this.timerDueAtMs = Infinity;
  }

  private arm(): void {
    const dueAtMs = this.heap[0]?.dueAtMs ?? Infinity;
    if (dueAtMs >= this.timerDueAtMs) return;
    this.timer?.cancel();
    this.timerDueAtMs = dueAtMs;
    this.timer = this.clock.at(dueAtMs, () => this.ring());
  }

  private ring(): void {
    this.timerDueAtMs = Infinity;
    const nowMs = this.clock.now();
    try {
      for (let first = this.heap[0]; first && first.dueAtMs <= nowMs; first = this.heap[0]) {
        this.remove(first);
        first.call();
      }
    } finally {
      this.arm();
    }
  }

  private remove(entry: Entry): void {
    const { place } = entry;
    if (place < 0) return;
    const last = this.heap.pop();
    entry.place = -1;
    if (!last || last === entry) return;
    this.put(last, place);
    this.rise(last);
    this.sink(last);
  }

  private put(entry: Entry, place: number): void {
    this.heap[place] = entry;
    entry.place = place;
  }

  private rise(entry: Entry): void {
    while (entry.place > 0) {
      const parent = this.heap[(entry.place - 1) >>> 1];
      if (!parent || parent.dueAtMs <= entry.dueAtMs) return;
      this.swap(entry, parent);
    }
  }

  private sink(entry: Entry): void {
    for (;;) {
      const left = this.heap[2 * entry.place + 1];
      const right = this.heap[2 * entry.place + 2];
      const child = right && left && right.dueAtMs < left.dueAtMs ? right : left;
      if (!child || entry.dueAtMs <= child.dueAtMs) return;
      this.swap(child, entry);
    }
  }

  private swap(a: Entry, b: Entry): void {
    const { place } = a;
    this.put(a, b.place);
    this.put(b, place);
  }
}

interface Entry extends Alarm {
  readonly dueAtMs: number;
  readonly call: () => void;
  /** Where it stands in the heap; -1 when it has left it. */
  place: number;
}

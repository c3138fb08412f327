/** The real clock and the real randomness. Only `clew.ts`, tests and benches name these. */
import type { Clock, Timer } from "./clock.ts";
import { type Ids, type RunUid, uuid7 } from "./ids.ts";

/** Node fires longer timers at once (they are 32-bit milliseconds), so longer waits are cut and armed again. */
const longestTimerMs = 2 ** 31 - 1;

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  at(dueAtMs: number, call: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = () => {
      const waitMs = dueAtMs - Date.now();
      if (waitMs <= 0 && handle !== undefined) return call();
      // One more millisecond: Node may fire up to one early against Date.now.
      handle = setTimeout(arm, Math.min(Math.max(waitMs, 0) + 1, longestTimerMs));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }

  soon(call: () => void): void {
    setImmediate(call);
  }
}

export class SystemIds implements Ids {
  private lastMs = 0;
  private counter = 0;
  private readonly pool = new Uint8Array(4096);
  private used = this.pool.length;

  uid(): RunUid {
    const nowMs = Date.now();
    if (nowMs > this.lastMs) {
      this.lastMs = nowMs;
      this.counter = 0;
    } else if (++this.counter > 0xfff) {
      this.lastMs++;
      this.counter = 0;
    }
    if (this.used + 8 > this.pool.length) {
      crypto.getRandomValues(this.pool);
      this.used = 0;
    }
    const random = this.pool.subarray(this.used, (this.used += 8));
    return uuid7(this.lastMs, this.counter, random);
  }
}

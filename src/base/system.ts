/** The real clock and the real randomness. Only `clew.ts`, tests and benches name these. */
import type { Clock, Timer } from "./clock.ts";
import { type Ids, type RunUid, uuid7 } from "./ids.ts";

/**
 * A longer wait is cut and armed again: Node measures it by a clock that does not jump, and the one that counts here
 * may have been set meanwhile; beyond 24.8 days Node would not wait at all.
 */
const longestTimerMs = 30_000;

/** The machine's own clock: what an engine goes by unless it is given another. */
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

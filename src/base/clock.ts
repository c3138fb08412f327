/** Time as a port: nothing in the engine reads a clock or sets a timer but through this. */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump; never used as an order of events. */
  now(): number;
  /** Calls once, not before `now() >= dueAtMs`. Waits of any length are allowed. */
  at(dueAtMs: number, call: () => void): Timer;
  /** Calls once, after everything that is already under way in this turn of the event loop. */
  soon(call: () => void): void;
}

export interface Timer {
  /** Idempotent; after it the call never comes. */
  cancel(): void;
}

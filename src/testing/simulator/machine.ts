/** What the processes of one machine share: its clock, which can be set. */
import type { Life } from "./life.ts";
import type { Scheduler } from "./scheduler.ts";

export class Machine {
  readonly lives = new Set<Life>();
  private readonly scheduler: Scheduler;
  private skewMs = 0;
  /** Whether its clock was ever set: then its times say nothing of how long something took. */
  wasSet = false;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  /** Milliseconds since 1970, as the processes see it. */
  get wallMs(): number {
    return this.scheduler.nowMs + this.skewMs;
  }

  setClock(byMs: number): void {
    this.skewMs += byMs;
    this.wasSet = true;
    for (const life of this.lives) life.clockWasSet();
  }
}

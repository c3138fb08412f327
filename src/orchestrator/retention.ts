/**
 * Deletes what has been kept for long enough, beside everything else: page by page at the journal, with pauses that are
 * many times as long as the work, so that commits hardly notice. Only the earliest time is known here, and one timer set
 * for it; where nothing is due, nothing happens.
 *
 * A run is deleted up to `quietMs` later than it might be, so that a trickle of ended runs does not cost a flush each.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Journal } from "../journal/journal.ts";

export interface RetentionOptions {
  readonly clock: Clock;
  readonly journal: Pick<Journal, "expire" | "nextExpiry">;
  /** The journal failed. */
  readonly fail: (cause: unknown) => void;
}

const runsOfPage = 200;
/** Of a page: what it left of the journal's time to others is nine times what it took. */
const pauseShare = 9;
/** So that small pages do not follow upon each other without end. */
const leastPauseMs = 20;
/** After a page behind which nothing was due any more, or for which the journal had no room. */
const quietMs = 10_000;

export class Retention {
  private readonly options: RetentionOptions;
  /** The earliest time known, of all runs in the journal. */
  private nextAt: number | undefined;
  private notBefore = 0;
  private armed: { readonly at: number; readonly timer: Timer } | undefined;
  private running = false;
  private working = false;

  constructor(options: RetentionOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.nextAt = await this.options.journal.nextExpiry();
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
    this.armed?.timer.cancel();
    this.armed = undefined;
  }

  /** A run has ended, durably, and may be deleted then. */
  ended(expiresAt: number): void {
    if (this.nextAt !== undefined && this.nextAt <= expiresAt) return;
    this.nextAt = expiresAt;
    this.arm();
  }

  private arm(): void {
    if (!this.running || this.working || this.nextAt === undefined) return;
    const at = Math.max(this.nextAt, this.notBefore);
    if (this.armed && this.armed.at <= at) return;
    this.armed?.timer.cancel();
    this.armed = { at, timer: this.options.clock.at(at, () => void this.page()) };
  }

  private async page(): Promise<void> {
    this.armed = undefined;
    this.working = true;
    // What ends meanwhile is told as ever, and may be missing in what the journal says next.
    this.nextAt = undefined;
    try {
      await this.expire();
    } catch (cause) {
      if (this.running) this.options.fail(cause);
      this.stop();
    } finally {
      this.working = false;
      this.arm();
    }
  }

  private async expire(): Promise<void> {
    const { clock, journal } = this.options;
    const begunAt = clock.now();
    const { runs, tookMs, nextAt } = await journal.expire(begunAt, runsOfPage);
    if (nextAt !== undefined) this.nextAt = Math.min(nextAt, this.nextAt ?? nextAt);
    const isMoreDue = runs > 0 && nextAt !== undefined && nextAt <= begunAt;
    this.notBefore = clock.now() + (isMoreDue ? Math.ceil(Math.max(leastPauseMs, tookMs * pauseShare)) : quietMs);
  }
}

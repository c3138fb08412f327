/** How many runs of a file have come to rest, and how. */
import type { Status } from "../saga/tables.ts";
import type { Frame } from "./live-table.ts";

/** At rest: ended, or waiting for an operator, a signal or a far time. */
const restStatuses = ["completed", "compensated", "failed", "blocked", "waiting"] as const satisfies readonly Status[];
type RestStatus = (typeof restStatuses)[number];

export class Tally {
  private readonly counts: Record<RestStatus, number> = {
    completed: 0,
    compensated: 0,
    failed: 0,
    blocked: 0,
    waiting: 0,
  };
  private opened = 0;
  private readonly startedAtMs: number;
  private readonly total: number | undefined;

  constructor(startedAtMs: number, total: number | undefined) {
    this.startedAtMs = startedAtMs;
    this.total = total;
  }

  open(): void {
    this.opened++;
  }

  rest(status: Status): void {
    const known = restStatuses.find((word) => word === status);
    if (known) this.counts[known]++;
  }

  /** Of those that wait only where there are any: most workflows have no waits. */
  get byStatus(): Readonly<Partial<Record<RestStatus, number>>> {
    const { waiting, ...others } = this.counts;
    return waiting > 0 ? { ...others, waiting } : others;
  }

  get done(): number {
    return restStatuses.reduce((sum, status) => sum + this.counts[status], 0);
  }

  get stillOpen(): number {
    return this.opened - this.done;
  }

  frame(nowMs: number): Frame {
    const { done, total } = this;
    const ratePerS = (done * 1000) / Math.max(1, nowMs - this.startedAtMs);
    const isKnown = total !== undefined && done > 0 && total > done;
    return {
      counts: { open: this.stillOpen, ...this.byStatus },
      done,
      total,
      ratePerS,
      timeLeftMs: isKnown ? ((total - done) * 1000) / ratePerS : undefined,
    };
  }

  /** Of many runs any that failed or waits for an operator. */
  get exitCode(): number {
    return this.counts.failed + this.counts.blocked > 0 ? 1 : 0;
  }
}

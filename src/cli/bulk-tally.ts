/** What became of each of many runs that a verb was meant for. */
import { ClewError } from "../base/errors.ts";
import type { VerbAnswer } from "../orchestrator/orchestrator-options.ts";
import type { Frame } from "./live-table.ts";

export interface Refusal {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly mend?: string;
}

export class BulkTally {
  changed = 0;
  /** Where there was nothing to do. */
  unchanged = 0;
  /** Changed by somebody else at the very time. */
  conflicts = 0;
  private readonly total: number;
  private readonly startedAtMs: number;
  private readonly refusalsByPlace = new Map<number, Refusal>();

  constructor(total: number, startedAtMs: number) {
    this.total = total;
    this.startedAtMs = startedAtMs;
  }

  answered({ changed }: VerbAnswer): void {
    if (changed) this.changed++;
    else this.unchanged++;
  }

  /** Rethrows what says nothing of this run alone: then the others would fare no better. */
  failed(place: number, id: string, error: unknown): void {
    if (!(error instanceof ClewError) || error.consequence === "unavailable") throw error;
    const { code, message, mend } = error;
    if (code === "version_conflict") this.conflicts++;
    this.refusalsByPlace.set(place, { id, code, message, ...(mend === undefined ? {} : { mend }) });
  }

  /** Conflicts too, in the order of the runs. */
  get refusals(): readonly Refusal[] {
    return [...this.refusalsByPlace].toSorted(([a], [b]) => a - b).map(([, refusal]) => refusal);
  }

  get refused(): number {
    return this.refusalsByPlace.size - this.conflicts;
  }

  get done(): number {
    return this.changed + this.unchanged + this.refusalsByPlace.size;
  }

  get left(): number {
    return this.total - this.done;
  }

  get counts() {
    const { changed, unchanged, refused, conflicts, left } = this;
    return { changed, unchanged, refused, conflicts, left };
  }

  frame(nowMs: number): Frame {
    const { done, total } = this;
    const { left, ...counts } = this.counts;
    const ratePerS = (done * 1000) / Math.max(1, nowMs - this.startedAtMs);
    return { counts, done, total, ratePerS, timeLeftMs: done > 0 && left > 0 ? (left * 1000) / ratePerS : undefined };
  }

  get exitCode(): number {
    return this.refusalsByPlace.size > 0 ? 5 : 0;
  }
}

import type { RunView } from "../clew.ts";

/** A run at rest, in a line of `--output jsonl`. */
export interface Rest {
  readonly id: string;
  readonly status: string;
  readonly cause?: string;
  /** From its start to its end, or to its last change where it waits for an operator. */
  readonly durationMs: number;
}

export function restOf({ id, status, cause, startedAt, endedAt, changedAt }: RunView): Rest {
  return { id, status, ...(cause === undefined ? {} : { cause }), durationMs: (endedAt ?? changedAt) - startedAt };
}

/**
 * The tables of semantics.md as data. The invariants check every transition against them (I13), `statusOf` walks the
 * status table, and a test draws them and compares the drawing with the document. Rows that no definition can reach
 * yet are here too: the tables are the whole design.
 */

export const phases = ["forward", "draining", "backward", "ended"] as const;
export type Phase = (typeof phases)[number];

/** What a state leaves to, as the document lists it: one entry between two semicolons. */
export interface Exit<State> {
  readonly to: readonly State[];
  /** Written before the states. */
  readonly when?: string;
  /** Written behind them, in brackets. */
  readonly note?: string;
}

export interface StateRow<State> {
  readonly states: readonly State[];
  /** For the compensation's table: its second column. */
  readonly enters?: string;
  readonly exits: readonly Exit<State>[];
  /** Written in front of the exits. */
  readonly only?: boolean;
  /** Written behind the state's name. */
  readonly note?: string;
}

export const stepStateNames = [
  "pending",
  "ready",
  "dispatched",
  "retry_wait",
  "inquiring",
  "succeeded",
  "failed",
  "in_doubt",
  "skipped",
  "not_run",
] as const;
export type StepStateName = (typeof stepStateNames)[number];

/** semantics.md, 1: settled. */
export const settledStepStates: ReadonlySet<StepStateName> = new Set([
  "succeeded",
  "failed",
  "in_doubt",
  "skipped",
  "not_run",
]);

export const compensationStateNames = [
  "armed",
  "queued",
  "dispatched",
  "retry_wait",
  "blocked",
  "compensated",
  "unneeded",
  "discarded",
  "resolved",
  "skipped",
] as const;
export type CompensationStateName = (typeof compensationStateNames)[number];

export const settledCompensationStates: ReadonlySet<CompensationStateName> = new Set([
  "compensated",
  "unneeded",
  "discarded",
  "resolved",
  "skipped",
]);

export const statuses = [
  "completed",
  "compensated",
  "failed",
  "suspended",
  "blocked",
  "cancelling",
  "compensating",
  "pending",
  "waiting",
  "running",
] as const;
export type Status = (typeof statuses)[number];

export const finalStatuses: ReadonlySet<Status> = new Set(["completed", "compensated", "failed"]);

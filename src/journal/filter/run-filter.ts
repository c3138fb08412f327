/**
 * A filter of runs, as it was understood: what `parseFilter` makes of text, what journals evaluate, what `printFilter`
 * writes out again. Times are moments here; "an hour ago" was resolved when the text was read.
 */
import type { Cause, IncidentKind } from "../../saga/event.ts";
import type { Phase, Status } from "../../saga/tables.ts";
import type { AttentionReason } from "../../saga/attributes.ts";

/** All of its terms must hold; without any it lets every run through. */
export interface RunFilter {
  readonly terms?: readonly FilterTerm[];
}

/** A condition, or that it does not hold: a run that has no such thing at all is let through by the latter. */
export type FilterTerm = FilterCondition & { readonly negated?: true };

/** One of the values must fit; of an empty list none does. */
interface AnyOf<Field extends string, Value> {
  readonly field: Field;
  readonly anyOf: readonly Value[];
}

export type FilterCondition =
  | AnyOf<"status", Status>
  | AnyOf<"phase", Phase>
  | AnyOf<"workflow", WorkflowName>
  | AnyOf<"version", number>
  | AnyOf<"id", string>
  | AnyOf<"cause", Cause>
  | AnyOf<"incident", IncidentKind>
  | AnyOf<"needs", Need>
  | AnyOf<"started", TimeBound>
  | AnyOf<"ended", TimeBound>
  | AttributeCondition
  | TextCondition;

export interface AttributeCondition {
  readonly field: "attribute";
  readonly name: string;
  /** Exact texts; or that the run has the attribute at all. */
  readonly anyOf: readonly string[] | "anything";
}

/** Stands in the text of the run's last error, upper and lower case alike. */
export interface TextCondition {
  readonly field: "text";
  readonly text: string;
}

export interface WorkflowName {
  readonly name: string;
  /** Left out: any. */
  readonly version?: number;
}

/** `attention`: any of the reasons. */
export type Need = AttentionReason | "attention";

export const comparisons = ["<=", ">=", "<", ">"] as const;
export type Comparison = (typeof comparisons)[number];

/** The run's time stands so to a moment: `{ is: ">", at }` is later than `at`, in milliseconds since 1970. */
export interface TimeBound {
  readonly is: Comparison;
  readonly at: number;
}

/** Every name with a meaning of its own; each other one is an attribute's. `age` is another way to write `started`. */
export const fieldNames = [
  "status",
  "phase",
  "workflow",
  "version",
  "id",
  "cause",
  "incident",
  "needs",
  "started",
  "ended",
  "age",
] as const;
export type FieldName = (typeof fieldNames)[number];

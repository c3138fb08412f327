/**
 * The canonical definition (definition.md, 3): plain JSON, nothing filled in but the worker's name, durations in
 * milliseconds. The content hash is over exactly this. `workflow.ts` turns it into what the engine runs.
 */
import type { Json, JsonObject } from "../base/json.ts";

export interface Definition {
  readonly workflow: string;
  readonly version: number;
  readonly inputSchema?: JsonObject;
  /** The mapping of the run's result; without it the result is `null`. */
  readonly output?: Json;
  readonly retention?: number;
  readonly deadline?: number;
  readonly onDeadline?: Reaction;
  readonly onFailure?: Reaction;
  readonly compensationDeadline?: number;
  readonly cancelGrace?: number;
  /** Mappings by name. */
  readonly attributes?: JsonObject;
  readonly limit?: LimitDefinition;
  readonly steps: readonly StepDefinition[];
}

/** Turn back, or stand still for an operator. */
export type Reaction = "compensate" | "incident";

/** At most so many open runs whose `key` is the same. */
export interface LimitDefinition {
  /** A mapping of the input. */
  readonly key: Json;
  readonly runs: number;
}

export const stepKinds = ["compensatable", "readonly", "plain", "irreversible", "pivot", "retriable"] as const;
/** semantics.md, 3. */
export type StepKind = (typeof stepKinds)[number];

export interface StepDefinition {
  readonly step: string;
  readonly worker: string;
  readonly kind?: StepKind;
  readonly input?: Json;
  readonly timeout?: number;
  readonly scheduleToStart?: number;
  readonly stepDeadline?: number;
  readonly heartbeat?: number;
  readonly execution?: Execution;
  readonly retry?: RetryDefinition;
  readonly inquire?: InquiryDefinition;
  readonly compensation?: CompensationDefinition;
  readonly compensateInDoubt?: boolean;
}

export type Execution = "at_least_once" | "at_most_once";

/** Written `inquire: true` or as an object; `false` is left out of the canonical form. */
export interface InquiryDefinition {
  readonly timeout?: number;
  readonly retry?: RetryDefinition;
}

/** Written `compensation: name` or as an object; the canonical form is always the object. */
export interface CompensationDefinition {
  readonly worker: string;
  readonly input?: Json;
  readonly timeout?: number;
  readonly retry?: RetryDefinition;
}

export interface RetryDefinition {
  readonly attempts?: number;
  readonly initial?: number;
  readonly factor?: number;
  readonly max?: number;
  readonly jitter?: number;
  /** Error codes: retry only on these. */
  readonly on?: readonly string[];
  /** Error codes: never retry on these. */
  readonly not?: readonly string[];
}

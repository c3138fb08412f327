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
  readonly signals?: SignalsDefinition;
  readonly steps: readonly NodeDefinition[];
}

/** C22: how long a signal is kept for a wait that has not begun, and how many of them. */
export interface SignalsDefinition {
  readonly maxAge?: number;
  readonly max?: number;
}

/** What stands in a sequence: a step, or a block. The key that names it says which. */
export type NodeDefinition =
  | StepDefinition
  | WaitDefinition
  | ChildDefinition
  | FailDefinition
  | ParallelDefinition
  | ChooseDefinition
  | ForEachDefinition
  | LoopDefinition;

/** All branches, side by side. */
export interface ParallelDefinition {
  readonly parallel: string;
  readonly when?: string;
  /** When one fails: the others end what is out (`drain`), or are advised to stop (`cancel`). Default `drain`. */
  readonly siblings?: "drain" | "cancel";
  /** Sequences by name; they stand in the order of the names. */
  readonly branches: Readonly<Record<string, readonly NodeDefinition[]>>;
}

/** The first case whose condition holds. */
export interface ChooseDefinition {
  readonly choose: string;
  readonly when?: string;
  readonly cases: readonly CaseDefinition[];
}

/** A condition, or `otherwise`, which is the last. */
export type CaseDefinition =
  | { readonly when: string; readonly steps: readonly NodeDefinition[] }
  | { readonly otherwise: true; readonly steps: readonly NodeDefinition[] };

/** The same for each item of a list. */
export interface ForEachDefinition {
  readonly forEach: string;
  readonly when?: string;
  /** A mapping that gives a list. */
  readonly in: Json;
  /** The name of the item in the mappings and expressions inside. */
  readonly as: string;
  /** How many items at a time. Default 1. */
  readonly concurrency?: number;
  readonly steps: readonly NodeDefinition[];
}

/** Again and again, until a condition holds at the end of an iteration. */
export interface LoopDefinition {
  readonly loop: string;
  readonly when?: string;
  readonly until: string;
  /** After so many iterations without it the block has failed. */
  readonly max: number;
  readonly steps: readonly NodeDefinition[];
}

/** For a time, until a moment, or for a signal. */
export interface WaitDefinition {
  readonly wait: string;
  readonly when?: string;
  readonly for?: number;
  /** A mapping that gives a moment: a text as RFC 3339 writes it, or milliseconds since 1970. */
  readonly until?: Json;
  readonly signal?: string;
  /** Of a wait for a signal. */
  readonly timeout?: number;
  /** Default `continue`: without an output. */
  readonly onTimeout?: "fail" | "continue";
}

/** Another workflow, as a step of this one (semantics.md, C14). */
export interface ChildDefinition {
  readonly child: string;
  readonly when?: string;
  readonly workflow: string;
  readonly kind?: StepKind;
  readonly input?: Json;
  /** In place of the child's going back. */
  readonly compensation?: CompensationDefinition;
}

/** The run is refused, and turns back. */
export interface FailDefinition {
  readonly fail: string;
  readonly when?: string;
  /** Default `refused`. */
  readonly code?: string;
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
  readonly when?: string;
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

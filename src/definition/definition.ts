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
  readonly steps: readonly StepDefinition[];
}

export interface StepDefinition {
  readonly step: string;
  readonly worker: string;
  readonly input?: Json;
  readonly timeout?: number;
  readonly retry?: RetryDefinition;
  readonly compensation?: CompensationDefinition;
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

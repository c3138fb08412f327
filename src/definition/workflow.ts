/** A workflow ready to run: the definition with its defaults filled in and its steps numbered. Immutable. */
import type { Json, JsonObject } from "../base/json.ts";
import { type Catalogue, emptyCatalogue } from "./catalogue.ts";
import type { Definition, RetryDefinition, StepDefinition } from "./definition.ts";

export interface Workflow {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the canonical JSON, 64 hex digits. */
  readonly hash: string;
  readonly definition: Definition;
  readonly inputSchema: JsonObject | undefined;
  readonly output: Json | undefined;
  readonly steps: readonly StepPlan[];
  /** From a step's name to its place in `steps`. */
  readonly places: ReadonlyMap<string, number>;
  /** How long a step that is asked to stop may take (semantics.md, C8). */
  readonly cancelGraceMs: number;
  /** How long a run is kept after its end. */
  readonly retentionMs: number;
  /** What its worker types take and give, as far as it is known; may grow. */
  readonly catalogue: Catalogue;
}

/** semantics.md, 3. The other kinds come with the work that builds them. */
export type StepKind = "compensatable" | "plain";

export interface StepPlan {
  readonly name: string;
  readonly kind: StepKind;
  readonly worker: string;
  /** A mapping; without one the step is given the workflow's input. */
  readonly input: Json | undefined;
  /** One attempt, from the moment that a WorkerManager takes the command. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly compensation: CompensationPlan | undefined;
}

export interface CompensationPlan {
  readonly worker: string;
  /** A mapping; without one the compensation is given what the step was given. */
  readonly input: Json | undefined;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

export interface RetryPolicy {
  /** All attempts, the first included. */
  readonly attempts: number;
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** A share of the wait, 0 to 1: the wait is spread evenly over [wait × (1 - jitter), wait × (1 + jitter)]. */
  readonly jitter: number;
  readonly on: readonly string[] | undefined;
  readonly not: readonly string[] | undefined;
}

/** definition.md, 1: the defaults of the table. */
export const defaults = {
  timeoutMs: 30_000,
  cancelGraceMs: 30_000,
  retentionMs: 30 * 86_400_000,
  stepRetry: { attempts: 3, initialMs: 1000, factor: 2, maxMs: 30_000, jitter: 0.2, on: undefined, not: undefined },
  compensationRetry: {
    attempts: 12,
    initialMs: 1000,
    factor: 2,
    maxMs: 300_000,
    jitter: 0.2,
    on: undefined,
    not: undefined,
  },
} as const satisfies { stepRetry: RetryPolicy; compensationRetry: RetryPolicy } & Record<string, unknown>;

/** Fills in what the definition leaves open. `hash` is `definitionHash(definition)`. */
export function planWorkflow(definition: Definition, hash: string, catalogue: Catalogue = emptyCatalogue): Workflow {
  const steps = definition.steps.map(planStep);
  return {
    name: definition.workflow,
    version: definition.version,
    hash,
    definition,
    inputSchema: definition.inputSchema,
    output: definition.output,
    steps,
    places: new Map(steps.map((step, place) => [step.name, place])),
    cancelGraceMs: defaults.cancelGraceMs,
    retentionMs: definition.retention ?? defaults.retentionMs,
    catalogue,
  };
}

/** The worker types that a workflow sends commands to, each once. */
export function workerTypesOf({ steps }: Pick<Workflow, "steps">): readonly string[] {
  const types = steps.flatMap(({ worker, compensation }) => (compensation ? [worker, compensation.worker] : [worker]));
  return [...new Set(types)];
}

function planStep(step: StepDefinition): StepPlan {
  const compensation = step.compensation;
  return {
    name: step.step,
    kind: compensation ? "compensatable" : "plain",
    worker: step.worker,
    input: step.input,
    timeoutMs: step.timeout ?? defaults.timeoutMs,
    retry: planRetry(step.retry, defaults.stepRetry),
    compensation: compensation && {
      worker: compensation.worker,
      input: compensation.input,
      timeoutMs: compensation.timeout ?? defaults.timeoutMs,
      retry: planRetry(compensation.retry, defaults.compensationRetry),
    },
  };
}

function planRetry(given: RetryDefinition | undefined, fallback: RetryPolicy): RetryPolicy {
  if (!given) return fallback;
  return {
    attempts: given.attempts ?? fallback.attempts,
    initialMs: given.initial ?? fallback.initialMs,
    factor: given.factor ?? fallback.factor,
    maxMs: given.max ?? fallback.maxMs,
    jitter: given.jitter ?? fallback.jitter,
    on: given.on,
    not: given.not,
  };
}

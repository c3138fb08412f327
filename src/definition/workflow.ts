/** A workflow ready to run: the definition with its defaults filled in and its steps numbered. Immutable. */
import type { Json, JsonObject } from "../base/json.ts";
import { type Catalogue, emptyCatalogue } from "./catalogue.ts";
import type {
  Definition,
  Execution,
  LimitDefinition,
  Reaction,
  RetryDefinition,
  StepDefinition,
  StepKind,
} from "./definition.ts";

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
  /** Of the pivot among the steps; -1 without one. */
  readonly pivotPlace: number;
  /** How long a step that is asked to stop may take (semantics.md, C8). */
  readonly cancelGraceMs: number;
  /** From the start until the run turns back (C16). */
  readonly deadlineMs: number | undefined;
  readonly onDeadline: Reaction;
  readonly onFailure: Reaction;
  /** From the turn until an operator is told that it takes long (C16). */
  readonly compensationDeadlineMs: number | undefined;
  /** References by the names under which runs are found. */
  readonly attributes: readonly (readonly [name: string, mapping: Json])[];
  readonly limit: LimitDefinition | undefined;
  /** Whether time runs for a run while nobody has taken its command: a deadline, or the time of a step. */
  readonly isTimed: boolean;
  /** How long a run is kept after its end. */
  readonly retentionMs: number;
  /** What its worker types take and give, as far as it is known; may grow. */
  readonly catalogue: Catalogue;
}

export interface StepPlan {
  readonly name: string;
  readonly kind: StepKind;
  readonly worker: string;
  /** A mapping; without one the step is given the workflow's input. */
  readonly input: Json | undefined;
  /** One attempt, from the moment that a WorkerManager takes the command. */
  readonly timeoutMs: number;
  /** How long a command may wait to be taken. */
  readonly scheduleToStartMs: number | undefined;
  /** All attempts and waits, from the first command on. */
  readonly stepDeadlineMs: number | undefined;
  /** Silence of a taken command that counts as a lost worker (C27). */
  readonly heartbeatMs: number | undefined;
  readonly execution: Execution;
  readonly retry: RetryPolicy;
  /** Asked before the step settles in doubt (C1). */
  readonly inquiry: InquiryPlan | undefined;
  readonly compensation: CompensationPlan | undefined;
  /** Whether it is undone although nobody knows that it was done. */
  readonly compensateInDoubt: boolean;
}

export interface InquiryPlan {
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
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
  const pivotPlace = definition.steps.findIndex(({ kind }) => kind === "pivot");
  const steps = definition.steps.map((step, place) => planStep(step, pivotPlace >= 0 && place > pivotPlace));
  return {
    name: definition.workflow,
    version: definition.version,
    hash,
    definition,
    inputSchema: definition.inputSchema,
    output: definition.output,
    steps,
    places: new Map(steps.map((step, place) => [step.name, place])),
    pivotPlace,
    cancelGraceMs: definition.cancelGrace ?? defaults.cancelGraceMs,
    deadlineMs: definition.deadline,
    onDeadline: definition.onDeadline ?? "compensate",
    onFailure: definition.onFailure ?? "compensate",
    compensationDeadlineMs: definition.compensationDeadline,
    attributes: Object.entries(definition.attributes ?? {}),
    limit: definition.limit,
    isTimed: definition.deadline !== undefined || steps.some(isStepTimed),
    retentionMs: definition.retention ?? defaults.retentionMs,
    catalogue,
  };
}

/** The worker types that a workflow sends commands to, each once. */
export function workerTypesOf({ steps }: Pick<Workflow, "steps">): readonly string[] {
  const types = steps.flatMap(({ worker, compensation }) => (compensation ? [worker, compensation.worker] : [worker]));
  return [...new Set(types)];
}

function planStep(step: StepDefinition, isAfterPivot: boolean): StepPlan {
  const { compensation, inquire } = step;
  const execution = step.execution ?? "at_least_once";
  const retry = planRetry(step.retry, defaults.stepRetry);
  return {
    name: step.step,
    kind: step.kind ?? (compensation ? "compensatable" : isAfterPivot ? "retriable" : "plain"),
    worker: step.worker,
    input: step.input,
    timeoutMs: step.timeout ?? defaults.timeoutMs,
    scheduleToStartMs: step.scheduleToStart,
    stepDeadlineMs: step.stepDeadline,
    heartbeatMs: step.heartbeat,
    execution,
    // C24: what is never sent twice has one attempt.
    retry: execution === "at_most_once" ? { ...retry, attempts: 1 } : retry,
    inquiry: inquire && {
      timeoutMs: inquire.timeout ?? defaults.timeoutMs,
      retry: planRetry(inquire.retry, defaults.stepRetry),
    },
    compensation: compensation && {
      worker: compensation.worker,
      input: compensation.input,
      timeoutMs: compensation.timeout ?? defaults.timeoutMs,
      retry: planRetry(compensation.retry, defaults.compensationRetry),
    },
    compensateInDoubt: step.compensateInDoubt ?? true,
  };
}

const isStepTimed = ({ scheduleToStartMs, stepDeadlineMs }: StepPlan): boolean =>
  scheduleToStartMs !== undefined || stepDeadlineMs !== undefined;

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

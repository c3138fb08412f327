/** A workflow ready to run: the definition with its defaults filled in and its steps numbered. Immutable. */
import type { Json, JsonObject } from "../base/json.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Definition, Execution, LimitDefinition, Reaction, StepKind } from "./definition.ts";

export interface Workflow {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the canonical JSON, 64 hex digits. */
  readonly hash: string;
  readonly definition: Definition;
  readonly inputSchema: JsonObject | undefined;
  readonly output: Json | undefined;
  /** The outermost sequence. */
  readonly body: Body;
  /** All steps, however deep they stand, in the order of the definition. */
  readonly steps: readonly StepPlan[];
  /** From a step's name to its place in `steps`. */
  readonly places: ReadonlyMap<string, number>;
  readonly blocks: ReadonlyMap<string, BlockPlan>;
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
  /** Whether time ends something that no worker has taken, or the run itself. */
  readonly isTimed: boolean;
  /** References by the names under which runs are found. */
  readonly attributes: readonly (readonly [name: string, mapping: Json])[];
  readonly limit: LimitDefinition | undefined;
  /** C22: how long a signal is kept for a wait that has not begun. */
  readonly signalMaxAgeMs: number;
  /** How many of them are kept. */
  readonly mostSignals: number;
  /** How long a run is kept after its end. */
  readonly retentionMs: number;
  /** What its worker types take and give, as far as it is known; may grow. */
  readonly catalogue: Catalogue;
}

/** A sequence. */
export interface Body {
  readonly nodes: readonly NodePlan[];
  /** The block that it is a part of; the outermost one is a part of none. */
  readonly block: BlockPlan | undefined;
  /** Which of the block's sequences it is. */
  readonly arm: number;
}

export type NodePlan = StepPlan | BlockPlan;
export type BlockPlan = ParallelPlan | ChoosePlan | ForEachPlan | LoopPlan;
/** A block whose sequence is gone through more than once, so that the steps in it have an index. */
export type RepeatPlan = ForEachPlan | LoopPlan;

interface Standing {
  /** Unique in the workflow, among steps and blocks. */
  readonly name: string;
  /** CEL: otherwise it is skipped. */
  readonly when: string | undefined;
  /** The sequence that it stands in, and where. */
  readonly body: Body;
  readonly at: number;
  /** What it stands in that repeats, outermost first. */
  readonly repeats: readonly RepeatPlan[];
}

export interface ParallelPlan extends Standing {
  readonly is: "parallel";
  readonly siblings: "drain" | "cancel";
  /** The names of its branches, in their order. */
  readonly branches: readonly string[];
  readonly bodies: readonly Body[];
}

export interface ChoosePlan extends Standing {
  readonly is: "choose";
  /** CEL, one for each of the bodies; `undefined`: otherwise. */
  readonly conditions: readonly (string | undefined)[];
  readonly bodies: readonly Body[];
}

export interface ForEachPlan extends Standing {
  readonly is: "forEach";
  /** A mapping that gives the items. */
  readonly in: Json;
  /** The variable that holds the item inside. */
  readonly as: string;
  readonly concurrency: number;
  /** One. */
  readonly bodies: readonly Body[];
}

export interface LoopPlan extends Standing {
  readonly is: "loop";
  /** CEL, asked at the end of each iteration. */
  readonly until: string;
  readonly max: number;
  /** One. */
  readonly bodies: readonly Body[];
}

/** What is done where a step stands; all but `work` is done by the engine itself. */
export type Act =
  | { readonly is: "work" }
  | {
      readonly is: "wait";
      readonly forMs: number | undefined;
      /** A mapping. */
      readonly until: Json | undefined;
      readonly signal: string | undefined;
      readonly timeoutMs: number | undefined;
      readonly onTimeout: "fail" | "continue";
    }
  | { readonly is: "child"; readonly workflow: string }
  | { readonly is: "fail"; readonly code: string };

export interface StepPlan extends Standing {
  readonly is: "step";
  readonly act: Act;
  readonly kind: StepKind;
  /** Of an act other than `work` empty. */
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
  signalMaxAgeMs: 7 * 86_400_000,
  mostSignals: 1000,
  concurrency: 1,
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

/** The worker types that a workflow sends commands to, each once. */
export function workerTypesOf({ steps }: Pick<Workflow, "steps">): readonly string[] {
  const types = steps.flatMap(({ worker, compensation }) => (compensation ? [worker, compensation.worker] : [worker]));
  return [...new Set(types)].filter((type) => type !== "");
}

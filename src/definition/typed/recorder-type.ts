/** What the block of a workflow records with, and what it may say: the types of the TypeScript front end. */
import type { Json } from "../../base/json.ts";
import type { WorkerContract } from "../catalogue.ts";
import type { Execution, StepKind } from "../definition.ts";
import type { Workflow } from "../workflow.ts";
import type { Expression } from "./expression.ts";
import type { AnyMapping, Mapped, Mapping, Missing, Ref, Reference } from "./reference-type.ts";
import type { SchemaSource, TypeOf } from "./schema-source.ts";
import type { Accepting, WorkerType } from "./worker-type.ts";

declare const runs: unique symbol;

/** A workflow that says what it takes and what its result is. */
export interface TypedWorkflow<Input = Json, Output = Json> extends Workflow {
  readonly [runs]?: (input: Input) => Output;
}

/** A number and a unit: `500ms`, `30s`, `2m`, `24h`, `7d`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

export interface RetryOptions<ErrorCode extends string> {
  /** All attempts, the first included; 1 to 100. */
  readonly attempts?: number;
  /** The wait before the second attempt. */
  readonly initial?: Duration;
  /** By how much each wait is longer than the one before; 1 to 10. */
  readonly factor?: number;
  /** The longest wait. */
  readonly max?: Duration;
  /** The share of each wait that is left to chance, 0 to 1. */
  readonly jitter?: number;
  /** Try again only on these. */
  readonly on?: readonly ErrorCode[];
  /** Never try again on these. */
  readonly not?: readonly ErrorCode[];
}

interface AttemptOptions<ErrorCode extends string> {
  /** One attempt, from the moment that a worker takes it. Default 30s. */
  readonly timeout?: Duration;
  readonly retry?: RetryOptions<ErrorCode>;
}

/** A compensation with options of its own; without a mapping it is given what the step was given. */
type CompensationOptions<StepInput, StepOutput, UndoInput, UndoError extends string> = AttemptOptions<UndoError> & {
  readonly worker: WorkerType<UndoInput, unknown, UndoError>;
} & ([StepInput] extends [UndoInput]
    ? { readonly input?: UndoMapping<UndoInput, StepOutput> }
    : { readonly input: UndoMapping<UndoInput, StepOutput> });

type Compensation<StepInput, StepOutput, UndoInput, UndoError extends string> =
  | (Accepting<StepInput> & { readonly name: string; readonly contract: WorkerContract })
  | CompensationOptions<StepInput, StepOutput, UndoInput, UndoError>;

/** The step's own output may be missing when it is undone: it may be in doubt (definition.md, K6). */
type UndoMapping<UndoInput, StepOutput> =
  | NoInfer<Mapping<UndoInput>>
  | ((output: Ref<StepOutput | undefined>) => NoInfer<Mapping<UndoInput>>);

/** Its output may be missing. */
type Unless<When> = [When] extends [undefined] ? never : undefined;

/** What a block with such a condition gives. */
type Under<When, Result> = [When] extends [undefined] ? Result : Missing<Result>;

interface Conditional<When extends Expression | undefined> {
  /** If false it is skipped: cel`${order.total} > 100`. What is not always there can only be used with a fallback. */
  readonly when?: When;
}

export interface StepOptions<
  StepInput,
  StepOutput,
  ErrorCode extends string,
  UndoInput,
  UndoError extends string,
> extends AttemptOptions<ErrorCode> {
  /** What becomes of its effect when the run goes back (semantics.md, 3). */
  readonly kind?: StepKind;
  /** How long a command may wait until a worker takes it. */
  readonly scheduleToStart?: Duration;
  /** How long all attempts and the waits between them may take. */
  readonly stepDeadline?: Duration;
  /** How long a worker may be silent while it works. */
  readonly heartbeat?: Duration;
  /** `at_most_once`: one attempt, never sent twice; interrupted means in doubt. */
  readonly execution?: Execution;
  /** Whether the worker is asked, before the step settles in doubt, if it was done. */
  readonly inquire?: boolean | AttemptOptions<ErrorCode>;
  /** `false`: an operator is asked before a step in doubt is undone. Default true. */
  readonly compensateInDoubt?: boolean;
  /** What undoes it: a worker type that takes what the step was given, or one with options. */
  readonly compensation?: Compensation<StepInput, StepOutput, UndoInput, UndoError>;
}

interface WithInput<StepInput> {
  /** A mapping; without one the worker is given the workflow's input. */
  readonly input: unknown extends StepInput ? AnyMapping : NoInfer<Mapping<StepInput>>;
}

export interface ParallelOptions {
  /** What becomes of the other branches when one fails: `drain`, the default, waits for them; `cancel` asks them to stop. */
  readonly siblings?: "drain" | "cancel";
}

export interface ForEachOptions {
  /** By this name the item begins paths in the definition. Default `item`, or `item2` in one with an `item`. */
  readonly as?: string;
  /** How many items at a time, 1 to 1,000. Default 1. */
  readonly concurrency?: number;
}

export interface LoopOptions<Result> {
  /** Asked at the end of each iteration, of what the block gave: if true it was the last. */
  readonly until: (result: Result) => Expression;
  /** The most iterations, 1 to 100,000; if `until` does not hold even then, the loop has failed. */
  readonly max: number;
}

/** A case of a choice; the last one may be for what is left. */
export type Case<Input> =
  | { readonly when: Expression; readonly steps: (w: SequenceRecorder<Input>) => unknown }
  | { readonly otherwise: (w: SequenceRecorder<Input>) => unknown };

type CaseResult<One> = One extends { readonly steps: (...given: never) => infer Result }
  ? Missing<Result>
  : One extends { readonly otherwise: (...given: never) => infer Result }
    ? Missing<Result>
    : never;

export interface SignalOptions<Payload, Timeout, OnTimeout> {
  /** Which signal it waits for. */
  readonly signal: string;
  /** What the signal carries: for types alone, nobody checks it. */
  readonly payload?: Payload;
  /** How long it is waited for. Default: for ever. */
  readonly timeout?: Timeout;
  /** `fail`: without the signal the wait has failed. `continue`, the default: it has no output. */
  readonly onTimeout?: OnTimeout;
}

/** The wait's output may be missing: the time may be over first. */
type UnlessSignalled<Timeout, OnTimeout> = [Timeout] extends [undefined]
  ? never
  : [OnTimeout] extends ["fail"]
    ? never
    : undefined;

export interface ChildOptions<ChildInput, ChildOutput, UndoInput, UndoError extends string> {
  /** What becomes of it when the run goes back. Default: it goes back itself. */
  readonly kind?: Extract<StepKind, "compensatable" | "irreversible" | "pivot" | "retriable">;
  /** What undoes it in place of its own going back. */
  readonly compensation?: Compensation<ChildInput, ChildOutput, UndoInput, UndoError>;
}

/** What a sequence is recorded with: the workflow's, or one in a block. */
export interface SequenceRecorder<Input> {
  /** Id, uid, workflow and start of the run. */
  readonly run: Ref<{
    readonly id: string;
    readonly uid: string;
    readonly workflow: string;
    readonly startedAt: number;
  }>;

  /**
   * The next step of the sequence. Gives a reference to its output.
   *
   * @param name unique in the workflow among steps and blocks: lower-case letters, digits, `_` and `-`
   */
  step<
    StepInput,
    StepOutput,
    ErrorCode extends string,
    UndoInput,
    UndoError extends string,
    When extends Expression | undefined = undefined,
  >(
    name: string,
    worker: WorkerType<StepInput, StepOutput, ErrorCode> & Accepting<unknown extends Input ? never : Input>,
    options?: StepOptions<NoInfer<StepInput>, NoInfer<StepOutput>, NoInfer<ErrorCode>, UndoInput, UndoError> &
      Conditional<When> & { readonly input?: undefined },
  ): Ref<StepOutput | Unless<When>>;
  step<
    StepInput,
    StepOutput,
    ErrorCode extends string,
    UndoInput,
    UndoError extends string,
    When extends Expression | undefined = undefined,
  >(
    name: string,
    worker: WorkerType<StepInput, StepOutput, ErrorCode>,
    options: StepOptions<NoInfer<StepInput>, NoInfer<StepOutput>, NoInfer<ErrorCode>, UndoInput, UndoError> &
      Conditional<When> &
      WithInput<StepInput>,
  ): Ref<StepOutput | Unless<When>>;

  /**
   * All branches, side by side. Gives what they give, by name.
   *
   * @example
   * const { stock, fraud } = w.parallel("reserve_and_check", {
   *   stock: (w) => w.step("reserve_stock", reserveStock, { compensation: releaseStock }),
   *   fraud: (w) => w.step("check_fraud", checkFraud),
   * });
   */
  parallel<
    const Branches extends Readonly<Record<string, (w: SequenceRecorder<Input>) => unknown>>,
    When extends Expression | undefined = undefined,
  >(
    name: string,
    branches: Branches,
    options?: ParallelOptions & Conditional<When>,
  ): Under<When, { readonly [Name in keyof Branches]: ReturnType<Branches[Name]> }>;

  /**
   * The first case whose condition holds. Gives what the cases give, in their order, each of which may be missing.
   *
   * @example
   * w.choose("approval", [
   *   { when: cel`${fraud.score} > 0.8`, steps: (w) => w.fail("refused", { code: "too_risky" }) },
   *   { otherwise: (w) => w.step("approve", approve) },
   * ]);
   */
  choose<const Cases extends readonly Case<Input>[]>(
    name: string,
    cases: Cases,
    options?: Conditional<Expression | undefined>,
  ): { readonly [At in keyof Cases]: CaseResult<Cases[At]> };

  /**
   * The same for each item of a list. Gives the list of the items' last outputs, if the block gives the last one.
   *
   * @example
   * const parcels = w.forEach("pack_lines", order.lines, (w, line) => w.step("pack", pack, { input: { sku: line.sku } }));
   */
  forEach<Item, Result, When extends Expression | undefined = undefined>(
    name: string,
    items: Reference<readonly Item[]>,
    block: (w: SequenceRecorder<Input>, item: Ref<Item>) => Result,
    options?: ForEachOptions & Conditional<When>,
  ): Ref<readonly (Result extends Reference<unknown> ? Mapped<Result> : unknown)[] | Unless<When>>;

  /**
   * Again and again, until a condition holds at the end of an iteration. Gives what the block gives: it stands for the
   * last iteration.
   *
   * @example
   * const parcel = w.loop("poll_carrier", (w) => w.step("track", track), {
   *   until: (parcel) => cel`${parcel.delivered}`,
   *   max: 50,
   * });
   */
  loop<Result, When extends Expression | undefined = undefined>(
    name: string,
    block: (w: SequenceRecorder<Input>) => Result,
    options: LoopOptions<NoInfer<Result>> & Conditional<When>,
  ): Under<When, Result>;

  /** Waits for a time, or until a moment: RFC 3339, or milliseconds since 1970. */
  wait(
    name: string,
    options: Conditional<Expression | undefined> &
      ({ readonly for: Duration } | { readonly until: Mapping<string> | Mapping<number> }),
  ): void;
  /** Waits for a signal. Gives a reference to what it carries. */
  wait<
    const Payload extends SchemaSource = Record<never, never>,
    Timeout extends Duration | undefined = undefined,
    OnTimeout extends "fail" | "continue" | undefined = undefined,
    When extends Expression | undefined = undefined,
  >(
    name: string,
    options: SignalOptions<Payload, Timeout, OnTimeout> & Conditional<When>,
  ): Ref<TypeOf<Payload> | UnlessSignalled<Timeout, OnTimeout> | Unless<When>>;

  /** Another workflow as the next step. Gives a reference to its result. */
  child<ChildInput, ChildOutput, UndoInput, UndoError extends string, When extends Expression | undefined = undefined>(
    name: string,
    workflow: TypedWorkflow<ChildInput, ChildOutput> & TypedWorkflow<unknown extends Input ? never : Input, unknown>,
    options?: ChildOptions<NoInfer<ChildInput>, NoInfer<ChildOutput>, UndoInput, UndoError> &
      Conditional<When> & { readonly input?: undefined },
  ): Ref<ChildOutput | Unless<When>>;
  child<ChildInput, ChildOutput, UndoInput, UndoError extends string, When extends Expression | undefined = undefined>(
    name: string,
    workflow: TypedWorkflow<ChildInput, ChildOutput>,
    options: ChildOptions<NoInfer<ChildInput>, NoInfer<ChildOutput>, UndoInput, UndoError> &
      Conditional<When> &
      WithInput<ChildInput>,
  ): Ref<ChildOutput | Unless<When>>;

  /** The run is refused here, and turns back. */
  fail(name: string, options?: Conditional<Expression | undefined> & { readonly code?: string }): void;
}

/** What the block of a workflow records with. */
export interface WorkflowRecorder<Input> extends SequenceRecorder<Input> {
  /** By this name and value the run is found: `clew runs ls --filter 'customer:c42'`. */
  attribute(name: string, value: Ref<unknown>): void;

  /** At most so many runs are open whose key is the same; the others wait. The key comes from the input. */
  limit(key: Ref<unknown>, runs: number): void;
}

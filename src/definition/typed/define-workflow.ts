/**
 * The TypeScript front end (definition.md, 2): a block that runs once, when the module loads, and records a workflow
 * with typed references. What comes of it is the same plain definition that YAML gives, read by the same reader.
 */
import { ClewError } from "../../base/errors.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { WorkerContract } from "../catalogue.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { contractConflict } from "../catalogue.ts";
import { InvalidDefinition } from "../invalid-definition.ts";
import { parseDefinition } from "../parse-definition.ts";
import type { Execution, Reaction, StepKind } from "../definition.ts";
import type { Workflow } from "../workflow.ts";
import { isReference, ReferenceBook } from "./recorded-reference.ts";
import type { AnyMapping, Mapped, Mapping, Ref } from "./reference-type.ts";
import { type SchemaSource, type TypeOf, wireSchema } from "./schema-source.ts";
import type { Accepting, WorkerType } from "./worker-type.ts";

declare const runs: unique symbol;

/** A workflow that says what it takes and what its result is. */
export interface TypedWorkflow<Input = Json, Output = Json> extends Workflow {
  readonly [runs]?: (input: Input) => Output;
}

export interface WorkflowOptions<Input> {
  /** For people, from 1. Open runs keep the definition that they began with. */
  readonly version: number;
  /** Default: any. */
  readonly input?: Input;
  /** How long a run is kept after its end; then its id may be used again. Default 30d. */
  readonly retention?: Duration;
  /** How long the whole run may take; then it turns back. */
  readonly deadline?: Duration;
  /** `incident`: the deadline turns nothing back, it only tells an operator. */
  readonly onDeadline?: Reaction;
  /** `incident`: a run whose step has failed stands still before it turns back. */
  readonly onFailure?: Reaction;
  /** How long going back may take before an operator is told. */
  readonly compensationDeadline?: Duration;
  /** How long a step that is asked to stop may go on. Default 30s. */
  readonly cancelGrace?: Duration;
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

/** The step's own output may be missing when it is undone: it may be in doubt (definition.md, K6). */
type UndoMapping<UndoInput, StepOutput> =
  | NoInfer<Mapping<UndoInput>>
  | ((output: Ref<StepOutput | undefined>) => NoInfer<Mapping<UndoInput>>);

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
  readonly compensation?:
    | (Accepting<StepInput> & { readonly name: string; readonly contract: WorkerContract })
    | CompensationOptions<StepInput, StepOutput, UndoInput, UndoError>;
}

interface WithInput<StepInput> {
  /** A mapping; without one the worker is given the workflow's input. */
  readonly input: unknown extends StepInput ? AnyMapping : NoInfer<Mapping<StepInput>>;
}

/** What the block records with. */
export interface WorkflowRecorder<Input> {
  /** Id, uid, workflow and start of the run. */
  readonly run: Ref<{
    readonly id: string;
    readonly uid: string;
    readonly workflow: string;
    readonly startedAt: number;
  }>;

  /** By this name and value the run is found: `clew runs ls --filter 'customer:c42'`. */
  attribute(name: string, value: Ref<unknown>): void;

  /** At most so many runs are open whose key is the same; the others wait. The key comes from the input. */
  limit(key: Ref<unknown>, runs: number): void;

  /**
   * The next step of the sequence. Gives a reference to its output.
   *
   * @param name unique in the workflow: lower-case letters, digits, `_` and `-`
   */
  step<StepInput, StepOutput, ErrorCode extends string, UndoInput, UndoError extends string>(
    name: string,
    worker: WorkerType<StepInput, StepOutput, ErrorCode> & Accepting<unknown extends Input ? never : Input>,
    options?: StepOptions<NoInfer<StepInput>, NoInfer<StepOutput>, NoInfer<ErrorCode>, UndoInput, UndoError> & {
      readonly input?: undefined;
    },
  ): Ref<StepOutput>;
  step<StepInput, StepOutput, ErrorCode extends string, UndoInput, UndoError extends string>(
    name: string,
    worker: WorkerType<StepInput, StepOutput, ErrorCode>,
    options: StepOptions<NoInfer<StepInput>, NoInfer<StepOutput>, NoInfer<ErrorCode>, UndoInput, UndoError> &
      WithInput<StepInput>,
  ): Ref<StepOutput>;
}

/**
 * Declares a workflow. Throws `invalid_definition` with all that is wrong, `reference_misused`, `schema_unusable`.
 *
 * @example
 * export const trip = defineWorkflow("book_trip", { version: 1, input: Trip }, (w, trip) => {
 *   const flight = w.step("book_flight", bookFlight, { input: { to: trip.to }, compensation: cancelFlight });
 *   return { seat: flight.seat };
 * });
 */
export function defineWorkflow<const Schema extends SchemaSource = Record<never, never>, Result = void>(
  name: string,
  { version, input: inputSource, ...options }: WorkflowOptions<Schema>,
  block: (w: WorkflowRecorder<TypeOf<Schema>>, input: Ref<TypeOf<Schema>>) => Result,
): TypedWorkflow<TypeOf<Schema>, Mapped<Result>> {
  const recording = new Recording(name);
  const input = recording.book.root<TypeOf<Schema>>("input");
  const result: unknown = block(recording as unknown as WorkflowRecorder<TypeOf<Schema>>, input);
  refusePromise(name, result);
  const output = result === undefined ? {} : { output: recording.book.write(result) };
  recording.end();
  const inputSchema = inputSource === undefined ? {} : { inputSchema: wireSchema(inputSource, `the input of ${name}`) };
  const workers = Object.fromEntries(recording.contracts);
  const given = { ...definedOnly(options), ...recording.searched(), ...recording.limited };
  const object = { workflow: name, version, ...inputSchema, ...output, ...given, workers, steps: recording.steps };
  const parsed = parseDefinition({ object, name: `defineWorkflow(${JSON.stringify(name)})` });
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.workflow;
}

interface AnyOptions extends AttemptOptions<string> {
  readonly input?: unknown;
  readonly compensation?: AnyType | (AttemptOptions<string> & { readonly worker: AnyType; readonly input?: unknown });
}

interface AnyType {
  readonly name: string;
  readonly contract: WorkerContract;
}

class Recording {
  readonly book: ReferenceBook;
  readonly steps: JsonObject[] = [];
  readonly contracts = new Map<string, WorkerContract>();
  limited: JsonObject = {};
  private readonly attributes = new Map<string, Json>();
  readonly run: unknown;
  private readonly name: string;
  private hasEnded = false;

  constructor(name: string) {
    this.name = name;
    this.book = new ReferenceBook(name);
    this.run = this.book.root("run");
  }

  readonly step = (name: string, type: AnyType, options: AnyOptions = {}): unknown => {
    if (this.hasEnded) throw misplaced(this.name, name);
    const output = this.book.root(`steps.${name}.output`);
    const { input, compensation, ...attempt } = options;
    this.steps.push({
      step: name,
      worker: this.contractOf(type, `the step ${name}`),
      ...(input === undefined ? {} : { input: this.book.write(input) }),
      ...(attempt as JsonObject),
      ...(compensation === undefined ? {} : { compensation: this.undo(name, compensation, output) }),
    });
    return output;
  };

  readonly attribute = (name: string, value: unknown): void => {
    this.attributes.set(name, this.book.write(value));
  };

  readonly limit = (key: unknown, runs: number): void => {
    this.limited = { limit: { key: this.book.write(key), runs } };
  };

  searched(): JsonObject {
    return this.attributes.size === 0 ? {} : { attributes: Object.fromEntries(this.attributes) };
  }

  end(): void {
    this.hasEnded = true;
    this.book.close();
  }

  private undo(step: string, undo: NonNullable<AnyOptions["compensation"]>, output: unknown): JsonObject {
    const where = `the compensation of ${step}`;
    // Nobody checks types in a JavaScript program.
    if (typeof undo !== "object" || undo === null || !("worker" in undo))
      return { worker: this.contractOf(undo, where) };
    const { worker, input, ...attempt } = undo;
    // A reference is a function as well.
    const mapping: unknown = typeof input === "function" && !isReference(input) ? (input as UndoMapper)(output) : input;
    return {
      worker: this.contractOf(worker, where),
      ...(mapping === undefined ? {} : { input: this.book.write(mapping) }),
      ...(attempt as JsonObject),
    };
  }

  /** Gives the type's name, and keeps its contract for the catalogue. */
  private contractOf(type: AnyType, where: string): string {
    const { name, contract } = (type ?? {}) as Partial<AnyType>;
    if (typeof name !== "string" || typeof contract !== "object") {
      throw new ClewError("invalid_argument", `${where} of ${this.name} has no worker type`, {
        mend: 'Give what `workerType("…")` gives.',
      });
    }
    const known = this.contracts.get(name);
    if (known && known !== contract && canonicalJson(known as JsonObject) !== canonicalJson(contract as JsonObject))
      throw contractConflict(name);
    this.contracts.set(name, contract);
    return name;
  }
}

const definedOnly = (options: object): JsonObject =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

type UndoMapper = (output: unknown) => unknown;

const misplaced = (workflow: string, step: string): ClewError =>
  new ClewError("reference_misused", `the step ${step} comes after the block of ${workflow} has ended`, {
    mend: "Record all steps inside the block; it is not `async`, and keeps nothing for later.",
  });

function refusePromise(name: string, result: unknown): void {
  if (isReference(result) || !(result instanceof Promise)) return;
  result.catch(() => {});
  throw new ClewError("reference_misused", `the block of ${name} is async`, {
    mend: "A block records a workflow and waits for nothing: take `async` away.",
  });
}

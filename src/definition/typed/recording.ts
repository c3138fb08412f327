/**
 * What a block records when it runs: one sequence for the workflow, and one for each block in it, each with a recorder of
 * its own. Types are checked by the compiler (`recorder-type.ts`); here anything may come, from a JavaScript program.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import { ClewError } from "../../base/errors.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { contractConflict, type WorkerContract } from "../catalogue.ts";
import { nodeKindOf } from "../outline.ts";
import type { NodeKind } from "../vocabulary.ts";
import type { Expression } from "./expression.ts";
import { isReference, ReferenceBook } from "./recorded-reference.ts";

interface Conditional {
  readonly when?: Expression;
}

interface AnyOptions extends Conditional {
  readonly input?: unknown;
  readonly compensation?: AnyCompensation;
}

type AnyCompensation = AnyType | { readonly worker: AnyType; readonly input?: unknown };

interface AnyType {
  readonly name: string;
  readonly contract: WorkerContract;
}

type Block = (w: SequenceRecording, item?: unknown) => unknown;
type AnyCase = { readonly when: Expression; readonly steps: Block } | { readonly otherwise: Block };

/** What the sequences of one workflow share. */
class Shared {
  readonly workflow: string;
  readonly book: ReferenceBook;
  readonly contracts = new Map<string, WorkerContract>();

  constructor(workflow: string) {
    this.workflow = workflow;
    this.book = new ReferenceBook(workflow);
  }

  /** Gives the type's name, and keeps its contract for the catalogue. */
  contractOf(type: AnyType, where: string): string {
    const { name, contract } = (type ?? {}) as Partial<AnyType>;
    if (typeof name !== "string" || typeof contract !== "object") {
      throw new ClewError("invalid_argument", `${where} of ${this.workflow} has no worker type`, {
        mend: 'Give what `workerType("…")` gives.',
      });
    }
    const known = this.contracts.get(name);
    if (known && known !== contract && canonicalJson(known as JsonObject) !== canonicalJson(contract as JsonObject))
      throw contractConflict(name);
    this.contracts.set(name, contract);
    return name;
  }

  /** Those of its fields that there are, `when` and `input` as they stand in a definition. */
  written({ when, input, ...others }: Conditional & { readonly input?: unknown }): JsonObject {
    const fields: Record<string, unknown> = { ...others };
    if (when !== undefined) fields["when"] = this.book.writeExpression(when);
    if (input !== undefined) fields["input"] = this.book.write(input);
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
  }
}

class SequenceRecording {
  readonly nodes: JsonObject[] = [];
  readonly run: unknown;
  protected readonly shared: Shared;
  /** Those of the items around. */
  private readonly variables: readonly string[];
  /** Whether a block in it is being recorded, or it has ended. */
  private state: "open" | "inside" | "ended" = "open";

  constructor(shared: Shared, variables: readonly string[]) {
    this.shared = shared;
    this.variables = variables;
    this.run = shared.book.root("run");
  }

  readonly step = (name: string, type: AnyType, { compensation, ...options }: AnyOptions = {}): unknown => {
    const output = this.outputOf(name);
    const worker = this.shared.contractOf(type, `the step ${name}`);
    this.add("step", name, { worker, ...this.shared.written(options), ...this.undo(name, compensation, output) });
    return output;
  };

  readonly parallel = (name: string, branches: Readonly<Record<string, Block>>, options: Conditional = {}): unknown => {
    this.mustBeOpen(name);
    const recorded = Object.entries(branches).map(([branch, block]) => [branch, this.inside(block)] as const);
    const sequences = Object.fromEntries(recorded.map(([branch, { nodes }]) => [branch, nodes]));
    this.add("parallel", name, { ...this.shared.written(options), branches: sequences });
    return Object.fromEntries(recorded.map(([branch, { result }]) => [branch, result]));
  };

  readonly choose = (name: string, cases: readonly AnyCase[], options: Conditional = {}): unknown => {
    this.mustBeOpen(name);
    const recorded = cases.map((one) => {
      if ("otherwise" in one) return { condition: { otherwise: true }, ...this.inside(one.otherwise) };
      return { condition: this.shared.written({ when: one.when }), ...this.inside(one.steps) };
    });
    const written = recorded.map(({ condition, nodes }) => ({ ...condition, steps: nodes }));
    this.add("choose", name, { ...this.shared.written(options), cases: written });
    return recorded.map(({ result }) => result);
  };

  readonly forEach = (
    name: string,
    items: unknown,
    block: Block,
    { as = freeName(this.variables), ...options }: Conditional & { readonly as?: string } = {},
  ): unknown => {
    this.mustBeOpen(name);
    const { book } = this.shared;
    const written = { in: book.write(items), as, ...this.shared.written(options) };
    const { nodes, result } = this.inside((w) => block(w, book.root(as)), [...this.variables, as]);
    if (result !== undefined && !lastOutputs(nodes).includes(book.pathOf(result) ?? "")) throw notLast(name);
    this.add("forEach", name, { ...written, steps: nodes });
    return this.outputOf(name);
  };

  readonly loop = (
    name: string,
    block: Block,
    { until, ...options }: Conditional & { readonly until: (result: unknown) => Expression },
  ): unknown => {
    this.mustBeOpen(name);
    const { nodes, result } = this.inside(block);
    const end = this.shared.book.writeExpression(typeof until === "function" ? until(result) : until);
    this.add("loop", name, { ...this.shared.written(options), until: end, steps: nodes });
    return result;
  };

  readonly wait = (
    name: string,
    { until, payload: _, ...options }: Conditional & { readonly until?: unknown; readonly payload?: unknown },
  ): unknown => {
    const moment = until === undefined ? {} : { until: this.shared.book.write(until) };
    this.add("wait", name, { ...this.shared.written(options), ...moment });
    return this.outputOf(name);
  };

  readonly child = (
    name: string,
    workflow: { readonly name: string },
    { compensation, ...options }: AnyOptions = {},
  ): unknown => {
    const output = this.outputOf(name);
    this.add("child", name, {
      workflow: workflow.name,
      ...this.shared.written(options),
      ...this.undo(name, compensation, output),
    });
    return output;
  };

  readonly fail = (name: string, options: Conditional = {}): void => {
    this.add("fail", name, { ...this.shared.written(options) });
  };

  /** Nothing more is recorded in it. */
  end(): void {
    this.state = "ended";
  }

  private add(kind: NodeKind, name: string, fields: JsonObject): void {
    this.mustBeOpen(name);
    this.nodes.push({ [kind]: name, ...fields });
  }

  private mustBeOpen(name: string): void {
    if (this.state !== "open") throw misplaced(this.shared.workflow, name, this.state);
  }

  private outputOf(name: string): unknown {
    return this.shared.book.root(`steps.${name}.output`);
  }

  /** Runs a block with a recorder of its own. Whoever records with this one meanwhile means the other. */
  private inside(block: Block, variables = this.variables): { readonly nodes: readonly JsonObject[]; result: unknown } {
    const inner = new SequenceRecording(this.shared, variables);
    this.state = "inside";
    const result = block(inner);
    refusePromise(this.shared.workflow, result);
    inner.end();
    this.state = "open";
    return { nodes: inner.nodes, result };
  }

  private undo(step: string, undo: AnyCompensation | undefined, output: unknown): JsonObject {
    if (undo === undefined) return {};
    const where = `the compensation of ${step}`;
    // Nobody checks types in a JavaScript program.
    if (typeof undo !== "object" || undo === null || !("worker" in undo)) {
      return { compensation: { worker: this.shared.contractOf(undo, where) } };
    }
    const { worker, input, ...attempt } = undo;
    // A reference is a function as well.
    const mapping: unknown = typeof input === "function" && !isReference(input) ? (input as UndoMapper)(output) : input;
    const written = this.shared.written({ ...attempt, ...(mapping === undefined ? {} : { input: mapping }) });
    return { compensation: { worker: this.shared.contractOf(worker, where), ...written } };
  }
}

type UndoMapper = (output: unknown) => unknown;

/** The sequence of the workflow itself. */
export class WorkflowRecording extends SequenceRecording {
  private readonly attributes = new Map<string, Json>();
  private limited: JsonObject = {};

  constructor(workflow: string) {
    super(new Shared(workflow), []);
  }

  readonly attribute = (name: string, value: unknown): void => {
    this.attributes.set(name, this.shared.book.write(value));
  };

  readonly limit = (key: unknown, runs: number): void => {
    this.limited = { limit: { key: this.shared.book.write(key), runs } };
  };

  /** Runs the workflow's block, and gives what it says of the definition. */
  record(block: (w: WorkflowRecording, input: unknown) => unknown): JsonObject {
    const { book, contracts, workflow } = this.shared;
    const result = block(this, book.root("input"));
    refusePromise(workflow, result);
    const output = result === undefined ? {} : { output: book.write(result) };
    this.end();
    book.close();
    const attributes = this.attributes.size === 0 ? {} : { attributes: Object.fromEntries(this.attributes) };
    const workers = Object.fromEntries(contracts) as JsonObject;
    return { ...output, ...attributes, ...this.limited, workers, steps: this.nodes };
  }
}

/** One that hides no item around. */
function freeName(variables: readonly string[]): string {
  let name = "item";
  for (let count = 2; variables.includes(name); count++) name = `item${count}`;
  return name;
}

/** By which paths the last output of a sequence goes. */
function lastOutputs(nodes: readonly JsonObject[]): readonly string[] {
  const last = nodes.at(-1);
  const kind = last && nodeKindOf(last);
  const name = kind && last[kind];
  if (!last || typeof name !== "string") return [];
  const inner = kind === "loop" ? lastOutputs(last["steps"] as readonly JsonObject[]) : [];
  return [`steps.${name}.output`, ...inner];
}

const notLast = (name: string): ClewError =>
  new ClewError("reference_misused", `the block of ${name} gives something else than its last step's output`, {
    mend: "Give what the last step gives, or nothing: each item's output is that of its last step.",
  });

const misplaced = (workflow: string, step: string, state: "inside" | "ended" | "open"): ClewError =>
  state === "inside"
    ? new ClewError(
        "reference_misused",
        `${step} is recorded in a block of ${workflow}, but not by the block's own \`w\``,
        {
          mend: "Use the recorder that the block is given: `(w) => …`.",
        },
      )
    : new ClewError("reference_misused", `the step ${step} comes after the block of ${workflow} has ended`, {
        mend: "Record all steps inside the block; it is not `async`, and keeps nothing for later.",
      });

function refusePromise(name: string, result: unknown): void {
  if (isReference(result) || !(result instanceof Promise)) return;
  result.catch(() => {});
  throw new ClewError("reference_misused", `the block of ${name} is async`, {
    mend: "A block records a workflow and waits for nothing: take `async` away.",
  });
}

/** Paths: `input.items[0].sku`, `steps.pay.output`, `line.sku`, and fields and items of whatever is computed. */
import { isName } from "../../base/ids.ts";
import { nearest } from "../nearest.ts";
import { visibleRun } from "../scope.ts";
import { formatPath, shown, type ValuePath } from "../value-path.ts";
import type { Compiled, Compiling, ExpressionReference, Root, Stretch } from "./compiling.ts";
import type { Evaluation, Run } from "./evaluation.ts";
import type { Node } from "./parse-cel.ts";
import { Refusal } from "./refusal.ts";
import {
  any,
  fieldsOf,
  isKind,
  numberAsTyped,
  type StaticType,
  typeOfField,
  typeOfItem,
  typeOfSchema,
} from "./static-type.ts";
import { isList, isMap, kindNames, nameOfKind, type Value } from "./value.ts";

type Access = Extract<Node, { readonly op: "." | "[]" }>;

/** A node and the accesses that lead from it to another, the nearest first. */
interface Chain {
  readonly base: Node;
  readonly accesses: readonly Access[];
}

function chainOf(node: Node): Chain {
  const accesses: Access[] = [];
  let base = node;
  while (base.op === "." || base.op === "[]") {
    accesses.unshift(base);
    base = base.args[0];
  }
  return { base, accesses };
}

/** The key or index that an access writes down; `undefined` where it computes one. */
function writtenKey(access: Access): string | number | undefined {
  if (access.op === ".") return access.args[1];
  const [, index] = access.args;
  if (index.op !== "value") return undefined;
  if (typeof index.args === "string") return index.args;
  return typeof index.args === "bigint" ? Number(index.args) : undefined;
}

/** What the path begins with that is written down. */
function writtenPath({ base, accesses }: Chain): ValuePath {
  const path: (string | number)[] = base.op === "id" ? [base.args] : [];
  for (const access of accesses) {
    const key = writtenKey(access);
    if (key === undefined) break;
    path.push(key);
  }
  return path;
}

/** The path of a `has(…)` argument; `undefined` if it is none, or one in a comprehension's variable. */
export function guardedPath(node: Node): ValuePath | undefined {
  const chain = chainOf(node);
  const path = writtenPath(chain);
  return chain.base.op === "id" && path.length === chain.accesses.length + 1 ? path : undefined;
}

/** `has(path)`: false wherever the path ends early, also at a step without output. */
export function compileHas(call: Node, argument: Node, compiling: Compiling): Compiled {
  const path = guardedPath(argument);
  if (!path || path.length < 2) {
    const mend = "Write a path, such as `has(input.customer)` or `has(steps.pay.output)`.";
    return compiling.refuse("bad_expression", argument, "`has` takes a path to something that may be missing", mend);
  }
  const { run } = compiling.compile(argument, [path]);
  const found: Run = (evaluation) => {
    const value = run(evaluation);
    return value instanceof Refusal && value.isFinal ? value : !(value instanceof Refusal);
  };
  return { type: { kind: "boolean" }, run: found };
}

export function compilePath(node: Node, compiling: Compiling): Compiled {
  const chain = chainOf(node);
  const { base, accesses } = chain;
  compiling.nodes += accesses.length;
  if (base.op !== "id" || compiling.items.has(base.args)) return follow(compileBase(base, compiling), chain, compiling);
  const root = base.args;
  if (root === "steps" && hasRoot("steps", compiling)) return compileStep(node, chain, compiling);
  const start = startOf(root, base, compiling);
  if (!start) return unknownRoot(root, base, compiling);
  const [, ...rest] = writtenPath(chain);
  const from: ExpressionReference["path"] =
    root === "input" || root === "run" ? { from: root, rest } : { from: "variable", name: root, rest };
  note(from, [root, ...rest], node, compiling);
  return follow(start, { base, accesses }, compiling);
}

function compileBase(base: Node, compiling: Compiling): Compiled {
  const item = base.op === "id" ? compiling.items.get(base.args) : undefined;
  if (!item) return compiling.compile(base);
  const { slot, type } = item;
  return { type, run: ({ items }) => items[slot] ?? null };
}

const hasRoot = (root: Root, { options }: Compiling): boolean => (options.roots ?? allRoots).includes(root);
const allRoots: readonly Root[] = ["input", "steps", "run"];

const runType = typeOfSchema({
  type: "object",
  properties: {
    id: { type: "string" },
    uid: { type: "string" },
    workflow: { type: "string" },
    startedAt: { type: "integer" },
  },
  additionalProperties: false,
});

function startOf(root: string, base: Stretch, compiling: Compiling): Compiled | undefined {
  if (root === "input" && hasRoot("input", compiling)) {
    const type = typeOfSchema(compiling.options.inputSchema);
    return { type, run: ({ scope }) => numberAsTyped(scope.input, type, base), isData: true };
  }
  if (root === "run" && hasRoot("run", compiling)) {
    return { type: runType, run: ({ scope }) => visibleRun(scope), isData: true };
  }
  if (!compiling.hasVariable(root)) return undefined;
  const missing = new Refusal("reference_missing", "is not there", base);
  const run: Run = ({ scope }) => {
    const value = scope.variable?.(root);
    return value === undefined ? missing : value;
  };
  return { type: any, run, isData: true };
}

function unknownRoot(root: string, base: Node, compiling: Compiling): Compiled {
  const known = [...(compiling.options.roots ?? allRoots), ...compiling.variables, ...compiling.items.keys()];
  const meant = nearest(root, known);
  const mend = meant ? `Did you mean \`${meant}\`?` : `Begin with ${known.map((name) => `\`${name}\``).join(", ")}.`;
  return compiling.refuse("unknown_reference", base, `there is no \`${shown(root)}\` here`, mend);
}

function compileStep(node: Node, { base, accesses }: Chain, compiling: Compiling): Compiled {
  const [named, output] = accesses;
  const step = named && writtenKey(named);
  if (!named) {
    return compiling.refuse("bad_reference", base, "`steps` alone is no value", "Write `steps.<name>.output`.");
  }
  if (step === undefined) {
    const mend = "Write its name: `steps.<name>.output`.";
    return compiling.refuse("bad_reference", accessed(named), "a step cannot be computed", mend);
  }
  if (typeof step !== "string" || !isName(step)) {
    const mend = "Write `steps.<name>.output`.";
    return compiling.refuse("bad_reference", accessed(named), "after `steps` stands the name of a step", mend);
  }
  if (!output || writtenKey(output) !== "output") {
    const mend = `Write \`steps.${step}.output\`; a name with \`-\` is written \`steps["a-b"].output\`.`;
    return compiling.refuse(
      "bad_reference",
      output ? accessed(output) : node,
      "of a step there is only its output",
      mend,
    );
  }
  const rest = accesses.slice(2);
  note({ from: "step", step, rest: writtenPath({ base, accesses: rest }).slice(1) }, ["steps", step], node, compiling);
  const missing = new Refusal("reference_missing", `the step \`${step}\` has no output (yet)`, {
    start: node.start,
    end: output.end,
  });
  const run: Run = ({ scope }) => {
    const value = scope.outputOf(step);
    return value === undefined ? missing : value;
  };
  return follow({ type: any, run, isData: true }, { base, accesses: rest }, compiling);
}

function note(
  path: ExpressionReference["path"],
  whole: ValuePath,
  { start, end }: Stretch,
  compiling: Compiling,
): void {
  compiling.references.push({ path, offset: start, length: end - start, isGuarded: compiling.isGuarded(whole) });
}

/** The key of an access, without what it is a key of. */
function accessed(access: Access): Stretch {
  return access.op === "." ? { start: access.pos, end: access.end } : access.args[1];
}

/** One step along a path. */
interface Step {
  /** A key or an index as it is written, or how it is computed. */
  readonly key: string | bigint | Run;
  readonly type: StaticType;
  readonly place: Stretch;
}

function follow(start: Compiled, { accesses }: Chain, compiling: Compiling): Compiled {
  if (accesses.length === 0) return start;
  const steps: Step[] = [];
  let { type } = start;
  for (const access of accesses) {
    const step = compileStepAlong(type, access, compiling);
    steps.push(step);
    ({ type } = step);
  }
  return { ...start, type, run: (evaluation) => walk(start.run(evaluation), steps, evaluation) };
}

function compileStepAlong(holder: StaticType, access: Access, compiling: Compiling): Step {
  const place = { start: access.start, end: access.end };
  const index = access.op === "[]" ? compiling.compile(access.args[1]) : undefined;
  const key = access.op === "." ? access.args[1] : (index?.constant ?? index?.run ?? "");
  const kind = access.op === "." ? "text" : (index?.type.kind ?? "any");
  if (!isKind(holder, "list", "mapping")) {
    const what = `\`${compiling.sourceOf(access.args[0])}\` is ${nameOfStatic(holder)}, which has no fields`;
    compiling.refuse("wrong_type", accessed(access), what, "Leave the field out.");
    return { key, type: any, place };
  }
  if (isWrongKey(holder, kind)) {
    const what = `\`${compiling.sourceOf(access.args[0])}\` is ${nameOfStatic(holder)}, and this is no ${holder.kind === "list" ? "number of an item" : "name of a field"}`;
    const mend = holder.kind === "list" ? "Write `[0]` for the first item." : "Write `.name` for a field.";
    compiling.refuse("wrong_type", accessed(access), what, mend);
    return { key, type: any, place };
  }
  if (typeof key !== "string") return { key, type: holder.kind === "mapping" ? any : typeOfItem(holder), place };
  return { key, type: typeOfField(holder, key) ?? unknownField(holder, key, access, compiling), place };
}

function isWrongKey(holder: StaticType, kind: StaticType["kind"]): boolean {
  if (kind === "any") return false;
  if (holder.kind === "list") return kind !== "int" && kind !== "double";
  return holder.kind === "mapping" ? kind !== "text" : kind !== "text" && kind !== "int" && kind !== "double";
}

const nameOfStatic = ({ kind }: StaticType): string => (kind === "any" ? "any value" : kindNames[kind]);

function unknownField(holder: StaticType, key: string, access: Access, compiling: Compiling): StaticType {
  const meant = nearest(key, fieldsOf(holder));
  const known = fieldsOf(holder)
    .slice(0, 20)
    .map((field) => formatPath([field]));
  const mend = meant
    ? `Did you mean \`${meant}\`?`
    : `It has ${known.map((field) => `\`${field}\``).join(", ") || "none"}.`;
  const what = `\`${compiling.sourceOf(access.args[0])}\` has no field \`${shown(key)}\``;
  compiling.refuse("unknown_reference", accessed(access), what, mend);
  return any;
}

function walk(start: Value | Refusal, steps: readonly Step[], evaluation: Evaluation): Value | Refusal {
  let value = start;
  for (const { key, type, place } of steps) {
    if (value instanceof Refusal) return value;
    const asked = typeof key === "function" ? key(evaluation) : key;
    if (asked instanceof Refusal) return asked;
    const found = memberOf(value, asked);
    if (found === undefined) return nothingThere(value, key, place);
    value = found instanceof Refusal ? found.at(place) : numberAsTyped(found, type, place);
  }
  return value;
}

/** Own properties of mappings and items of lists only, so that no path reaches `constructor` or a list's `length`. */
function memberOf(holder: Value, key: Value): Value | Refusal | undefined {
  if (isList(holder) && (typeof key === "bigint" || typeof key === "number")) return holder[Number(key)];
  if (isMap(holder) && typeof key === "string") return Object.hasOwn(holder, key) ? holder[key] : undefined;
  const what = isList(holder) || isMap(holder) ? `is asked for ${nameOfKind(key)}` : "has no fields";
  return new Refusal("expression_type", `what it is read from is ${nameOfKind(holder)}, which ${what}`);
}

/** A key that is computed is data, and not said. */
function nothingThere(holder: Value, key: Step["key"], place: Stretch): Refusal {
  const what =
    typeof key === "function"
      ? "what is asked for"
      : typeof key === "bigint"
        ? `item ${key}`
        : `\`${formatPath([key])}\``;
  return new Refusal("reference_missing", `what it is read from is ${nameOfKind(holder)} without ${what}`, place);
}

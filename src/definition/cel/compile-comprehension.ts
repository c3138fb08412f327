/** `all`, `exists`, `exists_one`, `filter` and `map`. */
import { shown } from "../value-path.ts";
import type { Compiled, Compiling, ItemVariable, Stretch } from "./compiling.ts";
import type { Evaluation, Run } from "./evaluation.ts";
import { fence } from "./fence.ts";
import { keysOf } from "./operators.ts";
import type { Node } from "./parse-cel.ts";
import { Refusal } from "./refusal.ts";
import { isKind, numberAsTyped, type StaticType, typeOfItem } from "./static-type.ts";
import { isList, isMap, kindNames, nameOfKind, type Value, type ValueList } from "./value.ts";

export const macroNames = ["all", "exists", "exists_one", "filter", "map"] as const;
type MacroName = (typeof macroNames)[number];

const isMacro = (name: string): name is MacroName => (macroNames as readonly string[]).includes(name);

interface Loop {
  readonly items: Run;
  readonly variable: ItemVariable;
  /** Whether an item counts; of `map` without a filter there is none. */
  readonly condition: Run | undefined;
  readonly made: Run | undefined;
  /** Of the condition and of what is made, for one item. */
  readonly work: number;
  readonly place: Stretch;
}

/** `undefined` if it is none. */
export function compileComprehension(
  node: Extract<Node, { readonly op: "rcall" }>,
  compiling: Compiling,
): Compiled | undefined {
  const [name, receiver, parameters] = node.args;
  const [variable, ...bodies] = parameters;
  if (!isMacro(name)) return undefined;
  if (!variable || bodies.length < 1 || bodies.length > (name === "map" ? 2 : 1)) {
    const what = `\`${name}\` takes a name for the item and what is asked of it`;
    return compiling.refuse(
      "bad_expression",
      node,
      what,
      `Write it as in \`input.items.${name}(item, item.count > 0)\`.`,
    );
  }
  const list = compiling.compile(receiver);
  if (list.type.kind !== "any" && !isKind(list.type, "list", "mapping")) {
    const what = `\`${name}\` goes over a list or a mapping, and this is ${kindNames[list.type.kind]}`;
    return compiling.refuse("wrong_type", receiver, what, "Write a path to a list before it.");
  }
  const flaw = flawOfVariable(variable, compiling) ?? flawOfDepth(node, compiling);
  return flaw ?? compileLoop(name, list, variable, bodies, node, compiling);
}

function compileLoop(
  name: MacroName,
  list: Compiled,
  named: Node,
  bodies: readonly Node[],
  node: Node,
  compiling: Compiling,
): Compiled {
  const outer = compiling.items;
  const variable = { slot: outer.size, type: typeOfVisited(list.type) };
  const before = compiling.nodes;
  compiling.items = new Map([...outer, [named.op === "id" ? named.args : "", variable]]);
  const asked = bodies.slice(0, name === "map" ? -1 : undefined).map((body) => compileAsked(name, body, compiling));
  const made = name === "map" ? bodies.slice(-1).map((body) => compiling.compile(body))[0] : undefined;
  compiling.items = outer;
  const work = compiling.nodes - before + 1;
  const place = { start: node.start, end: node.end };
  const loop: Loop = { items: list.run, variable, condition: asked[0], made: made?.run, work, place };
  return { type: typeOfLoop(name, variable.type, made), run: loops[name](loop) };
}

/** What an item is asked: gives true, false or a refusal. */
function compileAsked(name: MacroName, body: Node, compiling: Compiling): Run {
  const { type, run } = compiling.compile(body);
  if (type.kind !== "any" && type.kind !== "boolean") {
    const what = `\`${name}\` asks whether something is so, and this is ${kindNames[type.kind]}`;
    return compiling.refuse("wrong_type", body, what, "Write a comparison.").run;
  }
  const { start, end } = body;
  return (evaluation) => {
    const value = run(evaluation);
    if (typeof value === "boolean" || value instanceof Refusal) return value;
    return new Refusal("expression_type", `is ${nameOfKind(value)}, and is asked whether it is so`, { start, end });
  };
}

/** Of a mapping the keys are visited, which are texts. */
function typeOfVisited(list: StaticType): StaticType {
  if (list.kind === "mapping") return { kind: "text" };
  const item = typeOfItem(list);
  return list.kind === "list" ? item : { ...item, kind: "any" };
}

function typeOfLoop(name: MacroName, item: StaticType, made: Compiled | undefined): StaticType {
  if (name === "map") return { kind: "list", item: made?.type };
  return name === "filter" ? { kind: "list", item } : { kind: "boolean" };
}

function flawOfVariable(variable: Node, compiling: Compiling): Compiled | undefined {
  const mend = "Write another name, such as `item`.";
  if (variable.op !== "id") return compiling.refuse("bad_expression", variable, "the item needs a name", mend);
  const name = variable.args;
  const taken = ["input", "steps", "run", ...compiling.variables, ...compiling.items.keys()];
  if (!taken.includes(name)) return undefined;
  return compiling.refuse("bad_expression", variable, `\`${shown(name)}\` already stands for something else`, mend);
}

function flawOfDepth(node: Node, compiling: Compiling): Compiled | undefined {
  if (compiling.items.size < fence.comprehensions) return undefined;
  const what = `comprehensions lie more than ${fence.comprehensions} deep inside one another`;
  return compiling.refuse("too_deep", node, what, "Compute the value in a worker, and refer to its output.");
}

type Loops = { readonly [name in MacroName]: (loop: Loop) => Run };

const loops: Loops = {
  all: (loop) => quantified(loop, false),
  exists: (loop) => quantified(loop, true),
  exists_one: (loop) => {
    const found = collected(loop);
    return (evaluation) => {
      const items = found(evaluation);
      return items instanceof Refusal ? items : items.length === 1;
    };
  },
  filter: (loop) => collected(loop),
  map: (loop) => collected(loop),
};

/** An item for which there is no answer matters only if no other item decides. */
function quantified({ items, variable, condition, work, place }: Loop, decisive: boolean): Run {
  return (evaluation) => {
    const list = listOf(items(evaluation), evaluation, place);
    if (list instanceof Refusal) return list;
    let undecided: Refusal | undefined;
    for (const item of list) {
      const held = visit(item, variable, condition, work, evaluation, place);
      if (held === decisive) return decisive;
      if (!(held instanceof Refusal)) continue;
      if (held.isFinal) return held;
      undecided ??= held;
    }
    return undecided ?? !decisive;
  };
}

/** The items that count, or what is made of each. */
function collected({ items, variable, condition, made, work, place }: Loop) {
  return (evaluation: Evaluation): ValueList | Refusal => {
    const list = listOf(items(evaluation), evaluation, place);
    if (list instanceof Refusal) return list;
    const result: Value[] = [];
    for (const item of list) {
      const counts = visit(item, variable, condition, work, evaluation, place);
      if (counts instanceof Refusal) return counts;
      if (counts !== true) continue;
      const value = made ? made(evaluation) : item;
      if (value instanceof Refusal) return value;
      result.push(value);
    }
    return result;
  };
}

function visit(
  item: Value,
  { slot, type }: ItemVariable,
  condition: Run | undefined,
  work: number,
  evaluation: Evaluation,
  place: Stretch,
): Value | Refusal {
  const spent = evaluation.spend(work);
  if (spent) return spent.at(place);
  const value = numberAsTyped(item, type, place);
  if (value instanceof Refusal) return value;
  evaluation.items[slot] = value;
  return condition ? condition(evaluation) : true;
}

function listOf(value: Value | Refusal, evaluation: Evaluation, place: Stretch): ValueList | Refusal {
  if (value instanceof Refusal) return value;
  const list = isMap(value) ? keysOf(value, evaluation) : isList(value) ? value : noList(value);
  if (list instanceof Refusal) return list.at(place);
  return list.length > fence.items ? tooManyItems.at(place) : list;
}

const noList = (value: Value): Refusal =>
  new Refusal("expression_type", `goes over a list or a mapping, and is given ${nameOfKind(value)}`);

const tooManyItems = new Refusal("expression_limit", `goes over more than ${fence.items} items`);

/**
 * From CEL's tree to functions that compute: in one pass the names, kinds and limits are checked, what is read is noted,
 * and each node becomes a closure. No code is generated, so nothing in an expression can become code.
 */
import type { ValuePath } from "../value-path.ts";
import { compilePath, guardedPath } from "./compile-access.ts";
import { compileGlobalCall, compileMethodCall } from "./compile-call.ts";
import { compileBinary, compileUnary } from "./compile-operator.ts";
import type { Compiled, Compiling } from "./compiling.ts";
import type { Run } from "./evaluation.ts";
import { fence } from "./fence.ts";
import type { Node } from "./parse-cel.ts";
import { Refusal } from "./refusal.ts";
import { eitherType, isKind, type StaticType } from "./static-type.ts";
import { kindNames, kindOfValue, nameOfKind, type Value } from "./value.ts";

export function compileCel(node: Node, compiling: Compiling): Compiled {
  switch (node.op) {
    case "value":
      return compileLiteral(node, node.args, compiling);
    case "id":
    case ".":
    case "[]":
      return compilePath(node, compiling);
    case "call":
      return compileGlobalCall(node, compiling);
    case "rcall":
      return compileMethodCall(node, compiling);
    case "list":
      return compileList(node.args, compiling);
    case "map":
      return compileMap(node, node.args, compiling);
    case "?:":
      return compileChoice(node.args, compiling);
    case "&&":
    case "||":
      return compileLogic(node.op === "||", node.args, compiling);
    case "!_":
    case "-_":
      return compileUnary(node, compiling);
    case ".?":
    case "[?]":
      return compiling.refuse("bad_expression", node, "optional access is not offered here", "Ask with `has(…)`.");
    default:
      return compileBinary(node, compiling);
  }
}

function compileLiteral(node: Node, value: unknown, compiling: Compiling): Compiled {
  const what = "this kind of literal is not offered here";
  const mend = "Write a number, a text in quotes, `true`, `false` or `null`.";
  if (typeof value === "object" && value !== null) return compiling.refuse("bad_expression", node, what, mend);
  if (typeof value === "bigint" && value > fence.largestInt) {
    const tooLarge = "a whole number beyond 2^53 is not kept exactly";
    return compiling.refuse("bad_expression", node, tooLarge, "Write it with a point, such as `1e20`, or as a text.");
  }
  const literal = value as null | boolean | bigint | number | string;
  if (typeof literal === "string" && !literal.isWellFormed()) {
    return compiling.refuse(
      "bad_expression",
      node,
      "the text holds half of a surrogate pair",
      "Write the whole character.",
    );
  }
  const compiled = { type: { kind: kindOfValue(literal) }, run: () => literal };
  return typeof literal === "string" || typeof literal === "bigint" ? { ...compiled, constant: literal } : compiled;
}

function compileList(nodes: readonly Node[], compiling: Compiling): Compiled {
  const items = nodes.map((node) => compiling.compile(node));
  const [first, ...rest] = items.map(({ type }) => type);
  const item = first && rest.reduce(eitherType, first);
  const run: Run = (evaluation) => {
    const list: Value[] = [];
    for (const { run: make } of items) {
      const value = make(evaluation);
      if (value instanceof Refusal) return value;
      list.push(value);
    }
    return list;
  };
  return { type: { kind: "list", item }, run };
}

function compileMap(node: Node, pairs: readonly (readonly [Node, Node])[], compiling: Compiling): Compiled {
  const entries = pairs.map(([key, value]) => [compiling.compile(key), compiling.compile(value)] as const);
  for (const [at, [{ type }]] of entries.entries()) {
    if (isKind(type, "text")) continue;
    return compiling.refuse(
      "wrong_type",
      pairs[at]?.[0] ?? node,
      "the key of a mapping is a text",
      'Write `{"key": value}`.',
    );
  }
  const { start, end } = node;
  const run: Run = (evaluation) => {
    const made = new Map<string, Value>();
    for (const [makeKey, makeValue] of entries) {
      const key = makeKey.run(evaluation);
      if (key instanceof Refusal) return key;
      const value = makeValue.run(evaluation);
      if (value instanceof Refusal) return value;
      if (typeof key !== "string") return keyFlaw(`and this is ${nameOfKind(key)}`).at({ start, end });
      if (key === "__proto__" || made.has(key)) return keyFlaw("never `__proto__`, and none twice").at({ start, end });
      made.set(key, value);
    }
    return Object.fromEntries(made);
  };
  return { type: { kind: "mapping" }, run };
}

const keyFlaw = (what: string): Refusal => new Refusal("expression_type", `the key of a mapping is a text, ${what}`);

function compileChoice([asked, first, second]: readonly [Node, Node, Node], compiling: Compiling): Compiled {
  const condition = compileCondition(asked, compiling);
  const then = compiling.compile(first, impliedBy(asked, true));
  const otherwise = compiling.compile(second, impliedBy(asked, false));
  const run: Run = (evaluation) => {
    const held = condition(evaluation);
    if (held instanceof Refusal) return held;
    return held === true ? then.run(evaluation) : otherwise.run(evaluation);
  };
  return { type: eitherType(then.type, otherwise.type), run };
}

/** Each side is heard: what decides on one side makes up for a value that the other lacks. */
function compileLogic(decisive: boolean, [left, right]: readonly [Node, Node], compiling: Compiling): Compiled {
  const first = compileCondition(left, compiling, impliedBy(right, !decisive));
  const second = compileCondition(right, compiling, impliedBy(left, !decisive));
  const run: Run = (evaluation) => {
    const a = first(evaluation);
    if (a === decisive || (a instanceof Refusal && a.isFinal)) return a;
    const b = second(evaluation);
    if (b === decisive || (b instanceof Refusal && b.isFinal)) return b;
    return a instanceof Refusal ? a : b;
  };
  return { type: boolean, run };
}

const boolean: StaticType = { kind: "boolean" };

/** Gives true, false or a refusal. */
export function compileCondition(node: Node, compiling: Compiling, guards: readonly ValuePath[] = []): Run {
  const { type, run } = compiling.compile(node, guards);
  if (type.kind !== "any" && type.kind !== "boolean") {
    const what = `\`${compiling.sourceOf(node)}\` is ${kindNames[type.kind]}, and a condition is true or false`;
    return compiling.refuse("wrong_type", node, what, "Write a comparison, such as `input.total > 100`.").run;
  }
  if (type.kind === "boolean") return run;
  const { start, end } = node;
  return (evaluation) => {
    const value = run(evaluation);
    if (typeof value === "boolean" || value instanceof Refusal) return value;
    return new Refusal("expression_type", `is ${nameOfKind(value)}, and a condition is true or false`, { start, end });
  };
}

/** The paths that `has(…)` must have found, if the condition came out so. */
function impliedBy(node: Node, outcome: boolean): readonly ValuePath[] {
  if (node.op === "!_") return impliedBy(node.args, !outcome);
  if (node.op === (outcome ? "&&" : "||")) {
    const [left, right] = node.args as readonly [Node, Node];
    return [...impliedBy(left, outcome), ...impliedBy(right, outcome)];
  }
  const argument = outcome && node.op === "call" && node.args[0] === "has" ? node.args[1][0] : undefined;
  const path = argument && guardedPath(argument);
  return path ? [path] : [];
}

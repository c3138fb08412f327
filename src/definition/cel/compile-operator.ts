/** The operators that compute or compare: what is known of their sides is checked, the rest when they run. */
import type { Compiled, Compiling } from "./compiling.ts";
import type { Evaluation, Run } from "./evaluation.ts";
import { arithmetic, equal, inOrder, isIn, negative } from "./operators.ts";
import type { Node } from "./parse-cel.ts";
import { Refusal } from "./refusal.ts";
import { isKind, isNumeric, type StaticType } from "./static-type.ts";
import { kindNames, nameOfKind, type Value } from "./value.ts";

type Unary = Extract<Node, { readonly op: "!_" | "-_" }>;
type Binary = Extract<
  Node,
  { readonly op: "+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=" | "==" | "!=" | "in" }
>;

export function compileUnary(node: Unary, compiling: Compiling): Compiled {
  const { type, run } = compiling.compile(node.args);
  const isFit = node.op === "!_" ? isKind(type, "boolean") : isNumeric(type);
  if (!isFit) {
    const sign = node.op === "!_" ? "!" : "-";
    const mend = sign === "!" ? "Write a condition after it." : "Write a number after it.";
    return compiling.refuse("wrong_type", node, `\`${sign}\` does not take ${nameOf(type)}`, mend);
  }
  const apply = node.op === "!_" ? not : negative;
  const { start, end } = node;
  const applied: Run = (evaluation) => {
    const value = run(evaluation);
    if (value instanceof Refusal) return value;
    const result = apply(value);
    return result instanceof Refusal ? result.at({ start, end }) : result;
  };
  return { type: node.op === "!_" ? { kind: "boolean" } : type, run: applied };
}

const not = (value: Value): Value | Refusal =>
  typeof value === "boolean" ? !value : new Refusal("expression_type", `\`!\` does not take ${nameOfKind(value)}`);

const nameOf = ({ kind }: StaticType): string => (kind === "any" ? "any value" : kindNames[kind]);

export function compileBinary(node: Binary, compiling: Compiling): Compiled {
  const [leftNode, rightNode] = node.args;
  const left = compiling.compile(leftNode);
  const right = compiling.compile(rightNode);
  const { type, apply, mend } = operatorOf(node.op, left.type, right.type);
  if (!type) {
    const what = `\`${node.op}\` does not take ${nameOf(left.type)} and ${nameOf(right.type)}`;
    return compiling.refuse("wrong_type", node, what, mend);
  }
  const { start, end } = node;
  const run: Run = (evaluation) => {
    const a = left.run(evaluation);
    if (a instanceof Refusal) return a;
    const b = right.run(evaluation);
    if (b instanceof Refusal) return b;
    const result = apply(a, b, evaluation);
    return result instanceof Refusal ? result.at({ start, end }) : result;
  };
  return { type, run };
}

interface Operator {
  /** Of the result; `undefined` if the sides do not fit. */
  readonly type: StaticType | undefined;
  readonly apply: (a: Value, b: Value, evaluation: Evaluation) => Value | Refusal;
  readonly mend: string;
}

const boolean: StaticType = { kind: "boolean" };

function operatorOf(operator: Binary["op"], a: StaticType, b: StaticType): Operator {
  switch (operator) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return {
        type: typeOfArithmetic(operator === "+", a, b),
        apply: (left, right, evaluation) => arithmetic(operator, left, right, evaluation),
        mend:
          operator === "+"
            ? "Make a text of a number with `string(…)`, or a number of a text with `double(…)`."
            : "Make a number of a text with `double(…)`.",
      };
    case "<":
    case "<=":
    case ">":
    case ">=":
      return {
        type: (isNumeric(a) && isNumeric(b)) || (isKind(a, "text") && isKind(b, "text")) ? boolean : undefined,
        apply: (left, right, evaluation) => inOrder(operator, left, right, evaluation),
        mend: "Compare two numbers, or two texts.",
      };
    case "==":
    case "!=":
      return {
        type: mayBeEqual(a, b) ? boolean : undefined,
        apply: operator === "==" ? equal : unequal,
        mend: "They would never be equal: compare values of one kind.",
      };
    case "in":
      return {
        type: isKind(b, "list", "mapping") ? boolean : undefined,
        apply: isIn,
        mend: "Write a list or a mapping after `in`; of a text ask `text.contains(part)`.",
      };
  }
}

function unequal(a: Value, b: Value, evaluation: Evaluation): Value | Refusal {
  const same = equal(a, b, evaluation);
  return same instanceof Refusal ? same : !same;
}

function typeOfArithmetic(isSum: boolean, a: StaticType, b: StaticType): StaticType | undefined {
  if (isSum && isKind(a, "text") && isKind(b, "text")) return a.kind === b.kind ? a : either(a, b);
  if (isSum && isKind(a, "list") && isKind(b, "list")) return { kind: "list" };
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  if (a.kind === "int" && b.kind === "int") return { kind: "int" };
  return a.kind === "double" || b.kind === "double" ? { kind: "double" } : { kind: "any" };
}

/** Of a sum of which one side is known: both are of that kind. */
const either = (a: StaticType, b: StaticType): StaticType => ({ kind: a.kind === "any" ? b.kind : a.kind });

function mayBeEqual(a: StaticType, b: StaticType): boolean {
  if (a.kind === "any" || b.kind === "any" || a.kind === "null" || b.kind === "null" || a.kind === b.kind) return true;
  return isNumeric(a) && isNumeric(b);
}

/**
 * The operators on values. Beyond CEL they take ints and doubles mixed, as doubles: JSON does not tell them apart, and
 * `input.total > 100` has to mean what it says. What CEL has, means what it means there.
 */
import type { Evaluation } from "./evaluation.ts";
import { fence } from "./fence.ts";
import { Refusal } from "./refusal.ts";
import { isList, isMap, isNumber, nameOfKind, type Value, type ValueList, type ValueMap } from "./value.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type OrderOperator = "<" | "<=" | ">" | ">=";

const divisionByZero = new Refusal("expression_number", "divides by zero");
const notFinite = new Refusal("expression_number", "is larger than a number can be");
const intTooLarge = new Refusal("expression_number", "is a whole number beyond 2^53, which JSON does not keep");
const tooDeep = new Refusal("expression_limit", `lies more than ${fence.valueDepth} deep`);
const tooManyItems = new Refusal("expression_limit", `makes a list of more than ${fence.items} items`);
const tooLongText = new Refusal("expression_limit", `makes a text of more than ${fence.madeText} characters`);

export function arithmetic(operator: ArithmeticOperator, a: Value, b: Value, evaluation: Evaluation): Value | Refusal {
  if (typeof a === "bigint" && typeof b === "bigint") return intArithmetic(operator, a, b);
  if (isNumber(a) && isNumber(b)) return doubleArithmetic(operator, Number(a), Number(b));
  if (operator === "+" && typeof a === "string" && typeof b === "string") {
    return madeText(a.length + b.length, () => a + b, evaluation);
  }
  if (operator === "+" && isList(a) && isList(b)) return madeList(a.length + b.length, () => [...a, ...b], evaluation);
  return new Refusal("expression_type", `\`${operator}\` does not take ${nameOfKind(a)} and ${nameOfKind(b)}`);
}

function intArithmetic(operator: ArithmeticOperator, a: bigint, b: bigint): bigint | Refusal {
  switch (operator) {
    case "+":
      return safeInt(a + b);
    case "-":
      return safeInt(a - b);
    case "*":
      return safeInt(a * b);
    case "/":
      return b === 0n ? divisionByZero : safeInt(a / b);
    case "%":
      return b === 0n ? divisionByZero : a % b;
  }
}

function doubleArithmetic(operator: ArithmeticOperator, a: number, b: number): number | Refusal {
  switch (operator) {
    case "+":
      return finite(a + b);
    case "-":
      return finite(a - b);
    case "*":
      return finite(a * b);
    case "/":
      return b === 0 ? divisionByZero : finite(a / b);
    case "%":
      return b === 0 ? divisionByZero : finite(a % b);
  }
}

export const safeInt = (value: bigint): bigint | Refusal =>
  value > fence.largestInt || value < fence.smallestInt ? intTooLarge : value;

export const finite = (value: number): number | Refusal => (Number.isFinite(value) ? value : notFinite);

/** A whole number becomes an int; what is none stays what it is. */
export const asInt = (value: Value): Value | Refusal =>
  typeof value !== "number" || !Number.isInteger(value)
    ? value
    : Number.isSafeInteger(value)
      ? BigInt(value)
      : intTooLarge;

export function negative(value: Value): Value | Refusal {
  return isNumber(value) ? -value : new Refusal("expression_type", `\`-\` does not take ${nameOfKind(value)}`);
}

export function inOrder(operator: OrderOperator, a: Value, b: Value, evaluation: Evaluation): Value | Refusal {
  if (typeof a === "string" && typeof b === "string") {
    return evaluation.spend(workOfText(Math.min(a.length, b.length))) ?? isInOrder(operator, a, b);
  }
  if (isNumber(a) && isNumber(b)) return isInOrder(operator, a, b);
  return new Refusal("expression_type", `\`${operator}\` does not take ${nameOfKind(a)} and ${nameOfKind(b)}`);
}

function isInOrder<T extends string | bigint | number>(operator: OrderOperator, a: T, b: T): boolean {
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

/** Values of two kinds are not equal; an int and a double are, if they are the same number. */
export function equal(a: Value, b: Value, evaluation: Evaluation, depth = 0): boolean | Refusal {
  if (typeof a === "string" && typeof b === "string") {
    if (a.length !== b.length) return false;
    return evaluation.spend(workOfText(a.length)) ?? a === b;
  }
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  if (a === b) return true;
  if (depth > fence.valueDepth) return tooDeep;
  if (isList(a) && isList(b)) return equalLists(a, b, evaluation, depth);
  return isMap(a) && isMap(b) && equalMaps(a, b, evaluation, depth);
}

function equalLists(a: ValueList, b: ValueList, evaluation: Evaluation, depth: number): boolean | Refusal {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    const same = evaluation.spend(workOfItem) ?? equal(a[at] ?? null, b[at] ?? null, evaluation, depth + 1);
    if (same !== true) return same;
  }
  return true;
}

function equalMaps(a: ValueMap, b: ValueMap, evaluation: Evaluation, depth: number): boolean | Refusal {
  const keys = keysOf(a, evaluation);
  if (keys instanceof Refusal) return keys;
  const others = keysOf(b, evaluation);
  if (others instanceof Refusal) return others;
  if (keys.length !== others.length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false;
    const same = evaluation.spend(workOfItem) ?? equal(a[key] ?? null, b[key] ?? null, evaluation, depth + 1);
    if (same !== true) return same;
  }
  return true;
}

export function isIn(value: Value, holder: Value, evaluation: Evaluation): Value | Refusal {
  if (isList(holder)) {
    for (const item of holder) {
      const same = evaluation.spend(workOfItem) ?? equal(value, item, evaluation);
      if (same !== false) return same;
    }
    return false;
  }
  if (!isMap(holder)) return new Refusal("expression_type", `\`in\` does not look into ${nameOfKind(holder)}`);
  return typeof value === "string" && Object.hasOwn(holder, value);
}

/** An engine makes the list of all keys, in order, even if only the first is wanted. */
export function keysOf(value: ValueMap, evaluation: Evaluation): readonly string[] | Refusal {
  const keys = Object.keys(value);
  return evaluation.spend(keys.length * workOfKey) ?? keys;
}

export function madeText(length: number, make: () => string, evaluation: Evaluation): string | Refusal {
  if (length > fence.madeText) return tooLongText;
  return evaluation.spend(workOfText(length) * workOfMaking) ?? make();
}

export function madeList<T>(length: number, make: () => readonly T[], evaluation: Evaluation): readonly T[] | Refusal {
  return length > fence.items ? tooManyItems : (evaluation.spend(length) ?? make());
}

/** Measured; in the units of `fence.work`. */
export const workOfItem = 2;
export const workOfKey = 4;
const workOfMaking = 8;
export const workOfText = (length: number): number => 1 + length / 32;

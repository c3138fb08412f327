/**
 * The keywords that look at one value as a whole. Each says what the value must be, if it is not so. Operands have
 * passed `check-schema.ts`; a keyword for another type than the value's says nothing, as JSON Schema has it.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import { isJsonList, isJsonObject, type Json } from "../../base/json.ts";
import { kindOf } from "../value-kind.ts";
import { shown } from "../value-path.ts";
import { isMultiple } from "./decimal.ts";
import { jsonEqual } from "./json-equal.ts";
import type { TypeName } from "./keyword.ts";

export type Assertion = (operand: Json, value: Json) => string | undefined;

const kinds: Readonly<Record<TypeName, string>> = {
  null: "null",
  boolean: "a boolean",
  integer: "a whole number",
  number: "a number",
  string: "a text",
  array: "a list",
  object: "a mapping",
};

interface Bound {
  readonly holds: (operand: number, size: number) => boolean;
  readonly wording: string;
}

const atLeast: Bound = { holds: (operand, size) => size >= operand, wording: "at least" };
const atMost: Bound = { holds: (operand, size) => size <= operand, wording: "at most" };

export const assertions: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ["type", mustHaveType],
  ["enum", mustBeListed],
  ["const", (operand, value) => (jsonEqual(operand, value) ? undefined : `must be ${display(operand)}`)],
  ["multipleOf", ofNumber((operand, value) => isMultiple(value, operand), "must be a multiple of")],
  ["minimum", ofNumber((operand, value) => value >= operand, "must be at least")],
  ["maximum", ofNumber((operand, value) => value <= operand, "must be at most")],
  ["exclusiveMinimum", ofNumber((operand, value) => value > operand, "must be more than")],
  ["exclusiveMaximum", ofNumber((operand, value) => value < operand, "must be less than")],
  ["minLength", ofSize(lengthOf, atLeast, "characters")],
  ["maxLength", ofSize(lengthOf, atMost, "characters")],
  ["minItems", ofSize(itemsOf, atLeast, "items")],
  ["maxItems", ofSize(itemsOf, atMost, "items")],
  ["minProperties", ofSize(propertiesOf, atLeast, "fields")],
  ["maxProperties", ofSize(propertiesOf, atMost, "fields")],
  ["uniqueItems", mustNotRepeat],
]);

function mustHaveType(operand: Json, value: Json): string | undefined {
  if (typeof operand === "string" && hasType(operand as TypeName, value)) return undefined;
  const wanted = (isJsonList(operand) ? operand : [operand]) as readonly TypeName[];
  if (wanted.some((type) => hasType(type, value))) return undefined;
  return `must be ${wanted.map((type) => kinds[type]).join(" or ")}, and is ${kindOf(value)}`;
}

function hasType(type: TypeName, value: Json): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "array":
      return isJsonList(value);
    case "object":
      return isJsonObject(value);
    default:
      return typeof value === type;
  }
}

function mustBeListed(operand: Json, value: Json): string | undefined {
  const listed = operand as readonly Json[];
  if (listed.some((one) => jsonEqual(one, value))) return undefined;
  return `must be one of ${shown(listed.map((one) => JSON.stringify(one)).join(", "))}`;
}

function mustNotRepeat(operand: Json, value: Json): string | undefined {
  if (operand !== true || !isJsonList(value)) return undefined;
  const items = new Set(value.map((item: Json) => canonicalJson(item)));
  return items.size === value.length ? undefined : "must not hold the same item twice";
}

function ofNumber(holds: (operand: number, value: number) => boolean, wording: string): Assertion {
  return (operand, value) =>
    typeof value !== "number" || holds(operand as number, value) ? undefined : `${wording} ${display(operand)}`;
}

function ofSize(sizeOf: (value: Json) => number | undefined, bound: Bound, what: string): Assertion {
  return (operand, value) => {
    const size = sizeOf(value);
    if (size === undefined || bound.holds(operand as number, size)) return undefined;
    return `must have ${bound.wording} ${display(operand)} ${what}, and has ${size}`;
  };
}

/** In code points, as JSON Schema counts. */
function lengthOf(value: Json): number | undefined {
  if (typeof value !== "string") return undefined;
  let length = value.length;
  for (let at = 1; at < value.length; at++) {
    if (isLow(value.charCodeAt(at)) && isHigh(value.charCodeAt(at - 1))) length--;
  }
  return length;
}

/** The two halves of a code point beyond 16 bits. */
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function itemsOf(value: Json): number | undefined {
  return isJsonList(value) ? value.length : undefined;
}

function propertiesOf(value: Json): number | undefined {
  return isJsonObject(value) ? Object.keys(value).length : undefined;
}

const display = (operand: Json): string => shown(JSON.stringify(operand));

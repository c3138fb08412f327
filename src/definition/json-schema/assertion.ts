/**
 * The keywords that look at one value as a whole. Each says what the value must be, if it is not so; never the value,
 * and of a secret one neither what it could be nor how large it is. Operands have passed `check-schema.ts`; a keyword
 * for another type than the value's says nothing, as JSON Schema has it.
 */
import { isJsonList, isJsonObject, type Json } from "../../base/json.ts";
import { kindOf } from "../value-kind.ts";
import { shown } from "../value-path.ts";
import { isMultiple } from "./decimal.ts";
import { holdsTwice } from "./holds-twice.ts";
import { jsonEqual } from "./json-equal.ts";
import type { TypeName } from "./keyword.ts";
import { Pattern } from "./pattern/pattern.ts";
import type { Work } from "./work.ts";

/** Where the value is that is looked at. */
export interface Place {
  readonly work: Work;
  /** Whether the value is sensitive, or has sensitive parts. It takes some work, so it is asked on a mismatch only. */
  isSecret(): boolean;
}

/** Gives what the value must be, unless it is so. */
export type Check = (value: Json, place: Place) => string | undefined;

/** From a keyword's operand, once for each schema, to what is done for each value. */
export type Assertion = (operand: Json) => Check;

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
  ["const", mustBe],
  ["multipleOf", ofNumber(isMultipleOf, "must be a multiple of")],
  ["minimum", ofNumber((value, operand) => value >= operand, "must be at least")],
  ["maximum", ofNumber((value, operand) => value <= operand, "must be at most")],
  ["exclusiveMinimum", ofNumber((value, operand) => value > operand, "must be more than")],
  ["exclusiveMaximum", ofNumber((value, operand) => value < operand, "must be less than")],
  ["minLength", ofSize(lengthOf, atLeast, "characters")],
  ["maxLength", mustBeShort],
  ["pattern", mustMatch],
  ["minItems", ofSize(itemsOf, atLeast, "items")],
  ["maxItems", ofSize(itemsOf, atMost, "items")],
  ["minProperties", ofSize(propertiesOf, atLeast, "fields")],
  ["maxProperties", ofSize(propertiesOf, atMost, "fields")],
  ["uniqueItems", mustNotRepeat],
]);

function mustHaveType(operand: Json): Check {
  const wanted = (isJsonList(operand) ? operand : [operand]) as readonly TypeName[];
  const wording = `must be ${wanted.map((type) => kinds[type]).join(" or ")}, and is`;
  const tests = wanted.map((type) => typeTests[type]);
  const [only, ...others] = tests;
  // A closure for each value would be the greater part of asking for its type.
  const fits = only && others.length === 0 ? only : (value: Json) => tests.some((test) => test(value));
  return (value) => (fits(value) ? undefined : `${wording} ${kindOf(value)}`);
}

const typeTests: Readonly<Record<TypeName, (value: Json) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  array: (value) => isJsonList(value),
  object: (value) => isJsonObject(value),
};

function mustBeListed(operand: Json): Check {
  const listed = operand as readonly Json[];
  return (value, place) => {
    place.work.spend(listed.length * stepsOfListed);
    if (listed.some((one) => jsonEqual(one, value, place.work))) return undefined;
    if (listed.length === 0) return "is not allowed";
    return place.isSecret() ? "must be one of the values that are allowed" : `must be one of ${listing(listed)}`;
  };
}

/** What `jsonEqual` does not count: it takes a few nanoseconds to see that a number or a short text is another. */
const stepsOfListed = 1 / 16;

/** No more than what is shown: the list may hold a hundred thousand. */
function listing(values: readonly Json[]): string {
  let text = "";
  for (const value of values) {
    if (text.length > 100) break;
    text += `${text === "" ? "" : ", "}${JSON.stringify(value)}`;
  }
  return shown(text);
}

function mustBe(operand: Json): Check {
  return (value, place) => {
    if (jsonEqual(operand, value, place.work)) return undefined;
    return place.isSecret() ? "must be the one value that is allowed" : `must be ${display(operand)}`;
  };
}

function mustMatch(operand: Json): Check {
  const pattern = new Pattern(operand as string);
  return (value, { work }) => {
    if (typeof value !== "string" || pattern.matches(value, work)) return undefined;
    return `must match the pattern \`${shown(pattern.source)}\``;
  };
}

function mustNotRepeat(operand: Json): Check {
  return (value, { work }) =>
    operand === true && isJsonList(value) && holdsTwice(value, work) ? "must not hold the same item twice" : undefined;
}

function ofNumber(holds: (value: number, operand: number, work: Work) => boolean, wording: string): Assertion {
  return (operand) =>
    (value, { work }) =>
      typeof value !== "number" || holds(value, operand as number, work) ? undefined : `${wording} ${display(operand)}`;
}

function isMultipleOf(value: number, operand: number, work: Work): boolean {
  work.spend(stepsOfMultiple);
  return isMultiple(value, operand);
}

/** It makes whole numbers of hundreds of digits where the exponents are far apart. */
const stepsOfMultiple = 8;

function ofSize(sizeOf: (value: Json, work: Work) => number | undefined, bound: Bound, what: string): Assertion {
  return (operand) => (value, place) => {
    const size = sizeOf(value, place.work);
    if (size === undefined || bound.holds(operand as number, size)) return undefined;
    const wanted = `must have ${bound.wording} ${display(operand)} ${what}`;
    return place.isSecret() ? wanted : `${wanted}, and has ${size}`;
  };
}

/** A text has no more characters than units, so that few texts have to be counted. */
function mustBeShort(operand: Json): Check {
  const counted = ofSize(lengthOf, atMost, "characters")(operand);
  return (value, place) =>
    typeof value !== "string" || value.length <= (operand as number) ? undefined : counted(value, place);
}

/** In code points, as JSON Schema counts. */
function lengthOf(value: Json, work: Work): number | undefined {
  if (typeof value !== "string") return undefined;
  work.spend(value.length * stepsOfCharacter);
  let length = value.length;
  for (let at = 1; at < value.length; at++) {
    if (isLow(value.charCodeAt(at)) && isHigh(value.charCodeAt(at - 1))) length--;
  }
  return length;
}

const stepsOfCharacter = 1 / 256;

/** The two halves of a code point beyond 16 bits. */
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function itemsOf(value: Json): number | undefined {
  return isJsonList(value) ? value.length : undefined;
}

function propertiesOf(value: Json, work: Work): number | undefined {
  if (!isJsonObject(value)) return undefined;
  const count = Object.keys(value).length;
  work.spend(count * stepsOfField);
  return count;
}

const stepsOfField = 1 / 4;

const display = (operand: Json): string => shown(JSON.stringify(operand));

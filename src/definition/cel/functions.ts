/** CEL's functions, as far as they are offered: a row for each, by which it is checked and run. */
import type { Evaluation } from "./evaluation.ts";
import { fence } from "./fence.ts";
import { asInt, finite, keysOf, madeList, madeText, safeInt, workOfText } from "./operators.ts";
import { Refusal } from "./refusal.ts";
import type { StaticType } from "./static-type.ts";
import { isList, isMap, type Kind, nameOfKind, type Value } from "./value.ts";

export interface CelFunction {
  /** What it takes; a method's first is what it is called on. */
  readonly takes: readonly (readonly Kind[])[];
  readonly gives: StaticType;
  readonly example: string;
  /** Only with values of the kinds that it takes. */
  readonly run: (values: readonly Value[], evaluation: Evaluation) => Value | Refusal;
}

const text: readonly Kind[] = ["text"];
const texts: StaticType = { kind: "list", item: { kind: "text" } };

const size: CelFunction = {
  takes: [["text", "list", "mapping"]],
  gives: { kind: "int" },
  example: "size(input.items)",
  run: ([value = null], evaluation) => {
    if (isList(value)) return BigInt(value.length);
    if (typeof value === "string") return evaluation.spend(workOfText(value.length) * 4) ?? BigInt(codePoints(value));
    const keys = isMap(value) ? keysOf(value, evaluation) : [];
    return keys instanceof Refusal ? keys : BigInt(keys.length);
  },
};

/** Of a scalar. */
const asTextOf = (value: Value): string => (typeof value === "object" ? "" : String(value));

function codePoints(value: string): number {
  let count = value.length;
  for (let at = 1; at < value.length; at++) {
    if ((value.charCodeAt(at) & 0xfc00) === 0xdc00 && (value.charCodeAt(at - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/** Called as `name(value)`. */
export const globalFunctions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ["size", size],
  [
    "int",
    {
      takes: [["int", "double", "text"]],
      gives: { kind: "int" },
      example: "int(input.count)",
      run: ([v = null]) => toInt(v),
    },
  ],
  [
    "double",
    {
      takes: [["int", "double", "text"]],
      gives: { kind: "double" },
      example: "double(input.count)",
      run: ([value = null]) => toDouble(value),
    },
  ],
  [
    "string",
    {
      takes: [["int", "double", "text", "boolean"]],
      gives: { kind: "text" },
      example: "string(input.count)",
      run: ([value = null]) => asTextOf(value),
    },
  ],
]);

/** Called as `value.name(…)`. */
export const methods: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ["size", size],
  ["contains", search("contains", (value, sought) => value.includes(sought))],
  ["startsWith", search("startsWith", (value, sought) => value.startsWith(sought))],
  ["endsWith", search("endsWith", (value, sought) => value.endsWith(sought))],
  ["lowerAscii", change("lowerAscii", (value) => value.replaceAll(/[A-Z]+/g, (found) => found.toLowerCase()))],
  ["upperAscii", change("upperAscii", (value) => value.replaceAll(/[a-z]+/g, (found) => found.toUpperCase()))],
  ["trim", change("trim", (value) => value.trim())],
  [
    "split",
    {
      takes: [text, text],
      gives: texts,
      example: 'input.tags.split(",")',
      run: ([value, separator], evaluation) => split(asText(value), asText(separator), evaluation),
    },
  ],
  [
    "join",
    {
      takes: [["list"], text],
      gives: { kind: "text" },
      example: 'input.tags.join(",")',
      run: ([list = [], separator], evaluation) => join(isList(list) ? list : [], asText(separator), evaluation),
    },
  ],
]);

/** Those of the row have been checked. */
const asText = (value: Value | undefined): string => (typeof value === "string" ? value : "");

function search(name: string, isFound: (value: string, sought: string) => boolean): CelFunction {
  return {
    takes: [text, text],
    gives: { kind: "boolean" },
    example: `input.name.${name}("x")`,
    run: (values, evaluation) => {
      const [value, sought] = [asText(values[0]), asText(values[1])];
      if (sought.length > fence.soughtText) return soughtTooLong;
      return evaluation.spend(workOfText(value.length) * 4) ?? isFound(value, sought);
    },
  };
}

const soughtTooLong = new Refusal("expression_limit", `looks for a text of more than ${fence.soughtText} characters`);

function change(name: string, changed: (value: string) => string): CelFunction {
  return {
    takes: [text],
    gives: { kind: "text" },
    example: `input.name.${name}()`,
    run: ([given], evaluation) => {
      const value = asText(given);
      // Each letter may be a match of its own; a text that is too long is not begun.
      const spent = value.length > fence.madeText ? undefined : evaluation.spend(value.length);
      return spent ?? madeText(value.length, () => changed(value), evaluation);
    },
  };
}

function split(value: string, separator: string, evaluation: Evaluation): Value | Refusal {
  if (separator.length > fence.soughtText) return soughtTooLong;
  // An empty separator takes surrogate pairs apart, which no text of JSON's survives.
  if (separator === "") return new Refusal("expression_type", "splits at an empty text");
  const spent = evaluation.spend(workOfText(value.length) * 4);
  if (spent) return spent;
  const parts = value.split(separator, fence.items + 1);
  return madeList(parts.length, () => parts, evaluation);
}

function join(list: readonly Value[], separator: string, evaluation: Evaluation): Value | Refusal {
  if (list.length > fence.items) return tooManyJoined;
  const texts: string[] = [];
  let length = 0;
  for (const item of list) {
    if (typeof item !== "string") {
      return new Refusal("expression_type", `joins texts, and one item is ${nameOfKind(item)}`);
    }
    texts.push(item);
    length += item.length + separator.length;
  }
  return evaluation.spend(list.length) ?? madeText(length, () => texts.join(separator), evaluation);
}

const tooManyJoined = new Refusal("expression_limit", `joins more than ${fence.items} items`);

const noNumber = new Refusal("expression_type", "reads a number from a text that is none");

function toInt(value: Value): Value | Refusal {
  if (typeof value === "string") return /^-?\d{1,16}$/.test(value) ? safeInt(BigInt(value)) : noNumber;
  return typeof value === "number" ? asInt(Math.trunc(value)) : value;
}

function toDouble(value: Value): Value | Refusal {
  if (typeof value !== "string") return Number(value);
  return value.length <= 40 && /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(value) ? finite(Number(value)) : noNumber;
}

/** Functions of CEL that are left out, and what to do instead. */
export const functionsLeftOut: ReadonlyMap<string, string> = new Map([
  ["matches", "Use `startsWith`, `endsWith` or `contains`, or give the input's schema a `pattern`."],
  ...["timestamp", "duration", "bytes", "uint", "type", "dyn"].map(
    (name) => [name, "Compute the value in a worker, and refer to its output."] as const,
  ),
]);

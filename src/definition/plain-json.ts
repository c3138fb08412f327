/**
 * Takes a value that a program or a parser made, and gives plain data: a copy that nobody else can change, bounded,
 * with nothing in it that JSON cannot say.
 */
import type { Json } from "../base/json.ts";
import type { Findings } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import { formatPath, type ValuePath } from "./value-path.ts";

/**
 * Gives a copy. Where something is wrong, it says so in `findings`, and the copy has `null` in its place. Above a
 * limit of size there is no copy.
 */
export function plainJson(value: unknown, findings: Findings): Json | undefined {
  const copying: Copying = { findings, nodes: 0, characters: 0, full: false };
  const json = copy(value, [], copying);
  return copying.full ? undefined : json;
}

interface Copying {
  readonly findings: Findings;
  nodes: number;
  characters: number;
  /** A limit of size was passed: the rest is not looked at. */
  full: boolean;
}

function copy(value: unknown, path: ValuePath, copying: Copying): Json {
  if (overLimit(value, path, copying)) return null;
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return wellFormed(value, path, "value", copying) ? value : null;
    case "number":
      // Adding 0 turns -0, which canonical JSON cannot tell from it, into 0.
      if (Number.isFinite(value)) return value + 0;
      copying.findings.atValue("bad_number", path, `${value} is not a number of JSON`, "Write a finite number.");
      return null;
    case "object":
      return value === null ? null : copyObject(value, path, copying);
    default:
      return notJson(`a ${typeof value}`, path, copying);
  }
}

function overLimit(value: unknown, path: ValuePath, copying: Copying): boolean {
  if (copying.full) return true;
  copying.nodes++;
  if (typeof value === "string") copying.characters += value.length;
  copying.full = copying.nodes > limits.nodes || copying.characters > limits.textBytes;
  if (copying.full) {
    const message = `more than ${limits.nodes} values or ${limits.textBytes} characters`;
    copying.findings.atValue("too_large", path, message, "Keep data out of the definition: hand it over as input.");
  }
  return copying.full;
}

function copyObject(value: object, path: ValuePath, copying: Copying): Json {
  if (path.length >= limits.depth) {
    const message = `values lie more than ${limits.depth} deep inside one another`;
    copying.findings.atValue("too_deep", path, message, "Make the structure flatter.");
    return null;
  }
  if (Array.isArray(value)) return Array.from(value, (item: unknown, index) => copy(item, [...path, index], copying));
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has a prototype of its own, whose prototype is null; so has a plain object's.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? copyEntries(value, path, copying) : notJson("an instance of a class", path, copying);
}

function copyEntries(value: object, path: ValuePath, copying: Copying): Json {
  const entries: [string, Json][] = [];
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    const inner: unknown = property.value;
    // As in `JSON.stringify`: an optional field that a program left `undefined` is not there.
    if (!property.enumerable || ("value" in property && inner === undefined)) continue;
    const innerPath = [...path, key];
    copying.characters += key.length;
    if (!("value" in property)) notJson("a computed property", innerPath, copying);
    else if (allowedKey(key, innerPath, copying)) entries.push([key, copy(inner, innerPath, copying)]);
  }
  return Object.fromEntries(entries);
}

function allowedKey(key: string, path: ValuePath, copying: Copying): boolean {
  if (key !== "__proto__") return wellFormed(key, path, "key", copying);
  copying.findings.atKey("forbidden_key", path, "`__proto__` is not allowed as a key", "Give the field another name.");
  return false;
}

/** Half of a surrogate pair would be lost on the way to disk, and two definitions would get one hash. */
function wellFormed(text: string, path: ValuePath, at: "key" | "value", copying: Copying): boolean {
  if (text.isWellFormed()) return true;
  const message = "the text holds half of a surrogate pair, which UTF-8 cannot say";
  copying.findings.add({ code: "bad_text", path, at, message, mend: "Write the whole character." });
  return false;
}

function notJson(what: string, path: ValuePath, copying: Copying): null {
  const where = path.length === 0 ? "the definition" : `\`${formatPath(path)}\``;
  copying.findings.atValue(
    "not_json",
    path,
    `${where} is ${what}, and a definition is plain data`,
    "Write null, a boolean, a finite number, a text, a list or a plain object.",
  );
  return null;
}

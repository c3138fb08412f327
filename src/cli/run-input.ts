/**
 * The input of a run, from JSON text to a checked value with the run's id. What two readers would understand
 * differently is refused, and so is what does not fit the workflow (semantics.md, C20).
 */
import { ClewError } from "../base/errors.ts";
import { isRunId } from "../base/ids.ts";
import { isJsonObject, type Json } from "../base/json.ts";
import { duplicateKey } from "../base/duplicate-key.ts";
import { checkInput } from "../definition/check-input.ts";
import { deepestValue } from "../definition/json-schema/validate.ts";
import type { Workflow } from "../definition/workflow.ts";
import { quoted } from "./arguments.ts";

export interface RunInput {
  readonly input: Json;
  /** Chosen by the caller, or taken from the input. */
  readonly id: string | undefined;
}

export interface InputRule {
  readonly workflow: Workflow;
  /** The path in the input at which the run's id stands: `order.id`. */
  readonly idFrom: string | undefined;
}

/** `where` begins the message of what is thrown, `invalid_input`: `orders.jsonl:17`. */
export function readInput(text: string, where: string, { workflow, idFrom }: InputRule): RunInput {
  const input = readJson(text, where);
  refuseMisfit(input, where, workflow);
  return { input, id: idFrom === undefined ? undefined : idAt(input, where, idFrom) };
}

/** One JSON value in which nothing is ambiguous. */
export function readJson(text: string, where: string): Json {
  const value = parse(text, where);
  refuseUnsafe(value, where, 0);
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw refused(where, `the key ${quoted(twice)} stands twice in one object`, "Keep one of the two.");
  return value;
}

function parse(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    // The machine's own message shows a part of the text, and there may be secrets in it.
    const at = /at position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0];
    throw refused(where, `it is not JSON${at === undefined ? "" : `, ${at}`}`, "Write one JSON value.");
  }
}

function refuseUnsafe(value: Json, where: string, depth: number): void {
  if (depth > deepestValue) {
    throw refused(where, `values lie more than ${deepestValue} deep inside one another`, "Make the input flatter.");
  }
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refused(where, "a whole number is beyond 2^53 and cannot be kept exactly", "Put it in quotes, as a text.");
  }
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, "__proto__")) {
    throw refused(where, "`__proto__` is not allowed as a key", "Give the field another name.");
  }
  for (const inner of Object.values<Json>(value)) refuseUnsafe(inner, where, depth + 1);
}

function refuseMisfit(input: Json, where: string, workflow: Workflow): void {
  const mismatches = checkInput(workflow, input);
  const [first] = mismatches;
  if (!first) return;
  const more = mismatches.length > 1 ? ` (and ${mismatches.length - 1} more)` : "";
  throw new ClewError("invalid_input", `${where}: ${fieldAt(first.path)} ${first.message}${more}`, {
    mend: `Give an input that fits the inputSchema of ${workflow.name}.`,
    details: { mismatches },
  });
}

function fieldAt(path: string): string {
  if (path === "") return "the input";
  return path.startsWith("[") ? `input${path}` : `input.${path}`;
}

function idAt(input: Json, where: string, path: string): string {
  let value: Json | undefined = input;
  for (const part of path.split(".")) {
    const holder: Json | undefined = value;
    const holds: boolean = (isJsonObject(holder) || Array.isArray(holder)) && Object.hasOwn(holder, part);
    value = holds ? (holder as Readonly<Record<string, Json>>)[part] : undefined;
  }
  const id = typeof value === "number" ? String(value) : value;
  if (typeof id === "string" && isRunId(id)) return id;
  const what = value === undefined ? "there is nothing" : `${quoted(JSON.stringify(value))} is no run's id`;
  throw refused(where, `at ${path}, where --id-from looks, ${what}`, ruleOfIds);
}

export const ruleOfIds = "An id begins with a letter or digit and has up to 64 letters, digits, _ and -.";

const refused = (where: string, message: string, mend: string) =>
  new ClewError("invalid_input", `${where}: ${message}`, { mend });

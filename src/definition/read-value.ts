/** The values of a definition that hold no others with keys of their own: names, times, numbers, codes, conditions. */
import { longestDurationMs, parseDuration } from "../base/duration.ts";
import { isName } from "../base/ids.ts";
import { isJsonList, isJsonObject, type Json } from "../base/json.ts";
import { checkExpression } from "./check-expression.ts";
import { checkMapping, hasOperator } from "./check-mapping.ts";
import type { Finding } from "./definition-problem.ts";
import { checkSchema } from "./json-schema/check-schema.ts";
import { nearest } from "./nearest.ts";
import { type Reading, wrongType } from "./reading.ts";
import { shown, type ValuePath } from "./value-path.ts";
import {
  errorCodePattern,
  lastMomentMs,
  longestErrorCode,
  momentPattern,
  mostAttributes,
  mostErrorCodes,
  notVariables,
  variablePattern,
} from "./vocabulary.ts";

export function readName(value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "string") return wrongType(value, "a name", "process_payment", path, reading);
  if (isName(value)) return value;
  badName(value, path, "value", reading);
  return null;
}

export function badName(text: string, path: ValuePath, at: Finding["at"], { findings }: Reading): void {
  const meant = asName(text);
  const rule = "Write lower-case letters, digits, `_` and `-`, at most 64, beginning with a letter or a digit";
  const mend = meant ? `${rule}: \`${meant}\`.` : `${rule}.`;
  findings.add({ code: "bad_name", path, at, message: `\`${shown(text)}\` is no name`, mend });
}

/** `ProcessPayment` and `process payment` are `process_payment`. */
function asName(text: string): string | undefined {
  const spaced = text.trim().replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  const name = spaced.toLowerCase().replace(/[^a-z0-9_-]+/g, "_");
  return isName(name) ? name : undefined;
}

const variable = new RegExp(variablePattern, "u");

/** It has to be a name in CEL as well, and must not hide what paths begin with elsewhere. */
export function readVariable(value: Json, path: ValuePath, { variables, ...reading }: Reading): Json {
  if (typeof value !== "string") return wrongType(value, "the name of a variable", "line", path, reading);
  const { findings } = reading;
  const grammar = "Write a letter, then letters, digits and `_`, such as `line`; at most 64.";
  if (notVariables.includes(value)) {
    findings.atValue("bad_name", path, `\`${value}\` means something else in paths and expressions`, grammar);
  } else if (!variable.test(value)) {
    findings.atValue("bad_name", path, `\`${shown(value)}\` is no name of a variable`, grammar);
  } else if (variables.includes(value)) {
    const message = `\`${value}\` is the variable of a block around this one`;
    findings.atValue("contradiction", path, message, "Give this one another name; otherwise it would hide the other.");
  }
  return value;
}

const durationForms = "Write a number and a unit, such as `500ms`, `30s`, `2m`, `24h` or `7d`; at most ten years.";

/** A bare number is milliseconds, as in the canonical form; who writes `timeout: 30` by hand means something else. */
export function readDuration(value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "string" && typeof value !== "number") {
    return wrongType(value, "a duration", "30s", path, reading);
  }
  if (typeof value === "number" && reading.byHand) {
    const mend = `Write the unit: \`${value}s\` for seconds, \`${value}ms\` for milliseconds.`;
    reading.findings.atValue("bad_duration", path, `\`${value}\` is a duration without a unit`, mend);
    return null;
  }
  const ms = typeof value === "string" ? parseDuration(value) : value;
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 1 && ms <= longestDurationMs) return ms;
  reading.findings.atValue("bad_duration", path, `\`${shown(String(value))}\` is no duration`, durationForms);
  return null;
}

const moment = new RegExp(momentPattern, "u");

/** What is written down can be told to be no moment; what is computed is only known in the run. */
export function readMoment(value: Json, path: ValuePath, reading: Reading): Json {
  const wanted = "a moment, or a mapping that gives one";
  if (typeof value === "number") return readWhole({ from: 0, to: lastMomentMs }, value, path, reading);
  if (typeof value === "string") {
    if (moment.test(value) && !Number.isNaN(Date.parse(value))) return value;
    const mend = "Write it as in `2026-01-31T09:00:00Z`, or refer to one: `{ $: input.shipAt }`.";
    reading.findings.atValue("out_of_range", path, `\`${shown(value)}\` is no moment`, mend);
    return null;
  }
  if (!isJsonObject(value) || !hasOperator(value)) {
    return wrongType(value, wanted, "{ $: input.shipAt }", path, reading);
  }
  checkMapping(value, path, reading);
  return value;
}

export function readItems(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonList(value) && !(isJsonObject(value) && hasOperator(value))) {
    return wrongType(value, "a list, or a mapping that gives one", "{ $: input.items }", path, reading);
  }
  checkMapping(value, path, reading);
  return value;
}

export function readCondition(value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "string") return wrongType(value, "an expression, a text", "input.total > 100", path, reading);
  checkExpression(value, "condition", path, reading);
  return value;
}

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

export function readWhole(bounds: Bounds, value: Json, path: ValuePath, reading: Reading): Json {
  if (!Number.isInteger(value)) return wrongType(value, "a whole number", "1", path, reading);
  return readNumber(bounds, value, path, reading);
}

export function readNumber({ from, to }: Bounds, value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "number") return wrongType(value, "a number", "1", path, reading);
  if (value >= from && value <= to) return value;
  reading.findings.atValue("out_of_range", path, `${value} is out of range`, `Write a number from ${from} to ${to}.`);
  return null;
}

const errorCode = new RegExp(errorCodePattern, "u");

export function readCode(value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value === "string" && errorCode.test(value)) return value;
  const wanted = `an error code: a text of at most ${longestErrorCode} characters without white space`;
  return wrongType(value, wanted, "card_declined", path, reading);
}

export function readCodes(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonList(value)) return wrongType(value, "a list of error codes", "[card_declined]", path, reading);
  if (value.length === 0 || value.length > mostErrorCodes) {
    const mend = `Write 1 to ${mostErrorCodes} codes, or leave the key out.`;
    reading.findings.atValue("out_of_range", path, `a list of ${value.length} error codes`, mend);
  }
  for (const [index, code] of value.entries()) readCode(code, [...path, index], reading);
  return value;
}

export function readChoice(words: readonly string[], value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "string") return wrongType(value, `one of ${words.join(", ")}`, words[0] ?? "", path, reading);
  if (words.includes(value)) return value;
  const meant = nearest(value, words);
  const mend = `${meant ? `Did you mean \`${meant}\`? ` : ""}Write one of ${words.map((word) => `\`${word}\``).join(", ")}.`;
  reading.findings.atValue("out_of_range", path, `\`${shown(value)}\` is none of the words that may stand here`, mend);
  return null;
}

export function readMappings(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) {
    return wrongType(value, "a mapping of names to references", "{ customer: { $: input.customer } }", path, reading);
  }
  const names = Object.keys(value);
  if (names.length > mostAttributes) {
    const mend = `Write at most ${mostAttributes}: each is indexed for every run.`;
    reading.findings.atValue("out_of_range", path, `${names.length} attributes are too many`, mend);
  }
  for (const [name, mapping] of Object.entries(value)) {
    if (!isName(name)) badName(name, [...path, name], "key", reading);
    checkMapping(mapping, [...path, name], reading);
  }
  return value;
}

export function readSchema(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) return wrongType(value, "a JSON Schema, a mapping", "{ type: object }", path, reading);
  for (const finding of checkSchema(value)) reading.findings.add({ ...finding, path: [...path, ...finding.path] });
  return value;
}

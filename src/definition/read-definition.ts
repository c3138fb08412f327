/**
 * From plain JSON to the canonical definition (definition.md, 3), by the vocabulary: every key is known, and every
 * value is of the form that its key asks for. Goes through the document in its own order and says all that is wrong.
 */
import { inSeconds, longestDurationMs, parseDuration } from "../base/duration.ts";
import { isName } from "../base/ids.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import { type Catalogue, contradictions, type WorkerContract } from "./catalogue.ts";
import { checkMapping } from "./check-mapping.ts";
import { checkSchema } from "./json-schema/check-schema.ts";
import type { Finding, Findings } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import { nearest } from "./nearest.ts";
import { kindOf } from "./value-kind.ts";
import { formatPath, shown, type ValuePath } from "./value-path.ts";
import {
  blocksNotBuilt,
  errorCodePattern,
  type Form,
  keysNotBuilt,
  longestErrorCode,
  mostAttributes,
  mostErrorCodes,
  type Term,
  type TermHolder,
  vocabulary,
} from "./vocabulary.ts";
import { defaults } from "./workflow.ts";

/**
 * Gives the definition in canonical form, but for the order of keys and for `workers`, which is no part of it; it means
 * nothing if the findings grew. What people write by hand needs a unit in each duration; data of a program, as the
 * canonical form, may have milliseconds.
 */
export function readDefinition(value: Json, reading: Circumstances): Json {
  const workerTypes = workerTypesIn(value, reading.catalogue);
  return readHolder("workflow", value, [], {
    ...reading,
    workerTypes,
    stepNames: stepNamesIn(value),
    inputSchema: isJsonObject(value) && Object.hasOwn(value, "inputSchema") ? value["inputSchema"] : undefined,
    seen: new Map(),
    pivotSeen: false,
  });
}

/** As `readDefinition`, for a catalogue of worker types. */
export function readCatalogue(value: Json, reading: Circumstances): Json {
  const nobody = {
    workerTypes: undefined,
    stepNames: new Set<string>(),
    inputSchema: undefined,
    seen: new Map<string, ValuePath>(),
    pivotSeen: false,
  };
  return readHolder("catalogue", value, [], { ...reading, ...nobody });
}

export interface Circumstances {
  readonly findings: Findings;
  /** Whether people wrote it: then a duration has a unit. */
  readonly byHand: boolean;
  /** What is known of worker types besides what the workflow itself declares. */
  readonly catalogue: Catalogue;
}

interface Reading extends Circumstances {
  /** The worker types that steps may name; `undefined` where there is no catalogue. */
  readonly workerTypes: ReadonlySet<string> | undefined;
  /** What references may name. */
  readonly stepNames: ReadonlySet<string>;
  /** As it is written; expressions are checked by it. */
  readonly inputSchema: Json | undefined;
  /** Where each step's name was read first. */
  readonly seen: Map<string, ValuePath>;
  /** Whether a pivot was read; what is read comes in its order. */
  pivotSeen: boolean;
}

/** Before the reading itself, because an output may be mapped above the steps that it refers to. */
function stepNamesIn(value: Json): ReadonlySet<string> {
  const steps = isJsonObject(value) && Object.hasOwn(value, "steps") ? value["steps"] : undefined;
  if (!isJsonList(steps)) return new Set();
  const names = steps.map((step) => (isJsonObject(step) && Object.hasOwn(step, "step") ? step["step"] : undefined));
  return new Set(names.filter((name) => typeof name === "string"));
}

function workerTypesIn(value: Json, known: Catalogue): ReadonlySet<string> | undefined {
  const own = isJsonObject(value) && Object.hasOwn(value, "workers") ? value["workers"] : undefined;
  if (!isJsonObject(own)) return known.size === 0 ? undefined : new Set(known.keys());
  return new Set([...known.keys(), ...Object.keys(own)]);
}

const terms: Readonly<Record<TermHolder, ReadonlyMap<string, Term>>> = {
  workflow: byKey("workflow"),
  step: byKey("step"),
  limit: byKey("limit"),
  inquiry: byKey("inquiry"),
  compensation: byKey("compensation"),
  retry: byKey("retry"),
  catalogue: byKey("catalogue"),
  contract: byKey("contract"),
};

function byKey(holder: TermHolder): ReadonlyMap<string, Term> {
  return new Map(vocabulary[holder].map((term) => [term.key, term]));
}

function readHolder(holder: TermHolder, value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) return wrongType(value, `a ${holder}, a mapping`, examples[holder], path, reading);
  requireKeys(holder, value, path, reading);
  const entries: [string, Json][] = [];
  for (const [key, inner] of Object.entries(value)) {
    const term = terms[holder].get(key);
    if (term) entries.push([key, readForm(term.form, inner, [...path, key], reading)]);
    else refuseKey(holder, key, [...path, key], reading);
  }
  return Object.fromEntries(entries);
}

const examples: Readonly<Record<TermHolder, string>> = {
  workflow: "{ workflow: order_processing, version: 1, steps: [{ step: process_payment }] }",
  step: "{ step: process_payment }",
  limit: "{ key: { $: input.customer }, runs: 1 }",
  inquiry: "{ timeout: 10s }",
  compensation: "{ worker: refund_payment }",
  retry: "{ attempts: 5 }",
  catalogue: "{ workers: { process_payment: { input: { type: object } } } }",
  contract: "{ input: { type: object } }",
};

function requireKeys(holder: TermHolder, value: JsonObject, path: ValuePath, { findings }: Reading): void {
  for (const { key, required, meaning } of terms[holder].values()) {
    if (!required || Object.hasOwn(value, key)) continue;
    findings.atValue("missing_key", path, `this ${holder} has no \`${key}\``, `Add \`${key}\`. ${meaning}`);
  }
}

function refuseKey(holder: TermHolder, key: string, path: ValuePath, { findings }: Reading): void {
  if (findings.isFull) return;
  if (keysNotBuilt[holder].includes(key)) {
    findings.atKey("key_not_built", path, notBuilt(key), `Leave \`${key}\` out.`);
    return;
  }
  const known = [...terms[holder].keys()];
  const meant = nearest(key, known);
  const mend = meant
    ? `Did you mean \`${meant}\`?`
    : `A ${holder} takes ${known.map((word) => `\`${word}\``).join(", ")}.`;
  findings.atKey("unknown_key", path, `\`${shown(key)}\` is no key of a ${holder}`, mend);
}

const notBuilt = (key: string): string => `\`${key}\` is part of the design but not built yet`;

function readForm(form: Form, value: Json, path: ValuePath, reading: Reading): Json {
  switch (form.is) {
    case "name":
      return readName(value, path, reading);
    case "duration":
      return readDuration(value, path, reading);
    case "whole":
      if (!Number.isInteger(value)) return wrongType(value, "a whole number", "1", path, reading);
      return readNumber(form, value, path, reading);
    case "number":
      return readNumber(form, value, path, reading);
    case "codes":
      return readCodes(value, path, reading);
    case "mapping":
      checkMapping(value, path, reading);
      return value;
    case "schema":
      return readSchema(value, path, reading);
    case "steps":
      return readSteps(value, path, reading);
    case "compensation":
      // A name alone says the same as a mapping with that worker.
      return typeof value === "string"
        ? { worker: readWorker(value, path, reading) }
        : readCompensation(value, path, reading);
    case "retry":
      return readHolder("retry", value, path, reading);
    case "limit":
      // It is looked up at the start, when no step has an output.
      return readHolder("limit", value, path, { ...reading, stepNames: new Set() });
    case "inquiry":
      // `true` says the same as a mapping without keys.
      return typeof value === "boolean" ? value && {} : readWithRetry("inquiry", value, path, reading);
    case "choice":
      return readChoice(form.of, value, path, reading);
    case "mappings":
      return readMappings(value, path, reading);
    case "boolean":
      return typeof value === "boolean" ? value : wrongType(value, "true or false", "true", path, reading);
    case "contracts":
      return readContracts(value, path, reading);
  }
}

function readChoice(words: readonly string[], value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "string") return wrongType(value, `one of ${words.join(", ")}`, words[0] ?? "", path, reading);
  if (words.includes(value)) return value;
  const meant = nearest(value, words);
  const mend = `${meant ? `Did you mean \`${meant}\`? ` : ""}Write one of ${words.map((word) => `\`${word}\``).join(", ")}.`;
  reading.findings.atValue("out_of_range", path, `\`${shown(value)}\` is none of the words that may stand here`, mend);
  return null;
}

function readMappings(value: Json, path: ValuePath, reading: Reading): Json {
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

function readContracts(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) {
    return wrongType(value, "a mapping of worker types", examples.catalogue, path, reading);
  }
  const contracts = Object.entries(value).map(([type, contract]) => {
    const at = [...path, type];
    if (!isName(type)) badName(type, at, "key", reading);
    const read = readHolder("contract", contract, at, reading);
    const own = new Map([[type, read as WorkerContract]]);
    if (contradictions(reading.catalogue, own).length > 0) declaredTwice(type, at, reading);
    return [type, read] as const;
  });
  return Object.fromEntries(contracts);
}

function declaredTwice(type: string, path: ValuePath, { findings }: Reading): void {
  const message = `the worker type \`${type}\` is declared in another catalogue too, and not alike`;
  findings.atKey("contradiction", path, message, "Declare it in one place.");
}

function readName(value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "string") return wrongType(value, "a name", "process_payment", path, reading);
  if (isName(value)) return value;
  badName(value, path, "value", reading);
  return null;
}

function badName(text: string, path: ValuePath, at: Finding["at"], { findings }: Reading): void {
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

const durationForms = "Write a number and a unit, such as `500ms`, `30s`, `2m`, `24h` or `7d`; at most ten years.";

/** A bare number is milliseconds, as in the canonical form; who writes `timeout: 30` by hand means something else. */
function readDuration(value: Json, path: ValuePath, reading: Reading): Json {
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

interface Bounds {
  readonly from: number;
  readonly to: number;
}

function readNumber({ from, to }: Bounds, value: Json, path: ValuePath, reading: Reading): Json {
  if (typeof value !== "number") return wrongType(value, "a number", "1", path, reading);
  if (value >= from && value <= to) return value;
  reading.findings.atValue("out_of_range", path, `${value} is out of range`, `Write a number from ${from} to ${to}.`);
  return null;
}

const errorCode = new RegExp(errorCodePattern, "u");

function readCodes(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonList(value)) return wrongType(value, "a list of error codes", "[card_declined]", path, reading);
  if (value.length === 0 || value.length > mostErrorCodes) {
    const mend = `Write 1 to ${mostErrorCodes} codes, or leave the key out.`;
    reading.findings.atValue("out_of_range", path, `a list of ${value.length} error codes`, mend);
  }
  for (const [index, code] of value.entries()) {
    if (typeof code === "string" && errorCode.test(code)) continue;
    const wanted = `an error code: a text of at most ${longestErrorCode} characters without white space`;
    wrongType(code, wanted, "card_declined", [...path, index], reading);
  }
  return value;
}

function readSchema(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) return wrongType(value, "a JSON Schema, a mapping", "{ type: object }", path, reading);
  for (const finding of checkSchema(value)) reading.findings.add({ ...finding, path: [...path, ...finding.path] });
  return value;
}

function readSteps(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonList(value)) return wrongType(value, "a list of steps", "[{ step: process_payment }]", path, reading);
  if (value.length === 0) {
    reading.findings.atValue("no_steps", path, "there is no step", "Write at least one step.");
  }
  if (value.length > limits.steps) {
    const message = `${value.length} steps are more than ${limits.steps}`;
    reading.findings.atKey("too_many_steps", path, message, "Split the workflow.");
  }
  return value.slice(0, limits.steps).map((step, index) => readStep(step, [...path, index], reading));
}

function readStep(value: Json, path: ValuePath, reading: Reading): Json {
  const block = isJsonObject(value) ? blocksNotBuilt.find((key) => Object.hasOwn(value, key)) : undefined;
  if (block !== undefined) {
    const mend = "Write a sequence of steps, and decide inside a worker.";
    reading.findings.atKey("block_not_built", [...path, block], notBuilt(block), mend);
    return null;
  }
  const step = readWithRetry("step", value, path, reading);
  if (!isJsonObject(step) || typeof step["step"] !== "string") return step;
  claimName(step["step"], [...path, "step"], reading);
  checkKind(step, path, reading);
  // The one default that the canonical form fills in.
  const filled = { worker: step["step"], ...withoutFalse(step, "inquire") };
  const at = Object.hasOwn(step, "worker") ? "worker" : "step";
  if (typeof filled.worker === "string") knowWorker(filled.worker, [...path, at], reading);
  return filled;
}

/** A kind says what becomes of the effect, and so does a compensation: they must say the same. */
function checkKind(step: JsonObject, path: ValuePath, reading: Reading): void {
  const { kind } = step;
  const isUndone = Object.hasOwn(step, "compensation");
  const { findings } = reading;
  if (kind === "compensatable" && !isUndone) {
    const mend = "Add a `compensation`, or leave `kind` out.";
    findings.atValue("contradiction", [...path, "kind"], "a compensatable step has a compensation", mend);
  } else if (typeof kind === "string" && kind !== "compensatable" && isUndone) {
    const mend = "Leave `kind` out, or the `compensation`.";
    findings.atValue("contradiction", [...path, "kind"], `nothing undoes a step that is ${kind}`, mend);
  } else if (kind === "retriable" && !reading.pivotSeen) {
    const mend = "Put it behind the step that is the `pivot`, or leave `kind` out.";
    findings.atValue("contradiction", [...path, "kind"], "only after a pivot a step is retriable", mend);
  }
  if (kind === "pivot") reading.pivotSeen = true;
  if (Object.hasOwn(step, "compensateInDoubt") && !isUndone) {
    const at = [...path, "compensateInDoubt"];
    findings.atKey("contradiction", at, "there is no compensation to send or not to send", "Leave it out.");
  }
}

function withoutFalse(step: JsonObject, key: string): JsonObject {
  if (step[key] !== false) return step;
  const { [key]: _, ...others } = step;
  return others;
}

function readCompensation(value: Json, path: ValuePath, reading: Reading): Json {
  const read = readWithRetry("compensation", value, path, reading);
  const worker = isJsonObject(read) && Object.hasOwn(read, "worker") ? read["worker"] : undefined;
  if (typeof worker === "string") knowWorker(worker, [...path, "worker"], reading);
  return read;
}

function readWorker(value: string, path: ValuePath, reading: Reading): Json {
  const worker = readName(value, path, reading);
  if (typeof worker === "string") knowWorker(worker, path, reading);
  return worker;
}

/** Where there is a catalogue, each worker type is in it (definition.md, 4: K1). */
function knowWorker(worker: string, path: ValuePath, { findings, workerTypes }: Reading): void {
  if (!workerTypes || workerTypes.has(worker) || findings.isFull) return;
  const meant = nearest(worker, workerTypes);
  const mend = meant
    ? `Did you mean \`${meant}\`?`
    : `Add \`${worker}\` to \`workers\`; \`{}\` is a contract that anything fits.`;
  findings.atValue("unknown_worker", path, `the catalogue knows no worker type \`${worker}\``, mend);
}

function claimName(name: string, path: ValuePath, { findings, seen }: Reading): void {
  const first = seen.get(name);
  if (!first) seen.set(name, path);
  else {
    const message = `\`${name}\` is the name of \`${formatPath(first.slice(0, -1))}\` too`;
    findings.atValue("duplicate_step", path, message, "Give each step a name of its own; two may share a `worker`.");
  }
}

function readWithRetry(
  holder: "step" | "inquiry" | "compensation",
  value: Json,
  path: ValuePath,
  reading: Reading,
): Json {
  const read = readHolder(holder, value, path, reading);
  const retry = isJsonObject(read) && Object.hasOwn(read, "retry") ? read["retry"] : undefined;
  if (isJsonObject(retry)) checkWaits(holder, retry, [...path, "retry"], reading);
  return read;
}

/** A first wait above the longest would silently be cut, so it is refused; the default of the longest counts too. */
function checkWaits(
  holder: "step" | "inquiry" | "compensation",
  retry: JsonObject,
  path: ValuePath,
  { findings }: Reading,
): void {
  const fallback = holder === "compensation" ? defaults.compensationRetry : defaults.stepRetry;
  const initialMs = Object.hasOwn(retry, "initial") ? retry["initial"] : fallback.initialMs;
  const maxMs = Object.hasOwn(retry, "max") ? retry["max"] : fallback.maxMs;
  if (typeof initialMs !== "number" || typeof maxMs !== "number" || initialMs <= maxMs) return;
  const key = Object.hasOwn(retry, "initial") ? "initial" : "max";
  const message = `the first wait (${inSeconds(initialMs)}) is longer than the longest (${inSeconds(maxMs)})`;
  findings.atValue("contradiction", [...path, key], message, "Write a `max` that is at least `initial`.");
}

function wrongType(value: Json, wanted: string, example: string, path: ValuePath, { findings }: Reading): null {
  const message = `this is ${kindOf(value)}, and should be ${wanted}`;
  findings.atValue("wrong_type", path, message, `Write for example \`${example}\`.`);
  return null;
}

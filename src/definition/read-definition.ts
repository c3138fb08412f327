/**
 * From plain JSON to the canonical definition (definition.md, 3), by the vocabulary: every key is known, and every
 * value is of the form that its key asks for. Goes through the document in its own order and says all that is wrong.
 */
import { isName } from "../base/ids.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import { type Catalogue, contradictions, type WorkerContract } from "./catalogue.ts";
import { checkMapping } from "./check-mapping.ts";
import { checkCases, checkNode, claimName, checkRetry } from "./check-node.ts";
import { limits } from "./limit.ts";
import { nearest } from "./nearest.ts";
import { emptyOutline, nodeKindOf, outlineOf } from "./outline.ts";
import {
  badName,
  readChoice,
  readCode,
  readCodes,
  readCondition,
  readDuration,
  readItems,
  readMappings,
  readMoment,
  readName,
  readNumber,
  readSchema,
  readVariable,
  readWhole,
} from "./read-value.ts";
import { type Circumstances, type Reading, readingOf, wrongType } from "./reading.ts";
import { shown, type ValuePath } from "./value-path.ts";
import {
  type Form,
  keysNotBuilt,
  mostBranches,
  nodeKinds,
  type Term,
  type TermHolder,
  vocabulary,
} from "./vocabulary.ts";

/**
 * Gives the definition in canonical form, but for the order of keys and for `workers`, which is no part of it; it means
 * nothing if the findings grew. What people write by hand needs a unit in each duration; data of a program, as the
 * canonical form, may have milliseconds.
 */
export function readDefinition(value: Json, circumstances: Circumstances): Json {
  const reading = readingOf(circumstances, {
    workerTypes: workerTypesIn(value, circumstances.catalogue),
    outline: outlineOf(value),
    inputSchema: isJsonObject(value) && Object.hasOwn(value, "inputSchema") ? value["inputSchema"] : undefined,
  });
  return readHolder("workflow", value, [], reading);
}

/** As `readDefinition`, for a catalogue of worker types. */
export function readCatalogue(value: Json, circumstances: Circumstances): Json {
  return readHolder("catalogue", value, [], readingOf(circumstances, {}));
}

function workerTypesIn(value: Json, known: Catalogue): ReadonlySet<string> | undefined {
  const own = isJsonObject(value) && Object.hasOwn(value, "workers") ? value["workers"] : undefined;
  if (!isJsonObject(own)) return known.size === 0 ? undefined : new Set(known.keys());
  return new Set([...known.keys(), ...Object.keys(own)]);
}

const terms = Object.fromEntries(
  Object.entries(vocabulary).map(([holder, all]) => [holder, new Map(all.map((term) => [term.key, term]))]),
) as unknown as Readonly<Record<TermHolder, ReadonlyMap<string, Term>>>;

function readHolder(holder: TermHolder, value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) return wrongType(value, `a ${holder}, a mapping`, examples[holder], path, reading);
  requireKeys(holder, value, path, reading);
  const entries: [string, Json][] = [];
  for (const [key, inner] of Object.entries(value)) {
    const term = terms[holder].get(key);
    const under = sequenceKeys.has(key) ? readingInside(holder, value, reading) : reading;
    if (term) entries.push([key, readForm(term.form, inner, [...path, key], under)]);
    else refuseKey(holder, key, [...path, key], reading);
  }
  return Object.fromEntries(entries);
}

/** Under these stand the steps of a block. */
const sequenceKeys: ReadonlySet<string> = new Set(["steps", "branches", "cases"]);

function readingInside(holder: TermHolder, block: JsonObject, reading: Reading): Reading {
  if (holder === "workflow") return reading;
  if (holder !== "forEach") return { ...reading, isInBlock: true };
  const variable = Object.hasOwn(block, "as") ? block["as"] : undefined;
  const variables = typeof variable === "string" ? [...reading.variables, variable] : reading.variables;
  return { ...reading, isInBlock: true, items: [...reading.items, block], variables };
}

const examples: Readonly<Record<TermHolder, string>> = {
  workflow: "{ workflow: order_processing, version: 1, steps: [{ step: process_payment }] }",
  signals: "{ maxAge: 7d, max: 100 }",
  step: "{ step: process_payment }",
  limit: "{ key: { $: input.customer }, runs: 1 }",
  inquiry: "{ timeout: 10s }",
  compensation: "{ worker: refund_payment }",
  retry: "{ attempts: 5 }",
  parallel: "{ parallel: reserve, branches: { stock: [{ step: reserve_stock }] } }",
  choose: "{ choose: approval, cases: [{ otherwise: true, steps: [] }] }",
  case: "{ when: input.total > 100, steps: [{ step: check_fraud }] }",
  forEach: "{ forEach: pick_lines, in: { $: input.lines }, as: line, steps: [{ step: pick_line }] }",
  loop: "{ loop: poll, until: steps.track.output.delivered, max: 50, steps: [{ step: track }] }",
  wait: "{ wait: cool_off, for: 10m }",
  child: "{ child: invoice, workflow: invoicing }",
  fail: "{ fail: refused, when: input.total > 100 }",
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
  if (keysNotBuilt[holder]?.includes(key)) {
    const message = `\`${key}\` is part of the design but not built yet`;
    findings.atKey("key_not_built", path, message, `Leave \`${key}\` out.`);
    return;
  }
  const known = [...terms[holder].keys()];
  const meant = nearest(key, known);
  const mend = meant
    ? `Did you mean \`${meant}\`?`
    : `A ${holder} takes ${known.map((word) => `\`${word}\``).join(", ")}.`;
  findings.atKey("unknown_key", path, `\`${shown(key)}\` is no key of a ${holder}`, mend);
}

function readForm(form: Form, value: Json, path: ValuePath, reading: Reading): Json {
  switch (form.is) {
    case "name":
      return readName(value, path, reading);
    case "duration":
      return readDuration(value, path, reading);
    case "whole":
      return readWhole(form, value, path, reading);
    case "number":
      return readNumber(form, value, path, reading);
    case "code":
      return readCode(value, path, reading);
    case "codes":
      return readCodes(value, path, reading);
    case "mapping":
      checkMapping(value, path, reading);
      return value;
    case "condition":
      return readCondition(value, path, reading);
    case "items":
      return readItems(value, path, reading);
    case "moment":
      return readMoment(value, path, reading);
    case "variable":
      return readVariable(value, path, reading);
    case "true":
      return value === true ? value : wrongType(value, "true", "otherwise: true", path, reading);
    case "schema":
      return readSchema(value, path, reading);
    case "steps":
      return readSteps(form.from, value, path, reading);
    case "branches":
      return readBranches(value, path, reading);
    case "cases":
      return readCases(value, path, reading);
    case "compensation":
      // A name alone says the same as a mapping with that worker.
      return typeof value === "string"
        ? { worker: readWorker(value, path, reading) }
        : readCompensation(value, path, reading);
    case "retry":
      return readHolder("retry", value, path, reading);
    case "signals":
      return readHolder("signals", value, path, reading);
    case "limit":
      // It is looked up at the start, when no step has an output.
      return readHolder("limit", value, path, { ...reading, outline: emptyOutline });
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

function readSteps(from: 0 | 1, value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonList(value)) return wrongType(value, "a list of steps", "[{ step: process_payment }]", path, reading);
  const { findings, isInBlock, outline, progress } = reading;
  if (value.length < from) {
    findings.atValue("no_steps", path, "there is no step", "Write at least one step.");
  }
  if (!isInBlock && outline.count > limits.steps) {
    const message = `${outline.count} steps and blocks are more than ${limits.steps}`;
    findings.atKey("too_many_steps", path, message, "Split the workflow.");
  }
  // Those above the limit are told of as a whole.
  const room = Math.max(0, limits.steps - progress.nodes);
  return value.slice(0, room).map((node, index) => readNode(node, [...path, index], reading));
}

function readBranches(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonObject(value)) {
    return wrongType(value, "sequences by name", "{ stock: [{ step: reserve_stock }] }", path, reading);
  }
  const branches = Object.entries(value);
  boundBranches("branches", branches.length, path, reading);
  const read = branches.map(([name, steps]) => {
    const at = [...path, name];
    if (!isName(name)) badName(name, at, "key", reading);
    return [name, readSteps(1, steps, at, reading)] as const;
  });
  return Object.fromEntries(read);
}

function readCases(value: Json, path: ValuePath, reading: Reading): Json {
  if (!isJsonList(value)) return wrongType(value, "a list of cases", `[${examples.case}]`, path, reading);
  boundBranches("cases", value.length, path, reading);
  checkCases(value, path, reading);
  return value.map((one, index) => readHolder("case", one, [...path, index], reading));
}

function boundBranches(what: "branches" | "cases", count: number, path: ValuePath, { findings }: Reading): void {
  if (count >= 1 && count <= mostBranches) return;
  findings.atValue("out_of_range", path, `${count} ${what} are out of range`, `Write 1 to ${mostBranches} ${what}.`);
}

function readNode(value: Json, path: ValuePath, reading: Reading): Json {
  if (++reading.progress.nodes > limits.steps || saysOtherKind(value, path, reading)) return null;
  const kind = nodeKindOf(value) ?? "step";
  const written = isJsonObject(value) ? value[kind] : undefined;
  // Before what stands in the block, so that of two with one name the inner one is the second.
  if (typeof written === "string" && isName(written)) claimName(written, [...path, kind], reading);
  const node = kind === "step" ? readWithRetry(kind, value, path, reading) : readHolder(kind, value, path, reading);
  if (!isJsonObject(node)) return node;
  const name = node[kind];
  if (typeof name !== "string") return node;
  checkNode(kind, name, node, path, reading);
  return kind === "step" ? fillStep(name, node, path, reading) : node;
}

const allKeys: ReadonlySet<string> = new Set(Object.values(vocabulary).flatMap((all) => all.map(({ key }) => key)));

/** A block whose naming key is misspelt is no step without a name: nothing more could be said about it that is true. */
function saysOtherKind(value: Json, path: ValuePath, { findings }: Reading): boolean {
  if (!isJsonObject(value) || nodeKindOf(value)) return false;
  for (const key of findings.isFull ? [] : Object.keys(value)) {
    const meant = allKeys.has(key) ? undefined : nearest(key, nodeKinds);
    if (!meant) continue;
    const message = `\`${shown(key)}\` names neither a step nor a block`;
    findings.atKey("unknown_key", [...path, key], message, `Did you mean \`${meant}\`?`);
    return true;
  }
  return false;
}

function fillStep(name: string, step: JsonObject, path: ValuePath, reading: Reading): JsonObject {
  // The one default that the canonical form fills in.
  const filled = { worker: name, ...withoutFalse(step, "inquire") };
  const at = Object.hasOwn(step, "worker") ? "worker" : "step";
  if (typeof filled.worker === "string") knowWorker(filled.worker, [...path, at], reading);
  return filled;
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

function readWithRetry(
  holder: "step" | "inquiry" | "compensation",
  value: Json,
  path: ValuePath,
  reading: Reading,
): Json {
  const read = readHolder(holder, value, path, reading);
  const retry = isJsonObject(read) && Object.hasOwn(read, "retry") ? read["retry"] : undefined;
  if (isJsonObject(retry)) checkRetry(holder, retry, [...path, "retry"], reading);
  return read;
}

/**
 * What a run must come to, told from its script alone, and what mappings must give: worked out without a line of the
 * engine, from the few forms that `generate-workflow.ts` writes.
 */
import type { Json, JsonObject } from "../../base/json.ts";
import type { Status } from "../../saga/tables.ts";
import type { PlannedRun } from "./generate-world.ts";
import type { Script } from "./script.ts";

export interface ExpectedResult {
  readonly status: Status;
  /** Steps whose effect happens, in order. */
  readonly done: readonly string[];
  /** Of these, whose effect is left in the end. */
  readonly left: readonly string[];
  /** Where an operator is needed. */
  readonly blockedAt?: string;
}

/** These may leave an effect behind that must be undone. */
const doubtful: ReadonlySet<Script> = new Set(["doubts", "misfits", "silent"]);

/** `undefined` where luck has a part in it. */
export function expectedResult({ workflow, scripts }: PlannedRun): ExpectedResult | undefined {
  if (scripts.some(({ step }) => step === "by luck")) return undefined;
  const names = workflow.steps.map(({ name }) => name);
  const stopsAt = scripts.findIndex(({ step }) => step !== "works");
  if (stopsAt < 0) return { status: "completed", done: names, left: names };
  const ending = scripts[stopsAt]?.step ?? "works";
  const done = names.slice(0, ending === "misfits" ? stopsAt + 1 : stopsAt);
  const lastToUndo = doubtful.has(ending) ? stopsAt : stopsAt - 1;
  const stuckAt = scripts.findLastIndex(({ undo }, at) => undo === "cannot" && at <= lastToUndo);
  if (stuckAt < 0) return { status: "compensated", done, left: [] };
  const blockedAt = names[stuckAt] ?? "";
  return { status: "blocked", done, left: done.slice(0, stuckAt + 1), blockedAt };
}

/** What workers gave, by key: the field to which mappings refer. */
export type Given = (key: string) => Json | undefined;

/** The result of a run that completed. */
export function expectedOutput({ workflow, input, id }: PlannedRun, uid: string, given: Given): Json {
  const outputOf = (step: string) => given(`${uid}/${step}`);
  return workflow.output === undefined ? null : (fill(workflow.output, { id, input, outputOf }) ?? null);
}

/** What a step's worker must be given. `isKnown`: whether the output of the step that is undone is. */
export function expectedInput(
  { workflow, input, id }: PlannedRun,
  uid: string,
  step: string,
  action: string,
  isKnown: boolean,
  given: Given,
): Json | undefined {
  const plan = workflow.steps[workflow.places.get(step) ?? -1];
  const own = action === "compensate" ? plan?.compensation?.input : undefined;
  const mapping = own ?? plan?.input;
  // A step's own mapping names steps before it, which have succeeded.
  const outputOf = (of: string) => (own === undefined || isKnown ? given(`${uid}/${of}`) : undefined);
  return mapping === undefined ? input : fill(mapping, { id, input, outputOf });
}

interface Known {
  readonly id: string;
  readonly input: JsonObject;
  readonly outputOf: (step: string) => Json | undefined;
}

function fill(mapping: Json, known: Known): Json | undefined {
  if (typeof mapping !== "object" || mapping === null) return mapping;
  if (Array.isArray(mapping)) return (mapping as readonly Json[]).map((item) => fill(item, known) ?? null);
  const { $: reference, else: otherwise } = mapping as JsonObject;
  if (typeof reference === "string") return lookUp(reference, known) ?? otherwise;
  return Object.fromEntries(Object.entries(mapping).map(([key, inner]) => [key, fill(inner, known) ?? null]));
}

function lookUp(reference: string, { id, input, outputOf }: Known): Json | undefined {
  if (reference === "run.id") return id;
  const [, field] = /^input\.(\w+)$/.exec(reference) ?? [];
  if (field !== undefined) return input[field];
  const [, step = ""] = /^steps\.(\w+)\.output\.of$/.exec(reference) ?? [];
  return outputOf(step);
}

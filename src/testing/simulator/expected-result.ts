/**
 * What a run must come to, told from its script alone, and what mappings must give: worked out without a line of the
 * engine, from the few forms that `generate-workflow.ts` writes.
 */
import type { Json, JsonObject } from "../../base/json.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Run } from "../../saga/run.ts";
import { stepIn } from "../../saga/instances.ts";
import { nameIn, planIn } from "../../saga/step-key.ts";
import type { Status } from "../../saga/tables.ts";
import type { PlannedRun } from "./generate-world.ts";
import type { Dispatch } from "./kept-run.ts";
import type { Script, StepScript } from "./script.ts";

export interface ExpectedResult {
  readonly status: Status;
  /** Steps whose effect happens, in order. */
  readonly done: readonly string[];
  /** Of these, whose effect is left in the end. */
  readonly left: readonly string[];
  /** Where an operator is needed. */
  readonly blockedAt?: string;
}

/** After these nobody knows whether it was done; unless its worker can be asked, who knows that it was not. */
const doubtful: ReadonlySet<Script> = new Set(["doubts", "silent"]);

/** `undefined` where luck has a part in it. `reused`: steps that another run has done. */
export function expectedResult(
  { workflow, scripts }: PlannedRun,
  reused: ReadonlySet<string>,
): ExpectedResult | undefined {
  if (scripts.some(({ step }) => step === "by luck")) return undefined;
  const { steps } = workflow;
  const namesOf = (some: Workflow["steps"]) => some.flatMap(({ name }) => (reused.has(name) ? [] : [name]));
  const stopsAt = scripts.findIndex(({ step }, at) => step !== "works" && !reused.has(steps[at]?.name ?? ""));
  if (stopsAt < 0) return { status: "completed", done: namesOf(steps), left: namesOf(steps) };
  const ending = scripts[stopsAt]?.step ?? "works";
  const last = steps[stopsAt];
  const done = namesOf(steps.slice(0, ending === "misfits" ? stopsAt + 1 : stopsAt));
  // What does not fit its contract was done all the same, and asking brings nothing else to light.
  const isInDoubt = ending === "misfits" || (doubtful.has(ending) && !last?.inquiry);
  const isPastPivot = workflow.pivotPlace >= 0 && stopsAt > workflow.pivotPlace;
  const standsStill = isPastPivot || workflow.onFailure === "incident";
  if (standsStill) return { status: "blocked", done, left: done, blockedAt: last?.name ?? "" };
  return expectedRollback(workflow, scripts, done, isInDoubt ? stopsAt : stopsAt - 1);
}

const namesOf = (steps: Workflow["steps"]): readonly string[] => steps.map(({ name }) => name);

/** Last to first, until one cannot be undone. What has no undo stays, and is residue or nothing. */
function expectedRollback(
  { steps }: Workflow,
  scripts: readonly StepScript[],
  done: readonly string[],
  last: number,
): ExpectedResult {
  const isStuck = (at: number) => at <= last && scripts[at]?.undo === "cannot";
  const stuckAt = steps.findLastIndex(({ compensation }, at) => compensation !== undefined && isStuck(at));
  const left = steps.filter(({ name, compensation }, at) => done.includes(name) && (!compensation || at <= stuckAt));
  if (stuckAt >= 0) return { status: "blocked", done, left: namesOf(left), blockedAt: steps[stuckAt]?.name ?? "" };
  const isResidue = steps.some(({ kind }, at) => kind === "irreversible" && at <= last);
  return { status: isResidue ? "failed" : "compensated", done, left: namesOf(left) };
}

/** What a step or a block gave, as it is seen from where the mapping stands; and the item of a `forEach` around it. */
export interface Given {
  readonly outputOf: (name: string) => Json | undefined;
  readonly itemOf: (variable: string) => Json | undefined;
}

/** The result of a run that completed. */
export function expectedOutput({ workflow, input, id }: PlannedRun, given: Given): Json {
  return workflow.output === undefined ? null : (fill(workflow.output, { id, input, ...given }) ?? null);
}

interface Asked {
  readonly step: string;
  readonly action: string;
  /** Whether the output of the step that is undone is. */
  readonly isKnown: boolean;
  readonly given: Given;
  readonly dispatch: Pick<Dispatch, "input" | "undoInput">;
}

/** What a step's worker must be given: an operator's input comes before what the mapping makes. */
export function expectedInput(
  { workflow, input, id }: PlannedRun,
  { step, action, isKnown, given, dispatch }: Asked,
): Json | undefined {
  const plan = planIn(workflow, step);
  const isUndo = action === "compensate";
  if (isUndo && dispatch.undoInput !== undefined) return dispatch.undoInput;
  const own = isUndo ? plan?.compensation?.input : undefined;
  if (own === undefined && dispatch.input !== undefined) return dispatch.input;
  const mapping = own ?? plan?.input;
  // A step's own mapping names steps before it, which have succeeded, or were skipped.
  const outputOf = (of: string) => (own === undefined || isKnown ? given.outputOf(of) : undefined);
  return mapping === undefined ? input : fill(mapping, { id, input, outputOf, itemOf: given.itemOf });
}

/**
 * Whether all that the mapping of this step refers to is there, or has a stand-in (C20). In blocks all but what an undo is
 * told of its own step has one.
 */
export function canBeFilled(mapping: Json | undefined, step: string, run: Run, workflow: Workflow): boolean {
  const { id, input } = run;
  const outputOf = (name: string) => stepIn(workflow, run, name === nameIn(step) ? step : name)?.output;
  return mapping === undefined || isWhole(mapping, { id, input: input as JsonObject, outputOf, itemOf: () => null });
}

function isWhole(mapping: Json, known: Known): boolean {
  if (typeof mapping !== "object" || mapping === null) return true;
  if (Array.isArray(mapping)) return (mapping as readonly Json[]).every((item) => isWhole(item, known));
  const { $: reference, else: otherwise } = mapping as JsonObject;
  if (typeof reference === "string") return otherwise !== undefined || lookUp(reference, known) !== undefined;
  return Object.values(mapping).every((inner) => isWhole(inner, known));
}

interface Known extends Given {
  readonly id: string;
  readonly input: JsonObject;
}

function fill(mapping: Json, known: Known): Json | undefined {
  if (typeof mapping !== "object" || mapping === null) return mapping;
  if (Array.isArray(mapping)) return (mapping as readonly Json[]).map((item) => fill(item, known) ?? null);
  const { $: reference, else: otherwise } = mapping as JsonObject;
  if (typeof reference === "string") {
    const found = lookUp(reference, known);
    return found === undefined ? otherwise : found;
  }
  return Object.fromEntries(Object.entries(mapping).map(([key, inner]) => [key, fill(inner, known) ?? null]));
}

function lookUp(reference: string, known: Known): Json | undefined {
  if (reference === "run.id") return known.id;
  const [, field] = /^input\.(\w+)$/.exec(reference) ?? [];
  if (field !== undefined) return known.input[field];
  const [, name, ofIt] = /^steps\.(\w+)\.output(\.of)?$/.exec(reference) ?? [];
  if (name === undefined) return known.itemOf(reference);
  const output = known.outputOf(name);
  return ofIt === undefined ? output : (output as JsonObject | null | undefined)?.["of"];
}

/**
 * Holds what goes to a worker and what comes from it against the worker's contract (semantics.md, C20). A problem
 * names places and what should stand there, never what stood there: payloads are not for messages.
 */
import type { Json, JsonObject } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import { type Mismatch, validate } from "./json-schema/validate.ts";
import type { StepPlan, Workflow } from "./workflow.ts";

export function inputMisfit({ catalogue }: Workflow, worker: string, input: Json): Problem | undefined {
  const schema = catalogue.get(worker)?.input;
  return schema && misfit(schema, input, "input", worker);
}

/** `step` is whose worker gave it. */
export function outputMisfit({ catalogue }: Workflow, { worker }: StepPlan, output: Json): Problem | undefined {
  const schema = catalogue.get(worker)?.output;
  return schema && misfit(schema, output, "output", worker);
}

/** How many mismatches a problem tells: enough to mend by, short enough for a line. */
const mostTold = 3;

function misfit(schema: JsonObject, value: Json, what: "input" | "output", worker: string): Problem | undefined {
  const mismatches = validate(schema, value);
  if (mismatches.length === 0) return undefined;
  const told = mismatches.slice(0, mostTold).map((mismatch) => mismatchText(mismatch, what));
  const more = mismatches.length > mostTold ? `; and ${mismatches.length - mostTold} more` : "";
  return {
    code: `${what}_invalid`,
    title: `the ${what} does not fit the contract of ${worker}`,
    detail: `${told.join("; ")}${more}`,
  };
}

/** `input.items[0].qty must be a number, and is a text`. */
export function mismatchText({ path, message }: Mismatch, name: string): string {
  const dot = path === "" || path.startsWith("[") ? "" : ".";
  return `${name}${dot}${path} ${message}`;
}

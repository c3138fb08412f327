import type { Json } from "../base/json.ts";
import type { Workflow } from "./workflow.ts";
import { type Mismatch, validate } from "./json-schema/validate.ts";

/** What of a run's input does not fit the workflow's `inputSchema` (semantics.md, C20); without one anything fits. */
export function checkInput(workflow: Workflow, input: Json): readonly Mismatch[] {
  return workflow.inputSchema === undefined ? [] : validate(workflow.inputSchema, input);
}

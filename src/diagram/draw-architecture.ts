import type { Workflow } from "../definition/workflow.ts";
import { drawEventFlow } from "./draw-event-flow.ts";
import { drawWorkflow } from "./draw-workflow.ts";

/** Both pictures in one text, the workflow first, an empty line between them. */
export function drawArchitecture(workflow: Workflow): string {
  return `${drawWorkflow(workflow)}\n${drawEventFlow(workflow)}`;
}

import type { Workflow } from "../../definition/workflow.ts";
import { chart } from "./chart.ts";
import { workflowPath } from "./workflow-path.ts";

/** The steps from first to last, and beside them the way back. */
export function drawWorkflowFlowchart(workflow: Workflow): string {
  return chart("flowchart TD", workflowPath(workflow));
}

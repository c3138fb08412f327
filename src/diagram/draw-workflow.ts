import { inSeconds } from "../base/duration.ts";
import type { StepPlan, Workflow } from "../definition/workflow.ts";
import { box } from "./text/box.ts";
import { page, underlined } from "./text/page.ts";

const arrow = "     │\n     ▼";

/** The steps from first to last, each with its worker, its compensation and its timeout. */
export function drawWorkflow(workflow: Workflow): string {
  const boxes = workflow.steps.map((step) => box(caption(step)));
  const last = boxes.length - 1;
  return page([
    underlined(`Workflow: ${workflow.name}`, "="),
    ...boxes.map((drawn, place) => (place === last ? drawn : `${drawn}\n${arrow}`)),
  ]);
}

function caption(step: StepPlan): string {
  const undone = step.compensation ? ` [comp: ${step.compensation.worker}]` : "";
  return `${step.name} (${step.worker})${undone} [${inSeconds(step.timeoutMs)}]`;
}

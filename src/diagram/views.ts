import type { Workflow } from "../definition/workflow.ts";
import { drawArchitecture } from "./draw-architecture.ts";
import { drawEventFlow } from "./draw-event-flow.ts";
import { drawWorkflow } from "./draw-workflow.ts";

/** A way to look at a workflow: what `clew draw --view` chooses from. */
export interface View {
  readonly name: ViewName;
  /** For a list of views: what the picture shows. */
  readonly shows: string;
  readonly draw: (workflow: Workflow) => string;
}

export type ViewName = "workflow" | "events" | "architecture";

export const views: readonly View[] = [
  { name: "workflow", shows: "the steps, their workers, compensations and timeouts", draw: drawWorkflow },
  { name: "events", shows: "the components, the event types and the messages of each step", draw: drawEventFlow },
  { name: "architecture", shows: "the workflow, then its events", draw: drawArchitecture },
];

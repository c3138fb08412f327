import type { Workflow } from "../definition/workflow.ts";
import { drawArchitecture } from "./draw-architecture.ts";
import { drawEventFlow } from "./draw-event-flow.ts";
import { drawWorkflow } from "./draw-workflow.ts";
import { drawArchitectureFlowchart } from "./mermaid/draw-architecture-flowchart.ts";
import { drawEventSequence } from "./mermaid/draw-event-sequence.ts";
import { drawWorkflowFlowchart } from "./mermaid/draw-workflow-flowchart.ts";

/** What `clew draw --view` chooses from. */
export const viewNames = ["workflow", "events", "architecture"] as const;
export type ViewName = (typeof viewNames)[number];

/** What `clew draw --format` chooses from: a new one is a compile error until every view has a drawing for it. */
export const pictureFormats = ["text", "mermaid"] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** A way to look at a workflow. */
export interface View {
  /** For a list of views: what the picture shows. */
  readonly shows: string;
  readonly drawings: Readonly<Record<PictureFormat, (workflow: Workflow) => string>>;
}

export const views: Readonly<Record<ViewName, View>> = {
  workflow: {
    shows: "the steps, their workers, compensations and timeouts",
    drawings: { text: drawWorkflow, mermaid: drawWorkflowFlowchart },
  },
  events: {
    shows: "the components, the event types and the messages of each step",
    drawings: { text: drawEventFlow, mermaid: drawEventSequence },
  },
  architecture: {
    shows: "the workflow, then its events",
    drawings: { text: drawArchitecture, mermaid: drawArchitectureFlowchart },
  },
};

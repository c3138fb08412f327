import type { Workflow } from "../definition/workflow.ts";
import { sketchDifference } from "./difference/sketch-difference.ts";
import { drawArchitecture as drawDotArchitecture, drawEvents as drawDotEvents } from "./dot/draw-events.ts";
import { drawEventFlow } from "./text/draw-event-flow.ts";
import { painters, type PictureFormat } from "./formats.ts";
import { drawArchitectureFlowchart } from "./mermaid/draw-architecture-flowchart.ts";
import { drawEventSequence } from "./mermaid/draw-event-sequence.ts";
import type { RunPicture } from "./run/run-picture.ts";
import { sketchRun } from "./run/sketch-run.ts";
import { sketchUndo } from "./run/sketch-undo.ts";
import type { Sketch } from "./sketch.ts";
import { sketchWorkflow } from "./sketch-workflow.ts";
import { drawArchitecture as drawSvgArchitecture } from "./svg/draw-architecture.ts";
import { drawEvents as drawSvgEvents } from "./svg/draw-events.ts";

/** Ways to look at a workflow. */
export const viewNames = ["workflow", "events", "architecture"] as const;
export type ViewName = (typeof viewNames)[number];

/** Ways to look at a run. */
export const runViewNames = ["run", "undo"] as const;
export type RunViewName = (typeof runViewNames)[number];

export interface View {
  /** For a list of views: what the picture shows. */
  readonly shows: string;
  readonly drawings: Readonly<Record<PictureFormat, (workflow: Workflow) => string>>;
}

const inEachFormat = (sketch: (workflow: Workflow) => Sketch): View["drawings"] => ({
  text: (workflow) => painters.text(sketch(workflow)),
  mermaid: (workflow) => painters.mermaid(sketch(workflow)),
  svg: (workflow) => painters.svg(sketch(workflow)),
  dot: (workflow) => painters.dot(sketch(workflow)),
});

const workflowDrawings = inEachFormat(sketchWorkflow);

export const views: Readonly<Record<ViewName, View>> = {
  workflow: {
    shows: "the steps and blocks, their workers, compensations and timeouts",
    drawings: workflowDrawings,
  },
  events: {
    shows: "the components, the event types and the messages of each step",
    drawings: { text: drawEventFlow, mermaid: drawEventSequence, svg: drawSvgEvents, dot: drawDotEvents },
  },
  architecture: {
    shows: "the workflow, then its events",
    drawings: {
      // Both pictures in one text, an empty line between them.
      text: (workflow) => `${workflowDrawings.text(workflow)}\n${drawEventFlow(workflow)}`,
      mermaid: drawArchitectureFlowchart,
      svg: drawSvgArchitecture,
      dot: drawDotArchitecture,
    },
  },
};

interface RunView {
  readonly shows: string;
  readonly sketch: (workflow: Workflow, picture: RunPicture) => Sketch;
}

export const runViews: Readonly<Record<RunViewName, RunView>> = {
  run: { shows: "what became of each step of a run, how it was undone, what is left", sketch: sketchRun },
  undo: { shows: "what of a run would be undone now, in which order", sketch: sketchUndo },
};

export const drawRun = (view: RunViewName, format: PictureFormat, workflow: Workflow, picture: RunPicture): string =>
  painters[format](runViews[view].sketch(workflow, picture));

/** What the second of two workflows has that the first has not, and the other way round. */
export const drawDifference = (format: PictureFormat, before: Workflow, after: Workflow): string =>
  painters[format](sketchDifference(before, after));

import type { Workflow } from "../definition/workflow.ts";
import { sketchWorkflow } from "./sketch-workflow.ts";
import { drawSketch } from "./text/draw-sketch.ts";

/** The steps from first to last, each with its worker, its compensation and its timeout. */
export const drawWorkflow = (workflow: Workflow): string => drawSketch(sketchWorkflow(workflow));

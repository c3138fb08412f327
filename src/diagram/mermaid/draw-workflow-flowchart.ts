import type { Workflow } from "../../definition/workflow.ts";
import { sketchWorkflow } from "../sketch-workflow.ts";
import { drawSketch } from "./draw-sketch.ts";

/** The steps from first to last, and beside them the way back. */
export const drawWorkflowFlowchart = (workflow: Workflow): string => drawSketch(sketchWorkflow(workflow));

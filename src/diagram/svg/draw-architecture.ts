/** The workflow, and beside it the components that run it and the workers with their event types. */
import type { Workflow } from "../../definition/workflow.ts";
import { workerNodes } from "../events/worker-nodes.ts";
import type { Card, Part, Sketch } from "../sketch.ts";
import { sketchWorkflow } from "../sketch-workflow.ts";
import { sketchSheet } from "./draw-sketch.ts";
import { text } from "./element.ts";
import { type Sheet, sheet } from "./sheet.ts";

const gap = 60;
/** Workers in more columns would make the whole too wide for a page. */
const twoCards = 560;
const headingHeight = 30;

export function drawArchitecture(workflow: Workflow): string {
  const [left, right] = [sketchSheet(sketchWorkflow(workflow)), sketchSheet(components(workflow), twoCards)];
  return sheet({
    title: `Architecture: ${workflow.name}`,
    about: `${left.about} ${right.about}`,
    summary: [],
    width: left.width + gap + right.width,
    height: headingHeight + Math.max(left.height, right.height),
    content: [...headed("Workflow", left, 0), ...headed("Components", right, left.width + gap)],
  });
}

const headed = (heading: string, { content }: Sheet, x: number): readonly string[] => [
  text(x, 14, "lead", heading),
  `<g transform="translate(${Math.round(x)} ${headingHeight})">`,
  ...content,
  "</g>",
];

function components(workflow: Workflow): Sketch {
  const lanes = workerNodes(workflow).map(({ id, name, executes, types }) => ({
    parts: [card(id, name, types, executes ? "step" : "undo")],
  }));
  const workers: Part[] =
    lanes.length === 0
      ? []
      : [
          {
            is: "frame",
            key: "workers",
            kind: "parallel",
            title: "Workers",
            facts: ["each in a process of its own, if you like"],
            lanes,
          },
        ];
  return {
    title: "Components",
    about: "The orchestrator decides and records, the bus carries, the worker manager runs the workers.",
    summary: [],
    lane: {
      parts: [
        card("orchestrator", "Orchestrator", ["decides, records, publishes", "command, status.workflow; takes result"]),
        card("bus", "EventBus", ["carries command and result"]),
        card("manager", "WorkerManager", ["takes command, answers with result"]),
        ...workers,
      ],
    },
  };
}

const card = (key: string, title: string, facts: readonly string[], look: "step" | "undo" = "step"): Card => ({
  is: "card",
  key,
  look,
  title,
  facts,
});

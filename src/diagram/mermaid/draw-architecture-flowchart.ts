import type { Workflow } from "../../definition/workflow.ts";
import { type WorkerNode, workerNodes } from "../events/worker-nodes.ts";
import { sketchWorkflow } from "../sketch-workflow.ts";
import { block, chart } from "./chart.ts";
import { flowLines } from "./flow-lines.ts";
import { label } from "./label.ts";

/** The workflow, the components that run it, and each worker with the event types that it takes and answers with. */
export function drawArchitectureFlowchart(workflow: Workflow): string {
  const workers = workerNodes(workflow);
  return chart("flowchart LR", [
    ...block([`subgraph workflow [${label("Workflow")}]`, ["direction TB", ...flowLines(sketchWorkflow(workflow))]]),
    ...block([
      `subgraph components [${label("Components")}]`,
      [
        "direction LR",
        `orchestrator[${label("Orchestrator")}]`,
        `bus[${label("EventBus")}]`,
        `manager[${label("WorkerManager")}]`,
        ...block([`subgraph workers [${label("Workers")}]`, workers.map(workerNode)]),
      ],
    ]),
    "workflow --> components",
    `orchestrator <-->|${label("command", "result", "status.workflow")}| bus`,
    `bus <-->|${label("command", "result")}| manager`,
    ...workers.map(({ id, types }) => `manager <-->|${label(...types)}| ${id}`),
  ]);
}

const workerNode = ({ id, name, executes }: WorkerNode): string => `${id}[${label(name)}]${executes ? "" : ":::undo"}`;

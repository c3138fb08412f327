import { type Workflow, workerTypesOf } from "../../definition/workflow.ts";
import { block, chart } from "./chart.ts";
import { label } from "./label.ts";
import { sketchWorkflow } from "../sketch-workflow.ts";
import { flowLines } from "./flow-lines.ts";

interface WorkerNode {
  readonly id: string;
  readonly name: string;
  readonly executes: boolean;
  readonly compensates: boolean;
}

/** The workflow, the components that run it, and each worker with the event types that it takes and answers with. */
export function drawArchitectureFlowchart(workflow: Workflow): string {
  const workers = workersOf(workflow);
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
    ...workers.map((worker) => `manager <-->|${label(...typesOf(worker))}| ${worker.id}`),
  ]);
}

function workersOf(workflow: Workflow): WorkerNode[] {
  const executing = new Set(workflow.steps.map(({ worker }) => worker));
  const compensating = new Set(workflow.steps.map(({ compensation }) => compensation?.worker));
  return workerTypesOf(workflow).map((name, place) => ({
    id: `w${place + 1}`,
    name,
    executes: executing.has(name),
    compensates: compensating.has(name),
  }));
}

const workerNode = ({ id, name, executes }: WorkerNode): string => `${id}[${label(name)}]${executes ? "" : ":::undo"}`;

function typesOf({ name, executes, compensates }: WorkerNode): string[] {
  return [...(executes ? [`command.${name}`] : []), ...(compensates ? [`compensation.${name}`] : []), `result.${name}`];
}

/** Event types between those who publish and those who take them: what goes over the bus, without its order. */
import type { Workflow } from "../../definition/workflow.ts";
import { workerNodes } from "../events/worker-nodes.ts";
import { sketchWorkflow } from "../sketch-workflow.ts";
import { block, digraph, edgeLine, nodeLine, quoted } from "./dot-text.ts";
import { flowLines } from "./flow-lines.ts";

export function drawEvents(workflow: Workflow): string {
  const title = `Event Flow: ${workflow.name}`;
  return digraph(title, ["rankdir=LR;", `label=${quoted(title)};`, ...componentLines(workflow)]);
}

export function drawArchitecture(workflow: Workflow): string {
  const title = `Architecture: ${workflow.name}`;
  return digraph(title, [
    `label=${quoted(title)};`,
    ...block("subgraph cluster_workflow", ['label="Workflow";', ...flowLines(sketchWorkflow(workflow))]),
    ...block("subgraph cluster_components", ['label="Components";', ...componentLines(workflow)]),
  ]);
}

function componentLines(workflow: Workflow): readonly string[] {
  const workers = workerNodes(workflow);
  const component = (id: string, label: string) => nodeLine(id, { label: quoted(label), style: "rounded" });
  return [
    component("orchestrator", "Orchestrator"),
    component("bus", "EventBus"),
    component("manager", "WorkerManager"),
    ...block("subgraph cluster_workers", [
      'label="Workers";',
      ...workers.map(({ id, name, executes }) =>
        nodeLine(id, { label: quoted(name), ...(executes ? {} : { style: "dashed" }) }),
      ),
    ]),
    edgeLine("orchestrator", "bus", { label: quoted("command", "result", "status.workflow"), dir: "both" }),
    edgeLine("bus", "manager", { label: quoted("command", "result"), dir: "both" }),
    ...workers.map(({ id, types }) => edgeLine("manager", id, { label: quoted(...types), dir: "both" })),
  ];
}

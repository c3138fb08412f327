import type { Workflow } from "../../definition/workflow.ts";
import { type Exchange, type Fragment, type Scene, scenesOf } from "../events/scene.ts";
import { block, chart } from "./chart.ts";
import { plainText } from "./label.ts";

const participants = [
  "participant orchestrator as Orchestrator",
  "participant bus as EventBus",
  "participant manager as WorkerManager",
  "participant workers as Workers",
];

export function drawEventSequence(workflow: Workflow): string {
  return chart("sequenceDiagram", [...participants, ...scenesOf(workflow).flatMap(sceneLines)]);
}

function sceneLines(scene: Scene): string[] {
  switch (scene.is) {
    case "exchange":
      return [headed(scene.heading), ...exchange(scene)];
    case "remark":
      return [headed(scene.text)];
    case "ending":
      return [status(scene.status)];
    case "fragment":
      return block(
        ...scene.operands.map(
          ({ guard, scenes }, place) =>
            [
              `${place === 0 ? scene.operator : further[scene.operator]} ${plainText(guard)}`,
              scenes.flatMap(sceneLines),
            ] as const,
        ),
      );
  }
}

/** The word before an operand that is not the first. */
const further: Readonly<Record<Fragment["operator"], string>> = { par: "and", alt: "else", opt: "else", loop: "else" };

/** Commands are published before the status events of the same commit. */
function exchange({ command, action, outcome, result }: Exchange): string[] {
  return [
    `orchestrator->>bus: ${plainText(command)}`,
    status(),
    `bus->>manager: ${plainText(command)}`,
    `manager->>workers: ${action}`,
    `workers-->>manager: ${outcome}`,
    `manager->>bus: ${plainText(result)}`,
    `bus->>orchestrator: ${plainText(result)}`,
  ];
}

const headed = (what: string): string => `Note over orchestrator,workers: ${plainText(what)}`;
const status = (final?: string): string => `orchestrator->>bus: status.workflow${final ? ` (${final})` : ""}`;

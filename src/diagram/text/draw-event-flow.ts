/**
 * Who sends what to whom (events.md, 1). The picture shows the purpose: the arrow of an undo is labelled
 * `compensation.<worker>`, though the wire's type is `command.<worker>` with `action: compensate`.
 */
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "../../definition/workflow.ts";
import { actFacts, blockRule, laneTitle, undoWorker, whenFacts } from "../block-words.ts";
import { wrapped } from "./columns.ts";
import { page, underlined } from "./page.ts";
import { textColumns } from "./text-medium.ts";

/** Longer types push their description to the right and are never cut. */
const typeColumns = 25;

const components = `\
┌─────────────┐    ┌──────────┐    ┌──────────────┐    ┌─────────┐
│ Orchestrator│───▶│ EventBus │◀──▶│ WorkerManager│───▶│ Workers │
└─────────────┘    └──────────┘    └──────────────┘    └─────────┘
        │               │                    │              │
        ▼               ▼                    ▼              ▼
  [publishes]      [routes]           [subscribes]    [processes]`;

/** The components, every event type of the workflow, and the messages of each step. */
export function drawEventFlow(workflow: Workflow): string {
  const types = Array.from(eventTypes(workflow), ([type, meaning]) => `• ${type.padEnd(typeColumns)} - ${meaning}`);
  return page([
    underlined(`Event Flow: ${workflow.name}`, "="),
    "Components & Event Flow:",
    components,
    [underlined("Event Types:", "─"), ...types].join("\n"),
    underlined("Step Event Flows:", "─"),
    ...bodyFlows(workflow.body),
  ]);
}

/** A type that several steps share stands at its first place with its last meaning: what a `Map` does by itself. */
function eventTypes(workflow: Workflow): ReadonlyMap<string, string> {
  const meanings = new Map([["status.workflow", "Workflow status updates"]]);
  for (const { worker, compensation } of workflow.steps) {
    if (worker !== "") {
      meanings.set(`command.${worker}`, `Commands for ${worker} worker`);
      meanings.set(`result.${worker}`, `Results from ${worker} worker`);
    }
    if (!compensation || compensation.worker === "") continue;
    meanings.set(`command.${compensation.worker}`, `Compensation commands for ${compensation.worker}`);
    meanings.set(`result.${compensation.worker}`, `Compensation results from ${compensation.worker}`);
  }
  return meanings;
}

const bodyFlows = ({ nodes }: Body): readonly string[] => nodes.flatMap(nodeFlows);

const nodeFlows = (node: NodePlan): readonly string[] => (node.is === "step" ? [stepFlow(node)] : blockFlows(node));

/** What is in a block stands behind a line down to its end. */
function blockFlows(block: BlockPlan): readonly string[] {
  const heading = [`${block.is} ${block.name}: ${blockRule(block)}`, ...whenFacts(block.when)];
  const inside = block.bodies.flatMap((body) => {
    const title = laneTitle(block, body.arm);
    const flows = body.nodes.length === 0 ? ["nothing"] : bodyFlows(body);
    return title === undefined ? flows : [...broken([`── ${title}`]), ...flows];
  });
  return [
    broken(heading).join("\n"),
    ...inside.map((flow) => flow.replaceAll(/^/gm, "│ ").replaceAll(/ +$/gm, "")),
    "└─",
  ];
}

const broken = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => wrapped(line, textColumns - 8).map((one) => one.trimEnd()));

function stepFlow(step: StepPlan): string {
  const { name, worker, act, compensation, when } = step;
  if (act.is !== "work") {
    const back = compensation ? [`  undone by ${undoWorker(step) ?? ""}`] : [];
    const lines = [...actFacts(act), ...whenFacts(when)].map((fact) => `  ${fact}`);
    return [`${name} (${act.is}):`, ...broken(lines), ...back].join("\n");
  }
  const lines = [
    `${name} (${worker}):`,
    ...broken(whenFacts(when).map((fact) => `  ${fact}`)),
    `  Orchestrator ──[command.${worker}]──▶ WorkerManager`,
    `  Orchestrator ◀─[result.${worker}]──── WorkerManager`,
  ];
  if (compensation) lines.push(`  Orchestrator ──[compensation.${compensation.worker}]──▶ WorkerManager`);
  return lines.join("\n");
}

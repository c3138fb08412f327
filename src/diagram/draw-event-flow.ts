/**
 * Who sends what to whom (events.md, 1). The picture shows the purpose: the arrow of an undo is labelled
 * `compensation.<worker>`, though the wire's type is `command.<worker>` with `action: compensate`.
 */
import type { StepPlan, Workflow } from "../definition/workflow.ts";
import { page, underlined } from "./text/page.ts";

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
    ...workflow.steps.map(stepFlow),
  ]);
}

/** A type that several steps share stands at its first place with its last meaning: what a `Map` does by itself. */
function eventTypes(workflow: Workflow): ReadonlyMap<string, string> {
  const meanings = new Map([["status.workflow", "Workflow status updates"]]);
  for (const { worker, compensation } of workflow.steps) {
    meanings.set(`command.${worker}`, `Commands for ${worker} worker`);
    meanings.set(`result.${worker}`, `Results from ${worker} worker`);
    if (!compensation) continue;
    meanings.set(`command.${compensation.worker}`, `Compensation commands for ${compensation.worker}`);
    meanings.set(`result.${compensation.worker}`, `Compensation results from ${compensation.worker}`);
  }
  return meanings;
}

function stepFlow({ name, worker, compensation }: StepPlan): string {
  const lines = [
    `${name} (${worker}):`,
    `  Orchestrator ──[command.${worker}]──▶ WorkerManager`,
    `  Orchestrator ◀─[result.${worker}]──── WorkerManager`,
  ];
  if (compensation) lines.push(`  Orchestrator ──[compensation.${compensation.worker}]──▶ WorkerManager`);
  return lines.join("\n");
}

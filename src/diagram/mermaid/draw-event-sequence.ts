/**
 * Who sends what to whom, in order (events.md, 1). As in the text picture, the arrow of an undo is labelled
 * `compensation.<worker>`, though the wire's type is `command.<worker>` with `action: compensate`.
 */
import type { CompensationPlan, StepPlan, Workflow } from "../../definition/workflow.ts";
import { block, chart } from "./chart.ts";

const participants = [
  "participant orchestrator as Orchestrator",
  "participant bus as EventBus",
  "participant manager as WorkerManager",
  "participant workers as Workers",
];

export function drawEventSequence(workflow: Workflow): string {
  return chart("sequenceDiagram", [...participants, ...workflow.steps.flatMap(stepMessages), ...ending(workflow)]);
}

function stepMessages({ name, worker }: StepPlan): string[] {
  return [headed(`step ${name}`), ...exchange(`command.${worker}`, "execute", "succeeded", worker)];
}

/** One run takes one of the two ways; of the steps it undoes those that it did, or may have done, the last one first. */
function ending({ steps }: Workflow): string[] {
  const undos = steps
    .toReversed()
    .flatMap(({ name, compensation }) => (compensation ? [undo(name, compensation)] : []));
  const failed = undos.length > 0 ? "what was done is undone in reverse" : "none has an undo";
  return block(
    ["alt every step succeeded", [status("completed")]],
    [`else a step failed, ${failed}`, [...undos.flat(), status("compensated")]],
  );
}

function undo(step: string, { worker }: CompensationPlan): string[] {
  return block([
    `opt ${step} succeeded or is in doubt`,
    [headed(`undo ${step}`), ...exchange(`compensation.${worker}`, "compensate", "compensated", worker)],
  ]);
}

/** Commands are published before the status events of the same commit. */
function exchange(command: string, action: string, outcome: string, worker: string): string[] {
  return [
    `orchestrator->>bus: ${command}`,
    status(),
    `bus->>manager: ${command}`,
    `manager->>workers: ${action}`,
    `workers-->>manager: ${outcome}`,
    `manager->>bus: result.${worker}`,
    `bus->>orchestrator: result.${worker}`,
  ];
}

const headed = (what: string): string => `Note over orchestrator,workers: ${what}`;
const status = (final?: string): string => `orchestrator->>bus: status.workflow${final ? ` (${final})` : ""}`;

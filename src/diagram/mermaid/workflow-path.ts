import { inSeconds } from "../../base/duration.ts";
import type { CompensationPlan, StepPlan, Workflow } from "../../definition/workflow.ts";
import { label } from "./label.ts";

/** A step and its node's number. Names are no ids: any of them may be a word of Mermaid's. */
interface Placed {
  readonly number: number;
  readonly step: StepPlan;
}

interface Undo extends Placed {
  readonly compensation: CompensationPlan;
}

/**
 * What a flowchart says of a workflow: the steps downwards from the start to `completed`, beside them the undo path
 * upwards to `compensated`, and from each step a dotted edge to what undoes it.
 */
export function workflowPath(workflow: Workflow): string[] {
  const steps = workflow.steps.map((step, place): Placed => ({ number: place + 1, step }));
  const undos = steps.flatMap(({ number, step }): Undo[] =>
    step.compensation ? [{ number, step, compensation: step.compensation }] : [],
  );
  return [
    `start([${label(workflow.name)}])`,
    ...steps.map(stepNode),
    `completed([${label("completed")}])`,
    ...(undos.length > 0 ? undoNodes(undos) : []),
    "start --> s1",
    ...steps.flatMap((placed) => stepEdges(placed, placed.number === steps.length)),
    ...(undos.length > 0 ? undoEdges(undos) : []),
  ];
}

const stepNode = ({ number, step }: Placed): string =>
  `s${number}[${label(step.name, `worker ${step.worker}`, `timeout ${inSeconds(step.timeoutMs)}`)}]`;

const undoNode = ({ number, step, compensation }: Undo): string =>
  `u${number}[${label(`undo ${step.name}`, `worker ${compensation.worker}`, `timeout ${inSeconds(compensation.timeoutMs)}`)}]:::undo`;

/**
 * The invisible links come before all other edges, and a step's dotted edge before the one to the next step: so both
 * layouts that Mermaid draws with (dagre, and ELK from 12 on) break the circle where the undo path shall run upwards.
 */
function undoNodes(undos: readonly Undo[]): string[] {
  return [
    ...undos.map(undoNode),
    `compensated([${label("compensated")}])`,
    "%% Invisible links keep the undo path beside the steps.",
    ["start", "compensated", ...undos.map(({ number }) => `u${number}`)].join(" ~~~ "),
  ];
}

function stepEdges({ number, step }: Placed, isLast: boolean): string[] {
  const onwards = `s${number} --> ${isLast ? "completed" : `s${number + 1}`}`;
  return step.compensation ? [`s${number} -.-> u${number}`, onwards] : [onwards];
}

/** Last step first (semantics.md, C9). */
function undoEdges(undos: readonly Undo[]): string[] {
  const stations = ["compensated", ...undos.map(({ number }) => `u${number}`)];
  const edges = undos.map(({ number }, place) => `u${number} --> ${stations[place]}`);
  return [...edges.toReversed(), "classDef undo stroke-dasharray:4 3"];
}

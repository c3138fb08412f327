/** A workflow as a sketch: what it would do, and how it would be undone. */
import { inSeconds } from "../base/duration.ts";
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "../definition/workflow.ts";
import { actFacts, blockRule, kindFacts, laneTitle, undoWorker, whenFacts } from "./block-words.ts";
import { type Card, type Frame, type Lane, nothing, type Part, type Sketch } from "./sketch.ts";

export function sketchWorkflow(workflow: Workflow): Sketch {
  const undoable = workflow.steps.filter(({ compensation }) => compensation !== undefined).length;
  return {
    title: `Workflow: ${workflow.name}`,
    about: `${counted(workflow.steps.length, "step")}, ${undoable === 0 ? "none" : undoable} with an undo.`,
    summary: [],
    lane: laneOf(workflow.body, workflow.name),
    stations: { start: workflow.name, end: "completed", undone: "compensated" },
    isUndoInCaption: true,
  };
}

export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

function laneOf({ nodes, block, arm }: Body, key: string): Lane {
  const title = block && laneTitle(block, arm);
  return {
    ...(title === undefined ? {} : { title }),
    parts: nodes.length === 0 ? [nothing(`${key}/${arm}`)] : nodes.map(partOf),
  };
}

const partOf = (node: NodePlan): Part => (node.is === "step" ? cardOf(node) : frameOf(node));

/** A block, around what is made of its sequences. */
export function frameOf(
  block: BlockPlan,
  lanes: readonly Lane[] = block.bodies.map((body) => laneOf(body, block.name)),
): Frame {
  return {
    is: "frame",
    key: block.name,
    kind: block.is,
    title: `${block.is} ${block.name}`,
    facts: [blockRule(block), ...whenFacts(block.when)],
    lanes,
  };
}

export function cardOf(step: StepPlan): Card {
  const { act, name, worker, timeoutMs, when } = step;
  const undo = undoOf(step);
  if (act.is !== "work") {
    const facts = [...actFacts(act), ...whenFacts(when)];
    const back = undo ? [`[comp: ${undoWorker(step) ?? ""}]`] : [];
    return {
      is: "card",
      key: name,
      look: act.is,
      title: `${act.is} ${name}`,
      facts,
      caption: [`${act.is} ${name}:`, actFacts(act).join(", "), ...back],
      below: whenFacts(when),
      ...(undo ? { undo } : {}),
    };
  }
  return {
    is: "card",
    key: name,
    look: "step",
    title: name,
    facts: [`worker ${worker}`, `timeout ${inSeconds(timeoutMs)}`, ...kindFacts(step), ...whenFacts(when)],
    caption: [
      name,
      `(${worker})`,
      ...(step.compensation ? [`[comp: ${step.compensation.worker}]`] : []),
      `[${inSeconds(timeoutMs)}]`,
      ...kindFacts(step).map((fact) => `[${fact.replace(/:.*/, "")}]`),
    ],
    below: whenFacts(when),
    ...(undo ? { undo } : {}),
  };
}

function undoOf(step: StepPlan): Card | undefined {
  const { name, act, compensation } = step;
  if (!compensation) return undefined;
  const itself = act.is === "child" && compensation.worker === "";
  return {
    is: "card",
    key: `${name}!undo`,
    look: "undo",
    title: `undo ${name}`,
    facts: itself
      ? ["the child goes back"]
      : [`worker ${compensation.worker}`, `timeout ${inSeconds(compensation.timeoutMs)}`],
  };
}

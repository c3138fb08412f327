/**
 * Who sends what to whom, in order (events.md, 1), independent of how it is drawn. The arrow of an undo is labelled
 * `compensation.<worker>`, though the wire's type is `command.<worker>` with `action: compensate`.
 */
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "../../definition/workflow.ts";
import { actFacts, blockRule, condition, laneTitle } from "../block-words.ts";

/** A command that goes out over the bus to a worker, and its result that comes back. */
export interface Exchange {
  readonly is: "exchange";
  readonly heading: string;
  readonly command: string;
  readonly action: "execute" | "compensate";
  readonly outcome: "succeeded" | "compensated";
  readonly result: string;
}

/** What the engine does itself: nothing goes over the bus. */
export interface Remark {
  readonly is: "remark";
  readonly text: string;
}

/** The last status event of a run. */
export interface Ending {
  readonly is: "ending";
  readonly status: "completed" | "compensated";
}

/** As in UML: `par` side by side, `alt` one of them, `opt` perhaps, `loop` again and again. */
export interface Fragment {
  readonly is: "fragment";
  readonly operator: "par" | "alt" | "opt" | "loop";
  /** At least one. */
  readonly operands: readonly Operand[];
}

interface Operand {
  readonly guard: string;
  readonly scenes: readonly Scene[];
}

export type Scene = Exchange | Remark | Ending | Fragment;

/** One run takes one of the two ways at the end; of the steps it undoes those that it did, or may have done. */
export function scenesOf(workflow: Workflow): readonly Scene[] {
  const undos = undoScenes(workflow.body);
  const failed = undos.length > 0 ? "what was done is undone in reverse" : "none has an undo";
  return [
    ...bodyScenes(workflow.body),
    fragment("alt", [
      { guard: "every step succeeded", scenes: [{ is: "ending", status: "completed" }] },
      { guard: `a step failed, ${failed}`, scenes: [...undos, { is: "ending", status: "compensated" }] },
    ]),
  ];
}

const fragment = (operator: Fragment["operator"], operands: readonly Operand[]): Fragment => ({
  is: "fragment",
  operator,
  operands,
});

const bodyScenes = ({ nodes }: Body): readonly Scene[] => nodes.flatMap(nodeScenes);

function nodeScenes(node: NodePlan): readonly Scene[] {
  const scenes = node.is === "step" ? [stepScene(node)] : [blockScene(node)];
  if (node.when === undefined) return scenes;
  return [fragment("opt", [{ guard: `only when ${condition(node.when)}`, scenes }])];
}

function stepScene({ name, worker, act }: StepPlan): Scene {
  if (act.is !== "work") return { is: "remark", text: `${act.is} ${name}: ${actFacts(act).join(", ")}` };
  return {
    is: "exchange",
    heading: `step ${name}`,
    command: `command.${worker}`,
    action: "execute",
    outcome: "succeeded",
    result: `result.${worker}`,
  };
}

function blockScene(block: BlockPlan): Scene {
  const operator = ({ parallel: "par", choose: "alt", forEach: "loop", loop: "loop" } as const)[block.is];
  return fragment(
    operator,
    block.bodies.map((body, arm) => ({
      guard: guardOf(block, arm),
      scenes: body.nodes.length === 0 ? [{ is: "remark", text: "nothing" }] : bodyScenes(body),
    })),
  );
}

function guardOf(block: BlockPlan, arm: number): string {
  const title = laneTitle(block, arm);
  if (title === undefined) return `${block.name} ${blockRule(block)}`;
  return arm === 0 ? `${block.name}: ${title}` : title;
}

/** The last one first; lanes side by side, iterations in reverse (semantics.md, C9 and C13). */
const undoScenes = ({ nodes }: Body): readonly Scene[] => nodes.toReversed().flatMap(undoScene);

function undoScene(node: NodePlan): readonly Scene[] {
  if (node.is === "step") return stepUndo(node);
  const lanes = node.bodies
    .map((body, arm) => ({ guard: laneTitle(node, arm) ?? "", scenes: undoScenes(body) }))
    .filter(({ scenes }) => scenes.length > 0);
  if (lanes.length === 0) return [];
  if (node.is === "choose") return lanes.flatMap(({ scenes }) => scenes);
  if (node.is === "parallel") return [fragment("par", lanes)];
  const order =
    node.is === "forEach" ? `each ${node.as} that was begun, the last first` : "each iteration, the last first";
  return [fragment("loop", [{ guard: `undo ${node.name}: ${order}`, scenes: lanes.flatMap(({ scenes }) => scenes) }])];
}

function stepUndo({ name, act, compensation }: StepPlan): readonly Scene[] {
  if (!compensation) return [];
  const { worker } = compensation;
  const scene: Scene =
    worker === "" && act.is === "child"
      ? { is: "remark", text: `undo ${name}: the child goes back` }
      : {
          is: "exchange",
          heading: `undo ${name}`,
          command: `compensation.${worker}`,
          action: "compensate",
          outcome: "compensated",
          result: `result.${worker}`,
        };
  return [fragment("opt", [{ guard: `${name} succeeded or is in doubt`, scenes: [scene] }])];
}

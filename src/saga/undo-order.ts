/**
 * In which order a run is undone (semantics.md, C9 and C13): the reverse of the dependencies, never of the clock. A
 * sequence last to first; branches side by side; iterations last to first; items side by side, the last first, as many
 * at a time as were done at a time.
 */
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "../definition/workflow.ts";
import { blockIn, stepIn } from "./instances.ts";
import type { CompensationRun, Run, StepRun } from "./run.ts";
import { withIndex } from "./step-key.ts";
import { settledCompensationStates } from "./tables.ts";

/**
 * - `settled`: all of it is undone, or need not be
 * - `under_way`
 * - `stuck`: what is left of it waits for an operator
 */
export type Undoing = "settled" | "under_way" | "stuck";

/** Told of each compensation whose turn it is; what it decides may settle it at once. */
export type OnTurn = (plan: StepPlan, key: string, step: StepRun, compensation: CompensationRun) => void;

const isUndone = ({ state, isOwed }: CompensationRun): boolean => settledCompensationStates.has(state) && !isOwed;

export function undoIn(workflow: Workflow, run: Run, { nodes }: Body, indices: string, onTurn: OnTurn): Undoing {
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    const undoing = node ? undoAt(workflow, run, node, indices, onTurn) : "settled";
    if (undoing !== "settled") return undoing;
  }
  return "settled";
}

function undoAt(workflow: Workflow, run: Run, node: NodePlan, indices: string, onTurn: OnTurn): Undoing {
  const key = node.name + indices;
  if (node.is !== "step") return undoBlock(workflow, run, node, key, indices, onTurn);
  const step = stepIn(workflow, run, key);
  const compensation = step?.compensation;
  if (!step || !compensation || isUndone(compensation)) return "settled";
  onTurn(node, key, step, compensation);
  if (isUndone(compensation)) return "settled";
  return compensation.state === "blocked" ? "stuck" : "under_way";
}

function undoBlock(
  workflow: Workflow,
  run: Run,
  plan: BlockPlan,
  key: string,
  indices: string,
  onTurn: OnTurn,
): Undoing {
  const block = blockIn(run, key);
  const [inner] = plan.bodies;
  if (!block || !inner) return "settled";
  switch (block.is) {
    case "parallel":
      return together(plan.bodies.map((body) => undoIn(workflow, run, body, indices, onTurn)));
    case "choose": {
      const taken = plan.bodies[block.arm];
      return taken ? undoIn(workflow, run, taken, indices, onTurn) : "settled";
    }
    case "loop":
      return undoIterations(plan, block.owing, indices, (each) => undoIn(workflow, run, inner, each, onTurn));
    case "forEach":
      return undoItems(plan, block.owing, indices, (each) => undoIn(workflow, run, inner, each, onTurn));
    case "omitted":
    case "failed":
      return "settled";
  }
}

type Indexed = readonly { readonly index: number }[];

/** What is settled is no longer owed, so the last that owes is the next. */
function undoIterations(plan: BlockPlan, owing: Indexed, indices: string, undo: (indices: string) => Undoing): Undoing {
  for (let at = owing.length - 1; at >= 0; at--) {
    const last = owing[at];
    const undoing = last && plan.is === "loop" ? undo(withIndex(indices, plan, last.index)) : "settled";
    if (undoing !== "settled") return undoing;
  }
  return "settled";
}

/** An item that waits for an operator holds up no other. */
function undoItems(plan: BlockPlan, owing: Indexed, indices: string, undo: (indices: string) => Undoing): Undoing {
  if (plan.is !== "forEach") return "settled";
  let room = plan.concurrency;
  const all: Undoing[] = [];
  for (let at = owing.length - 1; at >= 0 && room > 0; at--) {
    const item = owing[at];
    if (!item) continue;
    const undoing = undo(withIndex(indices, plan, item.index));
    if (undoing === "under_way") room--;
    all.push(undoing);
  }
  return room === 0 ? "under_way" : together(all);
}

function together(all: readonly Undoing[]): Undoing {
  if (all.includes("under_way")) return "under_way";
  return all.includes("stuck") ? "stuck" : "settled";
}

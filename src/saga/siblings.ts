/** Branches beside one that has failed (semantics.md, C10). */
import type { NodePlan, ParallelPlan, Workflow } from "../definition/workflow.ts";
import type { OutRef, Run } from "./run.ts";
import { indicesIn, nameIn, planIn, prefixesOf } from "./step-key.ts";

/** Whether it stands beside what has turned the run, in a block whose branches are asked to stop then. */
export function isAskedToStop(workflow: Workflow, run: Run, key: string): boolean {
  const { turnedBy } = run;
  if (turnedBy === undefined || run.blocks === undefined) return false;
  const around = new Set(parallelsAround(workflow, turnedBy));
  return parallelsAround(workflow, key).some((block) => around.has(block));
}

/** A child that is to stop with what has turned the run does not know of it yet, though it has begun; others just go on. */
export const outAtTurn = (workflow: Workflow, run: Run, turnedBy: string | undefined): OutRef[] =>
  run.out.map(({ isBegun, ...ref }) => {
    const goesOn = isBegun && turnedBy !== undefined && !isAskedToStop(workflow, run, ref.step);
    return goesOn ? { ...ref, isBegun } : ref;
  });

/** The keys of those whose branches stop together. */
function parallelsAround(workflow: Workflow, key: string): readonly string[] {
  const prefixes = prefixesOf(indicesIn(key));
  const found: string[] = [];
  for (let node: NodePlan | undefined = nodeOf(workflow, key); node; node = node.body.block) {
    const block = node.body.block;
    if (block?.is === "parallel" && stopsTogether(block))
      found.push(block.name + (prefixes[block.repeats.length - 1] ?? ""));
  }
  return found;
}

const stopsTogether = ({ siblings }: ParallelPlan): boolean => siblings === "cancel";

const nodeOf = (workflow: Workflow, key: string): NodePlan | undefined =>
  planIn(workflow, key) ?? workflow.blocks.get(nameIn(key));

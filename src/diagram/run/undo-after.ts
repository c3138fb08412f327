/** What has to be undone before what (semantics.md, C9): for each compensation the keys that it follows upon directly. */
import type { BlockPlan, Body, NodePlan, RepeatPlan, Workflow } from "../../definition/workflow.ts";
import { blockIn, stepIn } from "../../saga/instances.ts";
import type { Run } from "../../saga/run.ts";
import { withIndex } from "../../saga/step-key.ts";

/** Of those that can be undone; `isMeant` says which of them are looked at. */
export function undoneAfter(
  workflow: Workflow,
  run: Run,
  isMeant: (key: string) => boolean = () => true,
): ReadonlyMap<string, readonly string[]> {
  const after = new Map<string, readonly string[]>();
  through(workflow.body, "", []);
  return after;

  /** Last to first; gives what has to be undone before whatever stands before the sequence. */
  function through({ nodes }: Body, indices: string, later: readonly string[]): readonly string[] {
    return nodes.reduceRight<readonly string[]>((behind, node) => at(node, indices, behind), later);
  }

  function at(node: NodePlan, indices: string, later: readonly string[]): readonly string[] {
    const key = node.name + indices;
    if (node.is === "step") {
      if (!node.compensation || !stepIn(workflow, run, key) || !isMeant(key)) return later;
      after.set(key, later);
      return [key];
    }
    return around(node, key, indices, later);
  }

  function around(node: BlockPlan, key: string, indices: string, later: readonly string[]): readonly string[] {
    const block = blockIn(run, key);
    switch (block?.is) {
      case "parallel":
        return together(
          node.bodies.map((body) => through(body, indices, later)),
          later,
        );
      case "choose": {
        const taken = node.bodies[block.arm];
        return taken ? through(taken, indices, later) : later;
      }
      case "forEach":
        return together(
          sequences(node, indices, 0, block.begun - 1).map((each) => each(later)),
          later,
        );
      case "loop":
        return sequences(node, indices, 1, block.iteration).reduceRight((behind, each) => each(behind), later);
      default:
        return later;
    }
  }

  function sequences(node: BlockPlan, indices: string, from: number, to: number) {
    const [body] = node.bodies;
    const repeat = node as RepeatPlan;
    const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, place) => from + place);
    return numbers.map(
      (index) => (later: readonly string[]) => (body ? through(body, withIndex(indices, repeat, index), later) : later),
    );
  }
}

/** All of those side by side; where nothing in one of them is undone it holds up nobody. */
function together(all: readonly (readonly string[])[], later: readonly string[]): readonly string[] {
  const changed = all.filter((behind) => behind !== later);
  return changed.length === 0 ? later : changed.flat();
}

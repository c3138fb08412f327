/** What depends on what (semantics.md, C9), told from two keys and the definition alone. */
import type { Body, NodePlan, Workflow } from "../definition/workflow.ts";
import { indicesIn, innermost, planOf, prefixesOf } from "./step-key.ts";

/** Where a step stands, outermost first: in which sequence, behind how many others, in which item or iteration of it. */
export interface Level {
  readonly body: Body;
  readonly at: number;
  /** Of the block that repeats at this place: which time it is gone through. */
  readonly index: number | undefined;
}

/** Whether the later one began only because the earlier one had settled. */
export function dependsOn(later: readonly Level[], earlier: readonly Level[]): boolean {
  for (let depth = 0; depth < later.length; depth++) {
    const level = later[depth];
    const other = earlier[depth];
    if (!level) return false;
    // They part here: in two branches, or one has ended.
    if (!other || other.body !== level.body) return false;
    if (level.at !== other.at) return level.at > other.at;
    if (level.index !== other.index) {
      const isLoop = level.body.nodes[level.at]?.is === "loop";
      return isLoop && (level.index ?? 0) > (other.index ?? 0);
    }
  }
  return false;
}

export function levelsOf(workflow: Workflow, key: string): readonly Level[] {
  const indices = prefixesOf(indicesIn(key)).map((prefix) => innermost(prefix).index);
  const levels: Level[] = [];
  for (let node: NodePlan | undefined = planOf(workflow, key); node; node = node.body.block) {
    const index = node.is === "forEach" || node.is === "loop" ? indices[node.repeats.length] : undefined;
    levels.unshift({ body: node.body, at: node.at, index });
  }
  return levels;
}

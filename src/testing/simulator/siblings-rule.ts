/** Which branches stop together (semantics.md, C10), told from two keys and the definition. */
import type { NodePlan } from "../../definition/workflow.ts";
import { indicesIn, nameIn, planIn, prefixesOf } from "../../saga/step-key.ts";
import type { KeptRun } from "./kept-run.ts";

export function stopsTogether(kept: KeptRun, failed: string, other: string): boolean {
  const around = cancellingAround(kept, other);
  return cancellingAround(kept, failed).some((block) => around.includes(block));
}

/** The parallel blocks around it whose branches are told to cancel, by key. */
function cancellingAround({ workflow }: KeptRun, key: string): readonly string[] {
  const prefixes = prefixesOf(indicesIn(key));
  const found: string[] = [];
  const node: NodePlan | undefined = planIn(workflow, key) ?? workflow.blocks.get(nameIn(key));
  for (let block = node?.body.block; block; block = block.body.block)
    if (block.is === "parallel" && block.siblings === "cancel")
      found.push(block.name + (prefixes[block.repeats.length - 1] ?? ""));
  return found;
}

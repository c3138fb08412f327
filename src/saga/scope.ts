/**
 * What references and expressions see from where they stand (definition.md, 1): a step in an item or iteration sees
 * those beside it; one behind a loop sees what the last iteration gave, and one inside it what the iteration before gave
 * where this one has not come so far.
 */
import type { Json } from "../base/json.ts";
import type { Scope } from "../definition/scope.ts";
import type { NodePlan, RepeatPlan, Workflow } from "../definition/workflow.ts";
import { outputOfNode } from "./block-fold.ts";
import { blockIn, stepIn } from "./instances.ts";
import type { Run } from "./run.ts";
import { innermost, nameIn, prefixesOf } from "./step-key.ts";

/** Where it is looked from: the blocks that repeat around it, and their indices. */
interface Standpoint {
  readonly repeats: readonly RepeatPlan[];
  readonly indices: string;
  /** The step whose undo looks: of itself it sees only what it gave, and nothing where that is not known. */
  readonly undone?: string;
}

const outside: Standpoint = { repeats: [], indices: "" };

export function scopeOf(workflow: Workflow, run: Run, from: Standpoint = outside): Scope {
  return {
    input: run.input,
    outputOf: (name) => outputSeen(workflow, run, name, from),
    variable: (name) => itemSeen(run, name, from),
    run: { id: run.id, uid: run.uid, workflow: run.workflow, startedAt: run.startedAt },
    inputSchema: workflow.inputSchema,
  };
}

function outputSeen(workflow: Workflow, run: Run, name: string, from: Standpoint): Json | undefined {
  const place = workflow.places.get(name);
  const fixed = run.steps[place ?? -1];
  if (fixed) return fixed.output;
  if (from.undone !== undefined && name === nameIn(from.undone)) return stepIn(workflow, run, from.undone)?.output;
  const plan: NodePlan | undefined = workflow.steps[place ?? -1] ?? workflow.blocks.get(name);
  if (!plan) return undefined;
  const prefixes = prefixesOf(from.indices);
  const apart = plan.repeats.findIndex((repeat, depth) => repeat !== from.repeats[depth]);
  const shared = apart < 0 ? plan.repeats.length : apart;
  const around = prefixes[shared - 1] ?? "";
  const here =
    apart < 0 ? outputOfNode(workflow, run, plan, around) : carriedBy(run, plan.repeats[apart], around, name);
  if (here !== undefined) return here;
  // What this iteration has not come to, the one before has given.
  for (let depth = shared - 1; depth >= 0; depth--) {
    const { around: outer, index } = innermost(prefixes[depth] ?? "");
    const before = carriedBy(run, plan.repeats[depth], outer, name, index);
    if (before !== undefined) return before;
  }
  return undefined;
}

/** What a loop's iterations before this one, or all of one that is over, have given. */
function carriedBy(
  run: Run,
  repeat: RepeatPlan | undefined,
  indices: string,
  name: string,
  iteration?: number,
): Json | undefined {
  const loop = repeat?.is === "loop" ? blockIn(run, repeat.name + indices) : undefined;
  if (loop?.is !== "loop") return undefined;
  const carried = loop.seen[iteration ?? -1] ?? loop.carried;
  return Object.hasOwn(carried, name) ? carried[name] : undefined;
}

function itemSeen(run: Run, name: string, { repeats, indices }: Standpoint): Json | undefined {
  const depth = repeats.findLastIndex((repeat) => repeat.is === "forEach" && repeat.as === name);
  const prefix = prefixesOf(indices)[depth];
  const repeat = repeats[depth];
  if (prefix === undefined || !repeat) return undefined;
  const { around, index } = innermost(prefix);
  const block = blockIn(run, repeat.name + around);
  return block?.is === "forEach" ? block.items[index] : undefined;
}

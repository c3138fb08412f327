/**
 * What mappings see from where they stand (definition.md, 1), by what workers really gave: a step in an item sees those
 * beside it; in an iteration also what the ones before gave; from outside the last one counts.
 */
import type { Json, JsonObject } from "../../base/json.ts";
import type { RepeatPlan } from "../../definition/workflow.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { StepRun } from "../../saga/run.ts";
import { indicesIn, nameIn, planIn, prefixesOf, innermost, withIndex } from "../../saga/step-key.ts";
import type { Given } from "./expected-result.ts";
import type { KeptRun } from "./kept-run.ts";

/** `from`: the key of who looks. `isInformed`: a success of its own that is not durable yet counts. */
export const givenIn = (kept: KeptRun, ledger: GhostLedger, from: string, isInformed = false): Given => ({
  outputOf: (name) => {
    if (kept.workflow.blocks.has(name)) return listOf(kept, ledger, name, from);
    const key = name === nameIn(from) ? from : stepSeen(kept, name, from);
    return key === undefined ? undefined : outputOf(kept, ledger, key, isInformed);
  },
  itemOf: (variable) => {
    const depth = repeatsAround(kept, from).findLastIndex((one) => one.is === "forEach" && one.as === variable);
    const { items } = kept.run.input as { readonly items: readonly Json[] };
    return items[indexesOf(from)[depth] ?? -1];
  },
});

/** What a step gave, or an operator in its place. */
function outputOf(kept: KeptRun, ledger: GhostLedger, key: string, isInformed: boolean): Json | undefined {
  const step = kept.stepOf(key);
  const isDone = step === undefined ? kept.outputs.has(key) : step.state === "succeeded";
  if (!isDone && !isInformed) return undefined;
  const isStated = step?.mended?.word === "done";
  const isWork = kept.planOf(key)?.act.is === "work";
  return isReused(step) || isStated || !isWork ? kept.outputs.get(key) : ledger.outputOf(kept.keyOf(key));
}

/** It was done by another run. */
export const isReused = (step: StepRun | undefined): boolean =>
  step?.state === "succeeded" && step.attempts.length === 0 && step.mended?.word === undefined;

const repeatsAround = ({ workflow }: KeptRun, key: string): readonly RepeatPlan[] =>
  planIn(workflow, key)?.repeats ?? [];

const indexesOf = (key: string): readonly number[] =>
  prefixesOf(indicesIn(key)).map((prefix) => innermost(prefix).index);

function stepSeen(kept: KeptRun, name: string, from: string): string | undefined {
  const own = repeatsAround(kept, name);
  if (own.length === 0) return name;
  const given = [...kept.outputs].flatMap(([key, output]) =>
    nameIn(key) === name && output !== undefined ? [key] : [],
  );
  return lastSeen(kept, given, own, from);
}

/** Of all the keys of one step or block, the last that can be seen from there. */
function lastSeen(
  kept: KeptRun,
  keys: readonly string[],
  own: readonly RepeatPlan[],
  from: string,
): string | undefined {
  const around = repeatsAround(kept, from);
  const apart = own.findIndex((repeat, depth) => repeat !== around[depth]);
  const shared = apart < 0 ? own.length : apart;
  const here = indexesOf(from);
  const isSeen = (indexes: readonly number[]): boolean => {
    for (let depth = 0; depth < shared; depth++) {
      const [index = 0, mine = 0] = [indexes[depth], here[depth]];
      if (index === mine) continue;
      const isEarlier = own[depth]?.is === "loop" && index < mine;
      // What earlier iterations carry on is in no item.
      return isEarlier && own.slice(depth + 1).every(({ is }) => is === "loop");
    }
    return true;
  };
  const seen = keys.filter((key) => isSeen(indexesOf(key)));
  return seen.toSorted((a, b) => compare(indexesOf(a), indexesOf(b))).at(-1);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [depth, index] of a.entries()) if (index !== b[depth]) return index - (b[depth] ?? 0);
  return 0;
}

/** What the last step of each item gave, in the order of the items. */
function listOf(kept: KeptRun, ledger: GhostLedger, name: string, from: string): Json | undefined {
  const block = kept.workflow.blocks.get(name);
  const last = block?.bodies[0]?.nodes.at(-1);
  if (block?.is !== "forEach" || !last) return undefined;
  const began = [...kept.lists].filter((key) => nameIn(key) === name);
  const key = lastSeen(kept, began, block.repeats, from);
  if (key === undefined) return undefined;
  const { items } = kept.run.input as { readonly items: readonly JsonObject[] };
  return items.map(
    (_, item) => outputOf(kept, ledger, last.name + withIndex(indicesIn(key), block, item), false) ?? null,
  );
}

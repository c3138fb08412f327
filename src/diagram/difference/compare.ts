/** What differs between two workflows, node by node. Names are what a node is known by. */
import type { Workflow } from "../../definition/workflow.ts";
import { changedKeys } from "./changed-keys.ts";
import { NodeIndex, settingsOf } from "./node-index.ts";

export type Change = "added" | "removed" | "changed" | "moved" | "same";

export interface Compared {
  readonly change: Change;
  /** Of one that is changed or moved: one line a key. */
  readonly keys: readonly string[];
}

export interface Difference {
  readonly before: NodeIndex;
  readonly after: NodeIndex;
  /** Of every node of either. */
  readonly nodes: ReadonlyMap<string, Compared>;
  /** Of the workflow as a whole. */
  readonly settings: readonly string[];
}

export function compare(before: Workflow, after: Workflow): Difference {
  const [old, now] = [new NodeIndex(before), new NodeIndex(after)];
  const moved = movedNames(old, now);
  const nodes = new Map<string, Compared>();
  for (const [name, { own }] of now.nodes) {
    const known = old.nodes.get(name);
    if (!known) nodes.set(name, { change: "added", keys: [] });
    else {
      const keys = changedKeys(known.own, own);
      nodes.set(name, { change: keys.length > 0 ? "changed" : moved.has(name) ? "moved" : "same", keys });
    }
  }
  for (const name of old.nodes.keys()) if (!nodes.has(name)) nodes.set(name, { change: "removed", keys: [] });
  const settings = changedKeys(settingsOf(before.definition), settingsOf(after.definition));
  return { before: old, after: now, nodes, settings };
}

/** In another sequence than before, or in another order: as few as explain it. */
function movedNames(before: NodeIndex, after: NodeIndex): ReadonlySet<string> {
  const moved = new Set<string>();
  for (const [place, names] of after.sequences) {
    const old = new Map((before.sequences.get(place) ?? []).map((name, at) => [name, at]));
    const stayed = names.filter((name) => old.has(name));
    const kept = new Set(longestRise(stayed.map((name) => old.get(name) ?? 0)));
    for (const name of names) {
      if (!before.nodes.has(name)) continue;
      const at = old.get(name);
      if (at === undefined || !kept.has(at)) moved.add(name);
    }
  }
  return moved;
}

/** The longest subsequence whose numbers rise, by patience sorting. */
function longestRise(numbers: readonly number[]): readonly number[] {
  const tops: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const number of numbers) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    before.set(number, tops[low - 1]);
    tops[low] = number;
  }
  const rise: number[] = [];
  for (let last = tops.at(-1); last !== undefined; last = before.get(last)) rise.push(last);
  return rise;
}

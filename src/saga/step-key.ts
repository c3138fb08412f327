/**
 * Step keys (semantics.md, C12): a name with the indices around it, outermost first: `label`, `pick_line[3]`, `track#2`.
 * What stands in no block that repeats has its name as its key. Blocks have keys of the same form.
 */
import { broken } from "../base/errors.ts";
import type { BlockPlan, RepeatPlan, StepPlan, Workflow } from "../definition/workflow.ts";
import type { Side } from "./event.ts";

const firstIndex = /[[#]/;

export function nameIn(key: string): string {
  const at = key.search(firstIndex);
  return at < 0 ? key : key.slice(0, at);
}

/** The indices: `[3]#2`; empty where nothing repeats. */
export function indicesIn(key: string): string {
  const at = key.search(firstIndex);
  return at < 0 ? "" : key.slice(at);
}

/** Items are counted from 0, iterations from 1. */
export const withIndex = (indices: string, { is }: RepeatPlan, index: number): string =>
  is === "loop" ? `${indices}#${index}` : `${indices}[${index}]`;

/** The last index, and those around it. */
export function innermost(indices: string): { readonly around: string; readonly index: number } {
  const at = Math.max(indices.lastIndexOf("["), indices.lastIndexOf("#"));
  if (at < 0) broken("what stands in a block that repeats has an index");
  return { around: indices.slice(0, at), index: Number.parseInt(indices.slice(at + 1), 10) };
}

/** Each index with all around it, outermost first: `[3]`, `[3]#2`. */
export function prefixesOf(indices: string): readonly string[] {
  if (indices === "") return [];
  const { around } = innermost(indices);
  return [...prefixesOf(around), indices];
}

export function planIn(workflow: Workflow, key: string): StepPlan | undefined {
  // Most steps have their name as their key.
  return workflow.steps[workflow.places.get(key) ?? workflow.places.get(nameIn(key)) ?? -1];
}

export function planOf(workflow: Workflow, key: string): StepPlan {
  const plan = planIn(workflow, key);
  if (!plan) broken(`the workflow has a step ${key}`);
  return plan;
}

/** Whether such a command is for another run, not for a worker (semantics.md, C14). */
export const isForChild = ({ act, compensation }: StepPlan, side: Side): boolean =>
  act.is === "child" && (side === "execute" || compensation?.worker === "");

export function blockPlanOf(workflow: Workflow, key: string): BlockPlan {
  const plan = workflow.blocks.get(nameIn(key));
  if (!plan) broken(`the workflow has a block ${key}`);
  return plan;
}

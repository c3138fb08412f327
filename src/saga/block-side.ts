/**
 * How a run goes forward through its blocks: what is next in each sequence that is open, until all of them wait for
 * something. A sequence goes on one by one; what stands still in one branch or item holds up no other.
 */
import type { BlockPlan, Body, ChoosePlan, ForEachPlan, LoopPlan, NodePlan, StepPlan } from "../definition/workflow.ts";
import { type Asked, holds, itemsOf } from "./condition.ts";
import type { Draft } from "./draft.ts";
import { blockIn, placeIn, stepIn } from "./instances.ts";
import { dispatchStep, failBlock, settleAs } from "./moves.ts";
import type { ForEachRun, LoopRun, Run } from "./run.ts";
import { scopeOf } from "./scope.ts";
import { withIndex } from "./step-key.ts";
import { beginWait } from "./wait-side.ts";

/** As far as it goes now. */
export function goOnIn(draft: Draft, body: Body, indices: string): void {
  const { run } = draft;
  for (let place = placeIn(run, body, indices); run.phase === "forward";) {
    const node = body.nodes[place];
    if (!node) return;
    if (node.is === "step") goOnAt(draft, node, indices);
    else goOnInBlock(draft, node, indices);
    const next = placeIn(run, body, indices);
    // It stands, or it is over and forgotten.
    if (next <= place) return;
    place = next;
  }
}

function goOnAt(draft: Draft, plan: StepPlan, indices: string): void {
  const { run, workflow } = draft;
  const key = plan.name + indices;
  const step = stepIn(workflow, run, key);
  if (step !== undefined && step.state !== "pending") return;
  if (plan.when !== undefined) {
    const asked = ask(draft, plan.when, plan, indices);
    if (!asked.ok) return settleAs(draft, "StepFailed", key, asked.problem);
    if (!asked.value) return draft.record({ type: "StepOmitted", step: key });
  }
  begin(draft, plan, key, indices);
}

function begin(draft: Draft, plan: StepPlan, key: string, indices: string): void {
  const { act, name } = plan;
  switch (act.is) {
    case "work":
    case "child": {
      const taken = key === name ? reusedIn(draft.run, key) : undefined;
      if (taken === undefined) dispatchStep(draft, key);
      else draft.record({ type: "StepReused", step: key, output: taken });
      return;
    }
    case "wait":
      return beginWait(draft, plan, act, key, indices);
    case "fail":
      return settleAs(draft, "StepFailed", key, { code: act.code, title: `the run is refused by ${name}` }, "refused");
  }
}

const reusedIn = ({ reuse }: Run, name: string) =>
  reuse !== undefined && Object.hasOwn(reuse, name) ? reuse[name] : undefined;

function ask(draft: Draft, condition: string | undefined, node: NodePlan, indices: string): Asked<boolean> {
  if (condition === undefined) return { ok: true, value: true };
  const { repeats } = node;
  return holds(condition, scopeOf(draft.workflow, draft.run, { repeats, indices }), repeats);
}

function goOnInBlock(draft: Draft, plan: BlockPlan, indices: string): void {
  const { run } = draft;
  const key = plan.name + indices;
  if (!blockIn(run, key) && !beginBlock(draft, plan, key, indices)) return;
  const block = blockIn(run, key);
  // A parallel block begins with the first of its steps.
  if (plan.is === "parallel" && block?.is !== "failed") {
    for (const body of plan.bodies) goOnIn(draft, body, indices);
    return;
  }
  if (!block || block.isDone) return;
  if (block.is === "choose") {
    const taken = plan.bodies[block.arm];
    if (taken) goOnIn(draft, taken, indices);
  } else if (block.is === "forEach" && plan.is === "forEach") goOnWithItems(draft, plan, block, indices);
  else if (block.is === "loop" && plan.is === "loop") goOnWithIterations(draft, plan, block, key, indices);
}

/** Gives `false` where it is left out, or cannot begin. */
function beginBlock(draft: Draft, plan: BlockPlan, key: string, indices: string): boolean {
  const asked = ask(draft, plan.when, plan, indices);
  if (!asked.ok) failBlock(draft, key, asked.problem);
  else if (!asked.value) draft.record({ type: "BlockOmitted", block: key });
  if (!asked.ok || !asked.value) return false;
  if (plan.is === "choose") choose(draft, plan, key, indices);
  else if (plan.is === "forEach") beginItems(draft, plan, key, indices);
  else if (plan.is === "loop") draft.record({ type: "IterationBegan", block: key, iteration: 1 });
  return true;
}

function choose(draft: Draft, plan: ChoosePlan, key: string, indices: string): void {
  for (const [arm, condition] of plan.conditions.entries()) {
    const asked = ask(draft, condition, plan, indices);
    if (!asked.ok) return failBlock(draft, key, asked.problem);
    if (asked.value) return draft.record({ type: "ChoiceTaken", block: key, arm });
  }
  draft.record({ type: "ChoiceTaken", block: key, arm: -1 });
}

function beginItems(draft: Draft, plan: ForEachPlan, key: string, indices: string): void {
  const { workflow, run } = draft;
  const items = itemsOf(plan.in, scopeOf(workflow, run, { repeats: plan.repeats, indices }));
  if (items.ok) draft.record({ type: "ForEachBegan", block: key, items: items.value });
  else failBlock(draft, key, items.problem);
}

/** C13: after the turn no new item begins. */
function goOnWithItems(draft: Draft, plan: ForEachPlan, block: ForEachRun, indices: string): void {
  const [body] = plan.bodies;
  if (!body) return;
  for (const { item } of block.open.slice()) goOnIn(draft, body, withIndex(indices, plan, item));
  while (draft.run.phase === "forward" && block.open.length < plan.concurrency && block.begun < block.items.length) {
    goOnIn(draft, body, withIndex(indices, plan, block.begun));
  }
}

function goOnWithIterations(draft: Draft, plan: LoopPlan, block: LoopRun, key: string, indices: string): void {
  const [body] = plan.bodies;
  while (body && draft.run.phase === "forward" && !block.isDone && block.error === undefined) {
    const inner = withIndex(indices, plan, block.iteration);
    goOnIn(draft, body, inner);
    if (block.place < body.nodes.length) return;
    endOrRepeat(draft, plan, block, key, inner);
  }
}

function endOrRepeat(draft: Draft, plan: LoopPlan, block: LoopRun, key: string, inner: string): void {
  const { workflow, run } = draft;
  const repeats = [...plan.repeats, plan];
  const asked = holds(plan.until, scopeOf(workflow, run, { repeats, indices: inner }), repeats);
  if (!asked.ok) return failBlock(draft, key, asked.problem);
  if (asked.value) return draft.record({ type: "LoopEnded", block: key });
  if (block.iteration < plan.max)
    return draft.record({ type: "IterationBegan", block: key, iteration: block.iteration + 1 });
  const detail = `after ${plan.max} iterations \`${plan.until}\` does not hold`;
  failBlock(draft, key, { code: "loop_exhausted", title: "the loop has gone through its last iteration", detail });
}

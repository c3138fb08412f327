/**
 * How far a run has come in its blocks: what events make of places, items and iterations. A sequence has a place, which
 * goes on past all that is done or skipped; a block is done when its sequences are. What is over and has nothing to undo
 * is forgotten, so that a run with ten thousand iterations is no larger than one with ten.
 */
import { assert, broken } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "../definition/workflow.ts";
import { blockIn, holderIn, isDoneIn, placeIn, repeats, stepIn } from "./instances.ts";
import type { BlockRun, ForEachRun, LoopRun, Owing, Run, StepRun } from "./run.ts";
import { indicesIn, innermost, planOf, prefixesOf, withIndex } from "./step-key.ts";
import { moveStep } from "./step-fold.ts";
import { settledCompensationStates } from "./tables.ts";

/** What begins stands in a branch or an item, which thereby begins too. */
export function enter(run: Run, { body }: NodePlan, indices: string): void {
  const { block } = body;
  if (!block) return;
  const holder = holderIn(run, block, indices);
  if (block.is === "parallel" && !holder) {
    setBlock(run, block.name + indices, { is: "parallel", isDone: false, places: block.bodies.map(() => 0) });
    return enter(run, block, indices);
  }
  if (block.is !== "forEach") return;
  assert(holder?.is === "forEach", `${block.name} has begun`);
  const { index } = innermost(indices);
  if (index < holder.begun) return;
  assert(index === holder.begun && index < holder.items.length, `the items of ${block.name} begin in their order`);
  holder.begun++;
  holder.open.push({ item: index, place: 0 });
}

export function setBlock(run: Run, key: string, block: BlockRun): void {
  run.blocks ??= emptyRecord();
  run.blocks[key] = block;
}

/** A step or block may be called as something that every object has. */
export const emptyRecord = <Value>(): Record<string, Value> => Object.create(null) as Record<string, Value>;

/** The step's state, made when it begins where it stands in a block that repeats. */
export function begunStep(workflow: Workflow, run: Run, key: string, make: () => StepRun): StepRun {
  const known = stepIn(workflow, run, key);
  const plan = planOf(workflow, key);
  if (plan.body.block) enter(run, plan, indicesIn(key));
  if (known) return known;
  const step = make();
  run.repeated ??= emptyRecord();
  run.repeated[key] = step;
  return step;
}

/** The outermost sequence goes on past what is done by now. */
export function goPastAll(workflow: Workflow, run: Run): void {
  const next = workflow.body.nodes[run.place];
  if (next) goPast(workflow, run, next, "");
}

/** Something is done or skipped: its sequence goes on past it, and what ends with it is done too. */
export function goPast(workflow: Workflow, run: Run, node: NodePlan, indices: string): void {
  const { body } = node;
  const { nodes, block } = body;
  let place = placeIn(run, body, indices);
  for (let next = nodes[place]; next && isDoneIn(run, workflow, next, indices); next = nodes[place]) place++;
  if (!block) {
    run.place = place;
    return;
  }
  setPlace(run, body, indices, place);
  if (place === nodes.length) endSequence(workflow, run, body, block, indices);
}

function setPlace(run: Run, { block, arm }: Body, indices: string, place: number): void {
  if (!block) return;
  const holder = holderIn(run, block, indices);
  if (holder?.is === "parallel") holder.places[arm] = place;
  else if (holder?.is === "choose" && holder.arm === arm) holder.place = place;
  else if (holder?.is === "loop" && holder.iteration === innermost(indices).index) holder.place = place;
  else if (holder?.is === "forEach") {
    const open = holder.open.find(({ item }) => item === innermost(indices).index);
    if (open) open.place = place;
  }
}

function endSequence(workflow: Workflow, run: Run, body: Body, block: BlockPlan, indices: string): void {
  const holder = holderIn(run, block, indices);
  if (holder?.isDone !== false) return;
  switch (holder.is) {
    case "parallel":
      if (block.bodies.every(({ nodes }, arm) => holder.places[arm] === nodes.length)) break;
      return;
    case "choose":
      break;
    case "forEach":
      endItem(workflow, run, holder, body, indices);
      if (holder.open.length > 0 || holder.begun < holder.items.length) return;
      break;
    // Whether there is another iteration is decided.
    case "loop":
    case "failed":
      return;
    default:
      return broken("a block that was left out has no sequence");
  }
  endBlock(workflow, run, block, repeats(block) ? innermost(indices).around : indices);
}

export function endBlock(workflow: Workflow, run: Run, block: BlockPlan, indices: string): void {
  const holder = blockIn(run, block.name + indices);
  if (!holder) broken(`${block.name} has begun`);
  holder.isDone = true;
  goPast(workflow, run, block, indices);
}

function endItem(workflow: Workflow, run: Run, holder: ForEachRun, body: Body, indices: string): void {
  const { index } = innermost(indices);
  const at = holder.open.findIndex(({ item }) => item === index);
  if (at < 0) return;
  holder.open.splice(at, 1);
  holder.outputs[index] = outputAtEnd(workflow, run, body, indices);
  if (!forget(run, body, indices)) holder.isKept = true;
}

/** An iteration is over: what was given in it is carried on. */
export function endIteration(workflow: Workflow, run: Run, block: BlockPlan, key: string): LoopRun {
  const loop = blockIn(run, key);
  const [body] = block.bodies;
  if (loop?.is !== "loop" || block.is !== "loop" || !body) broken(`${key} is a loop that has begun`);
  const indices = withIndex(indicesIn(key), block, loop.iteration);
  loop.output = outputAtEnd(workflow, run, body, indices);
  const before = loop.carried;
  loop.carried = Object.assign(emptyRecord<Json>(), before);
  carry(workflow, run, body, indices, loop.carried);
  if (forget(run, body, indices)) return loop;
  loop.isKept = true;
  // What an undo in it is told is what its step was told.
  loop.seen[loop.iteration] = before;
  return loop;
}

/** What the last of a sequence gave. */
function outputAtEnd(workflow: Workflow, run: Run, { nodes }: Body, indices: string): Json {
  const last = nodes.at(-1);
  return (last && outputOfNode(workflow, run, last, indices)) ?? null;
}

export function outputOfNode(workflow: Workflow, run: Run, node: NodePlan, indices: string): Json | undefined {
  const key = node.name + indices;
  if (node.is === "step") return stepIn(workflow, run, key)?.output;
  const block = blockIn(run, key);
  if (block?.is === "loop") return block.isDone ? block.output : undefined;
  if (block?.is === "forEach") return block.isDone ? block.outputs.map((output) => output ?? null) : undefined;
  const taken = block?.is === "choose" && node.is === "choose" ? node.bodies[block.arm] : undefined;
  return taken && outputAtEnd(workflow, run, taken, indices);
}

function carry(workflow: Workflow, run: Run, { nodes }: Body, indices: string, carried: Record<string, Json>): void {
  for (const node of nodes) {
    const output = outputOfNode(workflow, run, node, indices);
    if (output !== undefined && node.is !== "choose") carried[node.name] = output;
    if (node.is === "parallel" || node.is === "choose") {
      for (const body of node.bodies) carry(workflow, run, body, indices, carried);
    }
    const inner = node.is === "loop" ? blockIn(run, node.name + indices) : undefined;
    if (inner?.is === "loop") Object.assign(carried, inner.carried);
  }
}

/**
 * Forgets a sequence that is over, unless anything of it may still be undone, or is an effect, or may still be answered:
 * then all of it stays, because an undo is told what its step was told (C11). Says whether it is gone.
 */
function forget(run: Run, body: Body, indices: string): boolean {
  if (!mayForget(run, body, indices)) return false;
  drop(run, body, indices);
  return true;
}

function mayForget(run: Run, { nodes }: Body, indices: string): boolean {
  return nodes.every((node) => {
    const key = node.name + indices;
    if (node.is === "step") return mayForgetStep(node, ownStep(run, key));
    // Its items or iterations were forgotten as they ended.
    const block = blockIn(run, key);
    if (repeats(node)) return block === undefined || !("isKept" in block) || !block.isKept;
    return node.bodies.every((body) => mayForget(run, body, indices));
  });
}

function mayForgetStep({ kind }: StepPlan, step: StepRun | undefined): boolean {
  if (!step) return true;
  if (kind !== "readonly" && kind !== "plain" && step.attempts.length > 0) return false;
  const isDone = step.state === "succeeded" || step.state === "skipped";
  const isOut = [...step.attempts, ...(step.inquiry?.attempts ?? [])].some(
    (state) => state === "live" || state === "superseded",
  );
  return isDone && !isOut && step.compensation === undefined && step.mended === undefined;
}

function drop(run: Run, { nodes }: Body, indices: string): void {
  for (const node of nodes) {
    const key = node.name + indices;
    if (node.is === "step") dropStep(run, node, key);
    else {
      if (!repeats(node)) for (const body of node.bodies) drop(run, body, indices);
      if (run.blocks) delete run.blocks[key];
    }
  }
}

/** That a plain step ran is told at the end. */
function dropStep(run: Run, { name, kind }: StepPlan, key: string): void {
  const step = ownStep(run, key);
  if (!step) return;
  if (kind === "plain" && step.attempts.length > 0 && !run.forgotten.includes(name))
    run.forgotten = [...run.forgotten, name];
  delete run.repeated?.[key];
}

const ownStep = (run: Run, key: string): StepRun | undefined =>
  run.repeated !== undefined && Object.hasOwn(run.repeated, key) ? run.repeated[key] : undefined;

/** What stands in a block or a case that is not taken is skipped; in what repeats, nothing has begun. */
export function omitWithin(run: Run, workflow: Workflow, bodies: readonly Body[]): void {
  for (const { nodes } of bodies) {
    for (const node of nodes) {
      if (node.is !== "step") omitWithin(run, workflow, node.bodies);
      else {
        const step = run.steps[workflow.places.get(node.name) ?? -1];
        if (step?.state === "pending") moveStep(step, "skipped");
      }
    }
  }
}

/** It has something that is to be undone and is not. */
export const isOwing = (step: StepRun | undefined): boolean =>
  step?.compensation !== undefined &&
  (!settledCompensationStates.has(step.compensation.state) || step.compensation.isOwed);

/** Counts one compensation more, or one less, that is not settled, in all that repeats around it. */
export function countOwing(workflow: Workflow, run: Run, key: string, change: 1 | -1): void {
  const { repeats: around } = planOf(workflow, key);
  for (const [depth, prefix] of prefixesOf(indicesIn(key)).entries()) {
    const block = around[depth];
    const { around: outer, index } = innermost(prefix);
    const holder = block && blockIn(run, block.name + outer);
    if (holder && "owing" in holder) count(holder.owing, index, change);
  }
}

/** What is undone is mostly the last. */
function count(owing: Owing[], index: number, change: 1 | -1): void {
  let at = owing.length - 1;
  for (let one = owing[at]; one && one.index > index; one = owing[at]) at--;
  const found = owing[at];
  if (found?.index !== index) owing.splice(at + 1, 0, { index, count: 1 });
  else if ((found.count += change) === 0) owing.splice(at, 1);
}

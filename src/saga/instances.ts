/** Where in a run the state of a step, a block or a sequence is found: by key, or by plan and indices. */
import { broken } from "../base/errors.ts";
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "../definition/workflow.ts";
import type { BlockRun, Run, StepRun } from "./run.ts";
import { innermost, planIn, withIndex } from "./step-key.ts";

/** `undefined` of a step in a block that repeats that has not begun, or is over and forgotten. */
export const stepIn = (workflow: Workflow, run: Run, key: string): StepRun | undefined =>
  run.steps[workflow.places.get(key) ?? -1] ?? ownIn(run.repeated, key);

export function stepOf(workflow: Workflow, run: Run, key: string): StepRun {
  const step = stepIn(workflow, run, key);
  if (!step) broken(`the run has a step ${key}`);
  return step;
}

export const blockIn = (run: Run, key: string): BlockRun | undefined => ownIn(run.blocks, key);

const ownIn = <Value>(holder: Record<string, Value> | undefined, key: string): Value | undefined =>
  holder !== undefined && Object.hasOwn(holder, key) ? holder[key] : undefined;

/** The block of a sequence with these indices around it. */
export const holderIn = (run: Run, block: BlockPlan, indices: string): BlockRun | undefined =>
  blockIn(run, block.name + (repeats(block) ? innermost(indices).around : indices));

export const repeats = ({ is }: BlockPlan): boolean => is === "forEach" || is === "loop";

/** How much of the sequence is done. Of what has not begun nothing is; of what is over, all. */
export function placeIn(run: Run, { block, arm, nodes }: Body, indices: string): number {
  if (!block) return run.place;
  const holder = holderIn(run, block, indices);
  switch (holder?.is) {
    case "parallel":
      return holder.places[arm] ?? 0;
    case "choose":
      return holder.arm === arm ? holder.place : nodes.length;
    case "forEach": {
      const { index } = innermost(indices);
      const open = holder.open.find(({ item }) => item === index);
      return open?.place ?? (index < holder.begun ? nodes.length : 0);
    }
    case "loop":
      return holder.iteration === innermost(indices).index ? holder.place : nodes.length;
    case "omitted":
    case "failed":
      return nodes.length;
    case undefined:
      return 0;
  }
}

export function isDoneIn(run: Run, workflow: Workflow, node: NodePlan, indices: string): boolean {
  if (node.is !== "step") return blockIn(run, node.name + indices)?.isDone === true;
  const state = stepIn(workflow, run, node.name + indices)?.state;
  return state === "succeeded" || state === "skipped";
}

/** One that has begun, by key. */
export interface Instance {
  readonly key: string;
  readonly plan: StepPlan;
  readonly step: StepRun;
}

/** Every step, those that repeat as often as they are known of; in the order of the definition. */
export function instancesOf(workflow: Workflow, run: Run): readonly Instance[] {
  const byName = new Map<string, Instance[]>();
  for (const key in run.repeated) {
    const step = run.repeated[key];
    const plan = planIn(workflow, key);
    if (!step || !plan) continue;
    const known = byName.get(plan.name);
    if (known) known.push({ key, plan, step });
    else byName.set(plan.name, [{ key, plan, step }]);
  }
  return workflow.steps.flatMap((plan, place) => {
    const step = run.steps[place];
    return step ? [{ key: plan.name, plan, step }] : (byName.get(plan.name) ?? []);
  });
}

/** As `instancesOf`, in the order in which they would be undone: last to first, branches one behind the other. */
export function instancesBackward(workflow: Workflow, run: Run): readonly Instance[] {
  const found: Instance[] = [];
  walk(workflow.body, "");
  return found;

  function walk({ nodes }: Body, indices: string): void {
    for (const node of nodes.toReversed()) {
      const key = node.name + indices;
      if (node.is === "step") {
        const step = stepIn(workflow, run, key);
        if (step) found.push({ key, plan: node, step });
      } else if (node.is === "forEach" || node.is === "loop") {
        for (const index of indicesBackward(blockIn(run, key))) {
          for (const body of node.bodies) walk(body, withIndex(indices, node, index));
        }
      } else for (const body of node.bodies) walk(body, indices);
    }
  }
}

function indicesBackward(block: BlockRun | undefined): readonly number[] {
  if (block?.is === "loop") return Array.from({ length: block.iteration }, (_, at) => block.iteration - at);
  return block?.is === "forEach" ? Array.from({ length: block.begun }, (_, at) => block.begun - 1 - at) : [];
}

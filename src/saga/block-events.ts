/** The fold of what happens to blocks. */
import { broken } from "../base/errors.ts";
import type { BlockPlan, Workflow } from "../definition/workflow.ts";
import { endBlock, endIteration, enter, goPast, omitWithin, setBlock } from "./block-fold.ts";
import type { SagaEvent } from "./event.ts";
import { blockIn } from "./instances.ts";
import type { LoopRun, Run } from "./run.ts";
import { blockPlanOf, indicesIn, planOf } from "./step-key.ts";

type BlockEvent = Extract<SagaEvent, { readonly block: string }>;

/** A step is done or skipped. */
export function pass(workflow: Workflow, run: Run, key: string): void {
  goPast(workflow, run, planOf(workflow, key), indicesIn(key));
}

export function evolveBlock(workflow: Workflow, run: Run, event: BlockEvent): void {
  const { block: key } = event;
  const plan = blockPlanOf(workflow, key);
  const indices = indicesIn(key);
  switch (event.type) {
    case "BlockOmitted":
      enter(run, plan, indices);
      return omit(workflow, run, plan, key);
    case "ChoiceTaken":
      enter(run, plan, indices);
      setBlock(run, key, { is: "choose", isDone: false, arm: event.arm, place: 0 });
      omitWithin(
        run,
        workflow,
        plan.bodies.filter((_, arm) => arm !== event.arm),
      );
      if ((plan.bodies[event.arm]?.nodes.length ?? 0) === 0) endBlock(workflow, run, plan, indices);
      return;
    case "ForEachBegan": {
      enter(run, plan, indices);
      const { items } = event;
      const outputs: undefined[] = items.map(() => undefined);
      setBlock(run, key, {
        is: "forEach",
        isDone: false,
        items,
        begun: 0,
        open: [],
        outputs,
        owing: [],
        isKept: false,
      });
      if (items.length === 0) endBlock(workflow, run, plan, indices);
      return;
    }
    case "IterationBegan":
      if (event.iteration === 1) {
        enter(run, plan, indices);
        return setBlock(run, key, firstIteration());
      }
      return nextIteration(endIteration(workflow, run, plan, key), event.iteration);
    case "LoopEnded":
      endIteration(workflow, run, plan, key);
      return endBlock(workflow, run, plan, indices);
    case "BlockFailed": {
      enter(run, plan, indices);
      const loop = blockIn(run, key);
      if (loop?.is === "loop") loop.error = event.error;
      else setBlock(run, key, { is: "failed", isDone: false, error: event.error });
      return;
    }
    default:
      return broken(`${event.type} is a verb`);
  }
}

export function blockVerb(workflow: Workflow, run: Run, event: BlockEvent): void {
  const { block: key } = event;
  const block = blockIn(run, key);
  const plan = blockPlanOf(workflow, key);
  if (block?.is === "loop") {
    block.error = undefined;
    if (event.type === "BlockRetried") return;
    endIteration(workflow, run, plan, key);
    return endBlock(workflow, run, plan, indicesIn(key));
  }
  if (block?.is !== "failed") broken(`the block ${key} has failed`);
  if (event.type === "BlockSkipped") omit(workflow, run, plan, key);
  else delete run.blocks?.[key];
}

function omit(workflow: Workflow, run: Run, plan: BlockPlan, key: string): void {
  setBlock(run, key, { is: "omitted", isDone: true });
  omitWithin(run, workflow, plan.bodies);
  goPast(workflow, run, plan, indicesIn(key));
}

function firstIteration(): LoopRun {
  const carried = Object.create(null) as LoopRun["carried"];
  return {
    is: "loop",
    isDone: false,
    iteration: 1,
    place: 0,
    carried,
    seen: {},
    output: null,
    error: undefined,
    owing: [],
    isKept: false,
  };
}

function nextIteration(loop: LoopRun, iteration: number): void {
  if (iteration !== loop.iteration + 1) broken("iterations are numbered without gaps");
  loop.iteration = iteration;
  loop.place = 0;
}

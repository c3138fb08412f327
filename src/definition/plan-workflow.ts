/** From a definition to a workflow that is ready to run: defaults filled in, steps numbered, blocks knit together. */
import type { Mutable } from "../base/mutable.ts";
import { type Catalogue, emptyCatalogue } from "./catalogue.ts";
import type {
  ChildDefinition,
  ChooseDefinition,
  CompensationDefinition,
  Definition,
  FailDefinition,
  ForEachDefinition,
  LoopDefinition,
  NodeDefinition,
  ParallelDefinition,
  RetryDefinition,
  StepDefinition,
  WaitDefinition,
} from "./definition.ts";
import {
  type Act,
  type BlockPlan,
  type Body,
  type ChoosePlan,
  type CompensationPlan,
  defaults,
  type ForEachPlan,
  type LoopPlan,
  type NodePlan,
  type ParallelPlan,
  type RepeatPlan,
  type RetryPolicy,
  type StepPlan,
  type Workflow,
} from "./workflow.ts";

/** Fills in what the definition leaves open. `hash` is `definitionHash(definition)`. */
export function planWorkflow(definition: Definition, hash: string, catalogue: Catalogue = emptyCatalogue): Workflow {
  const planned = new Planning();
  const body = planned.bodyOf(definition.steps, undefined, 0, []);
  const { steps } = planned;
  return {
    name: definition.workflow,
    version: definition.version,
    hash,
    definition,
    inputSchema: definition.inputSchema,
    output: definition.output,
    body,
    steps,
    places: new Map(steps.map((step, place) => [step.name, place])),
    blocks: new Map(planned.blocks.map((block) => [block.name, block])),
    pivotPlace: steps.findIndex(({ kind }) => kind === "pivot"),
    cancelGraceMs: definition.cancelGrace ?? defaults.cancelGraceMs,
    deadlineMs: definition.deadline,
    onDeadline: definition.onDeadline ?? "compensate",
    onFailure: definition.onFailure ?? "compensate",
    compensationDeadlineMs: definition.compensationDeadline,
    isTimed:
      definition.deadline !== undefined ||
      steps.some(
        ({ scheduleToStartMs, stepDeadlineMs }) => scheduleToStartMs !== undefined || stepDeadlineMs !== undefined,
      ),
    attributes: Object.entries(definition.attributes ?? {}),
    limit: definition.limit,
    signalMaxAgeMs: definition.signals?.maxAge ?? defaults.signalMaxAgeMs,
    mostSignals: definition.signals?.max ?? defaults.mostSignals,
    retentionMs: definition.retention ?? defaults.retentionMs,
    catalogue,
  };
}

/** Goes through a definition once, in its order; what stands behind the pivot is seen behind it. */
class Planning {
  readonly steps: StepPlan[] = [];
  readonly blocks: BlockPlan[] = [];
  private isAfterPivot = false;

  bodyOf(
    nodes: readonly NodeDefinition[],
    block: BlockPlan | undefined,
    arm: number,
    repeats: readonly RepeatPlan[],
  ): Body {
    const body = { nodes: [] as NodePlan[], block, arm };
    for (const [at, node] of nodes.entries()) body.nodes.push(this.plan(node, { body, at, repeats }));
    return body;
  }

  private plan(node: NodeDefinition, place: Place): NodePlan {
    if ("parallel" in node) return this.parallel(node, place);
    if ("choose" in node) return this.choose(node, place);
    if ("forEach" in node) return this.forEach(node, place);
    if ("loop" in node) return this.loop(node, place);
    const step = this.step(node, place);
    this.steps.push(step);
    if (step.kind === "pivot") this.isAfterPivot = true;
    return step;
  }

  private step(node: StepDefinition | WaitDefinition | ChildDefinition | FailDefinition, place: Place): StepPlan {
    if ("wait" in node) return planAct(node.wait, node.when, waitOf(node), place);
    if ("fail" in node) return planAct(node.fail, node.when, { is: "fail", code: node.code ?? "refused" }, place);
    return "child" in node ? planChild(node, this.isAfterPivot, place) : planStep(node, this.isAfterPivot, place);
  }

  private parallel({ parallel, when, siblings = "drain", branches }: ParallelDefinition, place: Place): ParallelPlan {
    // The canonical form sorts them, and what is read from it must be the same workflow.
    const names = Object.keys(branches).sort();
    return this.block({ is: "parallel", name: parallel, when, siblings, branches: names, ...place }, (block) =>
      names.map((name, arm) => this.bodyOf(branches[name] ?? [], block, arm, place.repeats)),
    );
  }

  private choose({ choose, when, cases }: ChooseDefinition, place: Place): ChoosePlan {
    const conditions = cases.map((one) => ("when" in one ? one.when : undefined));
    return this.block({ is: "choose", name: choose, when, conditions, ...place }, (block) =>
      cases.map(({ steps }, arm) => this.bodyOf(steps, block, arm, place.repeats)),
    );
  }

  private forEach(node: ForEachDefinition, place: Place): ForEachPlan {
    const { forEach, when, in: items, as, concurrency = defaults.concurrency } = node;
    return this.block({ is: "forEach", name: forEach, when, in: items, as, concurrency, ...place }, (block) => [
      this.bodyOf(node.steps, block, 0, [...place.repeats, block]),
    ]);
  }

  private loop({ loop, when, until, max, steps }: LoopDefinition, place: Place): LoopPlan {
    return this.block({ is: "loop", name: loop, when, until, max, ...place }, (block) => [
      this.bodyOf(steps, block, 0, [...place.repeats, block]),
    ]);
  }

  /** A block knows its sequences, and they know it. */
  private block<Plan extends BlockPlan>(plan: Omit<Plan, "bodies">, bodiesOf: (block: Plan) => readonly Body[]): Plan {
    const block = { ...plan, bodies: [] as readonly Body[] } as unknown as Mutable<Plan>;
    this.blocks.push(block as Plan);
    block.bodies = bodiesOf(block);
    return block;
  }
}

/** Where a node stands. */
type Place = Pick<StepPlan, "body" | "at" | "repeats">;

const work: Act = { is: "work" };

function planStep(step: StepDefinition, isAfterPivot: boolean, { body, at, repeats }: Place): StepPlan {
  const { compensation, inquire } = step;
  const execution = step.execution ?? "at_least_once";
  const retry = planRetry(step.retry, defaults.stepRetry);
  return {
    is: "step",
    name: step.step,
    when: step.when,
    body,
    at,
    repeats,
    act: work,
    kind: step.kind ?? (compensation ? "compensatable" : isAfterPivot ? "retriable" : "plain"),
    worker: step.worker,
    input: step.input,
    timeoutMs: step.timeout ?? defaults.timeoutMs,
    scheduleToStartMs: step.scheduleToStart,
    stepDeadlineMs: step.stepDeadline,
    heartbeatMs: step.heartbeat,
    execution,
    // C24: what is never sent twice has one attempt.
    retry: execution === "at_most_once" ? { ...retry, attempts: 1 } : retry,
    inquiry: inquire && {
      timeoutMs: inquire.timeout ?? defaults.timeoutMs,
      retry: planRetry(inquire.retry, defaults.stepRetry),
    },
    compensation: compensation && planCompensation(compensation),
    compensateInDoubt: step.compensateInDoubt ?? true,
  };
}

function planCompensation({ worker, input, timeout, retry }: CompensationDefinition): CompensationPlan {
  return {
    worker,
    input,
    timeoutMs: timeout ?? defaults.timeoutMs,
    retry: planRetry(retry, defaults.compensationRetry),
  };
}

function waitOf({ for: forMs, until, signal, timeout, onTimeout = "continue" }: WaitDefinition): Act {
  return { is: "wait", forMs, until, signal, timeoutMs: timeout, onTimeout };
}

/** What the engine does itself has no effect, no attempts and nobody to ask. */
function planAct(name: string, when: string | undefined, act: Act, { body, at, repeats }: Place): StepPlan {
  return {
    is: "step",
    name,
    when,
    body,
    at,
    repeats,
    act,
    kind: "readonly",
    worker: "",
    input: undefined,
    timeoutMs: defaults.timeoutMs,
    scheduleToStartMs: undefined,
    stepDeadlineMs: undefined,
    heartbeatMs: undefined,
    execution: "at_least_once",
    retry: once,
    inquiry: undefined,
    compensation: undefined,
    compensateInDoubt: true,
  };
}

const once: RetryPolicy = { ...defaults.stepRetry, attempts: 1 };

/** C14: one attempt; unless its effect is kept, its undo is that the child itself goes back. */
function planChild(child: ChildDefinition, isAfterPivot: boolean, place: Place): StepPlan {
  const act: Act = { is: "child", workflow: child.workflow };
  const kind = child.kind ?? (isAfterPivot && !child.compensation ? "retriable" : "compensatable");
  const itself = { worker: "", input: undefined, timeoutMs: defaults.timeoutMs, retry: once };
  return {
    ...planAct(child.child, child.when, act, place),
    kind,
    input: child.input,
    compensation:
      kind === "compensatable" ? (child.compensation ? planCompensation(child.compensation) : itself) : undefined,
  };
}

function planRetry(given: RetryDefinition | undefined, fallback: RetryPolicy): RetryPolicy {
  if (!given) return fallback;
  return {
    attempts: given.attempts ?? fallback.attempts,
    initialMs: given.initial ?? fallback.initialMs,
    factor: given.factor ?? fallback.factor,
    maxMs: given.max ?? fallback.maxMs,
    jitter: given.jitter ?? fallback.jitter,
    on: given.on,
    not: given.not,
  };
}

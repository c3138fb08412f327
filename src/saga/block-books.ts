/** What the auditor of `invariants.ts` writes down of blocks, from the recorded events alone. */
import type { BlockPlan, Body, NodePlan, Workflow } from "../definition/workflow.ts";
import type { SagaEvent } from "./event.ts";
import type { StepBook } from "./step-book.ts";
import { blockPlanOf, withIndex } from "./step-key.ts";

interface BlockBook {
  omitted: boolean;
  arm: number | undefined;
  items: number | undefined;
  iteration: number;
  ended: boolean;
  failed: boolean;
}

type BlockEvent = Extract<SagaEvent, { readonly block: string }>;

interface Books {
  bookOf(key: string): StepBook | undefined;
  expect(claim: boolean | undefined, invariant: "I13", message: string): void;
}

export class BlockBooks {
  private readonly workflow: Workflow;
  private readonly run: Books;
  private readonly blocks = new Map<string, BlockBook>();

  constructor(workflow: Workflow, run: Books) {
    this.workflow = workflow;
    this.run = run;
  }

  read(event: BlockEvent): void {
    const plan = blockPlanOf(this.workflow, event.block);
    const book = this.bookOf(event.block);
    this.run.expect(!book.ended && !book.omitted, "I13", `${event.type} of ${event.block}, which is over`);
    switch (event.type) {
      case "BlockSkipped":
      case "BlockOmitted":
        this.run.expect(event.type === "BlockOmitted" || book.failed, "I13", `${event.block} was skipped unasked`);
        book.omitted = true;
        return this.omit(plan.bodies);
      case "ChoiceTaken":
        this.run.expect(book.arm === undefined, "I13", `${event.block} was decided twice`);
        book.arm = event.arm;
        return this.omit(plan.bodies.filter((_, arm) => arm !== event.arm));
      case "ForEachBegan":
        this.run.expect(book.items === undefined, "I13", `${event.block} began twice`);
        book.items = event.items.length;
        return;
      case "IterationBegan": {
        const most = plan.is === "loop" ? plan.max : 0;
        const isNext = event.iteration === book.iteration + 1 && event.iteration <= most;
        this.run.expect(isNext, "I13", `iteration ${event.iteration} of ${event.block} follows ${book.iteration}`);
        book.iteration = event.iteration;
        return;
      }
      case "LoopEnded":
        book.ended = true;
        return;
      case "BlockFailed":
        book.failed = true;
        return;
      case "BlockRetried":
        this.run.expect(book.failed, "I13", `${event.block} was retried unasked`);
        book.failed = false;
    }
  }

  /** What of the whole workflow is neither done nor left out. */
  unfinished(): readonly string[] {
    return this.unfinishedIn(this.workflow.body, "");
  }

  private unfinishedIn({ nodes }: Body, indices: string): readonly string[] {
    return nodes.flatMap((node) => (this.isFinished(node, indices) ? [] : [node.name + indices]));
  }

  private isFinished(node: NodePlan, indices: string): boolean {
    const key = node.name + indices;
    if (node.is === "step") {
      const fate = this.run.bookOf(key)?.fate;
      return fate === "succeeded" || fate === "skipped";
    }
    const book = this.bookOf(key);
    const isAll = (bodies: readonly Body[], each: string) =>
      bodies.every((body) => this.unfinishedIn(body, each).length === 0);
    if (book.omitted) return true;
    switch (node.is) {
      case "parallel":
        return isAll(node.bodies, indices);
      case "choose":
        return book.arm !== undefined && isAll(node.bodies.slice(book.arm, book.arm < 0 ? 0 : book.arm + 1), indices);
      case "forEach": {
        const items = Array.from({ length: book.items ?? 0 }, (_, item) => withIndex(indices, node, item));
        return book.items !== undefined && items.every((each) => isAll(node.bodies, each));
      }
      case "loop":
        return book.ended && isAll(node.bodies, withIndex(indices, node, book.iteration));
    }
  }

  private bookOf(key: string): BlockBook {
    const known = this.blocks.get(key);
    if (known) return known;
    const made = { omitted: false, arm: undefined, items: undefined, iteration: 0, ended: false, failed: false };
    this.blocks.set(key, made);
    return made;
  }

  private omit(bodies: readonly Body[]): void {
    for (const { nodes } of bodies) {
      for (const node of nodes) {
        if (node.is !== "step") this.omit((node satisfies BlockPlan).bodies);
        else if (node.repeats.length === 0) {
          const book = this.run.bookOf(node.name);
          if (book?.fate === "open") book.fate = "skipped";
        }
      }
    }
  }
}

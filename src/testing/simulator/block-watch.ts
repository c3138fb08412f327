/**
 * What blocks decide (definition.md, 1), worked out without the engine: which case is taken, what is left out, which items
 * there are and how many at a time, when a loop is over.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json } from "../../base/json.ts";
import type { SagaEvent, Transition } from "../../saga/event.ts";
import { indicesIn, innermost, nameIn, planIn, prefixesOf } from "../../saga/step-key.ts";
import { conditions, timesIn } from "./grow-tree.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Book } from "./oracle.ts";

export class BlockWatch {
  private readonly book: Book;
  /** How often each of the rarer things happened. */
  readonly counts: Record<string, number> = {};

  constructor(book: Book) {
    this.book = book;
  }

  recorded(kept: KeptRun, { events }: Transition): void {
    if (kept.workflow.blocks.size === 0) return;
    for (const event of events) this.judge(kept, event);
    this.judgeConcurrency(kept);
  }

  private judge(kept: KeptRun, event: SagaEvent): void {
    switch (event.type) {
      case "ChoiceTaken":
        this.count("cases taken");
        return this.judgeChoice(kept, event);
      case "StepOmitted":
        return this.expect(!this.holds(kept, planIn(kept.workflow, event.step)?.when), kept, event, event.step);
      case "StepDispatched":
        return this.expect(this.holds(kept, planIn(kept.workflow, event.step)?.when), kept, event, event.step);
      case "BlockOmitted":
        return this.expect(!this.holds(kept, this.planOf(kept, event.block)?.when), kept, event, event.block);
      case "ForEachBegan": {
        this.count("lists begun");
        const { items } = kept.run.input as { readonly items: Json };
        return this.expect(canonicalJson(items) === canonicalJson(event.items), kept, event, event.block);
      }
      case "IterationBegan":
        if (event.iteration > 1) this.count("iterations repeated");
        return this.expect(event.iteration <= this.timesOf(kept, event.block), kept, event, event.block);
      case "LoopEnded":
        return;
      case "CompensationDispatched":
        if (event.attempt === 1) this.judgeOrder(kept, event.step);
        return;
      case "WaitEnded":
        return this.count(`waits ended by ${event.by}`);
      default:
        return;
    }
  }

  private judgeChoice(kept: KeptRun, event: Extract<SagaEvent, { type: "ChoiceTaken" }>): void {
    const plan = this.planOf(kept, event.block);
    if (plan?.is !== "choose") return;
    const right = plan.conditions.findIndex((condition) => this.holds(kept, condition));
    this.expect(event.arm === right, kept, event, event.block);
  }

  /** C13: never more items at a time than are allowed. */
  private judgeConcurrency(kept: KeptRun): void {
    const open = new Map<string, Set<string>>();
    const live = kept.run.out.filter(
      ({ step, side, attempt }) => kept.attemptState({ uid: kept.uid, step, action: side, attempt }) === "live",
    );
    for (const { step } of [...live, ...kept.run.waits]) {
      const indices = indicesIn(step);
      const inner = kept.planOf(step)?.repeats.at(-1);
      if (kept.run.phase !== "forward" || inner?.is !== "forEach") continue;
      const { around } = innermost(indices);
      const key = `${inner.name}${around}`;
      open.set(key, (open.get(key) ?? new Set()).add(indices));
    }
    for (const [key, items] of open) {
      const plan = this.planOf(kept, key);
      if (plan?.is === "forEach" && items.size > plan.concurrency)
        this.book.violate(`C13: ${items.size} items of ${key} are open in ${kept.id}`);
    }
  }

  /** C13: where not all items are undone at once, the last ones are first. */
  private judgeOrder(kept: KeptRun, key: string): void {
    const indices = indicesIn(key);
    const inner = kept.planOf(key)?.repeats.at(-1);
    if (inner?.is !== "forEach") return;
    const { around, index } = innermost(indices);
    const later = new Map<number, { isOwed: boolean; isBegun: boolean }>();
    for (const [other, { compensation, attempts }] of Object.entries(kept.run.repeated ?? {})) {
      // What stands deeper is a part of the item, too.
      const depth: number = inner.repeats.length;
      if (kept.planOf(other)?.repeats[depth] !== inner) continue;
      const at = innermost(prefixesOf(indicesIn(other))[depth] ?? "");
      if (at.around !== around || at.index <= index) continue;
      const item = later.get(at.index) ?? { isOwed: false, isBegun: false };
      // An undo of what is still out is waited for.
      item.isBegun ||= attempts.includes("superseded") || compensation?.state === "blocked";
      item.isBegun ||= (compensation?.attempts.length ?? 0) > 0;
      item.isOwed ||= compensation?.state === "armed" || compensation?.state === "queued";
      later.set(at.index, item);
    }
    for (const [item, { isOwed, isBegun }] of later)
      if (isOwed && !isBegun) this.book.violate(`C13: ${key} of ${kept.id} is undone before item ${item}`);
  }

  private timesOf(kept: KeptRun, block: string): number {
    const plan = this.planOf(kept, block);
    // Whoever is asked under another key does not say what is waited for.
    const isAskedAnew = kept.has("StepRetried") || kept.has("StepResolved") || kept.has("StepSkipped");
    return plan?.is === "loop" && !isAskedAnew ? Math.min(timesIn(plan.until), plan.max) : Infinity;
  }

  private readonly planOf = ({ workflow }: KeptRun, key: string) => workflow.blocks.get(nameIn(key));

  private holds({ run }: KeptRun, condition: string | undefined): boolean {
    return condition === undefined || conditions[condition]?.(run.input as never) === true;
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  private expect(claim: boolean, { id }: KeptRun, { type }: SagaEvent, key: string): void {
    if (!claim) this.book.violate(`definition.md, 1: ${type} of ${key} of ${id}, whose input says otherwise`);
  }
}

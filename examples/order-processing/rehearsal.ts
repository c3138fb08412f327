/**
 * Drives the workers through the order saga without the engine, for the tests of this folder: one order at a time,
 * step after step, three attempts each, and back over what was done. Every command may be delivered more than once.
 */
import { type Handler, type Json, type Worker, WorkFailed, type WorkContext } from "clew";
import type { Expected } from "./generate-orders.ts";
import type { Order } from "./order.ts";

export const steps = [
  { step: "validate_order", worker: "validate_order", undoer: undefined },
  { step: "check_inventory", worker: "check_inventory", undoer: "release_inventory" },
  { step: "process_payment", worker: "process_payment", undoer: "refund_payment" },
  { step: "generate_confirmation", worker: "generate_order_confirmation", undoer: undefined },
  { step: "fulfill_order", worker: "fulfill_order", undoer: undefined },
  { step: "notify_customer", worker: "notify_customer", undoer: undefined },
] as const;

/** What an answer means for the saga; after `final` no retry can help. */
type Said = "succeeded" | "failed" | "final";

const stepAttempts = 3;
const undoAttempts = 12;

export class Rehearsal {
  private readonly handlers: ReadonlyMap<string, Handler>;
  private readonly deliveries: number;

  constructor(workers: readonly Worker[], deliveries = 1) {
    this.handlers = new Map(workers.map(({ type, handler }) => [type, handler]));
    this.deliveries = deliveries;
  }

  /** Stops before the step at place `until`, as a killed engine would that never came back. */
  async play(order: Order, until: number = steps.length): Promise<Expected | "stopped"> {
    const runUid = `uid-of-${order.orderId}`;
    for (const [place, { step, worker }] of steps.entries()) {
      if (place === until) return "stopped";
      const context = { key: `${runUid}/${step}`, step, runUid };
      if (await this.attempts(worker, order, context, stepAttempts)) continue;
      await this.goBack(order, runUid, place - 1);
      return "compensated";
    }
    return "completed";
  }

  private async goBack(order: Order, runUid: string, from: number): Promise<void> {
    for (const { step, undoer } of steps.slice(0, from + 1).reverse()) {
      if (!undoer) continue;
      const forward = `${runUid}/${step}`;
      const context = { action: "compensate", key: `${forward}!undo`, undoes: forward, step, runUid } as const;
      if (!(await this.attempts(undoer, order, context, undoAttempts))) throw new Error(`${context.key} gave up`);
    }
  }

  private async attempts(worker: string, order: Order, told: Partial<WorkContext>, budget: number): Promise<boolean> {
    for (let attempt = 1; attempt <= budget; attempt++) {
      const answer = await this.deliver(worker, order, { ...told, attempt });
      if (answer === "succeeded") return true;
      if (answer === "final") return false;
    }
    return false;
  }

  private async deliver(worker: string, order: Order, told: Partial<WorkContext>): Promise<Said> {
    const answers = Array.from({ length: this.deliveries }, (_, again) =>
      this.call(worker, order as unknown as Json, { ...told, delivery: again + 1 }),
    );
    // The late ones are late: by now their time is over and they count as not answered.
    if (order.slow && worker === "process_payment" && told.attempt === 1) return "failed";
    const kinds = await Promise.all(answers);
    if (new Set(kinds).size > 1) throw new Error(`${told.key} answered ${kinds.join(" and ")} to one command`);
    return kinds[0] ?? "failed";
  }

  private async call(worker: string, input: Json, told: Partial<WorkContext>): Promise<Said> {
    try {
      await this.handlers.get(worker)?.(input, contextOf(told));
      return "succeeded";
    } catch (error) {
      if (!(error instanceof WorkFailed) || error.effect !== "none") throw error;
      return error.retryable ? "failed" : "final";
    }
  }
}

/** A command's context with what a test does not care about filled in; its time is over at once. */
export function contextOf(told: Partial<WorkContext>): WorkContext {
  return {
    action: "execute",
    key: "uid/step",
    undoes: undefined,
    runId: "run",
    runUid: "uid",
    step: "step",
    attempt: 1,
    delivery: 1,
    again: false,
    signal: AbortSignal.abort(),
    deadline: 0,
    forward: undefined,
    undo: undefined,
    progress() {},
    ...told,
  };
}

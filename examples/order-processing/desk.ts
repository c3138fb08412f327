/**
 * Where the workers meet the effect ledger. Each effect is one synchronous function that runs inside one transaction
 * of the ledger, together with the look-up of its key and the row that remembers it (events.md, 5): a command that
 * comes twice is done once, a refusal stops every other delivery, and an undo that comes first leaves a tombstone.
 *
 * The order's hiccups lie in here too. They go by the command's attempt, so they are the same after a crash.
 */
import { EffectLedger, type Handler, type Json, type succeeded, type WorkContext, WorkFailed } from "clew";
import { type Order, readOrder, UnreadableOrder } from "./order.ts";
import { Refusal, type Shop } from "./shop.ts";
import type { Trace } from "./trace.ts";

/** The output, or `succeeded(output, undo)`. */
type Done = Json | ReturnType<typeof succeeded>;

export class Desk {
  private readonly ledger: EffectLedger;
  private readonly trace: Trace;

  constructor(shop: Shop, trace: Trace) {
    this.ledger = new EffectLedger(shop.connection);
    this.trace = trace;
  }

  /** What the shop refuses, it would refuse at every attempt: the key is closed. */
  effect(type: string, work: (order: Order, key: string) => Done): Handler {
    const handler = this.ledger.effect((input: Json, context: WorkContext) => {
      this.trace.begin(context.key);
      const order = readingOrder(input);
      hiccup(type, order, context);
      return refusing({ scope: "key" }, () => work(order, context.key));
    });
    return this.traced(handler);
  }

  /**
   * The forward key alone says what to undo: of a step in doubt the engine knows nothing else (semantics.md, C11).
   * What cannot be undone at all is for a person to settle, not for a retry.
   */
  undo(type: string, work: (forwardKey: string, key: string) => void): Handler {
    const handler = this.ledger.undo((input: Json, context: WorkContext) => {
      this.trace.begin(context.key);
      hiccup(type, readingOrder(input), context);
      refusing({ effect: "none", retryable: false }, () => work(context.undoes ?? "", context.key));
    });
    return this.traced(handler);
  }

  private traced(handler: Handler): Handler {
    return around(handler, (input, context) => {
      try {
        return handler(input, context);
      } finally {
        this.trace.commit();
      }
    });
  }
}

/** Another handler around the ledger's, which still answers from the store for a command that came too late. */
export function around(handler: Handler, wrapped: (input: Json, context: WorkContext) => unknown): Handler {
  return handler.recall ? Object.assign(wrapped, { recall: handler.recall }) : wrapped;
}

/** Read inside the transaction, so that the refusal of what cannot be read is remembered like any other. */
function readingOrder(input: Json): Order {
  try {
    return readOrder(input);
  } catch (error) {
    if (!(error instanceof UnreadableOrder)) throw error;
    throw new WorkFailed({ code: "invalid_order", title: error.message, scope: "key" });
  }
}

type Reach = { readonly scope: "key" } | { readonly effect: "none"; readonly retryable: false };

function refusing<T>(reach: Reach, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new WorkFailed({ code: error.code, title: error.message, ...reach });
  }
}

function hiccup(type: string, order: Order, { attempt }: WorkContext): void {
  const times = order.hiccups?.[type] ?? 0;
  if (attempt > times) return;
  throw new WorkFailed({ code: "hiccup", title: `${type} stumbled, ${attempt} of ${times} times`, effect: "none" });
}

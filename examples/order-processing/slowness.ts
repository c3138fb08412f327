/**
 * Answers that come late. The work is done at once, in its transaction; only the first attempt's answer is held back,
 * until the engine has stopped waiting for it. That moment is the signal's abort, so no clock is read and the same
 * orders are late under any timeout.
 */
import type { Handler } from "clew";
import { around } from "./desk.ts";
import type { Slowness } from "./order.ts";

export type Pause = (ms: number) => Promise<unknown>;

/** Within the wait before the first retry, 0.8 to 1.2 s. */
const lateMs = 400;
/** Long after that retry has had its answer. */
const overtakenMs = 3000;

export function slowly(handler: Handler, pause: Pause): Handler {
  return around(handler, async (input, context) => {
    try {
      return await handler(input, context);
    } finally {
      const slow = (input as { readonly slow?: Slowness } | null)?.slow;
      if (slow && context.attempt === 1) await heldBack(slow, context.signal, pause);
    }
  });
}

async function heldBack(slow: Slowness, signal: AbortSignal, pause: Pause): Promise<void> {
  if (slow === "silent") return new Promise(() => {});
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await pause(slow === "late" ? lateMs : overtakenMs);
}

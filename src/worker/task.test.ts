import { describe, expect, test } from "vitest";
import { InProcessBus } from "../bus/in-process/in-process-bus.ts";
import { held, WorkerShop } from "../testing/worker-shop.ts";

class DistantBus extends InProcessBus {
  override readonly traits = { losesMessages: true, withdraws: false, reportsTaken: false };
}

describe("the signal", () => {
  test("aborts at the deadline, and what comes after it is still answered", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("ship");
    const signal = calls[0]?.context.signal;
    await shop.clock.advance(7999);
    expect(signal?.aborted).toBe(false);
    await shop.clock.advance(1);
    expect(signal?.reason).toMatchObject({ name: "TimeoutError" });
    calls[0]?.give("late");
    await shop.clock.settle();
    expect(shop.answers).toEqual([{ outcome: "succeeded", output: "late" }]);
  });

  test("costs no timer where nobody looks at it, and leaves none when the work is done in time", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("a");
    await shop.send("b", { context: { timeoutMs: 9000 } });
    expect(shop.clock.timerCount).toBe(0);
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([false, false]);
    expect(shop.clock.timerCount).toBe(1);
    for (const { give } of calls) give(null);
    await shop.clock.advance(8000);
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([false, false]);
    expect(shop.clock.timerCount).toBe(0);
  });

  test("is aborted from the start where it is first looked at after the deadline", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("ship");
    await shop.clock.advance(8000);
    expect(calls[0]?.context.signal.aborted).toBe(true);
  });

  test("aborts when the engine advises to cancel that attempt; what the handler then throws is code cancelled", async () => {
    const shop = new WorkerShop(
      (_input, { signal }) =>
        new Promise((_give, fail) => signal.addEventListener("abort", () => fail(signal.reason as Error))),
    );
    await shop.send("ship");
    await shop.send("bill");
    await shop.advise("ship");
    expect(shop.results.map(({ stepkey, data }) => [stepkey, data])).toMatchObject([
      ["ship", { outcome: "failed", error: { code: "cancelled" }, effect: "possible", retryable: true }],
    ]);
  });

  test("an attempt that ends well in spite of the advice is a success", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("ship");
    await shop.advise("ship");
    expect(calls[0]?.context.signal.aborted).toBe(true);
    calls[0]?.give("done");
    await shop.clock.settle();
    expect(shop.answers).toEqual([{ outcome: "succeeded", output: "done" }]);
  });
});

describe("telling of progress", () => {
  test("taken is told after a second, or a quarter of the timeout, where the bus does not tell it", async () => {
    const { handler } = held();
    const shop = new WorkerShop(handler, {}, new DistantBus());
    await shop.send("long");
    await shop.send("short", { context: { timeoutMs: 2000 } });
    await shop.clock.advance(499);
    expect(shop.progress).toEqual([]);
    await shop.clock.advance(1);
    expect(shop.progress.map(({ stepkey, data }) => [stepkey, data.phase])).toEqual([["short", "taken"]]);
    await shop.clock.advance(500);
    expect(shop.progress.map(({ stepkey }) => stepkey)).toEqual(["short", "long"]);
    await shop.clock.advance(10_000);
    expect(shop.progress).toHaveLength(2);
  });

  test("taken is not told of work that is done sooner, nor where the bus tells it", async () => {
    const quick = new WorkerShop(() => null, {}, new DistantBus());
    await quick.send("ship");
    const near = new WorkerShop(held().handler);
    await near.send("ship");
    for (const { clock } of [quick, near]) await clock.advance(20_000);
    expect([quick.told, near.told]).toEqual([[], []]);
  });

  test("heartbeats come well within the silence that would count as a lost worker, until the work is done", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("ship", { context: { heartbeatMs: 300 } });
    await shop.clock.advance(1000);
    expect(shop.told).toEqual(Array.from({ length: 10 }, () => "heartbeat"));
    expect(new Set(shop.progress.map(({ id }) => id)).size).toBe(10);
    calls[0]?.give(null);
    await shop.clock.advance(1000);
    expect(shop.told).toHaveLength(10);
  });

  test("a handler tells how far it is, also by a function taken out of its context, until it is done", async () => {
    const shop = new WorkerShop((_input, { progress }) => {
      progress(50, "half");
      progress(undefined, "x".repeat(5000));
      progress(1e9);
      progress(Number.NaN);
      setLater = () => progress(100);
      return null;
    });
    let setLater = () => {};
    await shop.send("ship");
    setLater();
    await shop.clock.settle();
    expect(shop.progress.map(({ data }) => data)).toEqual([
      { phase: "working", percent: 50, text: "half" },
      { phase: "working", text: "x".repeat(1000) },
      { phase: "working", percent: 100 },
      { phase: "working" },
    ]);
  });
});

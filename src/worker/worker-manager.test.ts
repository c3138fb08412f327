import { describe, expect, test } from "vitest";
import { InProcessBus } from "../bus/in-process/in-process-bus.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { held, WorkerShop } from "../testing/worker-shop.ts";
import { WorkerManager } from "./worker-manager.ts";
import { worker } from "./worker.ts";

describe("stopping", () => {
  test("what is past its deadline is not waited for", async () => {
    const shop = new WorkerShop(() => new Promise(() => {}));
    await shop.send("a", { context: { timeoutMs: 2000 } });
    let stopped = false;
    const stop = shop.manager.stop({ graceMs: 60_000 }).then(() => (stopped = true));
    await shop.clock.advance(1999);
    expect(stopped).toBe(false);
    await shop.clock.advance(1);
    await stop;
  });

  test("takes nothing more, and waits for what is in work and for its answers", async () => {
    const { calls, handler, steps } = held();
    const shop = new WorkerShop(handler);
    await shop.send("a");
    await shop.send("b");
    let stopped = false;
    const stop = shop.manager.stop({ graceMs: 5000 }).then(() => (stopped = true));
    await shop.send("c");
    calls[0]?.give("done");
    await shop.clock.advance(4999);
    expect([stopped, steps(), await shop.waiting(), shop.results.length]).toEqual([false, ["a", "b"], 1, 1]);
    calls[1]?.give("done");
    await shop.clock.settle();
    await stop;
    expect([steps(), await shop.waiting(), shop.results.length]).toEqual([["a", "b"], 1, 2]);
    expect(shop.clock.timerCount).toBe(0);
  });

  test("after the grace the signals abort, and what is not done goes to somebody else as a later delivery", async () => {
    const { calls, handler, steps } = held();
    const shop = new WorkerShop(handler);
    await shop.send("a");
    const signal = calls[0]?.context.signal;
    const stop = shop.manager.stop({ graceMs: 5000 });
    await shop.clock.advance(4999);
    expect(signal?.aborted).toBe(false);
    await shop.clock.advance(1);
    await stop;
    expect([signal?.aborted, await shop.waiting(), shop.clock.timerCount]).toEqual([true, 1, 0]);
    shop.hire("two", handler).start();
    await shop.clock.settle();
    expect([steps(), calls[1]?.context.delivery]).toEqual([["a", "a"], 2]);
  });

  test("of what was let go of, a late success is still told, a late failure is not", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("a");
    await shop.send("b");
    await shop.manager.stop({ graceMs: 0 });
    calls[0]?.fail(new Error("aborted"));
    calls[1]?.give("done");
    await shop.clock.settle();
    expect(shop.results.map(({ stepkey, data }) => [stepkey, data.outcome])).toEqual([["b", "succeeded"]]);
    expect(await shop.waiting()).toBe(2);
  });

  test("is idempotent, may come before the start, and is for good", async () => {
    const shop = new WorkerShop(() => null);
    await Promise.all([shop.manager.stop(), shop.manager.stop()]);
    expect(() => shop.manager.start()).toThrow(expect.objectContaining({ code: "engine_closed" }));
    const never = shop.hire("two", () => null);
    await never.stop();
    expect(() => never.start()).toThrow(expect.objectContaining({ code: "engine_closed" }));
    expect(await shop.bus.queues()).toEqual([]);
  });

  test("leaves a bus that is closed meanwhile alone", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("a");
    await shop.send("b");
    const stop = shop.manager.stop({ graceMs: 1000 });
    await shop.bus.close();
    calls[0]?.give("done");
    await shop.clock.advance(1000);
    await stop;
    calls[1]?.give("done");
    await shop.clock.settle();
    expect(shop.clock.timerCount).toBe(0);
  });
});

test("starting twice does nothing more", async () => {
  const shop = new WorkerShop(() => null);
  shop.manager.start();
  expect(await shop.bus.queues()).toMatchObject([{ consumers: 1 }]);
});

test.each([
  [[worker("pay", () => null), worker("pay", () => null)], "twice"],
  [[worker("Pay", () => null)], "is no name"],
  [[worker("pay", () => null, { room: 0 })], "room 0"],
  [[worker("pay", () => null, { room: 1.5 })], "room 1.5"],
  [[worker("pay", () => null, { room: 10_001 })], "room 10001"],
])("workers that cannot be are refused when the manager is made", (workers, message) => {
  const make = (namespace: string, instance: string) => () =>
    new WorkerManager({ bus: new InProcessBus(), clock: new VirtualClock(), namespace, instance, workers });
  expect(make("default", "one")).toThrow(message);
  expect(make("de/fault", "one")).toThrow(/namespace/);
  expect(make("default", "one/two")).toThrow(/instance/);
});

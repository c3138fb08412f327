/**
 * The worry: a command that is acknowledged without an answer, worked on beyond the room, or answered with a `none`
 * that another delivery proves wrong.
 */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { Command, Result } from "../bus/envelope.ts";
import type { Delivery } from "../bus/event-bus.ts";
import { InProcessBus } from "../bus/in-process/in-process-bus.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { held, WorkerShop, startMs } from "../testing/worker-shop.ts";
import { EffectLedger } from "./effect-ledger/effect-ledger.ts";
import { WorkerManager } from "./worker-manager.ts";
import { Answer, succeeded, worker, WorkFailed } from "./worker.ts";

describe("answering", () => {
  test("a handler's output goes home with everything that finds the question", async () => {
    const shop = new WorkerShop((input, { key, attempt }) => ({ input, key, attempt }));
    await shop.send("ship", { attempt: 2 });
    expect(shop.results).toMatchObject([
      {
        id: "u/ship/execute/2/r/succeeded",
        source: "/clew/default/workers/pay/one",
        type: "result.pay",
        causationid: "u/ship/execute/2",
        home: "home",
        version: 3,
        data: { outcome: "succeeded", output: { input: { step: "ship" }, key: "u/ship", attempt: 2 } },
      },
    ]);
  });

  test("a handler sees the command that it works on", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    const context = { delivery: 3, again: true } as const;
    const forward = { outcome: "succeeded", output: 5 } as const;
    await shop.send("ship", {
      ...{ action: "compensate", context },
      change: (command) => ({ ...command, data: { ...command.data, forward, undo: { id: 7 } } }),
    });
    const { action, key, undoes, runId, runUid, step, attempt, delivery, again, deadline } = calls[0]!.context;
    expect([action, key, undoes, step, attempt]).toEqual(["compensate", "u/ship!undo", "u/ship", "ship", 1]);
    expect([runId, runUid, delivery, again, deadline]).toEqual(["o", "u", 3, true, startMs + 8000]);
    expect([calls[0]?.context.forward, calls[0]?.context.undo]).toEqual([forward, { id: 7 }]);
  });

  test("what a handler throws, at once or later, is its answer", async () => {
    const shop = new WorkerShop((_input, { step }) => {
      if (step === "now") throw new WorkFailed({ code: "no", title: "no", effect: "none", retryable: false });
      return Promise.reject(new Error("later"));
    });
    await shop.send("now");
    await shop.send("later");
    expect(shop.answers).toEqual([
      { outcome: "failed", error: { code: "no", title: "no" }, retryable: false, effect: "none", scope: "attempt" },
      {
        ...{ outcome: "failed", error: { code: "worker_crashed", title: "later" } },
        ...{ retryable: true, effect: "possible", scope: "attempt" },
      },
    ]);
  });

  test("an output that is not JSON fails, effect possible, not retryable", async () => {
    const shop = new WorkerShop(() => new Map());
    await shop.send("ship");
    expect(shop.answers).toMatchObject([{ error: { code: "output_invalid" }, effect: "possible", retryable: false }]);
  });

  test("a compensation is done whatever its handler gives; an inquiry is unknown unless it is answered", async () => {
    const shop = new WorkerShop(() => "anything");
    await shop.send("ship", { action: "compensate" });
    await shop.send("ship", { action: "inquire" });
    expect(shop.answers).toEqual([{ outcome: "compensated", found: true }, { outcome: "unknown" }]);
  });

  test.each([
    ["the first delivery", {}, "none"],
    ["a later delivery", { delivery: 2 }, "possible"],
    ["what was published again", { again: true }, "possible"],
  ] as const)("none on %s is told as %s", async (_title, context, effect) => {
    const shop = new WorkerShop(() => {
      throw new WorkFailed({ title: "no", effect: "none" });
    });
    await shop.send("ship", { context });
    expect(shop.answers).toMatchObject([{ effect, scope: "attempt" }]);
  });

  test("none on what the bus delivered again is told as possible", async () => {
    const first = held();
    const shop = new WorkerShop(first.handler);
    await shop.send("ship");
    await shop.manager.stop({ graceMs: 0 });
    shop
      .hire("two", () => {
        throw new WorkFailed({ title: "no", effect: "none" });
      })
      .start();
    await shop.clock.settle();
    expect(shop.answers).toMatchObject([{ effect: "possible" }]);
  });

  test("none is told as possible where the command was taken away while it was worked on", async () => {
    const deliveries: Delivery<Command>[] = [];
    class LeasingBus extends InProcessBus {
      override consumeCommands(type: string, room: number, take: (delivery: Delivery<Command>) => void) {
        return super.consumeCommands(type, room, (delivery) => {
          deliveries.push(delivery);
          take(delivery);
        });
      }
    }
    const { calls, handler } = held();
    const shop = new WorkerShop(handler, {}, new LeasingBus());
    await shop.send("ship");
    deliveries[0]?.release();
    calls[0]?.fail(new WorkFailed({ title: "no", effect: "none" }));
    await shop.clock.settle();
    expect(shop.answers).toMatchObject([{ effect: "possible" }]);
  });

  test("an answer made by hand reaches the engine as it was made", async () => {
    const shop = new WorkerShop(() => new Answer({ outcome: "not_done" }));
    await shop.send("ship", { action: "inquire" });
    expect(shop.answers).toEqual([{ outcome: "not_done" }]);
  });
});

describe("acknowledging", () => {
  test("a command is acknowledged after the bus has its answer, not before", async () => {
    let accept: () => void = () => {};
    class SlowBus extends InProcessBus {
      override async publishResult(result: Result): Promise<void> {
        await new Promise<void>((resolve) => (accept = resolve));
        return super.publishResult(result);
      }
    }
    const shop = new WorkerShop(() => null, { room: 1 }, new SlowBus());
    await shop.send("a");
    await shop.send("b");
    expect([shop.results.length, await shop.waiting(), shop.manager.openCount]).toEqual([0, 1, 1]);
    accept();
    await shop.clock.settle();
    expect([shop.results.length, await shop.waiting()]).toEqual([1, 0]);
  });

  test("an answer that the bus refuses is published again until it is taken", async () => {
    let refusals = 0;
    class BusyBus extends InProcessBus {
      override publishResult(result: Result): Promise<void> | undefined {
        return refusals++ < 3 ? Promise.reject(new Error("busy")) : super.publishResult(result);
      }
    }
    let worked = 0;
    const shop = new WorkerShop(() => ++worked, {}, new BusyBus());
    await shop.send("ship");
    expect(shop.answers).toEqual([]);
    await shop.clock.advance(700);
    expect([shop.answers, worked]).toEqual([[{ outcome: "succeeded", output: 1 }], 1]);
    expect([shop.manager.openCount, shop.clock.timerCount]).toEqual([0, 0]);
  });

  test("at_most_once is acknowledged before the work begins: nobody is given it again", async () => {
    const { handler, steps } = held();
    const shop = new WorkerShop(handler);
    await shop.send("ship", { context: { execution: "at_most_once" } });
    expect(steps()).toEqual(["ship"]);
    await shop.manager.stop({ graceMs: 0 });
    shop.hire("two", handler).start();
    await shop.clock.settle();
    expect([steps(), await shop.waiting()]).toEqual([["ship"], 0]);
  });

  test("an at_most_once attempt may say none although it is acknowledged, and its failure is told even after a stop", async () => {
    const { calls, handler } = held();
    const shop = new WorkerShop(handler);
    await shop.send("a", { context: { execution: "at_most_once" } });
    await shop.send("b", { context: { execution: "at_most_once" } });
    calls[0]?.fail(new WorkFailed({ title: "no", effect: "none" }));
    await shop.manager.stop({ graceMs: 0 });
    calls[1]?.fail(new Error("stopped"));
    await shop.clock.settle();
    expect(shop.answers).toMatchObject([{ effect: "none" }, { effect: "possible" }]);
  });
});

describe("room", () => {
  test.each(["at_least_once", "at_most_once"] as const)(
    "holds for %s until the handler has settled",
    async (execution) => {
      const { calls, handler, steps } = held();
      const shop = new WorkerShop(handler, { room: 2 });
      for (const step of ["a", "b", "c", "d"]) await shop.send(step, { context: { execution, timeoutMs: 10 } });
      await shop.clock.advance(10_000);
      expect([steps(), await shop.waiting()]).toEqual([["a", "b"], 2]);
      calls[1]?.give(null);
      await shop.clock.settle();
      expect([steps(), await shop.waiting(), shop.manager.openCount]).toEqual([["a", "b", "c"], 1, 2]);
    },
  );
});

describe("what comes too late", () => {
  const expiresAtMs = startMs + 100;

  test("is not worked on, not answered, and acknowledged; the last moment itself is in time", async () => {
    const shop = new WorkerShop(() => "worked");
    await shop.clock.advance(100);
    await shop.send("in_time", { expiresAtMs });
    await shop.clock.advance(1);
    await shop.send("late", { expiresAtMs });
    expect(shop.results.map(({ stepkey }) => stepkey)).toEqual(["in_time"]);
    expect([await shop.waiting(), shop.manager.openCount]).toEqual([0, 0]);
  });

  test("is answered from the worker's store, where that knows it", async () => {
    let worked = 0;
    const ledger = new EffectLedger(new DatabaseSync(":memory:"));
    const shop = new WorkerShop(
      ledger.effect((_input, { step }) => {
        worked++;
        if (step === "refused") throw new WorkFailed({ code: "no", title: "no", effect: "none" });
        return succeeded("held", "shelf");
      }),
    );
    await shop.send("known");
    await shop.send("refused");
    await shop.clock.advance(1000);
    for (const step of ["known", "refused", "unknown"])
      await shop.send(step, { expiresAtMs, context: { again: true } });
    expect(worked).toBe(2);
    expect(shop.results.slice(2).map(({ stepkey, data }) => [stepkey, data])).toMatchObject([
      ["known", { outcome: "succeeded", output: "held", undo: "shelf" }],
      ["refused", { outcome: "failed", error: { code: "no" }, effect: "none" }],
    ]);
  });
});

describe("commands that cannot be worked on", () => {
  test.each([
    ["without a context", (command: Command) => ({ ...command, data: { input: 1 } }), "possible"],
    ["without a timeout", withContext({ timeoutMs: undefined }), "none"],
    ["without a timeout, delivered before", withContext({ timeoutMs: undefined, delivery: 2 }), "possible"],
    ["without a key", ({ idempotencykey: _, ...command }: Command) => command, "none"],
    ["of another worker", (command: Command) => ({ ...command, type: "command.ship" }), "none"],
  ])("%s: set aside once, answered, and out of the way", async (_title, change, effect) => {
    const shop = new WorkerShop((input) => input);
    await shop.send("odd", { change: change as (command: Command) => Command });
    await shop.send("good");
    expect(shop.results.map(({ stepkey, data }) => [stepkey, data.outcome])).toEqual([
      ["odd", "failed"],
      ["good", "succeeded"],
    ]);
    expect(shop.answers[0]).toMatchObject({ error: { code: "command_unreadable" }, effect });
    expect([shop.manager.setAsideCount, shop.manager.openCount, await shop.waiting()]).toEqual([1, 0, 0]);
  });

  test("one that no answer could name is set aside without one, and told", async () => {
    const bus = new InProcessBus();
    const told: unknown[] = [];
    const options = { bus, clock: new VirtualClock(), namespace: "default", instance: "one" };
    const manager = new WorkerManager({
      ...{ ...options, workers: [worker("pay", () => null)] },
      onSetAside: (command) => told.push(command),
    });
    manager.start();
    await bus.publishCommands([{ id: "x", worker: "pay", envelope: () => ({ type: "command.pay" }) as Command }]);
    await options.clock.settle();
    expect(told).toMatchObject([{ worker: "pay", id: "undefined", reason: expect.stringContaining("which attempt") }]);
    expect([manager.setAsideCount, (await bus.queues())[0]?.waiting]).toEqual([1, 0]);
  });
});

function withContext(change: object): (command: Command) => object {
  return (command) => ({ ...command, data: { ...command.data, context: { ...command.data.context, ...change } } });
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { busSuite } from "../../testing/bus-suite.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import type { Command } from "../envelope.ts";
import type { Consumption, Delivery } from "../event-bus.ts";
import { makeCommand, makeResult, runAttributes } from "../make-envelope.ts";
import { InProcessBus } from "./in-process-bus.ts";

const settle = () => new VirtualClock().settle();

busSuite("in-process bus", () => new InProcessBus(), settle);

const command = makeCommand({
  ...{ run: runAttributes({ namespace: "default", workflow: "order", runId: "o", runUid: "u", rootId: "o" }), atMs: 0 },
  ...{
    worker: "pay",
    step: "pay",
    action: "execute",
    attempt: 1,
    key: "u/pay",
    definition: "d",
    home: "h",
    version: 1,
  },
  data: { input: null, context: { timeoutMs: 1000, execution: "at_least_once", delivery: 1 } },
});
const answer = makeResult(command, { source: "w", atMs: 0, data: { outcome: "succeeded", output: null } });
const pending = (id: string, worker = "pay") => ({ id, worker, envelope: (): Command => ({ ...command, id }) });

describe("in-process bus, on its own", () => {
  test("an envelope is made when it is taken, not before, and once for all deliveries", async () => {
    const bus = new InProcessBus();
    let made = 0;
    await bus.publishCommands([{ ...pending("a"), envelope: () => ({ ...command, version: ++made }) }]);
    await settle();
    expect(made).toBe(0);
    const seen: Delivery<Command>[] = [];
    bus.consumeCommands("pay", 1, (delivery) => {
      seen.push(delivery);
      if (delivery.delivery === 1) delivery.release();
    });
    await settle();
    expect([made, seen.length, seen[0]?.envelope === seen[1]?.envelope]).toEqual([1, 2, true]);
  });

  test("of two equal ids that wait, the newer reference is the one delivered, at the place of the older", async () => {
    const bus = new InProcessBus();
    await bus.publishCommands([pending("a"), pending("b")]);
    await bus.publishCommands([{ ...pending("a"), envelope: () => ({ ...command, id: "a", version: 9 }) }]);
    const seen: (readonly [string, number | undefined])[] = [];
    bus.consumeCommands("pay", 9, ({ envelope }) => seen.push([envelope.id, envelope.version]));
    await settle();
    expect(seen).toEqual([
      ["a", 9],
      ["b", 1],
    ]);
  });

  test("a newer reference that comes while the older is in hand is for the next delivery", async () => {
    const bus = new InProcessBus();
    await bus.publishCommands([pending("a")]);
    const seen: (number | undefined)[] = [];
    bus.consumeCommands("pay", 9, (delivery) => {
      seen.push(delivery.envelope.version);
      if (delivery.delivery > 1) return;
      void bus.publishCommands([{ ...pending("a"), envelope: () => ({ ...command, id: "a", version: 9 }) }]);
      seen.push(delivery.envelope.version);
      delivery.release();
    });
    await settle();
    expect(seen).toEqual([1, 1, 9]);
  });

  test("consumers that have room get commands by turns", async () => {
    const bus = new InProcessBus();
    const counts = [0, 0, 0];
    counts.forEach((_, place) => bus.consumeCommands("pay", 9, () => (counts[place] = (counts[place] ?? 0) + 1)));
    for (const id of ["a", "b", "c", "d", "e", "f"]) {
      await bus.publishCommands([pending(id)]);
      await settle();
    }
    expect(counts).toEqual([2, 2, 2]);
  });

  test("what is acknowledged is forgotten: its id is a new message's", async () => {
    const bus = new InProcessBus();
    let taken = 0;
    bus.consumeCommands("pay", 1, (delivery) => {
      taken += delivery.delivery;
      delivery.ack();
    });
    for (let time = 1; time <= 3; time++) {
      await bus.publishCommands([pending("a")]);
      await settle();
      expect(taken).toBe(time);
    }
  });

  test("a bus that is closed from inside a delivery makes no other", async () => {
    const bus = new InProcessBus();
    const seen: string[] = [];
    bus.consumeCommands("pay", 9, ({ envelope }) => {
      seen.push(envelope.id);
      void bus.close();
    });
    await bus.publishCommands([pending("a"), pending("b")]);
    await settle();
    expect(seen).toEqual(["a"]);
  });

  test("after a thousand commands the event loop goes round; results do not wait for it", async () => {
    const turns: (() => void)[] = [];
    const bus = new InProcessBus({ clock: { soon: (call) => turns.push(call) } });
    let results = 0;
    bus.consumeResults("h", (delivery) => {
      results++;
      delivery.ack();
    });
    for (const worker of ["pay", "ship"]) {
      bus.consumeCommands(worker, 2, (delivery) => {
        const { id } = delivery.envelope;
        void bus.publishResult({ ...answer, id: `of ${id}` });
        queueMicrotask(() => delivery.ack());
      });
    }
    const all = ["pay", "ship"].flatMap((worker) =>
      Array.from({ length: 1250 }, (_, at) => pending(`${worker} ${at}`, worker)),
    );
    await bus.publishCommands(all);
    const seen: number[] = [];
    for (let turn: (() => void) | undefined = () => {}; turn; turn = turns.shift()) {
      turn();
      await settle();
      seen.push(results);
    }
    expect(seen).toEqual([1000, 2000, 2500]);
  });

  test("a turn goes to the commands that are the oldest, whichever queue asked for it first", async () => {
    const turns: (() => void)[] = [];
    const bus = new InProcessBus({ clock: { soon: (call) => turns.push(call) } });
    const taken = { pay: 0, ship: 0 };
    const older = bus.consumeCommands("ship", 5000, () => taken.ship++);
    older.pause();
    bus.consumeCommands("pay", 5000, () => taken.pay++);
    await bus.publishCommands(Array.from({ length: 500 }, (_, at) => pending(`ship ${at}`, "ship")));
    await bus.publishCommands(Array.from({ length: 2500 }, (_, at) => pending(`pay ${at}`)));
    await settle();
    expect(taken).toEqual({ pay: 1000, ship: 0 });
    older.resume();
    await settle();
    turns.shift()?.();
    await settle();
    expect(taken).toEqual({ pay: 1500, ship: 500 });
  });

  test("while results pile up unacknowledged no command is handed out, and acknowledging goes on with the oldest", async () => {
    const bus = new InProcessBus({ maxUnacknowledged: 3 });
    const answers: Delivery<unknown>[] = [];
    bus.consumeResults("h", (delivery) => answers.push(delivery));
    const taken: string[] = [];
    for (const worker of ["pay", "ship"]) {
      bus.consumeCommands(worker, 100, (delivery) => {
        taken.push(delivery.envelope.id);
        void bus.publishResult({ ...answer, id: `${delivery.envelope.id}/r` });
        delivery.ack();
      });
    }
    await bus.publishCommands(["s1", "s2", "s3", "s4"].map((id) => pending(id, "ship")));
    await bus.publishCommands(["p5", "p6", "p7"].map((id) => pending(id)));
    await settle();
    expect(taken).toEqual(["s1", "s2", "s3"]);
    answers.shift()?.ack();
    await settle();
    expect(taken).toEqual(["s1", "s2", "s3", "s4"]);
    while (answers.length > 0) {
      answers.shift()?.ack();
      await settle();
    }
    expect(taken).toEqual(["s1", "s2", "s3", "s4", "p5", "p6", "p7"]);
  });

  test("a bus that is closed hands nothing out in the turn that follows", async () => {
    const turns: (() => void)[] = [];
    const bus = new InProcessBus({ clock: { soon: (call) => turns.push(call) } });
    let taken = 0;
    bus.consumeCommands("pay", 5000, () => taken++);
    await bus.publishCommands(Array.from({ length: 1001 }, (_, at) => pending(`${at}`)));
    await settle();
    await bus.close();
    for (const turn of turns) turn();
    await settle();
    expect(taken).toBe(1000);
  });

  test("beyond its bound a batch is refused whole, and what waits already does not count twice", async () => {
    const bus = new InProcessBus({ maxQueued: 3 });
    await bus.publishCommands([pending("a"), pending("b", "ship")]);
    const refused = bus.publishCommands([pending("c"), pending("d")]);
    await expect(refused).rejects.toMatchObject({ code: "overloaded", message: expect.stringContaining("at most 3") });
    expect((await bus.queues()).map(({ waiting }) => waiting)).toEqual([1, 1]);
    await bus.publishCommands([pending("a"), pending("b", "ship"), pending("c"), pending("c")]);
    expect((await bus.queues()).map(({ waiting }) => waiting)).toEqual([2, 1]);
  });

  test("a command that cannot be made, and a consumer or sender that throws, are reported and stop nobody", async () => {
    const faults: unknown[] = [];
    const bus = new InProcessBus({ onFault: (fault) => faults.push(fault) });
    const seen: string[] = [];
    const throwing = (fault: string) => () => {
      throw new Error(fault);
    };
    bus.consumeCommands("pay", 9, ({ envelope }) => {
      seen.push(envelope.id);
      if (envelope.id === "b") throw new Error("consumer");
    });
    await bus.publishCommands([
      { ...pending("a"), envelope: throwing("envelope") },
      { ...pending("b"), taken: throwing("taken") },
      pending("c"),
    ]);
    await settle();
    expect(seen).toEqual(["b", "c"]);
    expect(faults.map(String)).toEqual(["envelope", "taken", "consumer"].map((text) => `Error: ${text}`));
  });

  test("whatever consumers do, every command is in one place: waiting, in one hand, withdrawn, or done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryAct, { maxLength: 60 }), async (acts) => {
        const model = new World();
        for (const act of acts) {
          await model.perform(act);
          await settle();
          model.check();
        }
        await model.finish();
      }),
      { numRuns: 60 },
    );
  });
});

type Act =
  | { readonly type: "publish"; readonly count: number }
  | { readonly type: "again"; readonly pick: number }
  | { readonly type: "consume"; readonly room: number }
  | { readonly type: "stop" | "pause" | "resume" | "ack" | "release" | "withdraw"; readonly pick: number };

const pick = fc.nat(1000);
const arbitraryAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ type: fc.constant("publish" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ type: fc.constant("again" as const), pick }),
  fc.record({ type: fc.constant("consume" as const), room: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constantFrom("stop", "pause", "resume", "withdraw"), pick }),
  fc.record({ type: fc.constantFrom("ack", "ack", "release"), pick }),
);

/** What was done with one bus, and what must be true of it: a count of hands for each id. */
class World {
  private readonly bus = new InProcessBus();
  private readonly published: string[] = [];
  private readonly gone = new Set<string>();
  private readonly seen = new Set<string>();
  private consumers: { readonly room: number; readonly consumption: Consumption; held: Delivery<Command>[] }[] = [];

  async perform(act: Act): Promise<void> {
    switch (act.type) {
      case "publish":
        for (let each = 0; each < act.count; each++) this.published.push(`c${this.published.length}`);
        return this.bus.publishCommands(this.published.slice(-act.count).map((id) => pending(id)));
      case "again": {
        const id = this.published[act.pick % this.published.length];
        return id === undefined || this.gone.has(id) ? undefined : this.bus.publishCommands([pending(id)]);
      }
      case "consume":
        return this.consume(act.room);
      case "withdraw": {
        const ids = await this.bus.withdraw("pay", this.published.slice(act.pick % (this.published.length + 1)));
        for (const id of ids) {
          expect(this.seen.has(id)).toBe(false);
          this.gone.add(id);
        }
        return;
      }
      default:
        this.touch(act.type, act.pick);
    }
  }

  check(): void {
    const inHand = this.consumers.flatMap(({ held }) => held.filter(({ isHeld }) => isHeld));
    const ids = inHand.map(({ envelope }) => envelope.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.some((id) => this.gone.has(id))).toBe(false);
    for (const { room, held } of this.consumers)
      expect(held.filter(({ isHeld }) => isHeld).length).toBeLessThanOrEqual(room);
  }

  /** Everybody lets go, and one who has room for all takes the rest: nothing is lost, nothing comes back. */
  async finish(): Promise<void> {
    for (const { consumption } of this.consumers) consumption.stop();
    this.consumers = [];
    this.consume(1000);
    await settle();
    const rest = this.consumers[0]?.held.map(({ envelope }) => envelope.id) ?? [];
    expect(rest.toSorted()).toEqual(this.published.filter((id) => !this.gone.has(id)).toSorted());
  }

  private consume(room: number): void {
    const held: Delivery<Command>[] = [];
    const consumption = this.bus.consumeCommands("pay", room, (delivery) => {
      this.seen.add(delivery.envelope.id);
      held.push(delivery);
    });
    this.consumers.push({ room, consumption, held });
  }

  private touch(type: "stop" | "pause" | "resume" | "ack" | "release", number: number): void {
    const consumer = this.consumers[number % this.consumers.length];
    if (!consumer) return;
    if (type === "ack" || type === "release") {
      const delivery = consumer.held[number % consumer.held.length];
      if (type === "ack" && delivery?.isHeld) this.gone.add(delivery.envelope.id);
      return delivery?.[type]();
    }
    consumer.consumption[type]();
    if (type === "stop") this.consumers.splice(this.consumers.indexOf(consumer), 1);
  }
}

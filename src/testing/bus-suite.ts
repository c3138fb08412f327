/**
 * What every bus must do, by topic (bus/event-bus.ts). The worry: a command or a result that is lost, that comes twice
 * at once, or that is said to be untaken when somebody had it. A test that depends on a trait says so in its name and
 * asserts both sides of it, so none is skipped.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { Command, Result } from "../bus/envelope.ts";
import type { Delivery, EventBus, PendingCommand, Subscription } from "../bus/event-bus.ts";
import { makeCommand, makeNotice, makeProgress, makeResult, makeStatus, runAttributes } from "../bus/make-envelope.ts";

/** `settle` resolves when everything that was published has been handed to whoever is there to take it. */
export function busSuite(name: string, makeBus: () => EventBus | Promise<EventBus>, settle: () => Promise<void>): void {
  describe(name, () => {
    const opened: EventBus[] = [];
    const open = async (): Promise<EventBus> => {
      const bus = await makeBus();
      opened.push(bus);
      return bus;
    };
    afterEach(async () => {
      for (const bus of opened.splice(0)) await bus.close();
    });
    commands(open, settle);
    redelivery(open, settle);
    withdrawal(open, settle);
    results(open, settle);
    listeners(open, settle);
    closing(open, settle);
  });
}

type Open = () => Promise<EventBus>;
type Settle = () => Promise<void>;

function commands(open: Open, settle: Settle): void {
  describe("commands", () => {
    test("come to a consumer of their worker type, oldest first, each once", async () => {
      const bus = await open();
      const pay = consume(bus, "pay", 10);
      const ship = consume(bus, "ship", 10);
      await bus.publishCommands([pending("a", "pay"), pending("b", "ship"), pending("c", "pay")]);
      await settle();
      expect([pay.ids(), ship.ids()]).toEqual([["a", "c"], ["b"]]);
      expect(pay.deliveries.map(({ delivery, isHeld }) => [delivery, isHeld])).toEqual([
        [1, true],
        [1, true],
      ]);
    });

    test("are never delivered from inside the publishing call", async () => {
      const bus = await open();
      const taken = consume(bus, "pay", 10);
      const published = bus.publishCommands([pending("a", "pay")]);
      expect(taken.ids()).toEqual([]);
      await published;
      await settle();
      expect(taken.ids()).toEqual(["a"]);
    });

    test("wait for a consumer", async () => {
      const bus = await open();
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      expect(await bus.queues()).toEqual([{ worker: "pay", waiting: 1, consumers: 0 }]);
      const taken = consume(bus, "pay", 1);
      await settle();
      expect(taken.ids()).toEqual(["a"]);
      expect(await bus.queues()).toEqual([{ worker: "pay", waiting: 0, consumers: 1 }]);
    });

    test("are never more in hand than there is room; an acknowledgement makes room", async () => {
      const bus = await open();
      const taken = consume(bus, "pay", 2);
      await bus.publishCommands(["a", "b", "c", "d"].map((id) => pending(id, "pay")));
      await settle();
      expect(taken.ids()).toEqual(["a", "b"]);
      taken.delivery("b").ack();
      taken.delivery("b").ack();
      await settle();
      expect(taken.ids()).toEqual(["a", "b", "c"]);
    });

    test("are shared among competing consumers: each goes to one of them", async () => {
      const bus = await open();
      const one = consume(bus, "pay", 2);
      const two = consume(bus, "pay", 2);
      await bus.publishCommands(["a", "b", "c", "d", "e"].map((id) => pending(id, "pay")));
      await settle();
      expect([...one.ids(), ...two.ids()].toSorted()).toEqual(["a", "b", "c", "d"]);
      expect([one.ids().length, two.ids().length]).toEqual([2, 2]);
    });

    test("a paused consumer gets nothing more and keeps what it has", async () => {
      const bus = await open();
      const taken = consume(bus, "pay", 2);
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      taken.subscription.pause();
      await bus.publishCommands([pending("b", "pay")]);
      await settle();
      expect([taken.ids(), taken.delivery("a").isHeld]).toEqual([["a"], true]);
      taken.subscription.resume();
      await settle();
      expect(taken.ids()).toEqual(["a", "b"]);
    });

    test("an id that is published twice before it is acknowledged is delivered once", async () => {
      const bus = await open();
      await bus.publishCommands([pending("a", "pay"), pending("a", "pay")]);
      await bus.publishCommands([pending("a", "pay"), pending("b", "pay")]);
      const taken = consume(bus, "pay", 10);
      await settle();
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      expect(taken.ids()).toEqual(["a", "b"]);
    });

    test("what a consumer is given is frozen", async () => {
      const bus = await open();
      const taken = consume(bus, "pay", 1);
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      const { envelope } = taken.delivery("a");
      expect(Object.isFrozen(envelope) && Object.isFrozen(envelope.data.context)).toBe(true);
    });

    test("where the bus reports taken commands (reportsTaken), it does so once for each delivery", async () => {
      const bus = await open();
      const heard: string[] = [];
      const told = (id: string) => ({ ...pending(id, "pay"), taken: () => void heard.push(id) });
      await bus.publishCommands([told("a"), told("b")]);
      await settle();
      expect(heard).toEqual([]);
      consume(bus, "pay", 1);
      await settle();
      expect(heard).toEqual(bus.traits.reportsTaken ? ["a"] : []);
    });
  });
}

function redelivery(open: Open, settle: Settle): void {
  describe("redelivery", () => {
    test("a released command comes again before younger ones, counted", async () => {
      const bus = await open();
      const taken = consume(bus, "pay", 1);
      await bus.publishCommands([pending("a", "pay"), pending("b", "pay")]);
      await settle();
      const first = taken.delivery("a");
      first.release();
      expect(first.isHeld).toBe(false);
      await settle();
      expect(taken.deliveries.map(({ envelope, delivery }) => [envelope.id, delivery])).toEqual([
        ["a", 1],
        ["a", 2],
      ]);
    });

    test("what a stopped consumer had goes to another, oldest first; what it had acknowledged does not", async () => {
      const bus = await open();
      const one = consume(bus, "pay", 3);
      await bus.publishCommands(["a", "b", "c", "d"].map((id) => pending(id, "pay")));
      await settle();
      one.delivery("b").ack();
      one.subscription.pause();
      one.subscription.stop();
      one.subscription.stop();
      const two = consume(bus, "pay", 10);
      await settle();
      expect(two.deliveries.map(({ envelope, delivery }) => [envelope.id, delivery])).toEqual([
        ["a", 2],
        ["c", 2],
        ["d", 1],
      ]);
      expect(one.ids()).toEqual(["a", "b", "c"]);
      expect(await bus.queues()).toEqual([{ worker: "pay", waiting: 0, consumers: 1 }]);
    });

    test("who no longer holds a command can neither end nor release it for the next one", async () => {
      const bus = await open();
      const one = consume(bus, "pay", 1);
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      one.subscription.stop();
      const two = consume(bus, "pay", 1);
      await settle();
      const stale = one.delivery("a");
      stale.ack();
      stale.release();
      expect([stale.isHeld, two.delivery("a").isHeld]).toEqual([false, true]);
      two.subscription.stop();
      const three = consume(bus, "pay", 1);
      await settle();
      expect(three.deliveries.map(({ delivery }) => delivery)).toEqual([3]);
      three.delivery("a").ack();
      three.delivery("a").release();
      three.subscription.stop();
      expect(await bus.queues()).toEqual([]);
    });
  });
}

function withdrawal(open: Open, settle: Settle): void {
  describe("withdrawal", () => {
    test("gives the ids that nobody took (withdraws), or none at all", async () => {
      const bus = await open();
      await bus.publishCommands(["a", "b", "c"].map((id) => pending(id, "pay")));
      const withdrawn = await bus.withdraw("pay", ["b", "unknown", "b"]);
      expect(withdrawn).toEqual(bus.traits.withdraws ? ["b"] : []);
      const taken = consume(bus, "pay", 10);
      await settle();
      expect(taken.ids()).toEqual(bus.traits.withdraws ? ["a", "c"] : ["a", "b", "c"]);
      expect(await bus.withdraw("pay", ["a"])).toEqual([]);
      expect(await bus.withdraw("ship", ["a"])).toEqual([]);
    });

    test("never gives a command that somebody had, though it waits again", async () => {
      const bus = await open();
      const taken = consume(bus, "pay", 1);
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      taken.subscription.stop();
      expect(await bus.queues()).toEqual([{ worker: "pay", waiting: 1, consumers: 0 }]);
      await bus.publishCommands([pending("a", "pay")]);
      expect(await bus.withdraw("pay", ["a"])).toEqual([]);
    });

    test("never gives a command that somebody has, though it was published again", async () => {
      const bus = await open();
      consume(bus, "pay", 1);
      await bus.publishCommands([pending("a", "pay")]);
      await settle();
      await bus.publishCommands([pending("a", "pay")]);
      expect(await bus.withdraw("pay", ["a"])).toEqual([]);
    });
  });
}

function results(open: Open, settle: Settle): void {
  describe("results", () => {
    test("go to the home that sent the command, in order", async () => {
      const bus = await open();
      const here = consumeResults(bus, "here");
      const there = consumeResults(bus, "there");
      await bus.publishResult(result("a", "here"));
      await bus.publishResult(result("b", "there"));
      await bus.publishResult(result("c", "here"));
      await settle();
      expect([here.ids(), there.ids()]).toEqual([["a", "c"].map(resultIdOf), ["b"].map(resultIdOf)]);
    });

    test("are kept for a home that is away, and come again until they are acknowledged", async () => {
      const bus = await open();
      await bus.publishResult(result("a", "home"));
      await bus.publishResult(result("b", "home"));
      const one = consumeResults(bus, "home");
      await settle();
      one.delivery(resultIdOf("a")).ack();
      one.subscription.stop();
      await bus.publishResult(result("c", "home"));
      const two = consumeResults(bus, "home");
      await settle();
      expect(two.deliveries.map(({ envelope, delivery }) => [envelope.causationid, delivery])).toEqual([
        ["b", 2],
        ["c", 1],
      ]);
    });
  });
}

function listeners(open: Open, settle: Settle): void {
  describe("what may be lost", () => {
    test("status events come to everybody who listens, in order, and to nobody after they stop", async () => {
      const bus = await open();
      expect(bus.statusIsHeard).toBe(false);
      const heard: string[][] = [[], []];
      const [one] = heard.map((list) => bus.onStatus(({ id }) => list.push(id)));
      expect(bus.statusIsHeard).toBe(true);
      bus.publishStatus(status(1));
      bus.publishStatus(status(2));
      expect(heard).toEqual([[], []]);
      await settle();
      one?.stop();
      bus.publishStatus(status(3));
      await settle();
      expect(heard).toEqual([
        ["uid/1", "uid/2"],
        ["uid/1", "uid/2", "uid/3"],
      ]);
    });

    test("progress comes to whoever listens; notices to the instances of their worker only", async () => {
      const bus = await open();
      const heard: string[] = [];
      bus.onProgress(({ data }) => heard.push(data.phase));
      bus.onNotice("pay", ({ data }) => heard.push(`pay ${data.command}`));
      bus.onNotice("ship", ({ data }) => heard.push(`ship ${data.command}`));
      const source = "/clew/default/workers/pay/a";
      bus.publishProgress(
        makeProgress(command("a"), { source, atMs: 0, delivery: 1, number: 1, data: { phase: "heartbeat" } }),
      );
      bus.publishNotice(makeNotice({ ...attempt, worker: "pay", advice: "cancel" }));
      await settle();
      expect(heard.toSorted()).toEqual(["heartbeat", "pay uid/step/execute/1"]);
    });
  });
}

function closing(open: Open, settle: Settle): void {
  test("a closed bus refuses what must not be lost, delivers nothing more, and closes again without complaint", async () => {
    const bus = await open();
    const taken = consume(bus, "pay", 10);
    await bus.publishCommands([pending("a", "pay")]);
    await bus.close();
    await bus.close();
    await settle();
    const before = taken.ids().length;
    await expect(bus.publishCommands([pending("b", "pay")])).rejects.toMatchObject({ code: "engine_closed" });
    await expect(bus.publishResult(result("b", "home"))).rejects.toMatchObject({ code: "engine_closed" });
    bus.publishStatus(status(1));
    await settle();
    expect(taken.ids().length).toBe(before);
  });
}

interface Taken<E, S extends Subscription> {
  readonly subscription: S;
  readonly deliveries: readonly Delivery<E>[];
  ids(): readonly string[];
  /** The first delivery with this id. */
  delivery(id: string): Delivery<E>;
}

const consume = (bus: EventBus, worker: string, room: number) =>
  collect<Command, ReturnType<EventBus["consumeCommands"]>>((take) => bus.consumeCommands(worker, room, take));

const consumeResults = (bus: EventBus, home: string) =>
  collect<Result, Subscription>((take) => bus.consumeResults(home, take));

function collect<E extends { readonly id: string }, S extends Subscription>(
  subscribe: (take: (delivery: Delivery<E>) => void) => S,
): Taken<E, S> {
  const deliveries: Delivery<E>[] = [];
  return {
    subscription: subscribe((delivery) => deliveries.push(delivery)),
    deliveries,
    ids: () => deliveries.map(({ envelope }) => envelope.id),
    delivery(id) {
      const found = deliveries.find(({ envelope }) => envelope.id === id);
      if (!found) throw new Error(`${id} was not delivered`);
      return found;
    },
  };
}

const run = {
  run: runAttributes({ namespace: "default", workflow: "order", runId: "run", runUid: "uid", rootId: "run" }),
  atMs: 0,
};
const attempt = { ...run, worker: "pay", step: "step", action: "execute", attempt: 1 } as const;

/** With ids of its own, so that a test can name its commands. */
const command = (id: string, worker = "pay", home = "home"): Command => ({
  ...makeCommand({
    ...{ ...attempt, worker, home, key: "uid/step", definition: "hash", version: 1 },
    data: { input: { id }, context: { timeoutMs: 1000, execution: "at_least_once", delivery: 1 } },
  }),
  id,
});

const pending = (id: string, worker: string): PendingCommand => ({ id, worker, envelope: () => command(id, worker) });

const result = (id: string, home: string): Result =>
  makeResult(command(id, "pay", home), {
    source: "/clew/default/workers/pay/a",
    atMs: 0,
    data: { outcome: "succeeded", output: id },
  });
const resultIdOf = (id: string): string => `${id}/r/succeeded`;

const status = (number: number) =>
  makeStatus(run, { number, data: { status: "running", phase: "forward", event: "StepSucceeded", detail: {} } });

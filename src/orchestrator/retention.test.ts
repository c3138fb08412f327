/** The worry: that deleting old runs gets in the way of those that are at work, or that something is deleted too early. */
import { afterEach, expect, test } from "vitest";
import type { Expired } from "../journal/journal.ts";
import { MemoryJournal } from "../journal/memory/memory-journal.ts";
import type { ResultData } from "../bus/envelope.ts";
import { HandPlayedWorld, workflowOf } from "../testing/hand-played-world.ts";
import { keptUntil, start, transition } from "../testing/journal-samples.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { Retention } from "./retention.ts";

/** A journal that is asked, and takes its time. */
class AskedJournal extends MemoryJournal {
  readonly pages: { readonly at: number; readonly count: number }[] = [];
  asked = 0;
  tookMs = 0;
  hasRoom = true;
  failure: Error | undefined;
  private readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.clock = clock;
  }

  override async expire(now: number, limit: number): Promise<Expired> {
    this.asked++;
    if (this.failure) throw this.failure;
    if (!this.hasRoom) return { runs: 0, tookMs: 0, nextAt: await super.nextExpiry() };
    const at = this.clock.now();
    const expired = await super.expire(now, limit);
    if (this.tookMs > 0) await new Promise<void>((done) => this.clock.at(at + this.tookMs, done));
    this.pages.push({ at, count: expired.runs });
    return { ...expired, tookMs: this.tookMs };
  }

  override nextExpiry(): Promise<number | undefined> {
    this.asked++;
    return super.nextExpiry();
  }
}

const clock = new VirtualClock(0);
const opened: Retention[] = [];
afterEach(() => opened.splice(0).forEach((retention) => retention.stop()));

async function open(runs: Readonly<Record<string, number>>) {
  const journal = new AskedJournal(clock);
  await end(journal, runs);
  const failures: unknown[] = [];
  const retention = new Retention({ clock, journal, fail: (cause) => failures.push(cause) });
  opened.push(retention);
  await retention.start();
  return { journal, retention, failures, count: async () => (await journal.counts()).completed ?? 0 };
}

async function end(journal: MemoryJournal, runs: Readonly<Record<string, number>>): Promise<void> {
  for (const [id, expiresAt] of Object.entries(runs))
    await journal.commit([start(id), transition(id, 1, { row: keptUntil(expiresAt) })]);
}

const many = (count: number, expiresAt: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`run-${expiresAt}-${place}`, expiresAt]));

test("a run is deleted when its time is over, and not before", async () => {
  const { count } = await open({ a: clock.now() + 5000, b: clock.now() + 60_000 });
  await clock.advance(4999);
  expect(await count()).toBe(2);
  await clock.advance(1);
  expect(await count()).toBe(1);
  await clock.advance(60_000);
  expect(await count()).toBe(0);
});

test("where nothing is due nothing is asked, and where nothing has ended no timer is set", async () => {
  const none = await open({});
  expect(clock.timerCount).toBe(0);
  const far = await open({ a: clock.now() + 1e9 });
  expect(clock.timerCount).toBe(1);
  await clock.advance(1e8);
  expect([none.journal.asked, far.journal.asked]).toEqual([1, 1]);
});

test("a run that ends earlier than all others moves the timer, later ones do not", async () => {
  const { journal, retention, count } = await open({ far: clock.now() + 1e9 });
  await end(journal, { near: clock.now() + 20_000 });
  retention.ended(clock.now() + 20_000);
  retention.ended(clock.now() + 30_000);
  expect(clock.timerCount).toBe(1);
  await clock.advance(20_000);
  expect(await count()).toBe(1);
});

test("many are deleted in pages, each followed by a pause of nine times its length", async () => {
  const { journal, count } = await open(many(700, clock.now() + 1));
  journal.tookMs = 12;
  await clock.advance(5000);
  expect(await count()).toBe(0);
  expect(journal.pages.map((page) => page.count)).toEqual([200, 200, 200, 100]);
  const [first, ...rest] = journal.pages.map(({ at }) => at);
  expect(rest.map((at, place) => at - ([first, ...rest][place] ?? 0))).toEqual([120, 120, 120]);
});

test("pages that take no time that a clock shows have a pause all the same", async () => {
  const { journal } = await open(many(500, clock.now() + 1));
  await clock.advance(20);
  expect(journal.pages).toHaveLength(1);
  await clock.advance(1000);
  expect(journal.pages).toHaveLength(3);
});

test("a trickle of ended runs is deleted together, ten seconds apart", async () => {
  const now = clock.now();
  const { journal, count } = await open(
    Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`r${n}`, now + n * 1000])),
  );
  await clock.advance(40_000);
  expect(await count()).toBe(0);
  expect(journal.pages.map((page) => page.count)).toEqual([1, 10, 10, 9]);
});

test("a journal that has no room for it is asked again later", async () => {
  const { journal, count } = await open({ a: clock.now() + 1 });
  journal.hasRoom = false;
  await clock.advance(5000);
  journal.hasRoom = true;
  await clock.advance(5000);
  expect(await count()).toBe(1);
  await clock.advance(5000);
  expect(await count()).toBe(0);
});

test("what ends while a page is under way waits for it, and is not forgotten", async () => {
  const { journal, retention, count } = await open({ a: clock.now() + 1, far: clock.now() + 1e9 });
  journal.tookMs = 100;
  await clock.advance(50);
  await end(journal, { b: clock.now() + 10, c: clock.now() + 30_000 });
  retention.ended(clock.now() + 10);
  retention.ended(clock.now() + 30_000);
  await clock.advance(40);
  expect([journal.asked, journal.pages.length]).toEqual([2, 0]);
  await clock.advance(60_000);
  expect([journal.pages.map((page) => page.count), await count()]).toEqual([[1, 1, 1], 1]);
});

test("a journal that fails is told of once, and asked no more", async () => {
  const { journal, failures } = await open({ a: clock.now() + 1 });
  journal.failure = new Error("disk");
  await clock.advance(60_000);
  expect([failures, clock.timerCount]).toEqual([[journal.failure], 0]);
});

test("after the stop nothing is deleted", async () => {
  const { retention, count } = await open({ a: clock.now() + 1000 });
  retention.stop();
  retention.ended(clock.now() + 10);
  await clock.advance(60_000);
  expect([await count(), clock.timerCount]).toEqual([1, 0]);
});

/** How many results the engine has acknowledged. */
function countAcknowledged({ bus }: HandPlayedWorld): () => number {
  let count = 0;
  const consume = bus.consumeResults.bind(bus);
  bus.consumeResults = (home, hear) =>
    consume(home, (delivery) =>
      hear({ ...delivery, envelope: delivery.envelope, ack: () => (count++, delivery.ack()) }),
    );
  return () => count;
}

const done: ResultData = { outcome: "succeeded", output: null };
const alone = workflowOf({ workflow: "alone", version: 1, retention: 1000, steps: [{ step: "pay", timeout: 100 }] });

test("a late result of a deleted run is acknowledged, does nothing, and never reaches a new run of its id", async () => {
  const world = new HandPlayedWorld();
  const acknowledged = countAcknowledged(world);
  await world.open();
  const startIt = () => world.orchestrator.startRun({ workflow: alone, input: null, id: "a" });
  const first = await startIt();
  await world.clock.settle();
  const command = await world.answer("pay", done);
  expect(await world.status("a")).toBe("completed");
  expect(await world.journal.nextExpiry()).toBe(world.clock.now() + 1000);

  expect((await world.journal.expire(world.clock.now() + 1000, 10)).runs).toBe(1);
  const commits = world.journal.commits;
  await world.reply(command, done);
  expect([world.journal.commits - commits, await world.status("a")]).toEqual([0, "unknown"]);

  expect(await startIt()).toEqual({ ...first, existed: false });
  await world.clock.settle();
  const before = (await world.journal.load("a"))?.version;
  await world.reply(command, done);
  expect((await world.journal.load("a"))?.version).toBe(before);
  expect(await world.status("a")).toBe("running");
  expect(acknowledged()).toBe(3);
  await world.answer("pay", done);
  expect(await world.status("a")).toBe("completed");
  await world.orchestrator.stop();
});

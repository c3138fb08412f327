/**
 * The worry that these tests answer: that something leaves the engine before it is durable, or that something durable
 * is forgotten. Workers are played by hand, so that each test says what is answered when.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { ClewError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Command, ResultData } from "../bus/envelope.ts";
import { InProcessBus } from "../bus/in-process/in-process-bus.ts";
import { HandPlayedWorld, order, workflowOf } from "../testing/hand-played-world.ts";
import { Orchestrator } from "./orchestrator.ts";

const done: ResultData = { outcome: "succeeded", output: { ok: true } };
const undone: ResultData = { outcome: "compensated", found: true };
const refused: ResultData = {
  outcome: "failed",
  error: { code: "refused", title: "refused" },
  retryable: false,
  effect: "none",
  scope: "attempt",
};
const input: Json = { total: 12 };
const worlds: HandPlayedWorld[] = [];

/** The engine is gone; what it committed stays. */
async function crash(world: HandPlayedWorld): Promise<HandPlayedWorld> {
  worlds.splice(worlds.indexOf(world), 1);
  return world.crash();
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.orchestrator.stop();
});

async function open(world = new HandPlayedWorld(), types?: readonly string[]): Promise<HandPlayedWorld> {
  worlds.push(world);
  return world.open(types);
}

describe("nothing leaves before the commit that covers it", () => {
  test("a start is not answered, no command is sent and no status told while its flush is under way", async () => {
    const world = await open();
    let release = () => {};
    world.journal.hold = new Promise((resolve) => (release = resolve));
    let answered = false;
    const started = world.orchestrator.startRun({ workflow: order, input, id: "a" }).then(() => (answered = true));
    await world.clock.settle();
    expect([answered, world.types(), world.told.length]).toEqual([false, [], 0]);
    release();
    await started;
    await world.clock.settle();
    expect(world.types()).toEqual(["reserve"]);
    expect(world.told.map(({ data }) => data.event)).toEqual(["RunStarted", "StepDispatched"]);
  });

  test("a result is acknowledged after the commit that records it", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    let release = () => {};
    world.journal.hold = new Promise((resolve) => (release = resolve));
    await world.answer("reserve", done);
    // Whoever takes over now must get it again: it was not acknowledged.
    expect(world.types()).toEqual([]);
    release();
    await world.clock.settle();
    expect(world.types()).toEqual(["pay"]);
  });

  test("when the journal fails, nothing that it covers is answered or sent, and the engine says so once", async () => {
    const world = await open();
    world.journal.failure = new Error("the disk is gone");
    const started = world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await expect(started).rejects.toMatchObject({ code: "engine_failed" });
    expect([world.types(), world.told, world.failures.length]).toEqual([[], [], 1]);
    await expect(world.orchestrator.startRun({ workflow: order, input })).rejects.toMatchObject({
      code: "engine_failed",
    });
  });
});

describe("starting", () => {
  test("the same id, workflow and input is the same run (C23)", async () => {
    const world = await open();
    expect(await world.orchestrator.startRun({ workflow: order, input, id: "a" })).toEqual({ id: "a", existed: false });
    expect(await world.orchestrator.startRun({ workflow: order, input, id: "a" })).toEqual({ id: "a", existed: true });
    await world.clock.settle();
    expect(world.types()).toEqual(["reserve"]);
  });

  test("two starts of one id at once give one run", async () => {
    const world = await open();
    const both = [1, 2].map(() => world.orchestrator.startRun({ workflow: order, input, id: "a" }));
    expect((await Promise.all(both)).map(({ existed }) => existed)).toEqual([false, true]);
  });

  test("another input under the same id is a conflict, and changes nothing", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    const again = world.orchestrator.startRun({ workflow: order, input: { total: 13 }, id: "a" });
    await expect(again).rejects.toMatchObject({ code: "run_exists" });
    expect((await world.orchestrator.look("a"))?.run.input).toEqual(input);
  });

  test("a run that ended long ago is still the run of its id", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    for (const type of ["reserve", "pay", "ship"]) await world.answer(type, done);
    expect(world.orchestrator.activeRuns).toBe(0);
    expect(await world.orchestrator.startRun({ workflow: order, input, id: "a" })).toEqual({ id: "a", existed: true });
    const other = world.orchestrator.startRun({ workflow: order, input: { total: 1 }, id: "a" });
    await expect(other).rejects.toMatchObject({ code: "run_exists" });
    expect(world.orchestrator.activeRuns).toBe(0);
  });

  test("an input that does not fit is refused with the field's path, and nothing is stored", async () => {
    const world = await open();
    const start = world.orchestrator.startRun({ workflow: order, input: { total: "12" }, id: "a" });
    await expect(start).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("input.total"),
    });
    expect(world.journal.commits).toBe(0);
  });

  test("more than the journal can keep up with is refused, not queued for ever", async () => {
    const world = new HandPlayedWorld();
    const small = new Orchestrator({
      journal: world.journal,
      bus: world.bus,
      clock: world.clock,
      ids: { uid: () => crypto.randomUUID() },
      namespace: "test",
      onFailure: () => {},
      maxUncommitted: 2,
    });
    await small.start();
    const starts = [1, 2, 3].map(() => small.startRun({ workflow: order, input }));
    const [third] = starts.slice(2);
    await expect(third).rejects.toMatchObject({ code: "overloaded" });
    await Promise.all(starts.slice(0, 2));
    await small.stop();
  });
});

test("what the bus has no room for waits in the engine, up to a bound; then starts are refused until there is room", async () => {
  const { journal, clock } = new HandPlayedWorld();
  const bus = new InProcessBus({ maxQueued: 1 });
  const full = new Orchestrator({
    ...{ journal, bus, clock, ids: { uid: () => crypto.randomUUID() }, namespace: "test", onFailure: () => {} },
    maxPutOff: 2,
  });
  await full.start();
  for (let run = 0; run < 3; run++) await full.startRun({ workflow: order, input });
  const refused = full.startRun({ workflow: order, input });
  await expect(refused).rejects.toMatchObject({
    code: "overloaded",
    message: "cannot start a run: 2 runs wait for room on the bus for their commands",
  });
  const taken: string[] = [];
  bus.consumeCommands("reserve", 9, ({ envelope }) => taken.push(envelope.runid ?? ""));
  await clock.advance(250);
  await full.startRun({ workflow: order, input });
  await clock.advance(250);
  expect(taken).toHaveLength(4);
  await full.stop();
});

test("a start is refused for the journal's reason, and what is open or known goes on", async () => {
  const world = await open();
  await world.orchestrator.startRun({ workflow: order, input, id: "a" });
  await world.clock.settle();
  const refusal = new ClewError("overloaded", "cannot start a run: process 7 reads");
  world.journal.refusal = refusal;
  await expect(world.orchestrator.startRun({ workflow: order, input, id: "b" })).rejects.toBe(refusal);
  expect(await world.orchestrator.startRun({ workflow: order, input, id: "a" })).toEqual({ id: "a", existed: true });
  await world.answer("reserve", done);
  expect(world.types()).toEqual(["pay"]);
  world.journal.refusal = undefined;
  expect(await world.orchestrator.startRun({ workflow: order, input, id: "b" })).toEqual({ id: "b", existed: false });
});

describe("going on after a crash (C18)", () => {
  test("each live command is published again, marked, with the same id and key", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    const before = await world.answer("reserve", done);
    expect(before.data.context.again).toBeUndefined();
    const first = world.taken[0]?.envelope;
    const next = await open(await crash(world));
    const again = next.taken[0]?.envelope;
    expect(again).toMatchObject({ id: first?.id, idempotencykey: first?.idempotencykey, type: "command.pay" });
    expect(again?.data.context.again).toBe(true);
    await next.answer("pay", done);
    await next.answer("ship", done);
    expect(await next.status("a")).toBe("completed");
  });

  test("what was not committed was not promised: the run is where the last commit left it", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    world.journal.hold = new Promise(() => {});
    await world.answer("reserve", done);
    const next = await open(await crash(world));
    expect(next.types()).toEqual(["reserve"]);
  });

  test("a retry that was waited for is sent at its time, not before", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.answer("reserve", { ...refused, retryable: true });
    const dueAt = (await world.orchestrator.look("a"))?.run.steps[0]?.dueAt ?? 0;
    const next = await open(await crash(world));
    await next.clock.advance(dueAt - next.clock.now() - 1);
    expect(next.types()).toEqual([]);
    await next.clock.advance(1);
    expect(next.types()).toEqual(["reserve"]);
  });

  test("a cancelled run does not ask again for what it no longer wants; the grace ends it in doubt", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" });
    const next = await open(await crash(world));
    expect(next.types()).toEqual([]);
    await next.clock.advance(30_000);
    expect(next.types()).toEqual(["release"]);
    await next.answer("release", { outcome: "compensated", found: false });
    expect(await next.status("a")).toBe("compensated");
  });
});

test("after a stop nothing is tried any more, though the bus refuses what was promised", async () => {
  const world = await open();
  let release = () => {};
  world.journal.hold = new Promise((resolve) => (release = resolve));
  const started = world.orchestrator.startRun({ workflow: order, input, id: "a" });
  await world.clock.settle();
  await world.bus.close();
  const stopped = world.orchestrator.stop();
  release();
  await Promise.all([started, stopped]);
  await world.clock.advance(1000);
  expect(world.clock.timerCount).toBe(0);
});

describe("timers", () => {
  test("a timeout runs from the moment that a worker takes the command", async () => {
    const world = await open(new HandPlayedWorld(), ["release"]);
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.advance(3_600_000);
    world.work("reserve");
    await world.clock.settle();
    await world.clock.advance(9_999);
    expect((await world.orchestrator.look("a"))?.run.steps[0]?.attempts).toEqual(["live"]);
    await world.clock.advance(1);
    expect((await world.orchestrator.look("a"))?.run.steps[0]?.attempts).toEqual(["unanswered"]);
  });

  test("an ended run leaves no timer behind", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    for (const type of ["reserve", "pay", "ship"]) await world.answer(type, done);
    await world.clock.advance(60_000);
    expect(world.clock.timerCount).toBe(0);
  });
});

describe("going back", () => {
  test("what was done is undone in reverse, and the run ends as compensated", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.answer("reserve", done);
    await world.answer("pay", { outcome: "succeeded", output: { charge: 7 }, undo: { ref: "r" } });
    await world.answer("ship", refused);
    expect(world.types()).toEqual(["refund"]);
    const refund = await world.answer("refund", undone);
    expect(refund.data).toMatchObject({ undo: { ref: "r" }, forward: { outcome: "succeeded", output: { charge: 7 } } });
    expect(refund.undoes).toBe(refund.idempotencykey?.replace("!undo", ""));
    await world.answer("release", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test("a cancel takes back the command that nobody took, and undoes the rest", async () => {
    const world = await open(new HandPlayedWorld(), ["reserve", "release"]);
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.answer("reserve", done);
    await world.orchestrator.operate("a", { type: "cancel" }, { actor: "me", reason: "changed my mind" });
    await world.clock.settle();
    world.work("pay");
    await world.clock.settle();
    expect(world.types()).toEqual(["release"]);
    await world.answer("release", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test("a cancel advises the worker that has the command, and waits for its answer", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" });
    await world.clock.settle();
    expect(world.notices.map(({ data }) => data.command)).toEqual([world.taken[0]?.envelope.id]);
    expect(await world.status("a")).toBe("cancelling");
    await world.answer("reserve", done);
    await world.answer("release", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test("a second cancel changes nothing and says so; an ended run refuses it", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    expect(await world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" })).toMatchObject({ changed: true });
    expect(await world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" })).toMatchObject({
      changed: false,
    });
    await world.answer("reserve", refused);
    await expect(world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" })).rejects.toMatchObject({
      code: "run_closed",
    });
    await expect(world.orchestrator.operate("b", { type: "cancel" }, { actor: "me" })).rejects.toMatchObject({
      code: "run_unknown",
    });
  });

  test("an abandoned run's command that is not durable yet is never sent, though both are committed together", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    // Not every bus can take back what was published.
    const published = vi.spyOn(world.bus, "publishCommands");
    let release = () => {};
    world.journal.hold = new Promise((resolve) => (release = resolve));
    const other = world.orchestrator.startRun({ workflow: order, input, id: "b" });
    await world.clock.settle();
    // While that is flushed, the success that sends `pay` and the operator's word gather behind it.
    await world.answer("reserve", done);
    const abandoned = world.orchestrator.operate("a", { type: "abandon" }, { actor: "me", reason: "by hand" });
    await world.clock.settle();
    world.journal.hold = undefined;
    release();
    await Promise.all([other, abandoned]);
    await world.clock.settle();
    expect(await world.status("a")).toBe("failed");
    const sent = published.mock.calls.flatMap(([commands]) => commands.map(({ worker }) => worker));
    expect(sent).toEqual(["reserve"]);
  });

  test("abandoning ends the run at once and lists what may be left", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.answer("reserve", done);
    await world.orchestrator.operate("a", { type: "abandon" }, { actor: "me", reason: "by hand" });
    const seen = await world.orchestrator.look("a");
    expect(seen?.run).toMatchObject({
      cause: "abandoned",
      residue: [
        { step: "reserve", certainty: "done" },
        { step: "pay", certainty: "possible" },
      ],
    });
    await world.answer("pay", done);
    expect((await world.orchestrator.look("a"))?.run.version).toBe((seen?.run.version ?? 0) + 1);
    expect(world.types()).toEqual([]);
  });
});

describe("memory follows activity", () => {
  test("a blocked run is a row, and a late answer wakes it", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.answer("reserve", done);
    await world.answer("pay", done);
    await world.answer("ship", refused);
    const refund = world.taken[0]?.envelope as Command;
    await world.clock.advance(10_000);
    expect(await world.status("a")).toBe("blocked");
    expect(world.orchestrator.activeRuns).toBe(0);
    expect((await world.journal.list({}, { limit: 1 })).items[0]).toMatchObject({ status: "blocked", parked: true });
    await world.reply(refund, undone);
    expect(world.orchestrator.activeRuns).toBe(1);
    expect((await world.journal.list({}, { limit: 1 })).items[0]).toMatchObject({
      status: "compensating",
      parked: false,
    });
    await world.answer("release", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test("a far retry is a row, and is sent at its time, after a restart too", async () => {
    const slow = workflowOf({
      workflow: "slow",
      version: 1,
      steps: [{ step: "reserve", retry: { attempts: 2, initial: "2h", max: "2h", jitter: 0 } }],
    });
    let world = await open();
    for (const id of ["a", "b"]) {
      await world.orchestrator.startRun({ workflow: slow, input: null, id });
      await world.clock.settle();
      await world.answer("reserve", { ...refused, retryable: true });
    }
    expect(world.orchestrator.activeRuns).toBe(0);
    world = await open(await crash(world));
    expect(world.orchestrator.activeRuns).toBe(0);
    await world.clock.advance(7_199_000);
    expect(world.types()).toEqual([]);
    await world.clock.advance(1_000);
    expect(world.types()).toEqual(["reserve", "reserve"]);
  });

  test("a late success reopens a run that had ended as compensated (C5)", async () => {
    const world = await open();
    await world.orchestrator.startRun({ workflow: order, input, id: "a" });
    await world.clock.settle();
    await world.answer("reserve", done);
    const pay = world.taken[0]?.envelope as Command;
    await world.clock.advance(10_000);
    await world.answer("refund", { outcome: "compensated", found: false });
    await world.answer("release", undone);
    expect(await world.status("a")).toBe("compensated");
    await world.reply(pay, done);
    expect(await world.status("a")).toBe("compensating");
    await world.answer("refund", undone);
    expect(await world.status("a")).toBe("compensated");
  });
});

test("status events are told in the order of their numbers, without gaps, and with the status of their moment", async () => {
  const world = await open();
  await world.orchestrator.startRun({ workflow: order, input, id: "a" });
  await world.clock.settle();
  await world.answer("reserve", done);
  await world.answer("pay", refused);
  await world.answer("release", undone);
  expect(world.told.map(({ sequence }) => Number(sequence))).toEqual(world.told.map((_, place) => place + 1));
  expect(world.told.at(-1)?.data).toMatchObject({ status: "compensated", event: "RunCompensated" });
  expect(JSON.stringify(world.told)).not.toContain("total");
});

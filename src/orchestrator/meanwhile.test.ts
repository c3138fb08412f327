/**
 * The worry: between a decision and its commit, or between a question and its answer, something else happens; and what
 * was right before goes out all the same. Workers are played by hand.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { ClewError } from "../base/errors.ts";
import type { ResultData } from "../bus/envelope.ts";
import { HandPlayedWorld, order, workflowOf } from "../testing/hand-played-world.ts";

const done: ResultData = { outcome: "succeeded", output: { ok: true } };
const refused: ResultData = {
  outcome: "failed",
  error: { code: "refused", title: "refused" },
  retryable: true,
  effect: "none",
  scope: "attempt",
};
const input = { total: 12 };
const worlds: HandPlayedWorld[] = [];

async function open(): Promise<HandPlayedWorld> {
  const world = await new HandPlayedWorld().open();
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.orchestrator.stop();
});

async function start(world: HandPlayedWorld, id: string, workflow = order): Promise<void> {
  await world.orchestrator.startRun({ workflow, input, id });
  await world.clock.settle();
}

/** From now on commits wait until what this gives is called; those after them wait for another. */
function holdCommits(world: HandPlayedWorld): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.journal.hold = promise;
  return resolve;
}

/** Of each command that the bus was given, whatever it did with it. */
function commandsOf(world: HandPlayedWorld): () => readonly string[] {
  const published = vi.spyOn(world.bus, "publishCommands");
  return () => published.mock.calls.flatMap(([commands]) => commands.map(({ id }) => id.slice(id.indexOf("/") + 1)));
}

test("who looks is shown what is durable when he is answered, not what was decided while he waited", async () => {
  const world = await open();
  await start(world, "a");
  await start(world, "b");
  const first = holdCommits(world);
  await world.answer("reserve", done);
  const looked = world.orchestrator.look("a");
  // This one's commit takes the question along; what follows from the first is decided meanwhile.
  await world.answer("reserve", done);
  const second = holdCommits(world);
  first();
  await world.clock.settle();
  const third = holdCommits(world);
  await world.answer("pay", done);
  second();
  const seen = await looked;
  expect(seen?.run.version).toBe((await world.journal.load("a"))?.version);
  third();
});

describe("a command that is not wanted any more when it is durable is not published", () => {
  const again = workflowOf({
    workflow: "again",
    version: 1,
    steps: [{ step: "reserve", timeout: "10s", retry: { attempts: 2, initial: "1s", jitter: 0 } }, { step: "pay" }],
  });

  test("because an earlier attempt has succeeded", async () => {
    const world = await open();
    await start(world, "a", again);
    const [late] = world.taken.splice(0);
    await world.clock.advance(10_000);
    const sent = commandsOf(world);
    const release = holdCommits(world);
    const other = world.orchestrator.startRun({ workflow: order, input, id: "b" });
    await world.clock.advance(1000);
    await world.reply(late!.envelope, done);
    world.journal.hold = undefined;
    release();
    await other;
    await world.clock.settle();
    expect(sent()).toEqual(["reserve/execute/1", "pay/execute/1"]);
    expect((await world.orchestrator.look("a"))?.run.out).toMatchObject([{ step: "pay", side: "execute", attempt: 1 }]);
  });

  test("because its run was cancelled: the step had no effect", async () => {
    const world = await open();
    await start(world, "a");
    const sent = commandsOf(world);
    const release = holdCommits(world);
    const other = world.orchestrator.startRun({ workflow: order, input, id: "b" });
    await world.clock.settle();
    await world.answer("reserve", done);
    const cancelled = world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" });
    await world.clock.settle();
    world.journal.hold = undefined;
    release();
    await Promise.all([other, cancelled]);
    await world.clock.settle();
    expect(sent()).toEqual(["reserve/execute/1", "reserve/compensate/1"]);
    expect((await world.orchestrator.look("a"))?.run.steps[1]?.state).toBe("failed");
  });

  test("because its run was cancelled while the bus had no room", async () => {
    const world = await open();
    await start(world, "a");
    const sent = commandsOf(world);
    const full = new ClewError("overloaded", "the bus is full", { mend: "Wait." });
    vi.spyOn(world.bus, "publishCommands").mockRejectedValueOnce(full);
    await world.answer("reserve", done);
    await world.orchestrator.operate("a", { type: "cancel" }, { actor: "me" });
    await world.clock.advance(250);
    expect(sent()).toEqual(["pay/execute/1", "reserve/compensate/1"]);
    expect(world.types()).toEqual(["release"]);
  });
});

describe("a run that several have found", () => {
  const patient = workflowOf({
    workflow: "patient",
    version: 1,
    steps: [
      { step: "reserve", timeout: "10s", retry: { attempts: 2, initial: "2h", max: "2h", jitter: 0 } },
      { step: "pay" },
    ],
  });

  test("stays in memory until the last of them is done with it", async () => {
    const world = await open();
    await start(world, "a", patient);
    const [late] = world.taken.splice(0);
    await world.clock.advance(10_000);
    expect(world.orchestrator.activeRuns).toBe(0);
    // One asks whether it exists, the other brings what wakes it.
    const again = world.orchestrator.startRun({ workflow: patient, input, id: "a" });
    await world.reply(late!.envelope, done);
    expect(await again).toEqual({ id: "a", existed: true });
    expect(world.types()).toEqual(["pay"]);
    expect(world.orchestrator.isUnderWay("a")).toBe(true);
    expect(world.orchestrator.activeRuns).toBe(1);
  });

  test("leaves it again when it was loaded for a result that is not its own", async () => {
    const world = await open();
    await start(world, "a", workflowOf({ workflow: "short", version: 1, steps: [{ step: "reserve" }] }));
    const { envelope } = world.taken[0]!;
    await world.answer("reserve", done);
    expect(world.orchestrator.activeRuns).toBe(0);
    await world.reply({ ...envelope, runuid: "of-old" }, refused);
    expect(world.orchestrator.activeRuns).toBe(0);
  });
});

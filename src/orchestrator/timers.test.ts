/** Parked runs are rows; what wakes them reads the journal while other things happen. */
import { expect, test } from "vitest";
import { HandPlayedWorld, workflowOf } from "../testing/hand-played-world.ts";

const pause = workflowOf({ workflow: "pause", version: 1, steps: [{ wait: "pause", for: "1h" }] });

async function withParkedRun(): Promise<HandPlayedWorld> {
  const world = await new HandPlayedWorld().open([]);
  await world.orchestrator.startRun({ workflow: pause, input: null, id: "a" });
  await world.clock.settle();
  expect(world.orchestrator.activeRuns).toBe(0);
  return world;
}

test("a parked run is woken when its time comes, and leaves nothing in memory", async () => {
  const world = await withParkedRun();
  await world.clock.advance(3_599_999);
  expect(await world.status("a")).toBe("waiting");
  await world.clock.advance(1);
  expect(await world.status("a")).toBe("completed");
  expect(world.orchestrator.activeRuns).toBe(0);
});

test("an engine that stops while parked runs are read has not failed", async () => {
  const world = await withParkedRun();
  const { journal, orchestrator } = world;
  const nextDue = journal.nextDue.bind(journal);
  journal.nextDue = async () => {
    await orchestrator.stop();
    await journal.close();
    return nextDue();
  };
  await world.clock.advance(3_600_000);
  await world.clock.settle();
  expect(world.failures).toEqual([]);
});

test("a parked run is in memory a while before its time, and stays there though somebody looks at it", async () => {
  const world = await withParkedRun();
  await world.clock.advance(3_569_000);
  expect(world.orchestrator.activeRuns).toBe(0);
  await world.clock.advance(1000);
  expect(world.orchestrator.activeRuns).toBe(1);
  expect(await world.status("a")).toBe("waiting");
  expect(world.orchestrator.activeRuns).toBe(1);
  world.journal.due = () => Promise.reject(new Error("nothing has to be read at its time"));
  await world.clock.advance(30_000);
  expect(await world.status("a")).toBe("completed");
});

test("very many that are due in one moment are read once each, and all of them are woken", async () => {
  const world = await new HandPlayedWorld().open([]);
  const ids = Array.from({ length: 1201 }, (_, at) => `r${at}`);
  await Promise.all(ids.map((id) => world.orchestrator.startRun({ workflow: pause, input: null, id })));
  await world.clock.settle();
  let read = 0;
  const due = world.journal.due.bind(world.journal);
  world.journal.due = async (...given) => {
    const runs = await due(...given);
    read += runs.length;
    return runs;
  };
  await world.clock.advance(3_600_000);
  for (const id of ids) expect(await world.status(id)).toBe("completed");
  expect(read).toBe(ids.length);
});

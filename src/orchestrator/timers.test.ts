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

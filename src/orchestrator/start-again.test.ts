/** The worry: a run is started again, and who asked for it is told that it was not (semantics.md, 7: `rerun`). */
import { expect, test } from "vitest";
import type { ResultData } from "../bus/envelope.ts";
import { HandPlayedWorld, workflowOf } from "../testing/hand-played-world.ts";

const done: ResultData = { outcome: "succeeded", output: null };
const flow = workflowOf({
  workflow: "trip",
  version: 1,
  steps: [{ step: "pay", timeout: "10s", retry: { attempts: 2, initial: "1s", jitter: 0 }, compensation: "refund" }],
});

test("what comes late to the old run, while the new one is started, does not keep them apart", async () => {
  const world = await new HandPlayedWorld().open(["pay"]);
  await world.orchestrator.startRun({ workflow: flow, input: {}, id: "a" });
  await world.clock.settle();
  const [late] = world.taken.splice(0);
  if (!late) throw new Error("it was taken");
  await world.clock.advance(11_000);
  await world.answer("pay", done);
  const seen = (await world.orchestrator.look("a"))?.run.version;
  const { promise, resolve } = Promise.withResolvers<void>();
  world.journal.hold = promise;
  const asked = world.orchestrator.rerun("a", { actor: "ann" }, seen);
  await world.clock.settle();
  await world.reply(late.envelope, done);
  resolve();
  expect(await asked).toMatchObject({ changed: true });
  const origin = (await world.orchestrator.look("a"))?.run;
  expect(origin?.version).toBe((seen ?? 0) + 2);
  expect((await world.orchestrator.look(origin?.reruns[0] ?? ""))?.run.rerunOf).toBe("a");
});

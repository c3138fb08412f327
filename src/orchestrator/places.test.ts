/** The worry: a place is given to a run that only seems to have asked for it, or is never given back (semantics.md, C25). */
import { expect, test } from "vitest";
import type { ResultData } from "../bus/envelope.ts";
import { HandPlayedWorld, workflowOf } from "../testing/hand-played-world.ts";

const done: ResultData = { outcome: "succeeded", output: null };

const flow = workflowOf({
  workflow: "trip",
  version: 1,
  limit: { key: { $: "input.customer" }, runs: 1 },
  steps: [{ step: "pay", timeout: "10s", retry: { attempts: 1 }, compensation: "refund" }],
});

async function open() {
  const world = await new HandPlayedWorld().open(["pay", "refund"]);
  const start = (id: string, customer = "c42") =>
    world.orchestrator.startRun({ workflow: flow, input: { customer }, id });
  const holderOf = async (id: string) => (await world.orchestrator.look(id))?.run.holder;
  return { world, start, holderOf };
}

test("a start that is refused, of a run that waits, does not let that run in", async () => {
  const { world, start, holderOf } = await open();
  await start("a");
  await start("b");
  await start("c");
  await world.clock.settle();
  const wrong = await Promise.allSettled([start("b", "c43"), start("c", "c43")]);
  expect(wrong.map((one) => (one as PromiseRejectedResult).reason)).toMatchObject([
    { code: "run_exists" },
    { code: "run_exists" },
  ]);
  await world.clock.settle();
  expect([await holderOf("b"), await holderOf("c")]).toEqual(["a", "a"]);
  await world.answer("pay", done);
  expect([await holderOf("b"), await holderOf("c")]).toEqual([undefined, "a"]);
});

test("a run that reopens before its end is durable has given back its place", async () => {
  const { world, start, holderOf } = await open();
  await start("a");
  await start("b");
  await world.clock.settle();
  const late = world.taken[0]?.envelope;
  if (!late) throw new Error("it was taken");
  await world.clock.advance(10_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  world.journal.hold = promise;
  await world.answer("refund", { outcome: "compensated", found: false });
  await world.reply(late, done);
  resolve();
  await world.clock.settle();
  expect(await world.status("a")).toBe("compensating");
  expect(await holderOf("b")).toBeUndefined();
});

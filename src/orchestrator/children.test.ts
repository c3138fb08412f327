/** Children (semantics.md, C14): one run within another, through crashes, back and stuck. */
import { describe, expect, test } from "vitest";
import type { ResultData } from "../bus/envelope.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Definition } from "../definition/definition.ts";
import { HandPlayedWorld } from "../testing/hand-played-world.ts";

const done: ResultData = { outcome: "succeeded", output: { no: 7 } };
const undone: ResultData = { outcome: "compensated", found: true };
const refused: ResultData = {
  outcome: "failed",
  error: { code: "no", title: "no" },
  retryable: false,
  effect: "none",
  scope: "attempt",
};
const types = ["pay", "refund", "bill", "unbill", "mail", "ship"];

const step = (name: string, undo?: string) => ({
  step: name,
  worker: name,
  retry: { attempts: 1 },
  ...(undo === undefined ? {} : { compensation: { worker: undo, retry: { attempts: 1 } } }),
});

const invoicing = (more: Partial<Definition> = {}) =>
  loadDefinition({
    workflow: "invoicing",
    version: 1,
    output: { number: { $: "steps.bill.output.no" } },
    steps: [step("bill", "unbill"), step("mail")],
    ...more,
  });

const order = loadDefinition({
  workflow: "order",
  version: 1,
  output: { $: "steps.invoice.output" },
  steps: [
    step("pay", "refund"),
    { child: "invoice", workflow: "invoicing", input: { of: { $: "run.id" } } },
    step("ship"),
  ],
});

async function begin(child = invoicing()): Promise<HandPlayedWorld> {
  const world = await new HandPlayedWorld().open(types, [child]);
  await world.orchestrator.startRun({ workflow: order, input: {}, id: "a" });
  await world.clock.settle();
  return world;
}

const stepOf = async (world: HandPlayedWorld, place = 1) => (await world.orchestrator.look("a"))?.run.steps[place];

describe("a child", () => {
  test("is a run of its own, and its output is its step's", async () => {
    const world = await begin();
    await world.answer("pay", done);
    expect((await world.orchestrator.look("a.invoice"))?.run.input).toEqual({ of: "a" });
    expect(await world.status("a")).toBe("waiting");
    await world.answer("bill", done);
    await world.answer("mail", done);
    expect(await world.status("a.invoice")).toBe("completed");
    expect(await stepOf(world)).toMatchObject({ state: "succeeded", output: { number: 7 } });
    await world.answer("ship", done);
    expect(await world.status("a")).toBe("completed");
    expect((await world.orchestrator.look("a"))?.run.output).toEqual({ number: 7 });
    expect(world.orchestrator.activeRuns).toBe(0);
  });

  test("that goes back by itself has had no effect: its step has failed", async () => {
    const world = await begin();
    await world.answer("pay", done);
    await world.answer("bill", done);
    await world.answer("mail", refused);
    await world.answer("unbill", undone);
    expect(await stepOf(world)).toMatchObject({ state: "failed", error: { code: "step_failed" } });
    await world.answer("refund", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test("that leaves something behind leaves it to its parent", async () => {
    const world = await begin();
    await world.answer("pay", done);
    await world.answer("bill", done);
    await world.answer("mail", refused);
    await world.answer("unbill", refused);
    await world.orchestrator.operate("a.invoice", { type: "skip" }, { actor: "ann" });
    await world.clock.settle();
    expect(await world.status("a.invoice")).toBe("failed");
    await world.answer("refund", undone);
    expect(await world.status("a")).toBe("failed");
    expect((await world.orchestrator.look("a"))?.run.residue).toEqual([{ step: "invoice.bill", certainty: "done" }]);
  });

  test("that completed goes back when its parent does, in its turn", async () => {
    const world = await begin();
    await world.answer("pay", done);
    await world.answer("bill", done);
    await world.answer("mail", done);
    await world.answer("ship", refused);
    expect(await world.status("a.invoice")).toBe("compensating");
    expect((await stepOf(world))?.compensation?.state).toBe("dispatched");
    await world.answer("unbill", undone);
    expect(await world.status("a.invoice")).toBe("compensated");
    expect((await stepOf(world))?.compensation?.state).toBe("compensated");
    await world.answer("refund", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test("goes back at once where its own end turns its parent", async () => {
    const turns = loadDefinition({
      workflow: "turns",
      version: 1,
      steps: [{ child: "invoice", workflow: "invoicing" }, { fail: "no" }],
    });
    const world = await new HandPlayedWorld().open(types, [invoicing()]);
    await world.orchestrator.startRun({ workflow: turns, input: {}, id: "a" });
    await world.clock.settle();
    await world.answer("bill", done);
    await world.answer("mail", done);
    await world.answer("unbill", undone);
    expect(await world.status("a.invoice")).toBe("compensated");
    expect(await world.status("a")).toBe("compensated");
  });

  test("that has passed its pivot stays: an operator is asked", async () => {
    const world = await begin(invoicing({ steps: [{ ...step("bill"), kind: "pivot" }, step("mail")], output: null }));
    await world.answer("pay", done);
    await world.answer("bill", done);
    await world.answer("mail", done);
    await world.answer("ship", refused);
    expect(await world.status("a")).toBe("blocked");
    expect((await stepOf(world))?.compensation?.error?.code).toBe("pivot_passed");
  });

  test("is asked to stop when its parent is cancelled, and waited for", async () => {
    const world = await begin();
    await world.answer("pay", done);
    await world.answer("bill", done);
    await world.orchestrator.operate("a", { type: "cancel" }, { actor: "ann" });
    await world.clock.settle();
    await world.answer("mail", done);
    expect(await world.status("a.invoice")).toBe("compensating");
    expect(await world.status("a")).toBe("cancelling");
    await world.answer("unbill", undone);
    expect(await world.status("a.invoice")).toBe("compensated");
    await world.answer("refund", undone);
    expect(await world.status("a")).toBe("compensated");
  });

  test.each([0, 1, 2, 3])("after a crash it goes on where it was: %d answers before", async (answers) => {
    let world = await begin();
    const script: [string, ResultData][] = [
      ["pay", done],
      ["bill", done],
      ["mail", done],
      ["ship", done],
    ];
    for (const [worker, answer] of script.slice(0, answers)) await world.answer(worker, answer);
    world = await world.crash();
    await world.open(types, [invoicing()]);
    await world.clock.settle();
    for (const [worker, answer] of script.slice(answers)) await world.answer(worker, answer);
    expect(await world.status("a")).toBe("completed");
  });

  test("an effect of it that comes to light when all has ended is in its parent's residue, and in its row", async () => {
    const bill = { ...step("bill"), kind: "irreversible" as const };
    const world = await begin(invoicing({ steps: [bill], output: null }));
    await world.answer("pay", done);
    const { envelope } = world.taken.find((delivery) => delivery.envelope.type === "command.bill") ?? {};
    await world.answer("bill", { ...refused, effect: "possible" });
    await world.answer("refund", undone);
    expect((await world.orchestrator.look("a"))?.run.residue).toEqual([
      { step: "invoice.bill", certainty: "possible" },
    ]);
    await world.clock.advance(1000);
    if (envelope) await world.reply(envelope, done);
    await world.clock.settle();
    const run = (await world.orchestrator.look("a"))?.run;
    expect(run?.residue).toEqual([{ step: "invoice.bill", certainty: "done" }]);
    expect(world.disk.runs.get("a")?.row.endedAt).toBe(run?.endedAt);
  });

  test("that completes while its parent goes back is called back, though both are told at once", async () => {
    const beside = loadDefinition({
      workflow: "beside",
      version: 1,
      steps: [
        {
          parallel: "both",
          branches: { a: [{ child: "invoice", workflow: "invoicing", input: {} }], b: [step("ship")] },
        },
      ],
    });
    const world = await new HandPlayedWorld().open(types, [invoicing()]);
    await world.orchestrator.startRun({ workflow: beside, input: {}, id: "a" });
    await world.clock.settle();
    await world.answer("ship", refused);
    await world.answer("bill", done);
    await world.answer("mail", done);
    await world.answer("unbill", undone);
    expect(await world.status("a.invoice")).toBe("compensated");
    expect(await world.status("a")).toBe("compensated");
  });

  test("of a workflow that nobody knows: the start is refused", async () => {
    const world = await new HandPlayedWorld().open(types);
    const start = world.orchestrator.startRun({ workflow: order, input: {}, id: "a" });
    await expect(start).rejects.toMatchObject({ code: "workflow_unknown" });
  });

  test("is deleted with its root", async () => {
    const world = await begin();
    for (const worker of ["pay", "bill", "mail", "ship"]) await world.answer(worker, done);
    await world.clock.settle();
    await world.journal.expire(Number.MAX_SAFE_INTEGER, 100);
    expect((await world.journal.list({}, { limit: 10 })).items).toEqual([]);
  });
});

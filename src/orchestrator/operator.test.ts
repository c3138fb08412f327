/** What the engine does beside the rules of `saga/`: what it takes back, holds back, never sends twice, and shows. */
import { describe, expect, test, vi } from "vitest";
import type { ResultData } from "../bus/envelope.ts";
import { makeProgress } from "../bus/make-envelope.ts";
import type { RunRow } from "../journal/journal.ts";
import { HandPlayedWorld, workflowOf } from "../testing/hand-played-world.ts";

const done: ResultData = { outcome: "succeeded", output: { no: 7 } };
const refused: ResultData = {
  outcome: "failed",
  error: { code: "no", title: "no" },
  retryable: false,
  effect: "none",
  scope: "attempt",
};
const ann = { actor: "ann", reason: "because" };
const once = { attempts: 1 };

const of = (steps: readonly object[], more: object = {}) =>
  workflowOf({ workflow: "trip", version: 1, steps, ...more });

async function begin(workflow: ReturnType<typeof of>, types: readonly string[], id = "a", input: object = {}) {
  const world = await new HandPlayedWorld().open(types);
  await world.orchestrator.startRun({ workflow, input: input as never, id });
  await world.clock.settle();
  return world;
}

const look = async (world: HandPlayedWorld, id = "a") => {
  const seen = await world.orchestrator.look(id);
  if (!seen) throw new Error(`there is no run ${id}`);
  return seen.run;
};

async function row(world: HandPlayedWorld, id = "a"): Promise<RunRow> {
  await world.clock.settle();
  const { items } = await world.journal.list({}, { limit: 100 });
  const found = items.find((one) => one.id === id);
  if (!found) throw new Error(`no row of ${id}`);
  return found;
}

describe("scheduleToStart", () => {
  const flow = of([
    { step: "pay", compensation: "refund", retry: once },
    { step: "ship", scheduleToStart: "5s", retry: once },
  ]);

  test("what nobody took in time is taken back, so it had no effect", async () => {
    const world = await begin(flow, ["pay", "refund"]);
    await world.answer("pay", done);
    await world.clock.advance(4999);
    expect((await look(world)).steps[1]?.attempts).toEqual(["live"]);
    await world.clock.advance(1);
    expect((await look(world)).steps[1]).toMatchObject({ state: "failed", attempts: ["none"] });
    await world.answer("refund", { outcome: "compensated", found: true });
    expect(await world.status("a")).toBe("compensated");
    expect((await world.bus.queues()).filter(({ waiting }) => waiting > 0)).toEqual([]);
  });

  test("its envelope says until when it may be taken; once taken the time is its timeout", async () => {
    const world = await begin(flow, ["pay", "ship"]);
    await world.answer("pay", done);
    const [delivery] = world.taken;
    const sentAt = (await look(world)).out[0]?.at ?? 0;
    expect(delivery?.envelope.expirytime).toBe(new Date(sentAt + 5000).toISOString());
    await world.clock.advance(29_999);
    expect((await look(world)).steps[1]?.attempts).toEqual(["live"]);
    await world.clock.advance(1);
    expect((await look(world)).steps[1]?.state).toBe("in_doubt");
  });

  test("what was sent before a crash may have been taken: taking it back says nothing", async () => {
    const world = await begin(flow, ["pay"]);
    await world.answer("pay", done);
    const next = await (await world.crash()).open(["refund"]);
    await next.clock.advance(5000);
    expect((await look(next)).steps[1]).toMatchObject({ state: "in_doubt", attempts: ["unanswered"] });
  });
});

test("C27: a taken command ends when its worker is silent for longer than its heartbeat", async () => {
  const world = await begin(of([{ step: "pay", heartbeat: "2s", timeout: "60s", retry: once }]), ["pay"]);
  const command = world.taken[0]?.envelope;
  if (!command) throw new Error("it was taken");
  expect(command.data.context.heartbeatMs).toBe(2000);
  for (let beats = 1; beats <= 3; beats++) {
    await world.clock.advance(1900);
    const parts = { source: "/w", atMs: world.clock.now(), delivery: 1, number: beats };
    world.bus.publishProgress(makeProgress(command, { ...parts, data: { phase: "heartbeat" } }));
    await world.clock.settle();
  }
  await world.clock.advance(1999);
  expect((await look(world)).steps[0]?.state).toBe("dispatched");
  await world.clock.advance(1);
  expect((await look(world)).steps[0]?.state).toBe("in_doubt");
});

test("C24: what must never be sent twice is not sent again by a restart, and ends in doubt", async () => {
  const flow = of([{ step: "pay", execution: "at_most_once", timeout: "10s" }]);
  const world = await begin(flow, ["pay"]);
  expect(world.taken[0]?.envelope.data.context.execution).toBe("at_most_once");
  const next = await (await world.crash()).open(["pay"]);
  expect(next.types()).toEqual([]);
  await next.clock.advance(10_000);
  expect((await look(next)).steps[0]).toMatchObject({ state: "in_doubt", attempts: ["unanswered"] });
});

test("C1: before a step settles in doubt its worker is asked under the step's own key", async () => {
  const flow = of([{ step: "pay", inquire: { timeout: "3s" }, retry: once, compensation: "refund" }]);
  const world = await begin(flow, ["pay", "refund"]);
  await world.answer("pay", { ...refused, effect: "possible" });
  const asked = world.taken[0]?.envelope;
  expect(asked).toMatchObject({ type: "command.pay", action: "inquire", attempt: 1 });
  expect(asked?.undoes).toBe(asked?.idempotencykey);
  expect(asked?.data).toMatchObject({ context: { timeoutMs: 3000 }, forward: { outcome: "in_doubt" } });
  await world.answer("pay", { outcome: "done", output: { no: 7 } });
  expect(await world.status("a")).toBe("completed");
});

describe("suspended", () => {
  const flow = of([{ step: "pay" }, { step: "ship" }]);

  test("the next command is not sent, and is when the run is resumed", async () => {
    const world = await begin(flow, ["pay", "ship"]);
    await world.orchestrator.operate("a", { type: "suspend" }, ann);
    await world.answer("pay", done);
    expect(world.types()).toEqual([]);
    expect((await row(world)).status).toBe("suspended");
    await world.orchestrator.operate("a", { type: "resume" }, ann);
    await world.clock.settle();
    expect(world.types()).toEqual(["ship"]);
    expect((await row(world)).status).toBe("running");
  });

  test("a restart holds back what was out, and sends it again when the run is resumed", async () => {
    const world = await begin(flow, ["pay"]);
    await world.orchestrator.operate("a", { type: "suspend" }, ann);
    await world.clock.settle();
    const next = await (await world.crash()).open(["pay", "ship"]);
    expect(next.types()).toEqual([]);
    await next.clock.advance(60_000);
    await next.orchestrator.operate("a", { type: "resume" }, ann);
    await next.clock.settle();
    expect(next.taken[0]?.envelope).toMatchObject({ type: "command.pay", data: { context: { again: true } } });
  });
});

test("what was held back is not sent when its worker was heard of meanwhile", async () => {
  const world = await begin(of([{ step: "pay" }]), ["pay"]);
  const command = world.taken[0]?.envelope;
  if (!command) throw new Error("it was taken");
  await world.orchestrator.operate("a", { type: "suspend" }, ann);
  const next = await (await world.crash()).open(["pay"]);
  const parts = { source: "/w", atMs: next.clock.now(), delivery: 1, number: 1 };
  next.bus.publishProgress(makeProgress(command, { ...parts, data: { phase: "working" } }));
  await next.clock.settle();
  await next.orchestrator.operate("a", { type: "resume" }, ann);
  await next.clock.settle();
  expect(next.types()).toEqual([]);
});

test("of two operators who mend one run the second is told who was first, and when", async () => {
  const flow = of([
    { step: "pay", compensation: { worker: "refund", retry: once } },
    { step: "ship", retry: once },
  ]);
  const world = await begin(flow, ["pay", "ship", "refund"]);
  await world.answer("pay", done);
  await world.answer("ship", refused);
  await world.answer("refund", refused);
  const seen = (await look(world)).version;
  const [first, second] = await Promise.allSettled([
    world.orchestrator.operate("a", { type: "retry" }, { actor: "ann" }, seen),
    world.orchestrator.operate("a", { type: "skip" }, { actor: "bob" }, seen),
  ]);
  expect(first.status).toBe("fulfilled");
  const reason = (second as PromiseRejectedResult).reason as { code: string; message: string; details: object };
  expect(reason.code).toBe("version_conflict");
  expect(reason.message).toContain(`ann was first, with retry at ${new Date(world.clock.now()).toISOString()}`);
  expect(reason.details).toMatchObject({ by: { actor: "ann", verb: "retry" } });
});

describe("C25: limit", () => {
  const flow = of([{ step: "pay", retry: once }], { limit: { key: { $: "input.customer" }, runs: 1 } });
  const start = (world: HandPlayedWorld, id: string, customer = "c42") =>
    world.orchestrator.startRun({ workflow: flow, input: { customer }, id });

  test("a run above the limit is pending and names the holder; when that ends it begins, in the order of the start", async () => {
    const world = await begin(flow, ["pay"], "a", { customer: "c42" });
    await Promise.all([start(world, "b"), start(world, "c"), start(world, "x", "c43")]);
    await world.clock.settle();
    expect((await look(world, "b")).holder).toBe("a");
    expect((await row(world, "b")).status).toBe("pending");
    expect(world.taken.map(({ envelope }) => envelope.runid)).toEqual(["a", "x"]);
    await world.answer("pay", done);
    expect(world.taken.map(({ envelope }) => envelope.runid)).toEqual(["x", "b"]);
    expect((await look(world, "c")).holder).toBe("a");
  });

  test("after a restart the same run holds the place, and the next one begins after it", async () => {
    const world = await begin(flow, ["pay"], "a", { customer: "c42" });
    await start(world, "b");
    await world.clock.settle();
    const next = await (await world.crash()).open(["pay"]);
    expect(next.taken.map(({ envelope }) => envelope.runid)).toEqual(["a"]);
    await start(next, "c");
    await next.answer("pay", done);
    expect(next.taken.map(({ envelope }) => envelope.runid)).toEqual(["b"]);
  });

  test("a place that was free when the engine died is given out by the next life", async () => {
    const world = await begin(flow, ["pay"], "a", { customer: "c42" });
    await start(world, "b");
    await world.clock.settle();
    // It ends, and the process dies before anybody else is told.
    world.disk.runs.get("a")!.row = { status: "completed", phase: "ended", parked: false, endedAt: 1 };
    const next = await (await world.crash()).open(["pay"]);
    expect(next.taken.map(({ envelope }) => envelope.runid)).toContain("b");
  });

  test("a start that finds its run already there does not take its place away", async () => {
    const stuck = of([{ step: "pay", retry: once, compensation: { worker: "refund", retry: once } }], {
      limit: { key: { $: "input.customer" }, runs: 1 },
    });
    const world = await begin(stuck, ["pay", "refund"], "a", { customer: "c42" });
    await world.answer("pay", { ...refused, effect: "possible" });
    await world.answer("refund", refused);
    // It is blocked, and has left memory.
    expect(world.orchestrator.activeRuns).toBe(0);
    const again = await world.orchestrator.startRun({ workflow: stuck, input: { customer: "c42" }, id: "a" });
    expect(again.existed).toBe(true);
    await world.orchestrator.startRun({ workflow: stuck, input: { customer: "c42" }, id: "b" });
    expect((await look(world, "b")).holder).toBe("a");
  });

  test("one that waits gives up its turn when it is cancelled; an input without the key is refused", async () => {
    const world = await begin(flow, ["pay"], "a", { customer: "c42" });
    await start(world, "b");
    await start(world, "c");
    await world.orchestrator.operate("b", { type: "cancel" }, ann);
    await world.answer("pay", done);
    expect(world.taken.map(({ envelope }) => envelope.runid)).toEqual(["c"]);
    await expect(world.orchestrator.startRun({ workflow: flow, input: {}, id: "d" })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });
});

describe("stuck is visible", () => {
  test("C21: nobody works for the type: the run says so after half a minute, and no more when it is taken", async () => {
    const world = await begin(of([{ step: "pay" }]), []);
    await world.clock.advance(29_999);
    expect((await row(world)).attention).toBeUndefined();
    await world.clock.advance(1);
    expect((await row(world)).attention).toEqual(["no_worker"]);
    expect(world.told.at(-1)?.data).toMatchObject({ event: "AttentionRaised", detail: { need: "no_worker" } });
    await world.clock.advance(600_000);
    expect(world.told.filter(({ data }) => data.event === "AttentionRaised")).toHaveLength(1);
    world.work("pay");
    expect((await row(world)).attention).toBeUndefined();
    await world.answer("pay", done);
    await world.clock.advance(90_000);
    expect(world.clock.timerCount).toBe(0);
  });

  test("a queue that does not move, though somebody works for it", async () => {
    const world = await new HandPlayedWorld().open([]);
    world.bus.consumeCommands("pay", 1, () => {});
    const flow = of([{ step: "pay", timeout: "1h" }]);
    await world.orchestrator.startRun({ workflow: flow, input: {}, id: "a" });
    await world.orchestrator.startRun({ workflow: flow, input: {}, id: "b" });
    await world.clock.advance(60_000);
    expect((await row(world, "a")).attention).toBeUndefined();
    expect((await row(world, "b")).attention).toEqual(["queue_stands"]);
  });

  test("a compensation that keeps failing, before its policy gives up", async () => {
    const undo = { worker: "refund", retry: { attempts: 12, initial: "1s", max: "1s", jitter: 0 } };
    const world = await begin(
      of([
        { step: "pay", compensation: undo },
        { step: "ship", retry: once },
      ]),
      [...["pay", "ship", "refund"]],
    );
    await world.answer("pay", done);
    await world.answer("ship", refused);
    for (let attempt = 1; attempt <= 4; attempt++) {
      expect((await row(world)).attention).toBeUndefined();
      await world.answer("refund", { ...refused, retryable: true });
      await world.clock.advance(1000);
      if (attempt === 3) break;
    }
    expect((await row(world)).attention).toEqual(["compensation_failing"]);
    await world.answer("refund", { outcome: "compensated", found: true });
    expect((await row(world)).attention).toBeUndefined();
  });
});

test("rows: attributes as soon as they are known, the last error, why it turned, what is open", async () => {
  const attributes = { customer: { $: "input.customer" }, seat: { $: "steps.pay.output.no" } };
  const undo = { worker: "refund", retry: once };
  const flow = of(
    [
      { step: "pay", compensation: undo },
      { step: "ship", retry: once },
    ],
    { attributes },
  );
  const world = await begin(flow, ["pay", "ship", "refund"], "a", { customer: "c42" });
  expect((await row(world)).attributes).toEqual({ customer: "c42" });
  await world.answer("pay", done);
  expect((await row(world)).attributes).toEqual({ customer: "c42", seat: "7" });
  await world.answer("ship", refused);
  await world.answer("refund", { ...refused, error: { code: "closed", title: "the till is closed" } });
  expect(await row(world)).toMatchObject({
    status: "blocked",
    cause: "step_failed",
    error: "closed: the till is closed",
    incidents: ["compensation"],
    attention: ["blocked"],
  });
});

test("rerun: a new run with the same input takes over what only reads, and both say of each other", async () => {
  const flow = of([
    { step: "quote", kind: "readonly" },
    { step: "pay", retry: once, compensation: "refund" },
  ]);
  const world = await begin(flow, ["quote", "pay"], "a", { total: 7 });
  await expect(world.orchestrator.rerun("a", ann)).rejects.toMatchObject({ code: "run_open" });
  await world.answer("quote", { outcome: "succeeded", output: { price: 9 } });
  await world.answer("pay", refused);
  expect(await world.status("a")).toBe("compensated");
  const answer = await world.orchestrator.rerun("a", ann);
  const id = answer.changed ? (answer.run ?? "") : "";
  await world.clock.settle();
  expect(world.types()).toEqual(["pay"]);
  const again = await look(world, id);
  expect(again).toMatchObject({ rerunOf: "a", input: { total: 7 } });
  expect(again.steps[0]).toMatchObject({ state: "succeeded", output: { price: 9 }, attempts: [] });
  expect((await look(world)).lastVerb).toMatchObject({ verb: "rerun", actor: "ann" });
  expect(await world.status("a")).toBe("compensated");
  await world.answer("pay", done);
  expect(await world.status(id)).toBe("completed");
});

test("rerun: two operators at once start one run, and so does one who asks again after a crash in between", async () => {
  const flow = of([{ step: "pay", retry: once, compensation: "refund" }]);
  const world = await begin(flow, ["pay"]);
  await world.answer("pay", done);
  const both = await Promise.all([world.orchestrator.rerun("a", ann), world.orchestrator.rerun("a", ann)]);
  await world.clock.settle();
  const [second, first] = both.toSorted((a, b) => Number(a.changed) - Number(b.changed));
  expect(first).toMatchObject({ changed: true });
  expect(second).toMatchObject({ changed: false, why: expect.stringContaining("ann was first, with rerun at") });
  expect(world.types()).toEqual(["pay"]);
  await world.answer("pay", done);
  // The process dies when the new run is recorded, and the old one has not been told.
  const { uid } = await look(world);
  const dying = vi.spyOn(world.orchestrator, "operate").mockRejectedValueOnce(new Error("it dies here"));
  await expect(world.orchestrator.rerun("a", ann)).rejects.toThrow("it dies here");
  dying.mockRestore();
  expect(await world.orchestrator.rerun("a", ann)).toMatchObject({ changed: true, run: `${uid}-2` });
  await world.clock.settle();
  expect(world.types()).toEqual(["pay"]);
});

test("of several questions about one step a verb answers the newest that it suits", async () => {
  const flow = of([{ step: "pay", retry: once }], { onFailure: "incident" });
  const world = await begin(flow, ["pay"]);
  const first = world.taken[0]?.envelope;
  await world.answer("pay", { ...refused, scope: "key" });
  await world.orchestrator.operate("a", { type: "retry" }, ann);
  await world.clock.settle();
  await world.answer("pay", refused);
  if (!first) throw new Error("it was taken");
  await world.reply(first, done);
  const { incidents } = await look(world);
  expect(incidents.map(({ kind }) => kind)).toEqual(["step"]);
  await world.orchestrator.operate("a", { type: "retry", step: "pay" }, ann);
  await world.clock.settle();
  expect(world.types()).toEqual(["pay"]);
});

test("what is sensitive does not become an attribute", async () => {
  const inputSchema = {
    type: "object",
    properties: { card: { type: "string", sensitive: true }, customer: { type: "string" } },
  };
  const attributes = { card: { $: "input.card" }, iban: { $: "input.iban" }, customer: { $: "input.customer" } };
  // A mark goes with its value: this one stands in the contract of the worker that is given it.
  const secret = { type: "object", properties: { iban: { type: "string", sensitive: true } } };
  const flow = of([{ step: "pay", input: { iban: { $: "input.iban" } } }], {
    ...{ attributes, inputSchema, workers: { pay: { input: secret } } },
  });
  const world = await begin(flow, [], "a", { card: "4111", iban: "AT61", customer: "c42" });
  expect((await row(world)).attributes).toEqual({ customer: "c42" });
});

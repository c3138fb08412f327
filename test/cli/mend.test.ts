/** The worry: a refund is stuck, and the operator cannot find it, does not see what helps, or mends it twice. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Clew, parseWorkflow, worker, WorkFailed } from "../../src/clew.ts";
import { Workshop } from "./clew-process.ts";

const once = { attempts: 1 };
const order = parseWorkflow({
  object: {
    workflow: "order",
    version: 1,
    attributes: { customer: { $: "input.customer" } },
    steps: [
      { step: "reserve", compensation: "release", retry: once },
      { step: "pay", compensation: { worker: "refund", retry: once }, retry: once },
      { step: "ship", retry: once },
    ],
  },
});

const no = (title: string) => new WorkFailed({ code: "no", title, effect: "none", retryable: false });
const workers = [
  worker("reserve", () => null),
  worker("release", () => null),
  worker("pay", () => ({ paid: 5 })),
  worker("refund", (input) => {
    if ((input as { readonly till?: number }).till !== 2) throw no("the till is closed");
  }),
  worker("ship", () => {
    throw no("nothing left to ship");
  }),
];

let shop: Workshop;
let clew: Clew;
beforeEach(async () => {
  shop = new Workshop();
  clew = await Clew.open({ journal: shop.path("journal.db"), workers });
  await clew.start(order, { customer: "c42" }, { id: "o1" });
  expect((await clew.result("o1")).status).toBe("blocked");
});
afterEach(async () => {
  await clew.close();
  await shop[Symbol.asyncDispose]();
});

const run = (...args: readonly string[]) => shop.run(...args, "--journal", shop.path("journal.db"));

describe("a refund that is stuck", () => {
  it("is found, says what it waits for and what helps, and goes on in order once it is mended beside its owner", async () => {
    const listed = await run("runs", "ls", "--filter", "needs:attention customer:c42");
    expect(listed.stdout).toContain("for an operator: pay cannot be undone: no (the till is closed)");
    const shown = await run("runs", "show", "o1");
    expect(shown.stdout).toContain("mend it by retry, resolve, skip, abandon");
    expect(shown.stdout).toContain("Still to be undone: pay, reserve");

    const seen = String((await clew.show("o1")).version);
    const retry = ["runs", "retry", "o1", "--reason", "other till", "-i", '{"till":2}', "--expected-version", seen];
    expect(await run(...retry)).toMatchObject({ code: 0, stdout: expect.stringContaining("; recorded\n") });
    expect(await clew.result("o1")).toMatchObject({ status: "compensated", residue: [] });
    const undone = await run("runs", "events", "o1", "--output", "jsonl");
    const order = Array.from(undone.stdout.matchAll(/"StepCompensated","step":"(\w+)"/g), ([, step]) => step);
    expect(order).toEqual(["pay", "reserve"]);
    expect(undone.stdout).toMatch(/"CompensationRetried".*"reason":"other till"/);
  });

  it("is mended by one of two operators; the other is told who was first, and when", async () => {
    const seen = (await clew.show("o1")).version;
    await clew.skip("o1", { actor: "ann", reason: "written off", expectedVersion: seen });
    const second = await run("runs", "retry", "o1", "--reason", "again", "--expected-version", String(seen));
    expect(second.code).toBe(5);
    expect(second.stderr).toMatch(/run_closed|version_conflict/);
    expect(second.stderr).toMatch(/ann was first, with skip at \d{4}-\d\d-\d\dT/);
    expect(await clew.result("o1")).toMatchObject({
      status: "failed",
      residue: [{ step: "pay", certainty: "done" }],
    });
  });

  it("without an owner the command records it, and the next engine goes on from there", async () => {
    await clew.close();
    const resolved = await run("runs", "resolve", "o1", "--reason", "paid back in cash");
    expect(resolved.stdout).toContain("o1 ↻ compensating");
    expect(resolved.stderr).toContain("for the worker release to undo reserve");
    clew = await Clew.open({ journal: shop.path("journal.db"), workers });
    expect(await clew.result("o1")).toMatchObject({ status: "compensated", residue: [] });
  });

  it("what does not help is refused, says what does, and changes nothing", async () => {
    const before = (await clew.show("o1")).version;
    const wrong = await run("runs", "resolve", "o1", "--not-done", "--reason", "x");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Skip it") });
    const elsewhere = await run("runs", "retry", "o1", "--step", "ship", "--reason", "x");
    expect(elsewhere).toMatchObject({ code: 5, stderr: expect.stringContaining("incident_unknown") });
    const twice = await run("runs", "retry", "o1", "-i", '{"a":1,"a":2}', "--reason", "x");
    expect(twice).toMatchObject({ code: 3, stderr: expect.stringContaining("stands twice") });
    expect((await clew.show("o1")).version).toBe(before);
  });

  it("all of a kind are mended at once", async () => {
    await clew.start(order, { customer: "c43" }, { id: "o2" });
    await clew.result("o2");
    const filter = ["--filter", "incident:compensation", "--reason", "other till"];
    expect((await run("runs", "retry", ...filter, "--dry-run")).stdout).toContain("retry 2 runs");
    expect(await run("runs", "retry", ...filter, "-i", '{"till":2}', "--yes")).toMatchObject({
      code: 0,
      stdout: "2 runs changed\n",
    });
    expect([(await clew.result("o1")).status, (await clew.result("o2")).status]).toEqual([
      "compensated",
      "compensated",
    ]);
  });
});

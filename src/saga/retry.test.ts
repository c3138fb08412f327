/** The worry: a policy that stops too soon, never, or makes a thousand runs knock at the same moment. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaults, type RetryPolicy } from "../definition/workflow.ts";
import { ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import { allowsRetry, backoffMs, timedOutCode } from "./retry.ts";

const policyWith = (change: Partial<RetryPolicy>): RetryPolicy => ({ ...defaults.stepRetry, jitter: 0, ...change });
const error = (code: string) => ({ code, title: "it broke" });

describe("whether there is a next attempt", () => {
  test("the budget counts all attempts, the first included", () => {
    expect([1, 2, 3].map((spent) => allowsRetry(policyWith({ attempts: 3 }), spent, error("x")))).toEqual([
      true,
      true,
      false,
    ]);
    expect(allowsRetry(policyWith({ attempts: 1 }), 1, error("x"))).toBe(false);
  });

  test("on names the only codes that are tried again, not those that never are", () => {
    expect(allowsRetry(policyWith({ on: ["busy"] }), 1, error("busy"))).toBe(true);
    expect(allowsRetry(policyWith({ on: ["busy"] }), 1, error("x"))).toBe(false);
    expect(allowsRetry(policyWith({ not: ["declined"] }), 1, error("declined"))).toBe(false);
    expect(allowsRetry(policyWith({ not: ["declined"] }), 1, error("x"))).toBe(true);
    expect(allowsRetry(policyWith({ on: ["busy"], not: ["busy"] }), 1, error("busy"))).toBe(false);
  });

  test("silence has a code that they may name", () => {
    const run = new ScriptedRun(workflowOf([{ step: "a", retry: { not: [timedOutCode] } }]));
    expect(run.timeOut("a")).toContain("StepInDoubt a");
  });
});

describe("how long to wait", () => {
  test("each wait is the one before times the factor, up to the longest", () => {
    const policy = policyWith({ initialMs: 1000, factor: 2, maxMs: 30_000 });
    const waits = [1, 2, 3, 4, 5, 6, 7].map((spent) => backoffMs(policy, spent, "seed"));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test("after any number of attempts it is a whole number within the jitter's bounds, and never 0", () => {
    const policy = fc.record({
      initialMs: fc.integer({ min: 1, max: 1e6 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      maxMs: fc.integer({ min: 1, max: 1e7 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 1000 }), fc.string(), (shape, spent, seed) => {
        const wait = Math.min(shape.maxMs, shape.initialMs * shape.factor ** (spent - 1));
        const got = backoffMs(policyWith(shape), spent, seed);
        expect(Number.isInteger(got)).toBe(true);
        expect(got).toBeGreaterThanOrEqual(Math.max(1, Math.floor(wait * (1 - shape.jitter))));
        expect(got).toBeLessThanOrEqual(Math.max(1, Math.ceil(wait * (1 + shape.jitter))));
      }),
    );
  });

  test("the shortest wait with the widest jitter is still not 0", () => {
    const policy = policyWith({ initialMs: 1, maxMs: 1, jitter: 1 });
    const waits = Array.from({ length: 1000 }, (_, at) => backoffMs(policy, 1, `u${at}`));
    expect(Math.min(...waits)).toBe(1);
  });

  test("the same seed waits the same, and many seeds are spread evenly over the jitter", () => {
    const policy = policyWith({ initialMs: 100_000, maxMs: 100_000, jitter: 0.2 });
    const waits = Array.from({ length: 10_000 }, (_, at) => backoffMs(policy, 1, `u${at}/pay/execute/1`));
    expect(waits).toEqual(waits.map((_, at) => backoffMs(policy, 1, `u${at}/pay/execute/1`)));
    const inTenths = Array.from(
      { length: 10 },
      (_, tenth) => waits.filter((wait) => Math.min(9, Math.floor((wait - 80_000) / 4000)) === tenth).length,
    );
    for (const count of inTenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("runs, steps, sides and attempts have their own waits", () => {
    const policy = policyWith({ initialMs: 1_000_000, maxMs: 1e9, factor: 1, jitter: 0.5 });
    const seeds = ["u/a/execute/1", "v/a/execute/1", "u/b/execute/1", "u/a/compensate/1", "u/a/execute/2"];
    expect(new Set(seeds.map((seed) => backoffMs(policy, 1, seed))).size).toBe(seeds.length);
  });

  test("what a run records is this wait", () => {
    const run = new ScriptedRun(workflowOf([{ step: "a", retry: { initial: 700, jitter: 0 } }]));
    run.fail("a");
    expect(run.nextTimer()).toEqual({ dueAt: run.now + 700, timer: { kind: "retry", step: "a", side: "execute" } });
  });
});

import { describe, expect, test } from "vitest";
import { answerData, failureData } from "./result-data.ts";
import { Answer, compensated, type Failure, succeeded, WorkFailed } from "./worker.ts";

const only = { isOnly: true, isCancelled: false };

describe("answers", () => {
  test("a plain value is the output of an execute, an undo that was done, and no answer to an inquiry", () => {
    expect(answerData({ a: 1 }, "execute")).toEqual({ outcome: "succeeded", output: { a: 1 } });
    expect(answerData(undefined, "execute")).toEqual({ outcome: "succeeded", output: null });
    expect(answerData(undefined, "compensate")).toEqual({ outcome: "compensated", found: true });
    expect(answerData(Number.NaN, "compensate")).toEqual({ outcome: "compensated", found: true });
    expect(answerData("done", "inquire")).toEqual({ outcome: "unknown" });
  });

  test("an explicit answer is taken at its word where it answers the question", () => {
    expect(answerData(succeeded(1, { u: 2 }), "execute")).toEqual({ outcome: "succeeded", output: 1, undo: { u: 2 } });
    expect(answerData(compensated(false), "compensate")).toEqual({ outcome: "compensated", found: false });
    expect(answerData(succeeded(1), "compensate")).toEqual({ outcome: "compensated", found: true });
    const done = new Answer({ outcome: "done", output: 1, undo: 2 });
    expect(answerData(done, "inquire")).toEqual({ outcome: "done", output: 1, undo: 2 });
    expect(answerData(new Answer({ outcome: "not_done" }), "inquire")).toEqual({ outcome: "not_done" });
    expect(answerData(new Answer({ outcome: "unknown" }), "inquire")).toEqual({ outcome: "unknown" });
  });

  test("only an explicit not_done says that something was not done", () => {
    for (const value of [undefined, null, false, "not_done", succeeded(1), compensated(false)])
      expect(answerData(value, "inquire")).toEqual({ outcome: "unknown" });
  });

  test.each([
    [compensated(true), "execute"],
    [new Answer({ outcome: "not_done" }), "execute"],
    [new Answer({ outcome: "done" }), "compensate"],
  ] as const)("an answer to another question is invalid, its effect possible", (answer, action) => {
    expect(() => answerData(answer, action)).toThrow(
      expect.objectContaining({
        effect: "possible",
        retryable: false,
        problem: expect.objectContaining({ code: "output_invalid" }),
      }),
    );
  });
});

describe("failures", () => {
  const none: Failure = { code: "out_of_stock", title: "none left", effect: "none" };

  test("anything thrown is failed, possible, retryable, in its own words", () => {
    const failed = { outcome: "failed", retryable: true, effect: "possible", scope: "attempt" };
    const titled = (title: string) => ({ ...failed, error: { code: "worker_crashed", title } });
    expect(failureData(new TypeError("no such field"), only)).toEqual(titled("no such field"));
    expect(failureData(new TypeError(), only)).toEqual(titled("TypeError"));
    expect(failureData("text", only)).toEqual(titled("text"));
    expect(failureData(undefined, only)).toEqual(titled("undefined"));
    expect(failureData("", only)).toEqual(titled("the handler threw"));
    expect(failureData(Object.create(null), only)).toEqual(titled("the handler threw something that cannot be read"));
  });

  test("none is said on the only delivery, and by whoever has a row for it; otherwise it becomes possible", () => {
    const effectOf = (failure: Failure, isOnly: boolean, fenced = false) => {
      const data = failureData(new WorkFailed(failure, fenced), { isOnly, isCancelled: false });
      return data.outcome === "failed" ? [data.effect, data.scope, data.retryable] : [];
    };
    const forKey: Failure = { title: "never", scope: "key" };
    expect(effectOf(none, true)).toEqual(["none", "attempt", true]);
    expect(effectOf(none, false)).toEqual(["possible", "attempt", true]);
    expect(effectOf(none, false, true)).toEqual(["none", "attempt", true]);
    expect(effectOf(forKey, true)).toEqual(["none", "key", false]);
    expect(effectOf(forKey, false)).toEqual(["possible", "attempt", false]);
    expect(effectOf(forKey, false, true)).toEqual(["none", "key", false]);
    expect(effectOf({ title: "who knows" }, true, true)).toEqual(["possible", "attempt", true]);
  });

  test("after a notice the code is cancelled, but for an answer that stands in the worker's store", () => {
    const cancelled = { isOnly: true, isCancelled: true };
    expect(failureData(new Error("aborted"), cancelled)).toMatchObject({
      error: { code: "cancelled", title: "aborted" },
      effect: "possible",
    });
    expect(failureData(new WorkFailed(none), cancelled)).toMatchObject({
      error: { code: "cancelled", title: "none left" },
      effect: "none",
    });
    expect(failureData(new WorkFailed(none, true), cancelled)).toMatchObject({ error: { code: "out_of_stock" } });
  });

  test("what is told of a failure is bounded", () => {
    const long = "x".repeat(100_000);
    const data = failureData(new WorkFailed({ code: long, title: long, detail: long }), only);
    expect(JSON.stringify(data).length).toBeLessThan(6000);
    const crashed = failureData(new Error(long), only);
    expect(crashed.outcome === "failed" && crashed.error.title).toBe(`${"x".repeat(999)}…`);
  });
});

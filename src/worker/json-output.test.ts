import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryJson } from "../testing/arbitrary-envelope.ts";
import { largestPayloadBytes } from "../base/payload-size.ts";
import { jsonOutput } from "./json-output.ts";
import { WorkFailed } from "./worker.ts";

const output = (value: unknown) => jsonOutput(value, undefined).output;

function refusal(value: unknown, undo?: unknown): string {
  try {
    jsonOutput(value, undo);
  } catch (error) {
    expect(error).toBeInstanceOf(WorkFailed);
    const { problem, effect, retryable } = error as WorkFailed;
    expect([problem.code, effect, retryable]).toEqual(["output_invalid", "possible", false]);
    return problem.title;
  }
  return "not refused";
}

describe("output as JSON", () => {
  test("any JSON value comes out equal, as a copy that is frozen through and through", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const copied = output(value);
        expect(copied).toEqual(value);
        if (typeof value === "object" && value !== null) expect(copied).not.toBe(value);
        expect(isFrozenThrough(copied)).toBe(true);
      }),
    );
  });

  test("the handler's own object stays its own: not frozen, and later changes are not seen", () => {
    const mine = { lines: [1] };
    const copied = output(mine);
    mine.lines.push(2);
    expect(copied).toEqual({ lines: [1] });
  });

  test("what has one evident meaning in JSON is given it", () => {
    class Money {
      toJSON() {
        return { cents: 5 };
      }
    }
    const row = Object.assign(Object.create(null) as object, { id: 1 });
    const value = { at: new Date(0), price: new Money(), row, gone: undefined, zero: -0 };
    expect(JSON.stringify(output(value))).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","price":{"cents":5},"row":{"id":1},"zero":0}',
    );
    expect(Object.is((output(value) as { zero: number }).zero, 0)).toBe(true);
    expect(jsonOutput(undefined, undefined)).toEqual({ output: null, undo: undefined });
    expect(jsonOutput(null, null)).toEqual({ output: null, undo: null });
  });

  test.each([
    [{ total: Number.NaN }, "output.total is NaN, which JSON cannot say"],
    [[1, [Number.POSITIVE_INFINITY]], "output[1][0] is Infinity, which JSON cannot say"],
    [1n, "output is bigint, which JSON cannot say"],
    [{ a: [{ b: () => {} }] }, "output.a[0].b is function, which JSON cannot say"],
    [[undefined], "output[0] is undefined, which JSON cannot say"],
    [Symbol("s"), "output is symbol, which JSON cannot say"],
    [new Map([["a", 1]]), "output is a Map, which JSON cannot say"],
    [{ set: new Set() }, "output.set is a Set, which JSON cannot say"],
    [new Error("e"), "output is a Error, which JSON cannot say"],
    [[new Date(Number.NaN)], "output[0] is an invalid Date, which JSON cannot say"],
    [JSON.parse('{"__proto__":{"admin":true}}'), "output is an object with the key __proto__, which JSON cannot say"],
  ])("%o: %s", (value, expected) => {
    expect(refusal(value)).toBe(expected);
  });

  test("an undo is held to the same", () => {
    expect(refusal(null, { at: Number.NaN })).toBe("undo.at is NaN, which JSON cannot say");
  });

  test("a circle, and what is nested too deeply, are refused", () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    expect(refusal(circle)).toMatch(/deeper than/);
    const endless = { toJSON: (): object => endless };
    expect(refusal(endless)).toMatch(/deeper than/);
  });

  test("output and undo together are bounded, exactly to the byte", () => {
    const letters = "ü".repeat(largestPayloadBytes / 2 - 1);
    expect(refusal(letters)).toBe("not refused");
    expect(refusal(`${letters}a`)).toMatch(/more than 1,032,192/);
    expect(refusal(letters, 1)).toMatch(/more than 1,032,192/);
    expect(refusal("\u0001".repeat(largestPayloadBytes / 6))).toMatch(/more than 1,032,192/);
    expect(refusal(Array.from({ length: largestPayloadBytes / 20 }, () => -1 / 3e99))).toMatch(/more than/);
    expect(refusal(Object.fromEntries(Array.from({ length: 70_000 }, (_, n) => [`${n}-234567890`, ""])))).toMatch(
      /more/,
    );
  });
});

const isFrozenThrough = (value: unknown): boolean =>
  typeof value !== "object" ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isFrozenThrough));

/** The worry: a peer that is fast because it leaves work out, and a figure that nobody doubts. */
import { describe, expect, it } from "vitest";
import { requireAllWork } from "./guard.ts";

const honest = { said: { sagas: 10, steps: 60 }, stored: { sagas: 10, steps: 60 } };

describe("a peer's work", () => {
  it("passes when its store holds every saga with all steps", () => {
    expect(() => requireAllWork("A", honest)).not.toThrow();
  });

  it("passes when a step ran twice and is stored once", () => {
    expect(() => requireAllWork("A", { ...honest, said: { sagas: 10, steps: 61 } })).not.toThrow();
  });

  it.each([
    ["a saga is not in the store", { ...honest, stored: { sagas: 9, steps: 60 } }],
    ["a step is not in the store", { ...honest, stored: { sagas: 10, steps: 59 } }],
    ["the store holds more than was asked for", { ...honest, stored: { sagas: 11, steps: 66 } }],
    ["a step did not run", { ...honest, said: { sagas: 10, steps: 59 } }],
  ])("fails the bench when %s", (_, proof) => {
    expect(() => requireAllWork("A", proof)).toThrow("A did other work than it says");
  });
});

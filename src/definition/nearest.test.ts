import fc from "fast-check";
import { expect, it } from "vitest";
import { nearest } from "./nearest.ts";

const known = ["workflow", "version", "inputSchema", "steps", "on"];

it("finds the word that was mistyped", () => {
  expect(nearest("worklfow", known)).toBe("workflow");
  expect(nearest("step", known)).toBe("steps");
  expect(nearest("input_schema", known)).toBe("inputSchema");
  expect(nearest("VERSION", known)).toBe("version");
});

it("finds nothing where the word is another one", () => {
  for (const word of ["banana", "x", "", "of", "w".repeat(100_000)]) expect(nearest(word, known)).toBeUndefined();
});

it("finds a word again after any one slip", () => {
  const word = fc.stringMatching(/^[a-z]{4,20}$/);
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom("put in", "taken out", "changed"), (meant, place, slip) => {
      const at = place % meant.length;
      const rest = meant.slice(slip === "put in" ? at : at + 1);
      const written = meant.slice(0, at) + (slip === "taken out" ? "" : "Q") + rest;
      expect(nearest(written, ["entirely_different", meant])).toBe(meant);
    }),
  );
});

it("does not take a word for another that is more than a third mistyped", () => {
  expect(nearest("abcdef", ["abcdxy"])).toBe("abcdxy");
  expect(nearest("abcdef", ["abcxyz"])).toBeUndefined();
  expect(nearest("abcdefghijklmnopqr", ["abcdefghijklmn1234"])).toBeUndefined();
});

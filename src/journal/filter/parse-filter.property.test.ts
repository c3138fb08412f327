/** The worry: some text brings the parser down, or is read as something that it does not say. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ClewError } from "../../base/errors.ts";
import { filters } from "../../testing/arbitrary-filter.ts";
import { parseFilter } from "./parse-filter.ts";
import { printFilter } from "./print-filter.ts";
import { fieldNames } from "./run-filter.ts";

const pieces = [
  ...fieldNames.map((field) => `${field}:`),
  ...[
    "blocked",
    "order@3",
    "<1h",
    ">=2026-11-01",
    "*",
    "customer:",
    "\\",
    '"',
    '\\"',
    ",",
    "-",
    " ",
    "\t",
    ":",
    "(",
    "OR",
  ],
  ...["\ud800", "\u0000", "é", "🧵", "started:<", "needs:attention", "__proto__:"],
];
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((some) => some.join("")),
  fc.string({ minLength: 990, maxLength: 1100 }),
);

test("any text is a filter, or is refused at a place inside it", () => {
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(texts, fc.integer({ min: 0, max: 4_000_000_000_000 }), (text, now) => {
      try {
        const filter = parseFilter(text, now);
        read++;
        expect(parseFilter(printed(filter), 0)).toEqual(filter);
      } catch (error) {
        if (!(error instanceof ClewError) || error.code !== "invalid_filter") throw error;
        refused++;
        const { offset, length } = error.details as { offset: number; length: number };
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(length).toBeGreaterThan(0);
        expect(offset + length).toBeLessThanOrEqual(text.length);
        expect(error.mend).toMatch(/\.$/);
      }
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(read, refused)).toBeGreaterThan(500);

  /** Quotes and whole times can make it longer than it was typed; then it is not read again. */
  function printed(filter: Parameters<typeof printFilter>[0]): string {
    const text = printFilter(filter);
    fc.pre(text.length <= 1000);
    return text;
  }
});

test("a filter that was written out is read as the same", () => {
  fc.assert(
    fc.property(filters, (filter) => {
      const text = printFilter(filter);
      fc.pre(text.length <= 1000);
      expect(parseFilter(text, 12_345)).toEqual(filter);
    }),
    { numRuns: 3000 },
  );
});

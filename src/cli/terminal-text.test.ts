/** The worry: an order's note, or a worker's error, rewrites what an operator sees, or runs something in the terminal. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { terminalJson, terminalLines, terminalText } from "./terminal-text.ts";

/** What terminals obey, or readers are misled by: C0, DEL, C1, bidirectional marks, separators, half characters. */
// oxlint-disable-next-line no-control-regex
const obeyed = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/;

const nasty = fc.constantFrom(
  ...["\u001b[2J", "\u001b]0;title\u0007", "\u009b31m", "\u202e", "\u2066", "\u200f", "\b", "\r", "\n", "\0", "\u007f"],
  ...["\u2028", "\ud800", "\udc00", "\ufeff", "a", "é", "漢", "😀", " ", "\\", '"'],
);
const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary" })), { maxLength: 40 })
  .map((parts) => parts.join(""));

describe("terminalText", () => {
  it("lets nothing through that a terminal obeys", () => {
    fc.assert(fc.property(hostile, (text) => !obeyed.test(terminalText(text)) && terminalText(text).isWellFormed()));
  });

  it("leaves ordinary text of any language as it is", () => {
    for (const text of ["order-0001", "Žluťoučký kůň", "注文を確認", "شكرا", "😀 ok"])
      expect(terminalText(text)).toBe(text);
  });

  it("puts a space where a line ended, so that words do not run together", () => {
    expect(terminalText("one\r\ntwo\tthree\u2028four")).toBe("one two three four");
  });

  it("cuts what is longer than the bound, never through a character", () => {
    expect(terminalText("abcdef", 3)).toBe("abc…");
    expect(terminalText("ab😀", 3)).toBe("ab…");
    expect(terminalText("x".repeat(10_000)).length).toBeLessThan(600);
  });
});

describe("terminalLines", () => {
  it("keeps the lines and cleans each", () => {
    expect(terminalLines("a\u001b[31m\n  b\u202e")).toBe("a[31m\n  b");
  });
});

describe("terminalJson", () => {
  it("says exactly the value, without anything that a terminal obeys", () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.array(hostile), fc.dictionary(hostile, hostile)), (value) => {
        const text = terminalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(obeyed.test(text)).toBe(false);
      }),
    );
  });

  it("keeps its own line breaks when it is indented", () => {
    expect(terminalJson({ a: "\u202e" }, 2)).toBe('{\n  "a": "\\u202e"\n}');
  });
});

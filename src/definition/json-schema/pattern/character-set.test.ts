/** The worry: one character that is taken for another, in a corner where nobody looks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutOfWork, Work } from "../work.ts";
import { CharacterSet } from "./character-set.ts";

const native = (source: string, point: number): boolean =>
  new RegExp(`^(?:${source})$`, "u").test(String.fromCodePoint(point));

/** Each end of what the sources below name, its neighbours, and all of ASCII. */
const points = [
  ...Array.from({ length: 0x180 }, (_, point) => point),
  ...[0x2028, 0x2029, 0xfeff, 0xd7ff, 0xd800, 0xd83d, 0xdbff, 0xdc00, 0xde00, 0xdfff, 0xe000, 0xffff, 0x10000],
  ...[0x1f5ff, 0x1f600, 0x1f601, 0x1f60e, 0x1f60f, 0x1f64f, 0x1f650, 0x10fffe, 0x10ffff, 0x391, 0x3b1, 0x2c2],
];

const single = fc.constantFrom(
  ...[
    "a",
    "z",
    "A",
    "0",
    "9",
    "_",
    " ",
    "ä",
    "ÿ",
    "Ā",
    "😀",
    "😎",
    "\ud83d",
    "\ude00",
    "\u2028",
    "{",
    "(",
    "$",
    "|",
    ".",
    "*",
  ],
  ...[
    "\\]",
    "\\[",
    "\\\\",
    "\\^",
    "\\-",
    "\\/",
    "\\.",
    "\\n",
    "\\r",
    "\\t",
    "\\v",
    "\\f",
    "\\0",
    "\\b",
    "\\cA",
    "\\cz",
    "\\x7f",
  ],
  ...[
    "\\u00e4",
    "\\u{e4}",
    "\\u{1F600}",
    "\\u{10ffff}",
    "\\ud83d\\ude00",
    "\\uD83D\\uDE4F",
    "\\ud83d",
    "\\udc00",
    "\\u{000041}",
  ],
);
const named = fc.constantFrom(
  ...[
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "\\s",
    "\\S",
    "\\p{L}",
    "\\P{L}",
    "\\p{Lu}",
    "\\p{Script=Greek}",
    "\\p{Emoji}",
    "\\P{ASCII}",
  ],
);
const range = fc
  .tuple(single, single)
  .filter(([from, to]) => isOrdered(from, to))
  .map(([from, to]) => `${from}-${to}`);

function isOrdered(from: string, to: string): boolean {
  try {
    new RegExp(`[${from}-${to}]`, "u");
    return true;
  } catch {
    return false;
  }
}

describe("a set takes the characters that the native engine takes", () => {
  it.each([
    ...[
      ".",
      "a",
      "-",
      "ä",
      "😀",
      "\ud83d",
      "\\.",
      "\\$",
      "\\n",
      "\\x00",
      "\\x41",
      "\\u{1F600}",
      "\\ud83d\\ude00",
      "\\ude00",
      "\\cJ",
    ],
    ...[
      "\\d",
      "\\W",
      "\\s",
      "\\S",
      "\\p{L}",
      "\\P{Script=Greek}",
      "[]",
      "[^]",
      "[-]",
      "[a-]",
      "[-a]",
      "[--/]",
      "[\\d-]",
      "[^^]",
      "[a^]",
    ],
    ...[
      "[\\]-a]",
      "[\\b]",
      "[b-da-c]",
      "[a-cb]",
      "[\\s\\S]",
      "[^\\s\\S]",
      "[\\x00-\\x1f\\x7f]",
      "[\\ud800-\\udfff]",
      "[\\ud83d\\ude00-\\ud83d\\ude4f]",
    ],
  ])("%j", (source) => {
    const set = new CharacterSet(source);
    const taken = points.filter((point) => set.has(point, new Work(100)));
    expect(taken).toEqual(points.filter((point) => native(source, point)));
  });

  it("whatever its members", () => {
    const members = fc.array(fc.oneof(single, named, range), { maxLength: 6 });
    fc.assert(
      fc.property(members, fc.boolean(), (parts, isNegated) => {
        const source = `[${isNegated ? "^" : ""}${parts.join("")}]`;
        // A digit behind `\\0` makes another escape of it, which the syntax does not know.
        fc.pre(!/\\0\d/.test(source));
        const expression = new RegExp(`^(?:${source})$`, "u");
        const set = new CharacterSet(source);
        for (const point of points) {
          expect([point, set.has(point, new Work(100))]).toEqual([point, expression.test(String.fromCodePoint(point))]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("asked for the same and another one in turn", () => {
    const set = new CharacterSet("[\\p{Lu}ö]");
    const work = new Work(100);
    expect([0xc4, 0xe4, 0xc4, 0xf6, 0xf6, 0x41, 0x61, 0x41].map((point) => set.has(point, work))).toEqual([
      ...[true, false, true, true, true, true, false, true],
    ]);
  });
});

describe("what the native engine is asked is counted", () => {
  it("for each class that has a name, whether the answer is known or not", () => {
    const set = new CharacterSet("[a\\p{Lu}\\p{Ll}\\p{Lu}]");
    const work = new Work(1);
    for (let times = 0; times < 4; times++) set.has(0xe4, work);
    expect(work.spent).toBe(1);
    expect(() => set.has(0xe4, work)).toThrow(OutOfWork);
  });
});

/** The worry: a verdict that differs from the one that every other reader of the schema comes to. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Work } from "../work.ts";
import { Pattern } from "./pattern.ts";

const characters = fc.constantFrom(
  ...["a", "a", "b", "c", ".", "[ab]", "[^a]", "[^]", "[]", "\\d", "\\w", "\\W", "\\s", "[a-c\\]😀]", "[\\d_-]"],
  ...[
    "😀",
    "\\u{1f600}",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\ude00",
    "[😀-😎]",
    "[^\\ud83d]",
    "\\p{Lu}",
    "\\P{L}",
    "[\\b]",
  ],
  ...["\\x61", "\\cJ", "\\n", "(?:\\0)", "\\/", "\\.", "\\[", "ä", "[\\p{L}-]", "-", "1", "_", "\\u0062"],
);
const edges = fc.constantFrom("^", "$", "\\b", "\\B");
const quantifiers = fc.constantFrom(
  ...["*", "+", "?", "*?", "+?", "??", "{0}", "{1}", "{2}", "{0,1}", "{1,}", "{0,}", "{1,2}", "{2,3}?", "{2,}?"],
);
const groups = fc.constantFrom("(", "(", "(?:", "(?:", "(?<n>");
const looks = fc.constantFrom("(?=", "(?!", "(?<=", "(?<!");

/** Sources of patterns; names of groups are made unique afterwards. */
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(tie("part"), { maxLength: 3, depthIdentifier: "p" }).map((parts) => parts.join("")),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("pattern"), tie("pattern")).map((options) => options.join("|")),
    },
  ),
  part: fc.oneof(
    { depthIdentifier: "p", depthSize: "small" },
    { weight: 4, arbitrary: characters },
    { weight: 1, arbitrary: edges },
    { weight: 2, arbitrary: fc.tuple(characters, quantifiers).map((parts) => parts.join("")) },
    { weight: 2, arbitrary: fc.tuple(looks, tie("pattern")).map(([look, inner]) => `${look}${inner})`) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(groups, tie("pattern"), fc.option(quantifiers, { nil: "" }))
        .map(([group, inner, quantifier]) => `${group}${inner})${quantifier}`),
    },
  ),
}));

const patterns = pattern.map((source) => {
  let count = 0;
  return source.replaceAll("(?<n>", () => `(?<n${count++}>`);
});
const texts = fc
  .array(
    fc.constantFrom(
      ...[
        "a",
        "a",
        "a",
        "b",
        "b",
        "c",
        "😀",
        "😎",
        "\ud83d",
        "\ude00",
        "\n",
        "\u2028",
        "1",
        "_",
        "-",
        ".",
        " ",
        "A",
        "ä",
        "]",
      ],
    ),
    { maxLength: 7 },
  )
  .map((parts) => parts.join(""));

/**
 * Tried from each character on. V8's own search also tries between the two halves of a character, where there is no
 * place by ECMA-262: to V8, `\\B` matches in `a😀a`.
 */
function matchesNatively(sticky: RegExp, text: string): boolean {
  let place = 0;
  return ["", ...text].some((character) => {
    place += character.length;
    sticky.lastIndex = place;
    return sticky.test(text);
  });
}

describe("a pattern", () => {
  it("has the verdict of the native engine on every text", () => {
    const verdicts = { matches: 0, not: 0 };
    fc.assert(
      fc.property(patterns, fc.array(texts, { minLength: 4, maxLength: 4 }), (source, samples) => {
        const native = new RegExp(source, "uy");
        const ours = new Pattern(source);
        for (const text of samples) {
          const expected = matchesNatively(native, text);
          expect([text, ours.matches(text, new Work(10_000))]).toEqual([text, expected]);
          verdicts[expected ? "matches" : "not"]++;
        }
      }),
      { numRuns: 12_000 },
    );
    expect(Math.min(verdicts.matches, verdicts.not)).toBeGreaterThan(3000);
  });
});

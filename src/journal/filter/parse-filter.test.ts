/** The worry: a filter that is typed slightly wrong finds something else, or nothing, and nobody is told where. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ClewError } from "../../base/errors.ts";
import { causes, incidentKinds } from "../../saga/event.ts";
import { phases } from "../../saga/tables.ts";
import { attentionReasons } from "../../saga/attributes.ts";
import { parseFilter } from "./parse-filter.ts";
import { printFilter } from "./print-filter.ts";
import { fieldNames, type FilterTerm } from "./run-filter.ts";

const now = Date.parse("2026-11-24T12:00:00Z");

const attribute = (name: string, ...anyOf: readonly string[]): FilterTerm => ({ field: "attribute", name, anyOf });

describe("a filter", () => {
  test.each<[text: string, terms: readonly FilterTerm[]]>([
    ["status:blocked", [{ field: "status", anyOf: ["blocked"] }]],
    ["  status:blocked,failed\n", [{ field: "status", anyOf: ["blocked", "failed"] }]],
    ["-status:completed", [{ field: "status", anyOf: ["completed"], negated: true }]],
    ["workflow:order,return@3", [{ field: "workflow", anyOf: [{ name: "order" }, { name: "return", version: 3 }] }]],
    ["version:2", [{ field: "version", anyOf: [2] }]],
    ["id:A-1", [{ field: "id", anyOf: ["A-1"] }]],
    [
      "incident:late_effect cause:deadline",
      [
        { field: "incident", anyOf: ["late_effect"] },
        { field: "cause", anyOf: ["deadline"] },
      ],
    ],
    ["needs:attention,no_worker", [{ field: "needs", anyOf: ["attention", "no_worker"] }]],
    ["started:<1h", [{ field: "started", anyOf: [{ is: ">", at: now - 3_600_000 }] }]],
    ["age:>=2d", [{ field: "started", anyOf: [{ is: "<=", at: now - 172_800_000 }] }]],
    ["ended:>2026-11-01", [{ field: "ended", anyOf: [{ is: ">", at: Date.parse("2026-11-01T00:00:00Z") }] }]],
    [
      "started:<=2026-11-01T14:30:05.5+02:00",
      [{ field: "started", anyOf: [{ is: "<=", at: Date.parse("2026-11-01T12:30:05.500Z") }] }],
    ],
    ["started:<0099-01-01", [{ field: "started", anyOf: [{ is: "<", at: Date.parse("0099-01-01") }] }]],
    ["started:>2028-02-29", [{ field: "started", anyOf: [{ is: ">", at: Date.parse("2028-02-29") }] }]],
    ["customer:c42", [attribute("customer", "c42")]],
    ['customer:"two words",x:y,""', [attribute("customer", "two words", "x:y", "")]],
    ['customer:"*"', [attribute("customer", "*")]],
    ["customer:*", [{ field: "attribute", name: "customer", anyOf: "anything" }]],
    ["url:http://x/y", [attribute("url", "http://x/y")]],
    [
      "card declined",
      [
        { field: "text", text: "card" },
        { field: "text", text: "declined" },
      ],
    ],
    ['-"card \\"declined\\" C:\\\\x \\n"', [{ field: "text", text: 'card "declined" C:\\x \\n', negated: true }]],
    [
      "a,b x-y and",
      [
        { field: "text", text: "a,b" },
        { field: "text", text: "x-y" },
        { field: "text", text: "and" },
      ],
    ],
    ["half\ud800", [{ field: "text", text: "half\ufffd" }]],
    // Beside a field's name, but nothing that would fit there.
    ["case:17 page:3 wage:<x", [attribute("case", "17"), attribute("page", "3"), attribute("wage", "<x")]],
    ['worklfow:"order"', [attribute("worklfow", "order")]],
  ])("%s", (text, terms) => {
    expect(parseFilter(text, now)).toEqual({ terms });
  });

  test.each(["", " ", "\t\n"])("without terms lets everything through: %j", (text) => {
    expect(parseFilter(text, now)).toEqual({});
  });

  test("may have 1,000 characters and 32 terms", () => {
    expect(parseFilter("x".repeat(1000), now).terms).toHaveLength(1);
    expect(parseFilter(Array.from({ length: 32 }, () => "x").join(" "), now).terms).toHaveLength(32);
  });
});

/** The wrong place is marked below the text. */
const refused: readonly (readonly [text: string, mark: string, what: string, mend: string])[] = [
  ["status:blokced id:a", "       ^^^^^^^", 'no status "blokced"', "Did you mean blocked?"],
  ["status:ok,Blocked", "       ^^", 'no status "ok"', "pending"],
  ["phase:back", "      ^^^^", 'no phase "back"', "forward, draining, backward, ended"],
  ["cause:canceled", "      ^^^^^^^^", "no cause", "Did you mean cancelled?"],
  ["incident:steps", "         ^^^^^", "no incident", "Did you mean step?"],
  ["needs:suspended_long", "      ^^^^^^^^^^^^^^", "no needs", "attention, blocked, overdue"],
  [
    "stauts:blocked",
    "^^^^^^",
    'no field "stauts"',
    'Did you mean status:? If stauts is an attribute, put the value in quotes: stauts:"blocked"',
  ],
  ["-Status:blocked", " ^^^^^^", 'no field "Status"', "Did you mean status:?"],
  ["ages:<1h", "^^^^", 'no field "ages"', "Did you mean age:?"],
  ["workflow:Order", "         ^^^^^", "no name of a workflow", "workflow:order@3"],
  ["workflow:order@x", "         ^^^^^^^", '"x" is no version', "workflow:order@3"],
  ["version:one", "        ^^^", "no version", "version:3"],
  ["id:a/b", "   ^^^", "no id of a run", "at most 64"],
  ["started:1h", "        ^^", "on which side", "started:<1h"],
  ["started:2026-11-01", "        ^^^^^^^^^^", "on which side", ">="],
  ["started:<soon", "        ^^^^^", '"soon" is neither an age nor a date', "2026-11-01"],
  ["ended:<99999d", "      ^^^^^^^", "neither an age nor a date", "at most 3650d"],
  ["started:>2026-02-30", "        ^^^^^^^^^^^", "a time that never was", "calendar"],
  ["started:>2026-13-01", "        ^^^^^^^^^^^", "a time that never was", "calendar"],
  ["started:>2026-11-01T24:00Z", "        ^^^^^^^^^^^^^^^^^^", "a time that never was", "calendar"],
  ["started:>2026-11-01T10:00+25:00", "        ^^^^^^^^^^^^^^^^^^^^^^^", "a time that never was", "calendar"],
  ["started:>2026-11-01T10:00", "        ^^^^^^^^^^^^^^^^^", "no time zone", ">2026-11-01T10:00Z for UTC"],
  ["age:<2026-11-01", "    ^^^^^^^^^^^", "an age is no date", "started:<2026-11-01"],
  ["status: blocked", "       ^", "a value of status is missing", "status:value"],
  ["status:", "      ^", "a value of status is missing", "status:value"],
  ["customer:a,,b", "           ^", "a value of customer is missing", '""'],
  ["customer:c*", "         ^^", "only alone", "customer:*"],
  ["customer:*,c", "         ^", "only alone", "customer:*"],
  [":blocked", "^", "no name stands before this colon", "status:blocked"],
  ["a/b:c", "^^^", '"a/b" is no name of a field', "in quotes"],
  ["- status:blocked", "^", "nothing stands behind this `-`", "-status:completed"],
  ["--x", "^", "nothing stands behind this `-`", "in quotes"],
  ['"card', "^", "never closed", '\\"'],
  ['x ""', "  ^^", "no text between", "card declined"],
  ['"a"b', "   ^", "right behind a closing quotation mark", "a blank"],
  ['customer:"a"b', "            ^", "right behind a closing quotation mark", "a comma"],
  ['ca"rd', "  ^", "inside a word", "whole word in quotes"],
  ['customer:c"4"', "          ^", "inside a word", "whole word in quotes"],
  ["status:failed OR status:blocked", "              ^^", "there is no OR", "status:blocked,failed"],
  ["(status:failed", "^^^^^^^", "no name of a field", "in quotes"],
  ["(card", "^", "there are no brackets", "in quotes"],
];

describe("what cannot be meant", () => {
  test.each(refused)("is refused where it stands: %s", (text, mark, what, mend) => {
    const error = refusalOf(text);
    expect(error).toMatchObject({ code: "invalid_filter", consequence: "invalid" });
    const { filter, offset, length } = error.details as { filter: string; offset: number; length: number };
    expect(`${filter}\n${" ".repeat(offset)}${"^".repeat(length)}`).toBe(`${text}\n${mark}`);
    expect(error.message).toContain(`wrong at character ${offset + 1}: `);
    expect(error.message).toContain(what);
    expect(error.mend).toContain(mend);
  });

  test("is more than 1,000 characters, or more than 32 terms", () => {
    expect(refusalOf("x".repeat(1002))).toMatchObject({ details: { offset: 1000, length: 2 } });
    expect(refusalOf(`${"ab ".repeat(32)}over`)).toMatchObject({ details: { offset: 96, length: 4 } });
  });
});

test("every term of the page about filters is one", () => {
  const page = readFileSync(new URL("../../../docs/filter.md", import.meta.url), "utf8");
  const terms = [...page.matchAll(/^\| `(.+?)` \|/gm)].map(([, term = ""]) => term);
  expect(terms.length).toBeGreaterThan(20);
  for (const term of terms) expect(parseFilter(term, now).terms, term).toHaveLength(1);
  for (const field of fieldNames) expect(terms.join(" "), field).toContain(`${field}:`);
  for (const word of [...phases, ...causes, ...incidentKinds, ...attentionReasons])
    expect(page).toContain(`\`${word}\``);
});

test("a filter that was read is shown as it was understood", () => {
  const text = String.raw`-status:failed age:<1h customer:c42,"a b" region:* "card \"x\" \\" workflow:order@2`;
  expect(printFilter(parseFilter(text, now))).toBe(
    String.raw`-status:failed started:>2026-11-24T11:00:00.000Z customer:"c42","a b" region:* "card \"x\" \\" workflow:order@2`,
  );
});

function refusalOf(text: string): ClewError {
  try {
    parseFilter(text, now);
  } catch (error) {
    if (error instanceof ClewError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

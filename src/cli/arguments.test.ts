/** The worry: a mistyped option is ignored, and a run goes to the wrong journal. */
import { describe, expect, it } from "vitest";
import { ClewError } from "../base/errors.ts";
import { parseArguments, type Taking } from "./arguments.ts";

const taking: Taking = {
  name: "run",
  options: {
    journal: { type: "string", about: "" },
    input: { type: "string", short: "i", about: "" },
    limit: { type: "string", about: "" },
    follow: { type: "boolean", short: "f", about: "" },
  },
  arguments: { least: 1, most: 2 },
};

const parse = (...argv: string[]) => parseArguments(taking, argv);

function refusal(act: () => unknown): ClewError {
  try {
    act();
  } catch (error) {
    if (error instanceof ClewError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("parseArguments", () => {
  it("takes options before, between and behind arguments, long and short, with = or without", () => {
    const given = parse("--journal", "a.db", "w.yaml", "-i", "{}", "--limit=5", "-f", "more");
    expect(given.text("journal")).toBe("a.db");
    expect(given.text("input")).toBe("{}");
    expect(given.whole("limit", 1, 10)).toBe(5);
    expect(given.flag("follow")).toBe(true);
    expect(given.plain).toEqual(["w.yaml", "more"]);
  });

  it("takes everything behind -- as arguments", () => {
    expect(parse("--", "--journal").plain).toEqual(["--journal"]);
  });

  it.each([
    ["an unknown option, with the nearest known one", ["w", "--jornal", "x"], "--jornal", "Did you mean --journal?"],
    ["an unknown option that is near to none", ["w", "--zzzzzz"], "--zzzzzz", "See `clew help run`."],
    ["an unknown short option", ["w", "-x"], "-x", "See `clew help run`."],
    ["an option without its value", ["w", "--journal"], "--journal needs a value", "--journal <value>"],
    [
      "an option whose value is forgotten",
      ["w", "--journal", "--follow"],
      "looks like an option",
      "--journal=--follow",
    ],
    ["a value for a flag", ["w", "--follow=yes"], "takes no value", "Write --follow alone."],
    ["an option that is given twice", ["w", "-i", "1", "--input", "2"], "given twice", "Keep one"],
    ["too few arguments", [], "an argument is missing", "clew help run"],
    ["too many arguments", ["a", "b", "c"], '"c" is one argument too many', "clew help run"],
  ])("refuses %s", (_, argv, what, mend) => {
    const error = refusal(() => parse(...argv));
    expect(error).toMatchObject({ code: "usage", exitCode: 2 });
    expect(error.message).toContain(what);
    expect(error.mend).toContain(mend);
  });
});

describe("a value that cannot be meant", () => {
  it.each(["0", "11", "1.5", "-1", "x", "", "1e1"])("is refused as a whole number: %s", (text) => {
    expect(refusal(() => parse("w", `--limit=${text}`).whole("limit", 1, 10)).mend).toContain("from 1 to 10");
  });

  it("is refused as a duration and as a choice", () => {
    expect(refusal(() => parse("w", "--limit", "5 parsecs").durationMs("limit")).mend).toContain("30s");
    expect(refusal(() => parse("w", "--limit", "txt").oneOf("limit", ["text", "json"])).mend).toBe(
      "Did you mean text? Write one of text, json.",
    );
    expect(parse("w", "--limit", "1.5s").durationMs("limit")).toBe(1500);
  });

  it("is shown without what a terminal obeys", () => {
    const error = refusal(() => parse("w", "--limit", "\u001b[2Jx").whole("limit", 1, 10));
    expect(error.message).toBe('clew run: --limit is "[2Jx"');
  });
});

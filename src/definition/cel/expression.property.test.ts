/** The worry: an expression that nobody thought of throws, wavers, or means something else than it does in CEL. */
import { evaluate } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../base/json.ts";
import type { Scope } from "../scope.ts";
import { compileExpression } from "./expression.ts";

const input: Json = {
  a: 1.5,
  b: 2.5,
  n: null,
  t: "text",
  u: "te",
  yes: true,
  list: [1.5, 2.5, -3.5],
  map: { k: "v", l: 1 },
};

const scope: Scope = {
  input,
  outputOf: (step) => (step === "s" ? input : undefined),
  run: { id: "r", uid: "u", workflow: "w", startedAt: 1 },
};

/** A name that nothing in the other text has: what lies in it is shorter. */
const itemBeside = (other: string): string => `item${other.length}`;

/** Texts of expressions of each kind, made of one another; parentheses keep them what they are. */
const { anything } = fc.letrec<Record<"number" | "text" | "truth" | "list" | "anything", string>>((tie) => {
  const pair = (a: string, b: string) => fc.tuple(tie(a as "number"), tie(b as "number"));
  const numbers = fc.constantFrom(
    "0",
    "1",
    "2",
    "-3",
    "7",
    "0.5",
    "2.5",
    "1e3",
    "input.a",
    "input.b",
    "steps.s.output.a",
  );
  return {
    number: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      numbers,
      fc
        .tuple(pair("number", "number"), fc.constantFrom("+", "-", "*", "/"))
        .map(([[a, b], op]) => `(${a} ${op} ${b})`),
      tie("number").map((a) => `(-${a})`),
      tie("text").map((a) => `size(${a})`),
      tie("list").map((a) => `${a}.size()`),
      fc.tuple(tie("truth"), tie("number"), tie("number")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    ),
    text: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("''", "'a'", "'é'", "'😀'", '"x\\ny"', "input.t", "input.u", "input.map.k"),
      pair("text", "text").map(([a, b]) => `(${a} + ${b})`),
      tie("text").map((a) => `${a}.trim()`),
      tie("text").map((a) => `${a}.split(' ').join('-')`),
    ),
    truth: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(
        "true",
        "false",
        "input.yes",
        "has(input.a)",
        "has(input.z)",
        "(input.z == 1)",
        "(input.n == null)",
      ),
      fc
        .tuple(pair("number", "number"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="))
        .map(([[a, b], op]) => `(${a} ${op} ${b})`),
      fc.tuple(pair("text", "text"), fc.constantFrom("<", ">", "==", "!=")).map(([[a, b], op]) => `(${a} ${op} ${b})`),
      fc.tuple(pair("truth", "truth"), fc.constantFrom("&&", "||", "==")).map(([[a, b], op]) => `(${a} ${op} ${b})`),
      tie("truth").map((a) => `!${a}`),
      pair("text", "text").map(([a, b]) => `${a}.contains(${b})`),
      pair("number", "list").map(([a, b]) => `(${a} in ${b})`),
      fc
        .tuple(tie("list"), fc.constantFrom("all", "exists", "exists_one"), tie("number"))
        .map(([a, macro, b]) => `${a}.${macro}(${itemBeside(b)}, ${itemBeside(b)} > ${b})`),
    ),
    list: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("input.list", "[1.5]", "[0.5, 2.5]", "steps.s.output.list"),
      pair("list", "list").map(([a, b]) => `(${a} + ${b})`),
      pair("list", "number").map(([a, b]) => `${a}.filter(${itemBeside(b)}, ${itemBeside(b)} > ${b})`),
      tie("list").map((a) => `${a}.map(one, one * 2.5)`),
    ),
    anything: fc.oneof(tie("number"), tie("text"), tie("truth"), tie("list")),
  };
});

const evaluated = (expression: string) => {
  const compiled = compileExpression(expression, { expects: "value" });
  return compiled.ok ? compiled.expression.evaluate(scope) : compiled.faults;
};

describe("an expression that is put together of parts that are right", () => {
  it("is right, but for its size, and evaluates the same each time", () => {
    fc.assert(
      fc.property(anything, (expression) => {
        const compiled = compileExpression(expression, { expects: "value" });
        if (!compiled.ok) {
          expect(compiled.faults.filter(({ code }) => code !== "too_large" && code !== "too_deep")).toEqual([]);
          return;
        }
        const first = compiled.expression.evaluate(scope);
        expect(compiled.expression.evaluate(scope)).toEqual(first);
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
        expect(evaluated(` ( ${expression} ) // the same`)).toEqual(
          first.ok ? first : { ...first, problem: expect.objectContaining({ code: first.problem.code }) },
        );
      }),
      { numRuns: 1500 },
    );
  });

  it("means what it means in CEL, wherever CEL takes it", () => {
    let compared = 0;
    fc.assert(
      fc.property(anything, (expression) => {
        const theirs = inCel(expression);
        const ours = evaluated(expression);
        // What CEL refuses we may take: ints and doubles together, paths that end early.
        if (theirs === undefined || !("ok" in ours)) return;
        if (!ours.ok) expect(["expression_number", "expression_limit"]).toContain(ours.problem.code);
        else expect(ours.value).toEqual(theirs.value);
        compared++;
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(800);
  });
});

/** The library's own evaluator; `undefined` where it gives none. */
function inCel(expression: string): { readonly value: unknown } | undefined {
  try {
    const context = { input, steps: { s: { output: input } } };
    return { value: asJson(evaluate(expression, context)) };
  } catch {
    return undefined;
  }
}

function asJson(value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "number") return Number(value) + 0;
  return Array.isArray(value) ? value.map(asJson) : value;
}

describe("a text that is no expression", () => {
  const lexeme = fc.constantFrom(
    ...[
      "input",
      "steps",
      "run",
      ".",
      "a",
      "output",
      "[",
      "]",
      "(",
      ")",
      "{",
      "}",
      ",",
      ":",
      "?",
      "+",
      "-",
      "*",
      "/",
      "%",
      "!",
    ],
    ...[
      "==",
      "<",
      "&&",
      "||",
      "in",
      "has",
      "map",
      "all",
      "size",
      "'x'",
      "1",
      "2.5",
      "true",
      "null",
      "__proto__",
      "matches",
    ],
    ...["\n", "//", "'", '"""', "\\", "b'", "1u", "0x", "1e", "\u0000", "é", "\ud800"],
  );

  it.each([
    ["of any characters", fc.string({ unit: "binary", maxLength: 300 })],
    ["of lexemes", fc.array(lexeme, { maxLength: 40 }).map((words) => words.join(" "))],
    ["of lexemes without space", fc.array(lexeme, { maxLength: 40 }).map((words) => words.join(""))],
  ])("%s never throws, and its faults lie within it", (_, garbage) => {
    fc.assert(
      fc.property(garbage, fc.constantFrom("value" as const, "condition" as const), (expression, expects) => {
        const compiled = compileExpression(expression, { expects, variables: ["a"] });
        if (compiled.ok) {
          expect(typeof compiled.expression.evaluate(scope).ok).toBe("boolean");
          return;
        }
        expect(compiled.faults.length).toBeGreaterThan(0);
        for (const { offset, length } of compiled.faults) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(length).toBeGreaterThanOrEqual(0);
          expect(offset + length).toBeLessThanOrEqual(expression.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("nor does a right one over any data", () => {
    const paths = ["input", "input.a", "input.a.b", "input[0]", "input['a'][0]", "steps.s.output.a"];
    const forms = [
      "%",
      "% + 1",
      "% > %",
      "% == %",
      "!%",
      "% in %",
      "size(%)",
      "%.map(x, x.a)",
      "has(input.a.b) && %",
      "{'k': %}",
      "string(%)",
      "-%",
      "[%, %]",
    ];
    const expression = fc
      .tuple(fc.constantFrom(...forms), fc.constantFrom(...paths))
      .map(([form, path]) => form.replaceAll("%", path));
    fc.assert(
      fc.property(expression, fc.jsonValue({ maxDepth: 4 }), (right, data) => {
        const compiled = compileExpression(right, { expects: "value" });
        if (!compiled.ok) throw new Error(compiled.faults[0]?.what);
        const json = data as Json;
        const result = compiled.expression.evaluate({ ...scope, input: json, outputOf: () => json });
        if (!result.ok) expect(result.problem.code).toMatch(/^(?:reference_missing|expression_(?:type|number|limit))$/);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The worry: one line of a stranger's definition holds the engine's thread, fills its memory, or gets at its code. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../base/json.ts";
import { largestPayloadBytes } from "../../base/payload-size.ts";
import type { Scope } from "../scope.ts";
import { compileExpression } from "./expression.ts";

const longestMs = 50;

const filled = (count: number, item: (at: number) => Json): Json => Array.from({ length: count }, (_, at) => item(at));
const keyed = (count: number, value: Json): Json =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at.toString(36)}`, value]));
const nested = (depth: number): Json => (depth === 0 ? 0 : [nested(depth - 1)]);
const mebibyte = 1024 * 1024 - 16 * 1024;

/** Each is nearly as large as a payload may be. */
const inputs: Readonly<Record<string, Json>> = {
  items: { xs: filled(120_000, (at) => at), ys: filled(1000, (at) => at), zs: filled(1000, (at) => at) },
  texts: { xs: filled(1000, (at) => `${"x".repeat(900)}${at}`), ys: filled(100, () => "y".repeat(900)) },
  long: { x: "a".repeat(mebibyte / 2), y: "a".repeat(mebibyte / 2 - 1) + "b", z: "aA".repeat(20) },
  mixed: {
    x: "aA".repeat(mebibyte / 4),
    y: `${"a".repeat(100_000)}é${"A,".repeat(100_000)}`,
    s: "a".repeat(249) + "b",
  },
  wide: { m: keyed(70_000, 1), ys: filled(1000, (at) => `k${at.toString(36)}`) },
  deep: { x: nested(80), ys: filled(1000, () => nested(60)), zs: filled(1000, () => nested(60)) },
  same: { ys: filled(1000, () => filled(200, () => 1)), zs: filled(1000, () => filled(200, () => 1)) },
};

const scopeOf = (input: Json): Scope => ({
  input,
  outputOf: (step) => (step === "a" ? input : undefined),
  run: { id: "r", uid: "u", workflow: "w", startedAt: 1 },
});

const times = (count: number, text: string, glue = ""): string => Array<string>(count).fill(text).join(glue);

/** What has to be refused when the definition is loaded. */
const refused: readonly string[] = [
  // Deep.
  times(100, "(") + "1" + times(100, ")"),
  times(2000, "(") + "1" + times(2000, ")"),
  times(4096, "("),
  times(100, "[") + times(100, "]"),
  times(4096, "["),
  times(4096, "{"),
  times(2000, "[") + times(2000, "]"),
  times(4095, "!") + "1",
  times(4095, "-") + "1",
  times(2000, "- ") + "input.x",
  "input" + times(100, ".a"),
  "input" + times(600, "[0]"),
  "input" + times(500, "[input") + times(500, "]"),
  times(200, "true ? ") + "1" + times(200, " : 2"),
  times(200, "true ? 1 : ") + "2",
  times(100, "size(") + "''" + times(100, ")"),
  times(90, "{'a': ") + "1" + times(90, "}"),
  // Long.
  " ".repeat(5000),
  `'${"x".repeat(4096)}'`,
  "1 + ".repeat(2000) + "1",
  times(501, "1", "+"),
  times(300, "1", ","),
  `[${times(501, "1", ",")}]`,
  times(501, "true", "||"),
  times(800, "input", "&&"),
  "9".repeat(4096),
  "// " + "x".repeat(4000),
  // Comprehensions inside one another.
  "[1].map(a, [1].map(b, [1].map(c, c)))",
  "[1].all(a, [1].all(b, [1].all(c, true)))",
  "[1].exists(a, [1].filter(b, [1].exists_one(c, true)) == [])",
  "[1].map(a, true, [1].map(b, [1].map(c, [1].map(d, d))))",
  "[1].filter(a, [[1].map(b, [1].map(c, c))] == [])",
  "[1].map(a, {'k': [1].map(b, [1].map(c, c))})",
  "[1].map(a, [1].map(b, [1].map(c, c)).map(d, d))",
  "[1].map(a, has(input.x) ? [1].map(b, size([1].map(c, c))) : [])",
  "[1].map(input, input)",
  "[1].map(steps, 1)",
  "[1].map(a, [1].map(a, a))",
  "[1].map(a.b, a)",
  "[1].map(1, 1)",
  "[1].map('x', 1)",
  "[1].map(a)",
  "[1].map(a, 1, 2, 3)",
  "[1].all(a, 1)",
  "[1].map(__proto__, 1)",
  // Regular expressions, and what else is left out.
  "input.x.matches('a')",
  "input.x.matches('(a+)+$')",
  "'x'.matches(input.x)",
  "matches(input.x, 'a')",
  "input.x.replace('a', 'b')",
  "input.x.charAt(0)",
  "input.x.format([1])",
  "timestamp('2024-01-01T00:00:00Z')",
  "duration('1s')",
  "bytes('abc')",
  "b'abc'",
  "uint(1)",
  "1u",
  "type(1)",
  "type(input)",
  "dyn(input)",
  "cel.bind(x, 1, x)",
  "google.protobuf.Timestamp",
  "optional.of(1)",
  "input.?x",
  "input[?0]",
  "int",
  "string",
  // Prototypes, constructors and globals.
  "__proto__",
  "constructor",
  "prototype",
  "globalThis",
  "process",
  "process.exit()",
  "this",
  "self",
  "require('fs')",
  "import('fs')",
  "eval('1')",
  "Function('return 1')()",
  "input.constructor('return 1')",
  "input.constructor.constructor('return process')()",
  "input.toString()",
  "input.valueOf()",
  "input.__defineGetter__('x', 1)",
  "input.hasOwnProperty('x')",
  "toString()",
  "hasOwnProperty('x')",
  "__proto__()",
  "has(__proto__.x)",
  "has(constructor)",
  "'x'.constructor",
  "'x'.length",
  "[1].length",
  "[1].constructor",
  "(1).constructor",
  "true.constructor",
  "null.x",
  "{'__proto__': 1}.x()",
  "run.__proto__",
  "run.constructor",
  "run.toString",
  "input.x = 1",
  "input.x == 1; input.x",
  "`x`",
  "${input.x}",
  "() => 1",
  "function() {}",
  "new Date()",
  "input ?? 1",
  "input?.x",
  "let x = 1",
  "while(true){}",
  // Steps.
  "steps",
  "steps.a",
  "steps.a.input",
  "steps[input.x].output",
  "steps['a' + 'b'].output",
  "steps[0].output",
  "steps[steps.a.output].output",
  "steps.a[input.x]",
  "steps.a['out' + 'put']",
  "steps.__proto__.output",
  "steps['__proto__'].output",
  "steps.A.output",
  "has(steps.a)",
  "has(steps)",
  "size(steps)",
  "'a' in steps",
  "steps == steps",
  "[steps]",
  "steps.map(s, s)",
  "{'x': steps}",
  "has(steps[input.x].output)",
  "has(input[input.x])",
  "has(input)",
  "has(1)",
  "has()",
  "has(input.x, input.y)",
  // Texts and numbers.
  "ｉnput.x",
  "іnput.x",
  "input\u200b.x",
  "input.\u202ex",
  "input.größe",
  "input.😀",
  "'\ud800'",
  "'\\ud800'",
  "'\\U0000d800'",
  "'\\U00110000'",
  "'\\u12'",
  "'\\x1'",
  "'\\777'",
  "'\\q'",
  "'unterminated",
  '"""unterminated"',
  "'line\nbreak'",
  "\u0000",
  "input.x\u0000",
  "\ufeff1",
  "9007199254740993",
  "9223372036854775808",
  "0xFFFFFFFFFFFFFFFF",
  "1e400",
  "1e",
  "1.2.3",
  "0x",
  "08x",
  "1_000",
  ".5",
  "'a' + 1",
  "'a' * 2",
  "true + true",
  "null < 1",
  "[] < []",
  "-'a'",
  "!1",
  "1 && true",
  "1 ? 2 : 3",
  "1 == 'a'",
  "1 in 1",
  "'a' in 'abc'",
  "{1: 2}",
  "{true: 2}",
  "size(1)",
  "size()",
  "size(input, input)",
  "'a'.size(1)",
  "'a'.contains(1)",
  "'a'.contains()",
  "",
  " ",
  "// nothing",
];

/** What is right as it stands, and must not be dear. */
const dear: readonly string[] = [
  // Comprehension bombs.
  "input.xs.all(x, x >= 0)",
  "input.ys.all(x, x != -1)",
  "input.ys.all(x, input.zs.all(y, x != y || true))",
  "input.ys.map(x, input.zs.map(y, [x, y]))",
  "input.ys.map(x, input.zs.map(y, input.ys))",
  "input.ys.filter(x, input.zs.exists(y, input.ys == input.zs))",
  "input.ys.exists_one(x, x in input.zs && x in input.xs)",
  "input.ys.all(x, !(x in input.zs) || true)",
  "input.ys.all(x, input.zs.all(y, x / 0 > 1))",
  "input.ys.all(x, input.zs.exists(y, input.none == 1))",
  "input.ys.all(x, input.zs.exists(y, y.none.none == 1))",
  "input.ys.map(x, input.zs.map(y, 1)).map(z, size(z))",
  `input.ys.all(x, input.zs.all(y, ${times(100, "x != y", "||")}))`,
  `input.ys.all(x, ${times(90, "x == -1", "||")})`,
  `[${times(60, "input.ys.map(x, x)", ",")}]`,
  "input.ys.map(x, input).map(y, input)",
  "input.ys == input.zs",
  "input.ys.all(x, input.ys == input.zs)",
  "input.ys.all(x, input.zs.all(y, x == y))",
  "input.ys.map(x, x + x).all(x, size(x) > 0)",
  "input.ys.map(x, input.m[x]).all(x, x == 1)",
  "input.ys.map(x, x in input.m)",
  "input.m.all(k, true)",
  "size(input.m)",
  times(40, "size(input.m)", "+"),
  "input.ys.map(x, size(input.m))",
  "input.m == input.m",
  "input.ys.all(x, input.m == input)",
  "input == input",
  times(60, "input == input", "&&"),
  "input.x == input.x",
  "input.ys.all(x, x == input.x)",
  // Text bombs.
  "input.x + input.y",
  "input.x + input.x + input.x + input.x",
  "input.ys.map(a, input.x + input.y)",
  "input.ys.map(a, a + input.x)",
  "input.ys.map(a, input.x < input.y)",
  "input.ys.map(a, a + a + a + a)",
  "input.xs.map(a, input.xs.map(b, a + b))",
  "input.xs.map(a, input.xs.join(a))",
  "input.xs.join(',')",
  "input.xs.map(a, a.split('x').join('xx'))",
  "input.x.split('a')",
  "input.x.split('')",
  "input.x.split(input.y)",
  "input.y.split(',')",
  "input.x.contains(input.y)",
  "input.x.contains(input.z)",
  "input.x.contains(input.s)",
  "input.y.contains('ab')",
  "input.x.startsWith(input.y)",
  "input.x.endsWith(input.y)",
  "input.x.lowerAscii()",
  "input.y.upperAscii()",
  "input.x.trim()",
  "input.x.size()",
  times(80, "size(input.x)", "+"),
  times(50, "input.x.contains('aab')", "||"),
  "input.xs.map(a, a.lowerAscii())",
  "input.xs.exists(a, input.xs.exists(b, a.contains(b + 'z')))",
  "input.x == input.y",
  times(60, "input.x < input.y", "||"),
  "int(input.x)",
  "double(input.x)",
  "string(input.x)",
  "{input.x: input.y}[input.x]",
  "input[input.x]",
  "input.x in input",
  // What is shared grows only when it is written.
  `[${times(200, "input", ",")}]`,
  `[[[[${times(10, "input", ",")}],[${times(10, "input", ",")}]]]]`,
  `{${Array.from({ length: 100 }, (_, at) => `'${at}': input`).join(",")}}`,
  "input.ys.map(x, input)",
  "input.ys.map(x, input.zs)",
  "input.ys + input.zs",
  times(8, "input.ys", "+"),
  "input.xs + input.xs",
  "[input, [input, [input]]] == [input, [input, [input]]]",
  "[input.ys, input.ys].map(x, x + x)",
  // Deep data.
  "input.x",
  times(20, "[") + "input.x" + times(20, "]"),
  "input.ys.all(x, input.zs.all(y, x == y))",
  "input.ys == input.zs && input.ys != [input.zs]",
  // Numbers.
  "1 / 0",
  "1 % 0",
  "1.0 / 0.0",
  "-1 / 0",
  "9007199254740991 + 1",
  "-9007199254740991 - 1",
  "9007199254740991 * 9007199254740991",
  "1e308 * 10.0",
  "1e308 + 1e308",
  times(20, "9007199254740991", "*"),
  "int(1e300)",
  "int('99999999999999999999')",
  "int('0x10')",
  "double('Infinity')",
  "double('NaN')",
  "double('1e999')",
  "input.xs[9007199254740991]",
  "input.xs[-1]",
  "input.xs[1.5]",
  "input.xs[1e300]",
  "input.xs['length']",
  "input['__proto__']",
  "input['constructor']['constructor']",
  "input.__proto__",
  "input.constructor",
  "input.xs.__proto__",
  "input.x.constructor",
  "has(input.__proto__)",
  "has(input.constructor.prototype)",
  "{'__proto__': 1}",
  "{'constructor': 1}.constructor",
  "{'a': 1, 'a': 2}",
  "{'toString': 1}['toString']",
  "steps['constructor'].output",
  "steps.none.output",
  "steps.a.output == input",
  "run",
  "'\\u202e\\u0000'",
  "'😀'.size()",
];

describe("a hostile expression", () => {
  it("is among many of its kind", () => {
    expect(refused.length + dear.length).toBeGreaterThan(250);
  });

  it.each(refused.map((text, at) => [at, text]))("is refused when it is loaded: %i", (_, text) => {
    const compiled = compileExpression(text, { expects: "value" });
    expect(compiled.ok, text.slice(0, 80)).toBe(false);
    for (const { offset, length, what, mend } of compiled.ok ? [] : compiled.faults) {
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset + length).toBeLessThanOrEqual(text.length);
      expect(what.length * mend.length).toBeGreaterThan(0);
    }
  });

  it("is refused within the time in which one of the right kind would be loaded", () => {
    for (const text of [...refused, ...dear]) {
      expect(
        shortestOf(() => compileExpression(text, { expects: "value" })),
        text.slice(0, 80),
      ).toBeLessThan(longestMs);
    }
  });

  it.each(dear.map((text, at) => [at, text]))("ends in time, whatever the input: %i", (_, text) => {
    const compiled = compileExpression(text, { expects: "value" });
    if (!compiled.ok) throw new Error(`${text}: ${compiled.faults[0]?.what}`);
    for (const [name, input] of Object.entries(inputs)) {
      const scope = scopeOf(input);
      const evaluated = compiled.expression.evaluate(scope);
      const size = JSON.stringify(evaluated).length;
      expect(size, name).toBeLessThan(2 * largestPayloadBytes);
      expect(
        shortestOf(() => compiled.expression.evaluate(scope)),
        name,
      ).toBeLessThan(longestMs);
    }
  });
});

/** In milliseconds of this thread, warm: the shortest of some rounds, and not what others take of the machine's time. */
function shortestOf(work: () => unknown): number {
  let shortest = Infinity;
  for (let round = 0; round < 20 && shortest >= longestMs; round++) {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    shortest = Math.min(shortest, (user + system) / 1000);
  }
  return shortest;
}

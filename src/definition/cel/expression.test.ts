/** The worry: a condition that means something else than it says, or a fault that points at the wrong place. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../base/json.ts";
import type { Scope } from "../scope.ts";
import { formatPath } from "../value-path.ts";
import type { ExpressionOptions } from "./compiling.ts";
import { compileExpression, type Expression } from "./expression.ts";
import { expressionOf } from "./expression-cache.ts";

const inputSchema: Json = {
  type: "object",
  properties: {
    count: { type: "integer" },
    maybe: { type: ["integer", "null"] },
    name: { type: "string" },
    rows: { type: "array", items: { type: "object", properties: { qty: { type: "integer" } } } },
    order: { type: "object", properties: { id: { type: "string" } }, additionalProperties: false },
  },
};

const scope: Scope = {
  input: {
    total: 120,
    price: 2.5,
    count: 7,
    maybe: 3,
    none: null,
    name: "Ada",
    rows: [{ qty: 2 }, { qty: 5 }],
    tags: ["b", "a"],
    order: { id: "o-1" },
    by: { a: 1, b: 2 },
    "two words": 1,
    größe: 4,
    emoji: "a😀",
  },
  outputOf: (step) => ({ pay: { id: "p-1", ok: true }, "a-b": [1], none: null } as Record<string, Json>)[step],
  run: { id: "r-1", uid: "u-1", workflow: "w", startedAt: 1001 },
  variable: (name) => ({ line: { sku: "s" }, at: 1 } as Record<string, Json>)[name],
};

const value: ExpressionOptions = { expects: "value", variables: ["line", "at", "gone"] };

function compiled(text: string, options: ExpressionOptions = value): Expression {
  const result = compileExpression(text, options);
  if (!result.ok) throw new Error(`${text}: ${result.faults[0]?.what}`);
  return result.expression;
}

function evaluated(text: string, options: ExpressionOptions = value): Json {
  const result = compiled(text, options).evaluate(scope);
  if (!result.ok) throw new Error(`${result.problem.code} ${result.problem.detail}`);
  return result.value;
}

describe("an expression gives the value that it says", () => {
  it.each<[string, Json]>([
    ["input.total > 100", true],
    ["100 < input.total && input.total <= 120", true],
    ["input.total == 120", true],
    ["input.total != 120.0", false],
    ["input.total + 1", 121],
    ["input.total * 0.5", 60],
    ["1 + 0.5", 1.5],
    ["7 / 2", 3],
    ["7.0 / 2", 3.5],
    ["-7 / 2", -3],
    ["-7 % 2", -1],
    ["7.5 % 2", 1.5],
    ["input.total / 50", 2.4],
    ["-input.price", -2.5],
    ["1 + 2 * 3 - 4 / 2", 5],
    ["-0.0", 0],
    ["0x10", 16],
    ["input.name + '!'", "Ada!"],
    ["input.tags + ['c']", ["b", "a", "c"]],
    ["'a' < 'b' && 'b' >= 'b'", true],
    ["input.name == null || input.none == null", true],
    ["[1, 2.0] == [1.0, 2]", true],
    ["{'a': [1]} == {'a': [1.0]}", true],
    ["{'a': 1} == {'b': 1}", false],
    ["{'a': 1} != {'a': 1, 'b': 2}", true],
    ["input.name == input.total", false],
    ["'a' in input.tags", true],
    ["'z' in input.tags", false],
    ["'a' in input.by", true],
    ["'toString' in input", false],
    ["2 in [1, 2.0]", true],
    ["input.rows[1].qty", 5],
    ["input.rows[input.rows[0].qty - 1].qty", 5],
    ["input['two words']", 1],
    ["input[input.tags[1] + 'x'] == 1 || true", true],
    ["input.by[input.tags[0]]", 2],
    ["steps.pay.output.ok ? 'yes' : 'no'", "yes"],
    ["steps['a-b'].output[0]", 1],
    ["steps.none.output", null],
    ["steps.pay.output", { id: "p-1", ok: true }],
    ["run.startedAt / 2", 500],
    ["run", { id: "r-1", uid: "u-1", workflow: "w", startedAt: 1001 }],
    ["line.sku + string(at)", "s1"],
    ["{'id': input.order.id, 'n': [1, 2.5, true, null]}", { id: "o-1", n: [1, 2.5, true, null] }],
    ["[]", []],
    ["{}", {}],
    ["has(input.none)", true],
    ["has(input.gone)", false],
    ["has(input.gone.further)", false],
    ["has(input.name.further)", false],
    ["has(input['two words'])", true],
    ["has(input.rows[1])", true],
    ["has(input.rows[2])", false],
    ["has(steps.pay.output)", true],
    ["has(steps.later.output)", false],
    ["has(steps.later.output.id)", false],
    ["has(gone.x)", false],
    ["has(input.toString)", false],
    ["has(input.gone) ? input.gone : 0", 0],
    ["!has(steps.later.output) || steps.later.output.x", true],
    // What one side lacks does not matter where the other decides, on whichever side it stands.
    ["input.gone > 1 || true", true],
    ["false && input.gone > 1", false],
    ["input.gone > 1 && false", false],
    ["input.rows.exists(r, r.gone == 1 || r.qty == 5)", true],
    ["input.rows.exists(r, r.qty / (r.qty - 2) == 5.0 / 3.0)", true],
    ["!input.rows.all(r, r.qty / (r.qty - 2) > 5)", true],
    ["input.rows.all(r, r.qty > 1)", true],
    ["input.rows.exists(r, r.qty > 4)", true],
    ["input.rows.exists_one(r, r.qty > 4)", true],
    ["input.rows.exists_one(r, r.qty > 1)", false],
    ["input.rows.filter(r, r.qty > 4)", [{ qty: 5 }]],
    ["input.rows.map(r, r.qty * 2)", [4, 10]],
    ["input.rows.map(r, r.qty > 4, r.qty)", [5]],
    [
      "input.rows.map(r, input.tags.map(t, t + string(r.qty)))",
      [
        ["b2", "a2"],
        ["b5", "a5"],
      ],
    ],
    ["input.by.filter(key, input.by[key] > 1)", ["b"]],
    ["[].all(x, false)", true],
    ["[].exists(x, true)", false],
    ["size(input.rows) + size('abc') + size(input.by)", 7],
    ["input.emoji.size()", 2],
    ["input.rows.size() / 2", 1],
    ["input.name.contains('da') && input.name.startsWith('A') && input.name.endsWith('a')", true],
    ["input.name.lowerAscii() + input.name.upperAscii() + ' x '.trim()", "adaADAx"],
    ["'É'.lowerAscii()", "É"],
    ["'a,b'.split(',')", ["a", "b"]],
    ["input.tags.join('-')", "b-a"],
    ["[].join('-')", ""],
    ["int('12') + int(2.9) + int(-2.9)", 12],
    ["double('1.5e1') + double(1)", 16],
    ["string(1) + string(1.5) + string(true) + string('x')", "11.5truex"],
    [String.raw`'\u00e9\t\x41'`, "é\tA"],
    ['r"\\n"', "\\n"],
    ["'''a\nb'''", "a\nb"],
    ["1 // a comment", 1],
    ["true ? 1 : 'one'", 1],
  ])("%s", (text, expected) => {
    expect(evaluated(text)).toEqual(expected);
  });

  it("the same each time, and a part of the data without a copy", () => {
    const expression = compiled("input.rows");
    expect(expression.evaluate(scope)).toEqual(expression.evaluate(scope));
    expect(evaluated("input.rows")).toBe((scope.input as Record<string, Json>)["rows"]);
  });
});

describe("a whole number is an int where the schema says integer", () => {
  const typed: ExpressionOptions = { expects: "value", inputSchema };
  it.each<[string, Json, Json]>([
    ["input.count / 2", 3, 3.5],
    ["input.maybe / 2", 1, 1.5],
    ["input['count'] / 2", 3, 3.5],
    ["input.rows[1].qty / 2", 2, 2.5],
    ["input.rows.map(r, r.qty / 2)", [1, 2], [1, 2.5]],
    ["input.rows.filter(r, r.qty > 2)[0].qty / 2", 2, 2.5],
    ["input.rows.map(r, r.qty).map(q, q / 2)", [1, 2], [1, 2.5]],
    ["(true ? input.count : input.count) / 2", 3, 3.5],
    ["input.total / 50", 2.4, 2.4],
  ])("%s", (text, withSchema, without) => {
    expect(evaluated(text, typed)).toEqual(withSchema);
    expect(evaluated(text)).toEqual(without);
  });

  it("and one that JSON does not keep exactly is a problem", () => {
    const large: Scope = { ...scope, input: { count: 2 ** 53, rows: [{ qty: 2 ** 60 }] } };
    for (const text of ["input.count", "input.rows[0].qty", "input.rows.map(r, r.qty + 1)"]) {
      expect(compiled(text, typed).evaluate(large)).toMatchObject({ problem: { code: "expression_number" } });
    }
  });
});

describe("what has no value is a problem that says where and why, and never what it saw", () => {
  it.each([
    ["1 + input.gone", "reference_missing", "`input.gone`: what it is read from is a mapping without `gone`"],
    ["input.rows[9].qty", "reference_missing", "`input.rows[9]`: what it is read from is a list without item 9"],
    [
      "input[input.name]",
      "reference_missing",
      "`input[input.name]`: what it is read from is a mapping without what is asked for",
    ],
    ["steps.later.output.x", "reference_missing", "`steps.later.output`: the step `later` has no output (yet)"],
    ["gone.x", "reference_missing", "`gone`: is not there"],
    ["input.name.x", "expression_type", "`input.name.x`: what it is read from is a text, which has no fields"],
    [
      "input.rows.length",
      "expression_type",
      "`input.rows.length`: what it is read from is a list, which is asked for a text",
    ],
    [
      "input.name + 1 == input.name",
      "expression_type",
      "`input.name + 1`: `+` does not take a text and a whole number",
    ],
    [
      "input.name > input.total",
      "expression_type",
      "`input.name > input.total`: `>` does not take a text and a whole number",
    ],
    ["!input.name", "expression_type", "`!input.name`: `!` does not take a text"],
    ["-input.name", "expression_type", "`-input.name`: `-` does not take a text"],
    [
      "input.name in input.total",
      "expression_type",
      "`input.name in input.total`: `in` does not look into a whole number",
    ],
    ["input.name ? 1 : 2", "expression_type", "`input.name`: is a text, and a condition is true or false"],
    ["input.name && true", "expression_type", "`input.name`: is a text, and a condition is true or false"],
    ["input.rows.all(r, r)", "expression_type", "`r`: is a mapping, and is asked whether it is so"],
    [
      "input.total.all(r, true)",
      "expression_type",
      "`input.total.all(r, true)`: goes over a list or a mapping, and is given a whole number",
    ],
    [
      "size(input.total)",
      "expression_type",
      "`size(input.total)`: `size` takes a text or a list or a mapping, and is given a whole number",
    ],
    ["input.rows.join('')", "expression_type", "`input.rows.join('')`: joins texts, and one item is a mapping"],
    [
      "{input.total: 1}",
      "expression_type",
      "`{input.total: 1}`: the key of a mapping is a text, and this is a whole number",
    ],
    [
      "{input.name: 1, input.name: 2}",
      "expression_type",
      "`{input.name: 1, input.name: 2}`: the key of a mapping is a text, never `__proto__`, and none twice",
    ],
    ["int(input.name)", "expression_type", "`int(input.name)`: reads a number from a text that is none"],
    ["input.total / 0", "expression_number", "`input.total / 0`: divides by zero"],
    ["1e308 * 10", "expression_number", "`1e308 * 10`: is larger than a number can be"],
    [
      "9007199254740991 + 1",
      "expression_number",
      "`9007199254740991 + 1`: is a whole number beyond 2^53, which JSON does not keep",
    ],
    [
      "input.rows.all(r, r.gone > 1)",
      "reference_missing",
      "`r.gone`: what it is read from is a mapping without `gone`",
    ],
  ])("%s", (text, code, detail) => {
    const { problem } = compiled(text).evaluate(scope) as { problem?: unknown };
    expect(problem).toEqual({ code, title: "An expression has no value", detail });
  });

  it("and a condition is true or false", () => {
    const condition: ExpressionOptions = { expects: "condition" };
    expect(evaluated("input.total > 1", condition)).toBe(true);
    expect(compiled("input.total", condition).evaluate(scope)).toMatchObject({ problem: { code: "expression_type" } });
  });
});

describe("a fault points at its place", () => {
  const typed: ExpressionOptions = { expects: "value", inputSchema, variables: ["line"] };
  it.each([
    ["▸inpt▸.a", "unknown_reference", "Did you mean `input`?"],
    ["1 + ▸lin▸.sku", "unknown_reference", "Did you mean `line`?"],
    ["input.order.▸idd▸ == ''", "unknown_reference", "Did you mean `id`?"],
    ["has(input.order.▸name▸)", "unknown_reference", "It has `id`."],
    ["run.▸name▸", "unknown_reference", "It has `id`, `uid`, `workflow`, `startedAt`."],
    ["[1].map(x, ▸y▸)", "unknown_reference", "Begin with `input`, `steps`, `run`, `line`, `x`."],
    ["[1].map(x, x) == [▸x▸]", "unknown_reference", "Begin with `input`, `steps`, `run`, `line`."],
    ["1 + ▸steps▸", "bad_reference", "Write `steps.<name>.output`."],
    ["steps[▸input.name▸].output", "bad_reference", "Write its name: `steps.<name>.output`."],
    ["steps.a.▸input▸", "bad_reference", 'Write `steps.a.output`; a name with `-` is written `steps["a-b"].output`.'],
    ["steps.▸A▸.output", "bad_reference", "Write `steps.<name>.output`."],
    ["▸1 + 'a'▸", "wrong_type", "Make a text of a number with `string(…)`, or a number of a text with `double(…)`."],
    ["▸input.name > 1▸ || true", "wrong_type", "Compare two numbers, or two texts."],
    ["▸input.name == 1▸", "wrong_type", "They would never be equal: compare values of one kind."],
    ["▸'a' in 'ab'▸", "wrong_type", "Write a list or a mapping after `in`; of a text ask `text.contains(part)`."],
    ["true && ▸!1▸", "wrong_type", "Write a condition after it."],
    ["▸-'a'▸", "wrong_type", "Write a number after it."],
    ["true && ▸input.count▸", "wrong_type", "Write a comparison, such as `input.total > 100`."],
    ["▸input.name▸ ? 1 : 2", "wrong_type", "Write a comparison, such as `input.total > 100`."],
    ["input.name.▸x▸", "wrong_type", "Leave the field out."],
    ["input.rows.▸x▸", "wrong_type", "Write `[0]` for the first item."],
    ["input.order[▸0▸]", "wrong_type", "Write `.name` for a field."],
    ["size(▸1▸)", "wrong_type", "Write it as in `size(input.items)`."],
    ["input.name.contains(▸1▸)", "wrong_type", 'Write it as in `input.name.contains("x")`.'],
    ["▸1▸.all(x, true)", "wrong_type", "Write a path to a list before it."],
    ["[1].all(x, ▸x▸)", "wrong_type", "Write a comparison."],
    ["{▸1▸: 2}", "wrong_type", 'Write `{"key": value}`.'],
    [
      "1 + input.name.▸matches▸('a')",
      "bad_expression",
      "Use `startsWith`, `endsWith` or `contains`, or give the input's schema a `pattern`.",
    ],
    ["▸timestamp▸('')", "bad_expression", "Compute the value in a worker, and refer to its output."],
    ["▸siz▸(input)", "bad_expression", "Did you mean `size`, as in `size(input.items)`?"],
    ["▸contains▸('a', 'b')", "bad_expression", 'Did you mean `contains`, as in `input.name.contains("x")`?'],
    ["▸size()▸", "bad_expression", "Write it as in `size(input.items)`."],
    ["has(▸input▸)", "bad_expression", "Write a path, such as `has(input.customer)` or `has(steps.pay.output)`."],
    ["▸b'x'▸", "bad_expression", "Write a number, a text in quotes, `true`, `false` or `null`."],
    ["1 + ▸9007199254740992▸", "bad_expression", "Write it with a point, such as `1e20`, or as a text."],
    ["input.total ▸=▸ 3", "bad_expression", "Write `==` to compare."],
    ["[1].map(▸input▸, 1)", "bad_expression", "Write another name, such as `item`."],
    ["(1 + 2▸▸", "bad_expression", "Look for a missing operator, bracket or quote."],
    ["[1].map(a, [1].map(b, ▸[1].map(c, 1)▸))", "too_deep", "Compute the value in a worker, and refer to its output."],
  ])("%s", (marked, code, mend) => {
    const [before = "", within = "", after = ""] = marked.split("▸");
    const result = compileExpression(before + within + after, typed);
    expect(result.ok ? [] : result.faults.map(({ what: _, ...fault }) => fault)).toEqual([
      { code, offset: before.length, length: within.length, mend },
    ]);
  });

  it("each of several, in their order", () => {
    const result = compileExpression("inpt.a + steps.A.output + size(1)", value);
    expect(result.ok ? [] : result.faults.map(({ offset }) => offset)).toEqual([0, 15, 31]);
  });

  it("and a condition that cannot be one is refused", () => {
    const result = compileExpression("1 + 1", { expects: "condition" });
    expect(result).toMatchObject({ faults: [{ code: "wrong_type", offset: 0, length: 5 }] });
  });

  it("at the roots that the place has, and no others", () => {
    const options: ExpressionOptions = { expects: "condition", roots: [], variables: ["effects"] };
    expect(compileExpression("effects.pay == 1", options).ok).toBe(true);
    expect(compileExpression("input.x == 1", options)).toMatchObject({ faults: [{ code: "unknown_reference" }] });
    expect(compileExpression("steps.a.output", options)).toMatchObject({ faults: [{ code: "unknown_reference" }] });
  });
});

describe("what an expression reads is known before", () => {
  const read = (text: string) =>
    compiled(text).references.map(({ path, offset, length, isGuarded }) => {
      const start =
        path.from === "step" ? ["steps", path.step, "output"] : [path.from === "variable" ? path.name : path.from];
      return `${offset}+${length} ${formatPath([...start, ...path.rest])}${isGuarded ? " guarded" : ""}`;
    });

  it.each([
    ["input.a.b[0] + line.x", ["0+12 input.a.b[0]", "15+6 line.x"]],
    ["input.a[input.i].c", ["0+18 input.a", "8+7 input.i"]],
    ["steps.pay.output.id == run.id", ["0+19 steps.pay.output.id", "23+6 run.id"]],
    ["input.rows.all(r, r.qty > input.min)", ["0+10 input.rows", "26+9 input.min"]],
    ["has(steps.a.output)", ["4+14 steps.a.output guarded"]],
    ["has(steps.a.output) && steps.a.output.x", ["4+14 steps.a.output guarded", "23+16 steps.a.output.x guarded"]],
    ["has(steps.a.output.x) && steps.a.output.y", ["4+16 steps.a.output.x guarded", "25+16 steps.a.output.y guarded"]],
    ["steps.a.output.x && has(steps.a.output)", ["0+16 steps.a.output.x guarded", "24+14 steps.a.output guarded"]],
    ["has(steps.a.output) || steps.a.output.x", ["4+14 steps.a.output guarded", "23+16 steps.a.output.x"]],
    ["!has(input.a) || input.a.x", ["5+7 input.a guarded", "17+9 input.a.x guarded"]],
    ["has(input.a) ? input.a : input.b", ["4+7 input.a guarded", "15+7 input.a guarded", "25+7 input.b"]],
    ["!has(input.a) ? input.a : input.a", ["5+7 input.a guarded", "16+7 input.a", "26+7 input.a guarded"]],
    ["has(input.a) && input.b", ["4+7 input.a guarded", "16+7 input.b"]],
    [
      "(has(input.a) && has(input.b)) ? [input.a, input.b] : []",
      expect.arrayContaining(["34+7 input.a guarded", "43+7 input.b guarded"]),
    ],
    ["!(!has(input.a) || !has(input.b)) ? input.b : 1", expect.arrayContaining(["36+7 input.b guarded"])],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

describe("an expression of a loaded definition", () => {
  it("is compiled once for its text, its kind and its schema", () => {
    const options: ExpressionOptions = { expects: "value" };
    expect(expressionOf("input.count / 2", options)).toBe(expressionOf("input.count / 2", options));
    expect(expressionOf("input.count / 2", options)).not.toBe(
      expressionOf("input.count / 2", { ...options, inputSchema }),
    );
    expect(expressionOf("true", options)).not.toBe(expressionOf("true", { expects: "condition" }));
  });

  it("is forgotten once there are very many, and then compiled anew", () => {
    const first = expressionOf("0 + 0", { expects: "value" });
    for (let at = 0; at < 1000; at++) expressionOf(`1 + ${at}`, { expects: "value" });
    expect(expressionOf("0 + 0", { expects: "value" })).not.toBe(first);
    expect(expressionOf("1 + 999", { expects: "value" })).toBe(expressionOf("1 + 999", { expects: "value" }));
  });
});

/** The worry: an input that is let in although its schema says no, or a check that never ends. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../base/json.ts";
import { isMultiple } from "./decimal.ts";
import { Work } from "./work.ts";
import { deepestValue, mostMismatches, validate } from "./validate.ts";

const fits = (schema: Json, value: Json): boolean => validate(schema, value).length === 0;

/** From a schema to values that fit and values that do not. */
const keywords: readonly (readonly [schema: JsonObject, good: readonly Json[], bad: readonly Json[]])[] = [
  [{}, [null, 1, "a", [], {}], []],
  [{ type: "null" }, [null], [0, false, "", [], {}]],
  [{ type: "boolean" }, [true, false], [0, "true", null]],
  [{ type: "integer" }, [0, -1, 1e20, 2.0], [1.5, "1", null]],
  [{ type: "number" }, [0, 1.5], ["1", null, []]],
  [{ type: "string" }, ["", "a"], [1, null, ["a"]]],
  [{ type: "array" }, [[], [1]], [{}, "a", null]],
  [{ type: "object" }, [{}, { a: 1 }], [[], null, "a"]],
  [{ type: ["string", "null"] }, ["a", null], [1, []]],
  [{ enum: [1, "a", { b: [1], c: 2 }] }, [1, "a", { c: 2, b: [1] }], [2, "1", { b: [1] }, { b: [2], c: 2 }, null]],
  [{ enum: [] }, [], [null, 1, "", [], {}]],
  [{ const: { a: null } }, [{ a: null }], [{}, { a: null, b: 1 }, null, [null]]],
  [{ const: 0 }, [0, -0], ["0", false, null]],
  [{ multipleOf: 0.01 }, [19.99, 0, -0.07, 4.35, 1e15, "a"], [0.001, 19.999]],
  [{ multipleOf: 3 }, [0, 9, -3], [1, 3.3]],
  [{ minimum: 1 }, [1, 2, "0"], [0.99, -1]],
  [{ maximum: 1 }, [1, 0, "2"], [1.01]],
  [{ exclusiveMinimum: 1 }, [1.01, "1"], [1, 0]],
  [{ exclusiveMaximum: 1 }, [0.99], [1, 2]],
  [{ minLength: 2 }, ["ab", "😀😀", 1], ["a", "😀"]],
  [{ maxLength: 2 }, ["ab", "😀😀"], ["abc", "😀😀😀"]],
  [{ pattern: "b" }, ["b", "abc", 1, ["a"], { a: 1 }], ["", "a", "B"]],
  [{ pattern: "^.$" }, ["a", "😀"], ["", "ab", "\n", "a\n"]],
  [{ pattern: "^(?=.*\\d)(?!.*\\s)[^]{2,}$" }, ["a1", "1a"], ["a", "ab", "a 1", "1"]],
  [{ minItems: 1 }, [[1], "", {}], [[]]],
  [{ maxItems: 1 }, [[], [1]], [[1, 2]]],
  [
    { uniqueItems: true },
    [[], [1, "1", true, null], [{ a: 1 }, { a: 2 }], "aa"],
    [
      [1, 1],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
  ],
  [{ uniqueItems: false }, [[1, 1]], []],
  [{ items: { type: "number" } }, [[], [1, 2], "a"], [[1, "a"]]],
  [{ items: false }, [[]], [[1]]],
  [{ prefixItems: [{ type: "number" }] }, [[], [1], [1, "a"]], [["a"]]],
  [
    { prefixItems: [true, { type: "number" }], items: { type: "string" } },
    [["x", 1, "a"], ["x"]],
    [
      ["x", 1, 2],
      ["x", "y"],
    ],
  ],
  [{ contains: { type: "number" } }, [[1], ["a", 1], {}, "a"], [[], ["a"]]],
  [
    { contains: { type: "number" }, minContains: 2 },
    [
      [1, 2],
      [1, "a", 2],
    ],
    [[1], [1, "a"], []],
  ],
  [{ contains: { type: "number" }, maxContains: 1 }, [[1], [1, "a"]], [[1, 2], ["a"], []]],
  [{ contains: { type: "number" }, minContains: 0 }, [[], ["a"], [1]], []],
  [{ contains: { type: "number" }, minContains: 0, maxContains: 1 }, [[], [1]], [[1, 2]]],
  [{ contains: false }, ["a"], [[], [1]]],
  [{ minContains: 2, maxContains: 0 }, [[], [1]], []],
  [
    { prefixItems: [{ type: "string" }], items: { minimum: 2 }, contains: { const: 2 } },
    [["a", 2]],
    [
      ["a", 3],
      [2, 2],
    ],
  ],
  [{ minProperties: 1 }, [{ a: 1 }, []], [{}]],
  [{ maxProperties: 1 }, [{}, { a: 1 }], [{ a: 1, b: 2 }]],
  [{ required: ["a", "toString"] }, [{ a: 1, toString: 1 }, []], [{}, { a: 1 }, { toString: 1 }]],
  [{ dependentRequired: { a: ["b"] } }, [{}, { b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
  [
    { dependentSchemas: { a: { required: ["b"] }, toString: false } },
    [{}, { b: 1 }, { a: 1, b: 1 }, ["a"], "a"],
    [{ a: 1 }, { toString: 1 }],
  ],
  [{ propertyNames: { maxLength: 2 } }, [{}, { ab: 1 }, ["abc"], "abc"], [{ abc: 1 }, { a: 1, abc: 1 }]],
  [{ propertyNames: { enum: ["a", "b"] } }, [{ a: 1 }], [{ c: 1 }]],
  [{ propertyNames: false }, [{}], [{ a: 1 }]],
  [{ patternProperties: { "^a": { type: "number" } } }, [{}, { ab: 1, b: "x" }], [{ ab: "x" }, { a: "x" }]],
  [
    { properties: { ab: { minimum: 2 } }, patternProperties: { "^a": { type: "number" }, b: { maximum: 5 } } },
    [{ ab: 2 }, { ab: 5 }, { a: 9 }, { b: "x" }],
    [{ ab: 1 }, { ab: 6 }, { ab: "x" }, { b: 6 }],
  ],
  [
    { properties: { x: true }, patternProperties: { "^a": true, "^b": false }, additionalProperties: { type: "null" } },
    [{ x: 1, a: 1, c: null }],
    [{ c: 1 }, { b: null }],
  ],
  [{ patternProperties: { "": { type: "number" } }, additionalProperties: false }, [{ a: 1 }], [{ a: "x" }]],
  [{ properties: { a: { type: "number" }, b: false } }, [{}, { a: 1, c: "x" }], [{ a: "x" }, { b: 1 }]],
  [{ properties: { a: true }, additionalProperties: false }, [{}, { a: 1 }], [{ b: 1 }, { toString: 1 }]],
  [{ additionalProperties: { type: "number" } }, [{ a: 1 }], [{ a: 1, b: "x" }]],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0, 3]],
  [{ anyOf: [{ type: "string" }, { minimum: 2 }] }, ["a", 2], [1]],
  [{ oneOf: [{ type: "number" }, { minimum: 2 }, { const: "a" }] }, [1, "b"], [2, "a"]],
  [{ not: { type: "string" } }, [1, null], ["a"]],
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
  [{ if: { type: "number" }, then: { minimum: 1 }, else: { type: "string" } }, [1, "a"], [0, null]],
  [{ if: { const: 1 }, else: false }, [1], [2]],
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
  [{ then: false, else: false }, [1], []],
  [{ $ref: "#/$defs/a", $defs: { a: { type: "number" } }, minimum: 1 }, [1], [0, "a"]],
  [{ $ref: "#/$defs/a~1b%20~0c", $defs: { "a/b ~c": { type: "number" } } }, [1], ["a"]],
  [
    { properties: { next: { $ref: "#" } }, additionalProperties: false },
    [{ next: { next: {} } }],
    [{ next: { other: 1 } }],
  ],
  [{ prefixItems: [{ const: 1 }, { $ref: "#/prefixItems/0" }] }, [[1, 1]], [[1, 2]]],
  [{ deprecated: true, readOnly: true, writeOnly: true, sensitive: true }, [1, "a", null, []], []],
  [{ contentEncoding: "base64", contentMediaType: "application/json" }, ["!", 1], []],
  [{ format: "email", title: "a", description: "b", default: 1, examples: [2], $comment: "c" }, ["not an address"], []],
];

describe("each keyword takes and refuses as JSON Schema 2020-12 says", () => {
  it.each(keywords)("%j", (schema, good, bad) => {
    for (const value of good) expect(validate(schema, value)).toEqual([]);
    for (const value of bad) expect(validate(schema, value)).not.toEqual([]);
    // Not where it refers: inside another schema the same reference means another place.
    if (JSON.stringify(schema).includes("$ref")) return;
    for (const value of [...good, ...bad]) expect(fits({ not: schema }, value)).toBe(!fits(schema, value));
  });

  it("a field that a program left undefined is none", () => {
    const value = { a: undefined } as unknown as Json;
    expect(validate({ properties: { a: { type: "number" } }, additionalProperties: false }, value)).toEqual([]);
    expect(validate({ patternProperties: { a: false }, additionalProperties: false }, value)).toEqual([]);
  });

  it("`oneOf` refuses what fits none, too", () => {
    expect(fits({ oneOf: [{ const: 1 }, { const: 2 }] }, 3)).toBe(false);
  });
});

describe("a mismatch names its place and what must be there, never the value", () => {
  const schema: JsonObject = {
    type: "object",
    required: ["id", "items"],
    properties: {
      items: {
        type: "array",
        items: { type: "object", required: ["sku"], properties: { qty: { type: "integer", minimum: 1 } } },
      },
    },
    additionalProperties: false,
  };

  it("for everything that does not fit", () => {
    const value = { items: [{ sku: "a", qty: "two" }, { qty: 0 }], "odd key": 1 };
    expect(validate(schema, value)).toEqual([
      { path: "id", message: "is required" },
      { path: "items[0].qty", message: "must be a whole number, and is a text" },
      { path: "items[1].sku", message: "is required" },
      { path: "items[1].qty", message: "must be at least 1" },
      { path: '["odd key"]', message: "is not allowed" },
    ]);
    expect(validate(schema, [])).toEqual([{ path: "", message: "must be a mapping, and is a list" }]);
  });

  it("whatever the schema and the value", () => {
    let mismatches = 0;
    const text = fc.string().map((rest) => `SECRET${rest}`);
    const secret = fc.oneof(text, fc.array(text), fc.dictionary(fc.constantFrom("a", "b", "x"), text));
    const schemas = fc.constantFrom(...keywords.map(([one]) => one));
    fc.assert(
      fc.property(schemas, secret, fc.boolean(), (one, inner, isNegated) => {
        const wanted = isNegated ? { not: one } : { ...one };
        for (const { message } of validate({ ...wanted, $defs: one["$defs"] ?? {} }, inner)) {
          mismatches++;
          expect(message).not.toContain("SECRET");
        }
      }),
      { numRuns: 2000 },
    );
    expect(mismatches).toBeGreaterThan(500);
  });

  it("a pattern, cut and cleaned", () => {
    expect(validate({ pattern: "^[a-z]+$" }, "SECRET")).toEqual([
      { path: "", message: "must match the pattern `^[a-z]+$`" },
    ]);
    const [mismatch] = validate({ pattern: `\u202e${"x".repeat(1000)}` }, "SECRET");
    expect(mismatch?.message).toMatch(/^must match the pattern `\\u\{202e\}x{79}…`$/);
  });

  it("of the name of a field that it is the name", () => {
    const names: JsonObject = { propertyNames: { pattern: "^a", maxLength: 2 } };
    expect(validate(names, { abc: 1, b: 1, a: 1 })).toEqual([
      { path: "abc", message: "has a name that must have at most 2 characters, and has 3" },
      { path: "b", message: "has a name that must match the pattern `^a`" },
    ]);
  });

  it("of a list how many items it lacks, or has too many", () => {
    const contains = { type: "number" };
    expect(validate({ contains, minContains: 2 }, [1])[0]?.message).toBe(
      "must hold at least 2 of the items that are asked for, and holds 1",
    );
    expect(validate({ contains, maxContains: 0, minContains: 0 }, [1])[0]?.message).toBe(
      "must hold at most 0 of the items that are asked for, and holds 1",
    );
  });

  it("up to a bound", () => {
    const value = Array.from({ length: 1000 }, () => "x");
    expect(validate({ items: { type: "number" } }, value)).toHaveLength(mostMismatches);
  });

  it("of alternatives only that none fits", () => {
    expect(validate({ anyOf: [{ type: "number" }, { required: ["a"] }] }, { b: "secret" })).toEqual([
      { path: "", message: "must fit one of 2 forms, and fits none" },
    ]);
  });
});

describe("of a sensitive value a mismatch says neither what it could be nor how large it is", () => {
  const card: JsonObject = {
    enum: ["4111", "4242"],
    const: "4111",
    minLength: 99,
    minItems: 99,
    minProperties: 99,
    contains: { const: "4111" },
    items: { const: "4111" },
    properties: { number: { const: "4111" } },
  };
  const values: readonly Json[] = ["4243", ["4243"], { number: "4243" }];
  const sensitive: JsonObject = { sensitive: true };

  it.each<[string, JsonObject]>([
    ["the same schema", { ...card, ...sensitive }],
    ["another schema of the same value", { allOf: [card, sensitive] }],
    ["a branch that does not fit", { allOf: [card], anyOf: [true, { type: "null", sensitive: true }] }],
    ["what a reference names", { allOf: [card], $ref: "#/$defs/a", $defs: { a: { not: sensitive } } }],
    ["a schema that hangs on a field", { allOf: [card], dependentSchemas: { other: sensitive } }],
  ])("marked by %s", (_, schema) => {
    for (const value of values) {
      for (const [root, whole] of [
        [schema, value],
        [{ $defs: schema["$defs"] ?? {}, items: schema }, [value]],
        [{ $defs: schema["$defs"] ?? {}, patternProperties: { b: schema } }, { b: value }],
      ] as const) {
        const messages = validate(root, whole).map(({ message }) => message);
        expect(messages.length).toBeGreaterThan(1);
        expect(messages.join()).not.toMatch(/41|42|has|holds/);
      }
    }
  });

  it("marked around it", () => {
    const schema: JsonObject = {
      properties: { card: { sensitive: true, properties: { number: { enum: ["4111"] } } } },
    };
    expect(validate(schema, { card: { number: "4242" } })).toEqual([
      { path: "card.number", message: "must be one of the values that are allowed" },
    ]);
  });

  it("marked in a part of it", () => {
    const schema: JsonObject = { const: { number: "4111" }, properties: { number: { sensitive: true } } };
    expect(validate(schema, {})).toEqual([{ path: "", message: "must be the one value that is allowed" }]);
  });

  it("but beside it everything", () => {
    const kind: JsonObject = { enum: ["visa", "amex"], minLength: 9 };
    expect(validate({ properties: { number: sensitive, kind } }, { kind: "x" })).toEqual([
      { path: "kind", message: 'must be one of "visa", "amex"' },
      { path: "kind", message: "must have at least 9 characters, and has 1" },
    ]);
  });
});

describe("every check ends", () => {
  const tooMuch = [{ path: "", message: "takes too much work to be held against its schema" }];

  it("a schema whose work doubles with every level is given up, and the value refused", () => {
    const $defs: Record<string, Json> = { d0: { type: "number" } };
    for (let level = 1; level <= 40; level++) {
      const $ref = `#/$defs/d${level - 1}`;
      $defs[`d${level}`] = { allOf: [{ $ref }, { $ref }] };
    }
    expect(validate({ $ref: "#/$defs/d40", $defs }, 1)).toEqual(tooMuch);
    expect(validate({ not: { $ref: "#/$defs/d40" }, $defs }, 1)).toEqual(tooMuch);
  });

  it.each<[string, JsonObject, Json]>([
    ["a long text under a large pattern", { pattern: "[^b]{1,200}b" }, "a".repeat(100_000)],
    [
      "a long name under a large pattern",
      { patternProperties: { "[^b]{1,200}b": true } },
      { ["a".repeat(100_000)]: 1 },
    ],
    ["a long list in which nothing may be twice", { uniqueItems: true }, Array<number>(60_000).fill(1)],
  ])("%s is given up, and the value refused", (_, schema, value) => {
    expect(validate(schema, value, new Work(100_000))).toEqual(tooMuch);
    expect(validate({ not: schema }, value, new Work(100_000))).toEqual(tooMuch);
  });

  const many = Array.from({ length: 10_000 }, (_, i) => i);
  const fields = Object.fromEntries(many.map((i) => [`a${i}`, i]));
  const byName = (inner: Json): Json => Object.fromEntries(many.map((i) => [`b${i}`, inner]));
  it.each<[string, number, JsonObject, Json]>([
    ["items that are not there twice", 20_000, { uniqueItems: true }, many],
    ["the fields of such items", 20_000, { uniqueItems: true }, [fields]],
    ["long texts in them", 15_000, { uniqueItems: true }, ["x".repeat(1_000_000)]],
    ["long names in them", 15_000, { uniqueItems: true }, [{ ["x".repeat(1_000_000)]: 1 }]],
    ["what is listed", 600, { enum: many }, "x"],
    ["the items of what is listed", 7000, { enum: [1, 2, 3].map((i) => [...many, i]) }, [...many, 4]],
    ["the fields of a constant", 5000, { const: { ...fields, b: 1 } }, { ...fields, b: 2 }],
    ["the other fields of a value", 2500, { const: {} }, fields],
    ["a constant text", 200, { const: `${"x".repeat(1_000_000)}a` }, `${"x".repeat(1_000_000)}b`],
    ["the characters of a text", 3900, { minLength: 1 }, "x".repeat(1_000_000)],
    ["the fields of a value", 2500, { minProperties: 1 }, fields],
    ["the names of required fields", 1250, { required: many.map(String) }, fields],
    ["the names that require others", 1250, { dependentRequired: byName([]) }, fields],
    ["the names that require a form", 1250, { dependentSchemas: byName({}) }, fields],
    ["fields of which some are known", 2500, { properties: { x: true } }, fields],
    ["fields under patterns", 15_000, { patternProperties: { x: true } }, fields],
    ["names under a schema", 10_000, { propertyNames: {} }, fields],
    ["items of which some have a form", 10_000, { contains: {} }, many],
    ["a text under a pattern", 3000, { pattern: "^(?:a|b)*$" }, "a".repeat(10_000)],
    ["multiples of far exponents", 80, { allOf: Array<Json>(10).fill({ multipleOf: Number.MIN_VALUE }) }, 1e300],
  ])("the work with %s is counted", (_, steps, schema, value) => {
    const work = new Work(1_000_000);
    validate(schema, value, work);
    expect(work.spent).toBeGreaterThanOrEqual(steps);
    expect(validate(schema, value, new Work(steps - 1))).toEqual(tooMuch);
  });

  it("a reference that never ends is given up, and the value refused", () => {
    expect(fits({ $ref: "#" }, 1)).toBe(false);
    expect(fits({ not: { $ref: "#" } }, 1)).toBe(false);
  });

  it("a value without end in depth is refused", () => {
    const nested = (depth: number): Json => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    expect(fits({ items: { $ref: "#" } }, nested(deepestValue))).toBe(true);
    expect(fits({}, nested(deepestValue + 1))).toBe(false);
    expect(fits({ uniqueItems: true }, nested(100_000))).toBe(false);
  });
});

describe("multiples are those of the written decimals", () => {
  it("for every count of cents", () => {
    fc.assert(
      fc.property(fc.integer(), (cents) => {
        const sign = cents < 0 ? "-" : "";
        const digits = String(Math.abs(cents)).padStart(3, "0");
        const amount = Number(`${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`);
        expect(isMultiple(amount, 0.01)).toBe(true);
        expect(isMultiple(amount, 0.1)).toBe(cents % 10 === 0);
      }),
    );
  });

  it("at both ends of what a double can say", () => {
    expect(isMultiple(Number.MAX_VALUE, Number.MIN_VALUE)).toBe(true);
    expect(isMultiple(Number.MIN_VALUE, Number.MAX_VALUE)).toBe(false);
  });
});

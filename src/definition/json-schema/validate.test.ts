/** The worry: an input that is let in although its schema says no, or a check that never ends. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../base/json.ts";
import { isMultiple } from "./decimal.ts";
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
  [{ minProperties: 1 }, [{ a: 1 }, []], [{}]],
  [{ maxProperties: 1 }, [{}, { a: 1 }], [{ a: 1, b: 2 }]],
  [{ required: ["a", "toString"] }, [{ a: 1, toString: 1 }, []], [{}, { a: 1 }, { toString: 1 }]],
  [{ dependentRequired: { a: ["b"] } }, [{}, { b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
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

describe("every check ends", () => {
  it("a schema whose work doubles with every level is given up, and the value refused", () => {
    const $defs: Record<string, Json> = { d0: { type: "number" } };
    for (let level = 1; level <= 40; level++) {
      const $ref = `#/$defs/d${level - 1}`;
      $defs[`d${level}`] = { allOf: [{ $ref }, { $ref }] };
    }
    const refused = [{ path: "", message: "takes too much work to be held against its schema" }];
    expect(validate({ $ref: "#/$defs/d40", $defs }, 1)).toEqual(refused);
    expect(validate({ not: { $ref: "#/$defs/d40" }, $defs }, 1)).toEqual(refused);
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

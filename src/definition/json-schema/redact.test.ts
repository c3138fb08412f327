/** The worry: a secret that gets into a log because the value, or the schema, is not of the form one had in mind. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { checkSchema } from "./check-schema.ts";
import { hasSensitive, redact, redacted } from "./redact.ts";

const sensitive: JsonObject = { sensitive: true };
const card: JsonObject = { properties: { number: sensitive, brand: {} } };

describe("what is marked is taken out", () => {
  it.each<[string, JsonObject, Json, Json]>([
    ["the whole value", sensitive, { a: 1 }, redacted],
    ["also null", sensitive, null, redacted],
    ["a field", card, { number: "4111", brand: "visa" }, { number: redacted, brand: "visa" }],
    ["a field that is no text", card, { number: [4, { a: 1 }] }, { number: redacted }],
    ["fields by pattern", { patternProperties: { "^c": sensitive } }, { c1: "x", d: "y" }, { c1: redacted, d: "y" }],
    ["other fields", { properties: { a: {} }, additionalProperties: sensitive }, { a: 1, b: 2 }, { a: 1, b: redacted }],
    [
      "no field that a pattern knows, where others are marked",
      { patternProperties: { "^a": {} }, additionalProperties: sensitive },
      { a1: 1, b: 2 },
      { a1: 1, b: redacted },
    ],
    [
      "a field that is known by its name and by a pattern",
      { properties: { ab: {} }, patternProperties: { b$: sensitive } },
      { ab: 1, a: 2 },
      { ab: redacted, a: 2 },
    ],
    ["items", { items: card }, [{ number: 1 }, { brand: 2 }], [{ number: redacted }, { brand: 2 }]],
    ["an item by its place", { prefixItems: [{}, sensitive], items: {} }, [1, 2, 3], [1, redacted, 3]],
    ["items behind the known ones", { prefixItems: [{}], items: sensitive }, [1, 2, 3], [1, redacted, redacted]],
    [
      "any item, where one is asked for",
      { contains: { type: "number", sensitive: true } },
      [1, "a"],
      [redacted, redacted],
    ],
    ["through allOf", { allOf: [{}, card] }, { number: 1, brand: 2 }, { number: redacted, brand: 2 }],
    [
      "through anyOf, whether it fits or not",
      { anyOf: [{}, { required: ["x"], ...card }] },
      { number: 1 },
      { number: redacted },
    ],
    ["through oneOf", { oneOf: [{ type: "null", sensitive: true }, { type: "string" }] }, "a", redacted],
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
    ["through then", { if: {}, then: card }, { number: 1 }, { number: redacted }],
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
    ["through else, though not taken", { if: true, then: {}, else: card }, { number: 1 }, { number: redacted }],
    ["through if", { if: card }, { number: 1 }, { number: redacted }],
    ["through not", { not: card }, { number: 1 }, { number: redacted }],
    ["through a schema that hangs on a field", { dependentSchemas: { x: card } }, { number: 1 }, { number: redacted }],
    ["through a reference", { $ref: "#/$defs/a", $defs: { a: card } }, { number: 1 }, { number: redacted }],
    [
      "through references in a circle",
      { properties: { next: { $ref: "#" }, secret: sensitive } },
      { next: { next: { secret: 1, other: 2 } } },
      { next: { next: { secret: redacted, other: 2 } } },
    ],
    [
      "by several schemas",
      { allOf: [card, { properties: { brand: sensitive } }] },
      { number: 1, brand: 2 },
      { number: redacted, brand: redacted },
    ],
    [
      "a field with a name of its own kind",
      { properties: { __proto__x: sensitive } },
      { __proto__x: 1 },
      { __proto__x: redacted },
    ],
  ])("%s", (_, schema, value, expected) => {
    expect(checkSchema(schema)).toEqual([]);
    expect(redact(schema, value)).toEqual(expected);
  });

  it("and what a program has as `__proto__` stays a field", () => {
    const value = JSON.parse('{ "__proto__": { "a": 1 }, "number": 1 }') as Json;
    expect(JSON.stringify(redact(card, value))).toBe('{"__proto__":{"a":1},"number":"[redacted]"}');
  });
});

describe("what is not marked stays, as it is", () => {
  it("the value itself, where nothing had to be taken out", () => {
    const value = { brand: "visa", other: [{ a: 1 }] };
    for (const schema of [
      card,
      {},
      true,
      { $defs: { a: sensitive } },
      { properties: { number: { sensitive: false } } },
    ]) {
      expect(redact(schema, value)).toBe(value);
    }
    const items = [value, { brand: "amex" }];
    expect(redact({ items: card }, items)).toBe(items);
  });

  it("its parts", () => {
    const value = { brand: { name: "visa" }, number: 1 };
    const shown = redact(card, value) as typeof value;
    expect(shown.brand).toBe(value.brand);
    expect(value.number).toBe(1);
  });

  it("a field called like a keyword, and data inside a schema", () => {
    const value = { sensitive: true, items: 1 };
    const schema = {
      properties: { sensitive: {}, items: {} },
      default: { sensitive: true },
      const: { sensitive: true },
    };
    expect(redact(schema, value)).toBe(value);
    expect(hasSensitive(schema)).toBe(false);
  });

  it("a field of which the schema says nothing", () => {
    expect(redact(card, { number: 1, note: "a" })).toEqual({ number: redacted, note: "a" });
    expect(redact({ prefixItems: [sensitive] }, [1, 2])).toEqual([redacted, 2]);
  });
});

describe("in doubt more is taken out", () => {
  it.each<[string, JsonObject, Json, Json]>([
    ["a text where a mapping with marks is expected", card, "4111", redacted],
    ["a number there", card, 4111, redacted],
    ["a list there", card, ["4111"], redacted],
    ["null stays: it holds nothing", card, null, null],
    ["a mapping where a list with marks is expected", { items: sensitive }, { 0: "4111" }, redacted],
    ["a text there", { prefixItems: [sensitive] }, "4111", redacted],
    ["inside the value", { properties: { card, x: {} } }, { card: "4111", x: 1 }, { card: redacted, x: 1 }],
    ["the other form of a union", { anyOf: [{ type: "string" }, card] }, "a", redacted],
    [
      "either form of a union of one and many",
      { anyOf: [card, { items: card }] },
      [{ number: 1, brand: 2 }],
      [{ number: redacted, brand: 2 }],
    ],
    ["or one alone", { anyOf: [card, { items: card }] }, { number: 1, brand: 2 }, { number: redacted, brand: 2 }],
    ["also beside fields", { propertyNames: sensitive, ...card }, { "4111": 1, number: 2 }, redacted],
    ["a mapping of which the names are marked", { propertyNames: sensitive }, { "4111": 1 }, redacted],
    [
      "a field that is forbidden beside marked ones",
      { ...card, additionalProperties: false },
      { nubmer: "4111", brand: 1 },
      { nubmer: redacted, brand: 1 },
    ],
    [
      "one that is forbidden by its name",
      { properties: { number: sensitive, old: false } },
      { old: 1 },
      { old: redacted },
    ],
    [
      "but not one that another form of the union knows",
      {
        oneOf: [
          { ...card, additionalProperties: false },
          { properties: { iban: {} }, additionalProperties: false },
        ],
      },
      { iban: 1, number: 2, other: 3 },
      { iban: 1, number: redacted, other: redacted },
    ],
    ["an item that is forbidden", { prefixItems: [{}, sensitive], items: false }, [1, 2, 3], [1, redacted, redacted]],
  ])("%s", (_, schema, value, expected) => {
    expect(checkSchema(schema)).toEqual([]);
    expect(redact(schema, value)).toEqual(expected);
  });

  it("all of a value that is too deep to be told apart", () => {
    const nested = (depth: number): Json => JSON.parse(`${'{"a":'.repeat(depth)}"4111"${"}".repeat(depth)}`);
    const schema = { properties: { a: { $ref: "#" }, secret: sensitive } };
    expect(JSON.stringify(redact(schema, nested(100)))).toContain('{"a":"[redacted]"}');
    expect(redact(schema, nested(101))).toBe(redacted);
    expect(redact(schema, nested(100_000))).toBe(redacted);
    const list = { items: { $ref: "#" }, contains: { properties: { secret: sensitive } } };
    const fine = JSON.parse(`${"[".repeat(90)}${"]".repeat(90)}`) as Json;
    expect(redact(list, fine)).toBe(fine);
  });

  it("all of a value that would take too much work", () => {
    const properties = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`a${i}`, { $ref: `#/$defs/d${i}` }]));
    const $defs = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`d${i}`, i === 999 ? card : { $ref: `#/$defs/d${i + 1}` }]),
    );
    const value = Object.fromEntries(Object.keys(properties).map((key) => [key, { brand: 1 }]));
    expect(redact({ items: { properties }, $defs }, [value, value, value])).toBe(redacted);
    const wide = { allOf: Array.from({ length: 1000 }, () => ({})), items: card };
    expect(redact(wide, Array<Json>(2000).fill({ brand: 1 }))).toBe(redacted);
    expect(redact({ patternProperties: { "[^b]{1,2000}b": sensitive } }, { ["a".repeat(100_000)]: 1 })).toBe(redacted);
  });
});

describe("whether a schema has marks", () => {
  it.each<[boolean, Json]>([
    [true, sensitive],
    [true, { $defs: { a: { items: sensitive } } }],
    [true, { patternProperties: { a: { anyOf: [{}, { prefixItems: [sensitive] }] } } }],
    [true, { propertyNames: { not: sensitive } }],
    [false, {}],
    [false, true],
    [false, { sensitive: false }],
    [false, { properties: { a: { examples: [sensitive], enum: [sensitive] } } }],
  ])("%s: %j", (expected, schema) => {
    expect(hasSensitive(schema)).toBe(expected);
    expect(hasSensitive(schema)).toBe(expected);
  });
});

/** A schema, and a value in which every text that stands under a mark of it is a secret, and every other one plain. */
interface Sample {
  readonly schema: JsonObject;
  readonly value: Json;
}

const plain = "plain";
const secret = "SECRET";

/** Everything in it is a secret: it stands under a mark. */
const hidden: fc.Arbitrary<Json> = fc.oneof(
  fc.constant(secret),
  fc.array(fc.constant(secret), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom("a", "b", "x1"), fc.constantFrom(secret, [secret], { a: secret }), { maxKeys: 2 }),
);

const wrappings: readonly ((schema: JsonObject) => JsonObject)[] = [
  (schema) => schema,
  (schema) => ({ allOf: [{}, schema] }),
  (schema) => ({ anyOf: [schema, { type: "null" }] }),
  (schema) => ({ oneOf: [{ type: "null" }, schema] }),
  (schema) => ({ not: { not: schema } }),
  (schema) => ({ if: schema }),
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
  (schema) => ({ if: false, then: schema, else: {} }),
  (schema) => ({ dependentSchemas: { nowhere: schema } }),
  (schema) => ({ allOf: [{ anyOf: [{}, { allOf: [schema] }] }] }),
];
const wrapped = (schema: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.tuple(schema, fc.constantFrom(...wrappings)).map(([inner, wrap]) => wrap(inner));

const { sample } = fc.letrec<{ sample: Sample; list: Sample; mapping: Sample }>((tie) => ({
  sample: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant<Sample>({ schema: { type: "string" }, value: plain }),
    fc
      .tuple(wrapped(fc.constantFrom<JsonObject>(sensitive, { type: "string", sensitive: true })), hidden)
      .map(([schema, value]) => ({ schema, value })),
    tie("list"),
    tie("mapping"),
  ),
  list: fc.tuple(fc.array(tie("sample"), { maxLength: 2 }), fc.option(tie("sample"))).map(([prefix, rest]): Sample => {
    const prefixItems = prefix.map(({ schema }) => schema);
    const schema = { ...(prefix.length > 0 ? { prefixItems } : {}), ...(rest ? { items: rest.schema } : {}) };
    return { schema, value: [...prefix, ...(rest ? [rest, rest] : [])].map(({ value }) => value) };
  }),
  mapping: fc
    .record({
      named: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("sample"), { maxKeys: 2 }),
      patterned: fc.dictionary(fc.constantFrom("x", "y"), tie("sample"), { maxKeys: 1 }),
      other: fc.option(tie("sample")),
    })
    .map(({ named, patterned, other }): Sample => {
      const [names, patterns] = [Object.entries(named), Object.entries(patterned)];
      const schema = {
        properties: Object.fromEntries(names.map(([key, { schema: one }]) => [key, one])),
        patternProperties: Object.fromEntries(patterns.map(([key, { schema: one }]) => [`^${key}\\d$`, one])),
        ...(other ? { additionalProperties: other.schema } : {}),
      };
      const fields = [
        ...names.map(([key, { value }]) => [key, value] as const),
        ...patterns.flatMap(([key, { value }]) => [[`${key}1`, value] as const, [`${key}2`, value] as const]),
        ...(other ? [["other", other.value] as const] : []),
      ];
      return { schema, value: Object.fromEntries(fields) };
    }),
}));

const samples = fc
  .tuple(sample, fc.constantFrom(...wrappings), fc.boolean())
  .map(([{ schema, value }, wrap, isNamed]) => {
    const inner = wrap(schema);
    return { value, schema: isNamed ? { $ref: "#/$defs/a", $defs: { a: inner } } : inner };
  });

const countOf = (text: string, value: Json): number => JSON.stringify(value).split(text).length - 1;

describe("whatever the schema and the value", () => {
  it("no secret is left, and all that is plain", () => {
    let secrets = 0;
    fc.assert(
      fc.property(samples, ({ schema, value }) => {
        expect(checkSchema(schema)).toEqual([]);
        const shown = redact(schema, value);
        secrets += countOf(secret, value);
        expect(countOf(secret, shown)).toBe(0);
        expect(countOf(plain, shown)).toBe(countOf(plain, value));
        expect(redact(schema, shown)).toEqual(shown);
      }),
      { numRuns: 1500 },
    );
    expect(secrets).toBeGreaterThan(500);
  });

  it("no secret is left where a part of the value is of another kind than its schema says", () => {
    let misfits = 0;
    fc.assert(
      fc.property(samples, fc.nat(20), fc.constantFrom(asText, asOtherContainer), ({ schema, value }, at, change) => {
        const misfit = withChanged(value, { left: at }, change);
        if (misfit !== value && countOf(secret, misfit) > 0) misfits++;
        expect(countOf(secret, redact(schema, misfit))).toBe(0);
      }),
      { numRuns: 2500 },
    );
    expect(misfits).toBeGreaterThan(250);
  });
});

const asText = (value: Json): Json => JSON.stringify(value);
const asOtherContainer = (value: Json): Json =>
  isJsonList(value) ? Object.fromEntries(value.entries()) : isJsonObject(value) ? Object.values(value) : value;

/** Changes the part at which one comes by, after so many others. */
function withChanged(value: Json, count: { left: number }, change: (part: Json) => Json): Json {
  if (count.left-- === 0) return change(value);
  if (isJsonList(value)) return value.map((item) => withChanged(item, count, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withChanged(inner, count, change)]));
}

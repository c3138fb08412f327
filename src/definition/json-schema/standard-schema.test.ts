/**
 * The worry: a type that somebody wrote in zod, arktype or valibot, whose JSON Schema is refused here, or means
 * something else. What is not listed with samples they cannot say in JSON Schema themselves, or say less than they check.
 */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { scope, type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Json, JsonObject } from "../../base/json.ts";
import { checkSchema } from "./check-schema.ts";
import { hasSensitive } from "./redact.ts";
import { validate } from "./validate.ts";

interface Standard {
  readonly "~standard": {
    validate(value: unknown): unknown;
    readonly jsonSchema: Record<"input" | "output", (options: { target: "draft-2020-12" }) => Record<string, unknown>>;
  };
}

const inputOf = (schema: Standard) => schema["~standard"].jsonSchema.input({ target: "draft-2020-12" }) as JsonObject;
const outputOf = (schema: Standard) => schema["~standard"].jsonSchema.output({ target: "draft-2020-12" }) as JsonObject;

function isTakenBy(schema: Standard, value: Json): boolean {
  const result = schema["~standard"].validate(structuredClone(value)) as { issues?: unknown };
  return result.issues === undefined;
}

type Sample = readonly [name: string, schema: Standard, good: readonly Json[], bad: readonly Json[]];

interface ZodNode {
  name: string;
  kids: ZodNode[];
}
const zodNode: z.ZodType<ZodNode> = z.object({
  name: z.string(),
  get kids() {
    return z.array(zodNode);
  },
});

const named = z.object({ n: z.string() }).meta({ id: "Named" });

const fromZod: readonly Sample[] = [
  ["text", z.string(), ["", "a"], [1, null, {}]],
  ["number", z.number().positive().max(10).multipleOf(0.01), [0.01, 10, 4.35], [0, 10.01, 0.001, "1"]],
  ["whole number", z.int(), [0, -1, 9007199254740991], [0.5, 9007199254740992, "1"]],
  ["32 bits", z.int32(), [2147483647], [2147483648]],
  ["boolean", z.boolean(), [true, false], [0, "true"]],
  ["null", z.null(), [null], [0, false]],
  ["anything", z.unknown(), [null, 1, {}], []],
  ["nothing", z.object({ a: z.never().optional() }), [{}], [{ a: 1 }]],
  [
    "object",
    z.object({
      a: z.string(),
      b: z.number().optional(),
      c: z.string().nullable(),
      d: z.string().default("x"),
      e: z.string().nullish(),
    }),
    [
      { a: "", c: null },
      { a: "", b: 1, c: "", d: "", e: null },
      { a: "", c: null, other: 1 },
    ],
    [{ a: "" }, { a: 1, c: null }, { a: "", c: null, b: null }, { a: "", c: null, d: 1 }, [], null],
  ],
  ["strict object", z.strictObject({ a: z.string() }), [{ a: "" }], [{ a: "", b: 1 }, {}]],
  ["loose object", z.looseObject({ a: z.string() }), [{ a: "", b: 1 }], [{ b: 1 }]],
  [
    "object with a type for the rest",
    z.object({ a: z.string() }).catchall(z.number()),
    [{ a: "", b: 1 }],
    [{ a: "", b: "" }],
  ],
  ["list", z.array(z.int()).min(1).max(3), [[1], [1, 2, 3]], [[], [1, 2, 3, 4], ["a"], {}]],
  ["tuple", z.tuple([z.string(), z.number()]), [["a", 1]], [["a"], ["a", 1, 1], [1, "a"]]],
  ["tuple with a rest", z.tuple([z.string()], z.number()), [["a"], ["a", 1, 2]], [[], ["a", "b"]]],
  ["record", z.record(z.string(), z.number()), [{}, { a: 1 }], [{ a: "" }, []]],
  ["record of names by a pattern", z.record(z.string().regex(/^a+$/), z.number()), [{ aa: 1 }], [{ b: 1 }, { a: "" }]],
  [
    "record of listed names",
    z.record(z.enum(["a", "b"]), z.number()),
    [{ a: 1, b: 2 }],
    [{ a: 1 }, { a: 1, b: 2, c: 3 }],
  ],
  ["record of some listed names", z.partialRecord(z.enum(["a", "b"]), z.number()), [{ a: 1 }, {}], [{ c: 1 }]],
  ["record that lets others be", z.looseRecord(z.string().regex(/^x/), z.number()), [{ x: 1, y: "" }], [{ x: "" }]],
  ["enum", z.enum(["a", "b"]), ["a", "b"], ["c", 1]],
  ["literal", z.literal("a"), ["a"], ["b", null]],
  ["literals", z.literal(["a", 1, null]), ["a", 1, null], ["b", 2, false]],
  ["union", z.union([z.string(), z.object({ a: z.number() })]), ["a", { a: 1 }], [1, { a: "" }]],
  [
    "discriminated union",
    z.discriminatedUnion("k", [
      z.object({ k: z.literal("a"), x: z.number() }),
      z.object({ k: z.literal("b"), y: z.string() }),
    ]),
    [
      { k: "a", x: 1 },
      { k: "b", y: "" },
    ],
    [{ k: "a", y: "" }, { k: "c" }, {}],
  ],
  [
    "either of two",
    z.xor([z.object({ a: z.number() }), z.object({ b: z.number() })]),
    [{ a: 1 }, { b: 1 }],
    [{ a: 1, b: 1 }, {}],
  ],
  [
    "both of two",
    z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
    [{ a: "", b: "" }],
    [{ a: "" }, { b: "" }],
  ],
  ["text of a length", z.string().min(2).max(3), ["ab", "abc"], ["a", "abcd"]],
  [
    "text by several patterns",
    z.string().regex(/a/).startsWith("x.").endsWith("y").includes("q"),
    ["x.aqy"],
    ["xaqy", "x.ay", "x.aq", "x.qy"],
  ],
  ["text of letters of one case", z.string().uppercase(), ["A1"], ["a"]],
  [
    "text by a template",
    z.templateLiteral(["a-", z.number(), "-", z.enum(["x", "y"])]),
    ["a-1.5-x", "a--2-y"],
    ["a-1-z", "a--x"],
  ],
  ["email", z.email(), ["john.doe@example.com"], ["john..doe@example.com", "john", ".a@b.co"]],
  ["uuid", z.uuid(), ["550e8400-e29b-41d4-a716-446655440000"], ["550e8400e29b41d4a716446655440000"]],
  [
    "time stamp",
    z.iso.datetime(),
    ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.5Z"],
    ["2023-02-29T12:00:00Z", "2024-02-29T12:00:00+02:00"],
  ],
  ["date", z.iso.date(), ["2024-02-29"], ["2023-02-29", "2024-2-1"]],
  ["duration", z.iso.duration(), ["P3DT4H"], ["P", "3D"]],
  ["ipv4", z.ipv4(), ["127.0.0.1"], ["256.0.0.1"]],
  ["base64", z.base64(), ["aGVsbG8=", ""], ["aGVsbG8"]],
  ["phone number", z.e164(), ["+14155552671"], ["14155552671"]],
  ["emoji", z.emoji(), ["😀", "👨‍👩‍👧"], ["a", "1", ""]],
  [
    "brand, read only, described",
    z
      .string()
      .brand("X")
      .readonly()
      .describe("d")
      .meta({ title: "t", examples: ["a"], deprecated: true }),
    ["a"],
    [1],
  ],
  ["read only list", z.object({ a: z.array(z.string()).readonly() }).readonly(), [{ a: ["b"] }], [{ a: [1] }]],
  ["what is changed on its way", z.string().transform(Number).pipe(z.number()), ["1"], [1]],
  [
    "what is coded in a text",
    z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
    ["2024-02-29T12:00:00Z"],
    ["now"],
  ],
  [
    "recursive",
    zodNode,
    [{ name: "a", kids: [{ name: "b", kids: [] }] }],
    [{ name: "a" }, { name: "a", kids: [{ name: "b" }] }],
  ],
  [
    "recursive, in two places",
    z.object({ a: zodNode, b: zodNode }),
    [{ a: { name: "", kids: [] }, b: { name: "", kids: [] } }],
    [{ a: { name: "", kids: [] } }],
  ],
  ["named", z.object({ a: named, b: named }), [{ a: { n: "" }, b: { n: "" } }], [{ a: { n: "" }, b: {} }]],
  ["any JSON", z.json(), [null, [1, { a: ["b"] }]], []],
];

const arkNodes = scope({ node: { name: "string", kids: "node[]" }, two: { a: "node", b: "node" } }).export();

const fromArktype: readonly Sample[] = [
  ["text", type("string"), ["", "a"], [1, null]],
  ["number", type("0<number<=10"), [0.1, 10], [0, 10.1, "1"]],
  ["whole number", type("number.integer"), [1, -1], [0.5]],
  ["divisible number", type("number%2"), [2, -4], [1, 0.5]],
  ["boolean", type("boolean"), [true, false], [0]],
  ["null", type("null"), [null], [0]],
  ["anything", type("unknown"), [null, 1], []],
  ["nothing", type({ "a?": "never" }), [{}], [{ a: 1 }]],
  [
    "object",
    type({ a: "string", "b?": "number", c: "string|null", d: "string='x'" }),
    [
      { a: "", c: null },
      { a: "", b: 1, c: "", d: "", e: 1 },
    ],
    [{ a: "" }, { a: 1, c: null }, { a: "", c: null, b: null }, null],
  ],
  ["strict object", type({ "+": "reject", a: "string" }), [{ a: "" }], [{ a: "", b: 1 }]],
  ["list", type("1<=number[]<=3"), [[1]], [[], ["a"], [1, 2, 3, 4]]],
  ["tuple", type(["string", "number"]), [["a", 1]], [["a"], ["a", 1, 2], [1, "a"]]],
  ["tuple with an optional end", type(["string", "number?"]), [["a"], ["a", 1]], [[], ["a", "b"]]],
  ["tuple with a rest", type(["string", "...", "number[]"]), [["a"], ["a", 1, 2]], [[], ["a", "b"]]],
  ["record", type({ "[string]": "number" }), [{ a: 1 }, {}], [{ a: "" }]],
  [
    "record of names by a pattern",
    type({ "[/^a+$/]": "number", x: "string" }),
    [{ aa: 1, x: "", b: "" }],
    [{ aa: "", x: "" }, { x: 1 }],
  ],
  ["enum", type("'a'|'b'"), ["a", "b"], ["c"]],
  ["mixed literals", type("'a'|1|null|true"), ["a", 1, null, true], ["b", 2, false]],
  ["union", type("string|number[]"), ["a", [1]], [1, ["a"]]],
  ["union of bounded types", type("string<5|number>3"), ["abcd", 4], ["abcde", 3]],
  [
    "discriminated union",
    type({ k: "'a'", x: "number" }).or({ k: "'b'", y: "string" }),
    [
      { k: "a", x: 1 },
      { k: "b", y: "" },
    ],
    [{ k: "a", y: "" }, {}],
  ],
  ["both of two", type({ a: "string" }).and({ b: "string" }), [{ a: "", b: "" }], [{ a: "" }]],
  ["text of a length", type("2<=string<=3"), ["ab"], ["a", "abcd"]],
  ["text by a pattern", type(/^a.b$/), ["axb"], ["ab", "a\nb"]],
  ["email", type("string.email"), ["john.doe@example.com"], ["john"]],
  [
    "uuid",
    type("string.uuid"),
    ["550e8400-e29b-41d4-a716-446655440000", "00000000-0000-0000-0000-000000000000"],
    ["550e8400"],
  ],
  ["ip", type("string.ip"), ["127.0.0.1", "::1"], ["256.0.0.1", "::g"]],
  ["number in a text", type("string.numeric"), ["1", "-1.5", ".5"], ["-0", "a", "01"]],
  ["number read from a text", type("string.numeric.parse"), ["1"], ["a", 1]],
  ["semver", type("string.semver"), ["1.2.3-rc.1+b"], ["1.2", "01.2.3"]],
  ["hex", type("string.hex"), ["dead"], ["xyz", ""]],
  ["brand, described", type("string#X").describe("d"), ["a"], [1]],
  [
    "recursive",
    arkNodes.node,
    [{ name: "a", kids: [{ name: "b", kids: [] }] }],
    [{ name: "a" }, { name: "a", kids: [{}] }],
  ],
  [
    "recursive, in two places",
    arkNodes.two,
    [{ a: { name: "", kids: [] }, b: { name: "", kids: [] } }],
    [{ a: {}, b: {} }],
  ],
];

interface ValibotNode {
  name: string;
  kids: ValibotNode[];
}
const valibotNode: v.GenericSchema<ValibotNode> = v.object({
  name: v.string(),
  kids: v.array(v.lazy(() => valibotNode)),
});

const fromValibot: readonly Sample[] = (
  [
    ["text", v.string(), ["", "a"], [1, null]],
    ["number", v.pipe(v.number(), v.minValue(0), v.ltValue(10), v.multipleOf(2)), [0, 8], [-2, 10, 1]],
    ["whole number", v.pipe(v.number(), v.integer()), [1], [0.5]],
    ["boolean", v.boolean(), [true], [0]],
    ["null", v.null(), [null], [0]],
    ["anything", v.unknown(), [null, 1], []],
    ["nothing", v.object({ a: v.optional(v.never()) }), [{}], [{ a: 1 }]],
    [
      "object",
      v.object({
        a: v.string(),
        b: v.optional(v.number()),
        c: v.nullable(v.string()),
        d: v.optional(v.string(), "x"),
        e: v.nullish(v.string()),
      }),
      [
        { a: "", c: null },
        { a: "", b: 1, c: "", d: "", e: null, f: 1 },
      ],
      [{ a: "" }, { a: "", c: null, b: null }, null],
    ],
    ["strict object", v.strictObject({ a: v.string() }), [{ a: "" }], [{ a: "", b: 1 }]],
    ["loose object", v.looseObject({ a: v.string() }), [{ a: "", b: 1 }], [{}]],
    ["object with a rest", v.objectWithRest({ a: v.string() }, v.number()), [{ a: "", b: 1 }], [{ a: "", b: "" }]],
    ["no required field", v.object({ a: v.exactOptional(v.string()) }), [{}, { a: "" }], [{ a: 1 }]],
    ["list", v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2)), [["a"]], [[], [1], ["a", "b", "c"]]],
    [
      "tuple",
      v.tuple([v.string(), v.number()]),
      [
        ["a", 1],
        ["a", 1, 2],
      ],
      [["a"], [1, "a"]],
    ],
    ["strict tuple", v.strictTuple([v.string(), v.number()]), [["a", 1]], [["a"], ["a", 1, 2]]],
    ["tuple with a rest", v.tupleWithRest([v.string()], v.number()), [["a"], ["a", 1]], [[], ["a", "b"]]],
    ["record", v.pipe(v.record(v.string(), v.number()), v.minEntries(1)), [{ a: 1 }], [{}, { a: "" }]],
    ["enum", v.picklist(["a", 1]), ["a", 1], ["b"]],
    ["literal", v.literal("a"), ["a"], ["b"]],
    ["union", v.union([v.string(), v.number()]), ["a", 1], [null]],
    [
      "variant",
      v.variant("k", [v.object({ k: v.literal("a"), x: v.number() }), v.object({ k: v.literal("b"), y: v.string() })]),
      [
        { k: "a", x: 1 },
        { k: "b", y: "" },
      ],
      [{ k: "a", y: "" }, {}],
    ],
    [
      "both of two",
      v.intersect([v.object({ a: v.string() }), v.object({ b: v.string() })]),
      [{ a: "", b: "" }],
      [{ a: "" }],
    ],
    ["text by a pattern", v.pipe(v.string(), v.regex(/^a.b$/)), ["axb"], ["ab"]],
    ["text that begins so", v.pipe(v.string(), v.startsWith("x.")), ["x.y"], ["xy"]],
    ["not that text", v.pipe(v.string(), v.notValue("a")), ["b"], ["a"]],
    ["domain", v.pipe(v.string(), v.domain()), ["example.com", "a.b.co"], ["xn--a.com", "-a.com", "a"]],
    ["emoji", v.pipe(v.string(), v.emoji()), ["😀", "👨‍👩‍👧", "🇩🇪"], ["a", ""]],
    ["bic", v.pipe(v.string(), v.bic()), ["DEUTDEFF", "DEUTDEFF500"], ["DEUTDE00", "deutdeff"]],
    ["slug", v.pipe(v.string(), v.slug()), ["a-b_c"], ["a--b", "-a"]],
    ["ulid", v.pipe(v.string(), v.ulid()), ["01ARZ3NDEKTSV4RRFFQ69G5FAV"], ["81ARZ3NDEKTSV4RRFFQ69G5FAV"]],
    ["described", v.pipe(v.string(), v.title("t"), v.description("d"), v.examples(["q"])), ["a"], [1]],
    [
      "recursive",
      valibotNode,
      [{ name: "a", kids: [{ name: "b", kids: [] }] }],
      [{ name: "a" }, { name: "a", kids: [{}] }],
    ],
  ] satisfies [string, v.GenericSchema, Json[], Json[]][]
).map(([name, schema, good, bad]) => [name, toStandardJsonSchema(schema), good, bad]);

describe.each([
  ["zod", fromZod],
  ["arktype", fromArktype],
  ["valibot", fromValibot],
])("what %s writes", (_, samples) => {
  it.each(samples)("%s", (_name, schema, good, bad) => {
    expect(checkSchema(inputOf(schema))).toEqual([]);
    for (const value of good)
      expect([value, isTakenBy(schema, value), validate(inputOf(schema), value)]).toEqual([value, true, []]);
    for (const value of bad) {
      expect([value, isTakenBy(schema, value)]).toEqual([value, false]);
      expect([value, validate(inputOf(schema), value)]).not.toEqual([value, []]);
    }
  });
});

describe("of what is written for results, too, nothing is refused", () => {
  it.each([...fromZod, ...fromArktype])("%s", (name, schema) => {
    // A JavaScript date is no JSON, and zod says so.
    if (name === "what is coded in a text") expect(() => outputOf(schema)).toThrow("Date");
    else expect(checkSchema(outputOf(schema))).toEqual([]);
  });
});

describe("a mark is written as it is", () => {
  it.each<[string, Standard]>([
    ["zod", z.object({ a: z.string().meta({ sensitive: true }) })],
    ["arktype", type({ a: type("string").configure({ sensitive: true } as object) })],
    ["valibot", toStandardJsonSchema(v.object({ a: v.pipe(v.string(), v.metadata({ sensitive: true })) }))],
  ])("by %s", (_, schema) => {
    expect(checkSchema(inputOf(schema))).toEqual([]);
    expect(hasSensitive(inputOf(schema))).toBe(true);
  });
});

describe("what they write is refused, and why", () => {
  it.each<[string, Standard, string]>([
    [
      "arktype's ISO date",
      type("string.date.iso"),
      "a pattern cannot refer back to what a group has matched, as `\\3` does",
    ],
    [
      "an expression that needs no `u` flag, and does not take it",
      z.string().regex(/^[\w-.]+$/),
      "this is no regular expression with the `u` flag: Invalid character class",
    ],
  ])("%s", (_, schema, message) => {
    expect(checkSchema(inputOf(schema)).map((finding) => finding.message)).toEqual([message]);
  });
});

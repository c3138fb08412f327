import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../base/json.ts";
import { formatPath } from "../value-path.ts";
import { workflowSchema } from "../workflow-schema.ts";
import { checkSchema } from "./check-schema.ts";
import { keywordsNotBuilt } from "./keyword.ts";
import { redact } from "./redact.ts";
import { validate } from "./validate.ts";

const findings = (schema: JsonObject) =>
  checkSchema(schema).map(({ code, path, at }) => `${code} ${formatPath(path)} ${at}`);

describe("a schema is checked when its definition is loaded", () => {
  it.each<[string, JsonObject]>([
    ["unknown_key minimun key", { minimun: 1 }],
    ["unknown_key $defs.a.foo key", { $defs: { a: { foo: 1 } } }],
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, never awaited
    ["unknown_key if.then.x key", { if: { then: { x: 1 } } }],
    ["bad_schema type value", { type: "text" }],
    ["bad_schema type value", { type: [] }],
    ["bad_schema type value", { type: ["string", "string"] }],
    ["bad_schema enum value", { enum: "a" }],
    ["bad_schema required value", { required: ["a", "a"] }],
    ["bad_schema required value", { required: true }],
    ["bad_schema dependentRequired value", { dependentRequired: { a: "b" } }],
    ["bad_schema properties value", { properties: [] }],
    ["bad_schema properties.a value", { properties: { a: "string" } }],
    ["bad_schema items value", { items: [{}] }],
    ["bad_schema allOf value", { allOf: [] }],
    ["bad_schema anyOf[1] value", { anyOf: [true, null] }],
    ["bad_schema minimum value", { minimum: "1" }],
    ["bad_schema multipleOf value", { multipleOf: 0 }],
    ["bad_schema minLength value", { minLength: -1 }],
    ["bad_schema maxItems value", { maxItems: 1.5 }],
    ["bad_schema uniqueItems value", { uniqueItems: 1 }],
    ["bad_schema title value", { title: 1 }],
    ["bad_schema deprecated value", { deprecated: "yes" }],
    ["bad_schema readOnly value", { readOnly: 1 }],
    ["bad_schema writeOnly value", { writeOnly: null }],
    ["bad_schema contentEncoding value", { contentEncoding: true }],
    ["bad_schema contentMediaType value", { contentMediaType: {} }],
    ["bad_schema properties.a.sensitive value", { properties: { a: { sensitive: "yes" } } }],
    ["bad_schema pattern value", { pattern: 1 }],
    ["bad_schema pattern value", { pattern: "(" }],
    ["bad_schema patternProperties value", { patternProperties: [] }],
    ['bad_schema patternProperties["("] key', { patternProperties: { "(": true } }],
    ["unknown_key patternProperties.a.x key", { patternProperties: { a: { x: 1 } } }],
    ["unknown_key propertyNames.x key", { propertyNames: { x: 1 } }],
    ["unknown_key contains.x key", { contains: { x: 1 } }],
    ["bad_schema minContains value", { minContains: -1 }],
    ["bad_schema maxContains value", { maxContains: 0.5 }],
    ["bad_schema dependentSchemas value", { dependentSchemas: [] }],
    ["unknown_key dependentSchemas.a.x key", { dependentSchemas: { a: { x: 1 } } }],
    ["bad_schema examples value", { examples: {} }],
    ["bad_schema $schema value", { $schema: "http://json-schema.org/draft-07/schema#" }],
    ["bad_schema not.$id value", { not: { $id: "a" } }],
    ["bad_schema $ref value", { $ref: "other.json" }],
    ["bad_schema $ref value", { $ref: "#anchor" }],
    ["bad_schema $ref value", { $ref: "#/%" }],
    ["bad_schema $ref value", { $ref: "#/~2" }],
    ["unknown_reference $ref value", { $ref: "#/$defs/a" }],
    ["unknown_reference $ref value", { $ref: "#/required", required: ["a"] }],
    ["unknown_reference $ref value", { $ref: "#/properties", properties: {} }],
    ["unknown_reference $ref value", { $ref: "#/anyOf/01", anyOf: [true, true] }],
  ])("%s", (expected, schema) => {
    expect(findings(schema)).toEqual([expected]);
  });

  it.each([...keywordsNotBuilt])(
    "`%s` is refused by name, because ignoring it would be a check that never happens",
    (key) => {
      expect(findings({ items: { [key]: {} } })).toEqual([`key_not_built items.${key} key`]);
    },
  );

  it("all at once", () => {
    expect(findings({ type: "x", properties: { a: { minimum: null }, b: { nope: 1 } } })).toEqual([
      "bad_schema type value",
      "bad_schema properties.a.minimum value",
      "unknown_key properties.b.nope key",
    ]);
  });

  it("a pattern, with what is wrong and how to mend it", () => {
    expect(checkSchema({ properties: { a: { pattern: "(a)\\1" } } })).toEqual([
      {
        code: "bad_schema",
        path: ["properties", "a", "pattern"],
        at: "value",
        message: "a pattern cannot refer back to what a group has matched, as `\\1` does",
        mend: "Write the alternatives out, or check it in a worker: no bounded time is enough for back references.",
      },
    ]);
  });

  it.each(["a{3999}", "[\\p{L}]".repeat(39)])("patterns that are too large together, told once: %.9s", (pattern) => {
    const schemaOf = (count: number): JsonObject => ({
      properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { pattern }])),
    });
    expect(findings(schemaOf(50))).toEqual([]);
    expect(findings(schemaOf(60))).toEqual(["bad_schema properties.a50.pattern value"]);
  });

  it("keywords of earlier dialects are named in today's words", () => {
    expect(checkSchema({ definitions: {} })[0]?.mend).toBe("Did you mean `$defs`?");
  });
});

describe("references that lead round in a circle", () => {
  it("are refused where they never go into the value", () => {
    expect(findings({ $ref: "#" })).toEqual(["bad_schema $ref value"]);
    expect(findings({ dependentSchemas: { a: { $ref: "#" } } })).toEqual(["bad_schema dependentSchemas.a.$ref value"]);
    expect(findings({ allOf: [{ $ref: "#" }] })).toEqual(["bad_schema allOf[0].$ref value"]);
    const schema = {
      $defs: { a: { not: { $ref: "#/$defs/b" } }, b: { $ref: "#/$defs/a" } },
      items: { $ref: "#/$defs/a" },
    };
    expect(findings(schema)).toHaveLength(3);
  });

  it("are fine where each round goes deeper", () => {
    expect(findings({ items: { $ref: "#" }, properties: { a: { anyOf: [{ $ref: "#" }, true] } } })).toEqual([]);
    expect(findings({ patternProperties: { a: { $ref: "#" } }, contains: { $ref: "#" } })).toEqual([]);
    expect(findings({ propertyNames: { $ref: "#" } })).toEqual([]);
    expect(findings({ $ref: "#/$defs/a", $defs: { a: { items: { $ref: "#/$defs/a" } } } })).toEqual([]);
  });

  it("are found in chains of any length", () => {
    const chain = (last: JsonObject) => {
      const links = Array.from({ length: 20_000 }, (_, i) => [`a${i}`, { $ref: `#/$defs/a${i + 1}` }] as const);
      return { $defs: { ...Object.fromEntries(links), a20000: last } };
    };
    expect(findings(chain({ type: "number" }))).toEqual([]);
    expect(findings(chain({ $ref: "#/$defs/a0" })).length).toBeGreaterThan(0);
  });
});

describe("what has passed", () => {
  it("never brings the interpreter down, whatever the value", () => {
    const operand = fc.oneof(
      fc.constantFrom(true, false, {}, [], 0, 1, "string", "^a", ["a"], { $ref: "#" }, [{ $ref: "#/$defs/a" }], {
        a: { type: "null" },
      }),
      fc.jsonValue(),
    );
    const keyword = fc.constantFrom(
      ..."type enum const multipleOf minimum maxLength minItems uniqueItems prefixItems items required properties".split(
        " ",
      ),
      ..."additionalProperties dependentRequired allOf anyOf oneOf not if then else $ref $defs maxProperties".split(
        " ",
      ),
      ..."pattern patternProperties propertyNames contains minContains maxContains dependentSchemas sensitive".split(
        " ",
      ),
    );
    let passed = 0;
    fc.assert(
      fc.property(fc.dictionary(keyword, operand, { maxKeys: 3 }), fc.jsonValue(), (schema, value) => {
        if (checkSchema(schema as JsonObject).length > 0) return;
        passed++;
        validate(schema as JsonObject, value as JsonObject);
        redact(schema as JsonObject, value as JsonObject);
      }),
      { numRuns: 2000 },
    );
    expect(passed).toBeGreaterThan(100);
  });

  it("includes the engine's own schema", () => {
    expect(findings(workflowSchema())).toEqual([]);
  });
});

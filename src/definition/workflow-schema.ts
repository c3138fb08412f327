/** The JSON Schema of definitions that editors complete and check by: the vocabulary in another notation. */
import { longestDurationMs } from "../base/duration.ts";
import { namePattern } from "../base/ids.ts";
import type { JsonObject } from "../base/json.ts";
import { dialect } from "./json-schema/keyword.ts";
import { limits } from "./limit.ts";
import {
  durationPattern,
  errorCodePattern,
  type Form,
  mostAttributes,
  mostErrorCodes,
  type TermHolder,
  vocabulary,
} from "./vocabulary.ts";

/** JSON Schema 2020-12, of what is built. It cannot say all that the parser checks: references, unique names. */
export const workflowSchema = (): JsonObject => documentSchema("Clew workflow", "workflow");

/** Of a file `*.workers.yaml`. */
export const catalogueSchema = (): JsonObject => documentSchema("Clew worker catalogue", "catalogue");

function documentSchema(title: string, holder: TermHolder): JsonObject {
  return {
    $schema: dialect,
    title,
    ...holderSchema(holder),
    $defs: {
      name: {
        description: "Lower-case letters, digits, `_` and `-`; at most 64; begins with a letter or a digit.",
        type: "string",
        pattern: namePattern.source,
      },
      duration: {
        description: "A number and a unit, such as 500ms, 30s, 2m, 24h, 7d; a bare number is milliseconds.",
        anyOf: [
          { type: "string", pattern: durationPattern },
          { type: "integer", minimum: 1, maximum: longestDurationMs },
        ],
        examples: ["30s"],
      },
      mapping: {
        description:
          "Data with references in it: { $: path }, { $: path, else: value }, { $cel: expression }, { $lit: value }.",
        examples: [{ $: "input" }, { $: "steps.process_payment.output" }],
      },
      step: holderSchema("step"),
      limit: holderSchema("limit"),
      inquiry: { anyOf: [{ type: "boolean" }, holderSchema("inquiry")] },
      compensation: { anyOf: [{ $ref: "#/$defs/name" }, holderSchema("compensation")] },
      retry: holderSchema("retry"),
      contract: holderSchema("contract"),
    },
  };
}

function holderSchema(holder: TermHolder): JsonObject {
  const terms = vocabulary[holder];
  const required = terms.filter((term) => term.required).map(({ key }) => key);
  return {
    type: "object",
    properties: Object.fromEntries(
      terms.map(({ key, meaning, form }) => [key, { description: meaning, ...formSchema(form) }]),
    ),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
}

function formSchema(form: Form): JsonObject {
  switch (form.is) {
    case "name":
    case "duration":
    case "mapping":
    case "compensation":
    case "retry":
    case "limit":
    case "inquiry":
      return { $ref: `#/$defs/${form.is}` };
    case "whole":
      return { type: "integer", minimum: form.from, maximum: form.to };
    case "number":
      return { type: "number", minimum: form.from, maximum: form.to };
    case "codes": {
      const code = { type: "string", pattern: errorCodePattern };
      return { type: "array", items: code, minItems: 1, maxItems: mostErrorCodes };
    }
    case "choice":
      return { enum: [...form.of] };
    case "mappings":
      return {
        type: "object",
        propertyNames: { $ref: "#/$defs/name" },
        additionalProperties: { $ref: "#/$defs/mapping" },
        maxProperties: mostAttributes,
      };
    case "boolean":
    case "schema":
      return { type: form.is === "schema" ? "object" : "boolean" };
    case "contracts":
      return {
        type: "object",
        propertyNames: { $ref: "#/$defs/name" },
        additionalProperties: { $ref: "#/$defs/contract" },
      };
    case "steps":
      return { type: "array", items: { $ref: "#/$defs/step" }, minItems: 1, maxItems: limits.steps };
  }
}

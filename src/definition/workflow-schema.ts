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
  lastMomentMs,
  momentPattern,
  mostAttributes,
  mostBranches,
  mostErrorCodes,
  nodeKinds,
  notVariables,
  type TermHolder,
  variablePattern,
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
      condition: {
        description: "CEL over input, steps.<name>.output, run and the variables of blocks; true or false.",
        type: "string",
        examples: ["input.total > 100", "steps.track.output.delivered"],
      },
      items: {
        description: "A list, or a mapping that gives one.",
        anyOf: [{ type: "array" }, operatorSchema],
        examples: [{ $: "input.items" }],
      },
      moment: {
        description: "A moment such as 2026-01-31T09:00:00Z, milliseconds since 1970, or a mapping that gives one.",
        anyOf: [
          { type: "string", pattern: momentPattern },
          { type: "integer", minimum: 0, maximum: lastMomentMs },
          operatorSchema,
        ],
        examples: [{ $: "input.shipAt" }],
      },
      variable: { type: "string", pattern: variablePattern, not: { enum: [...notVariables] }, examples: ["line"] },
      node: { anyOf: nodeKinds.map((kind) => ({ $ref: `#/$defs/${kind}` })) },
      ...Object.fromEntries(nodeKinds.map((kind) => [kind, holderSchema(kind)])),
      case: holderSchema("case"),
      signals: holderSchema("signals"),
      limit: holderSchema("limit"),
      inquiry: { anyOf: [{ type: "boolean" }, holderSchema("inquiry")] },
      compensation: { anyOf: [{ $ref: "#/$defs/name" }, holderSchema("compensation")] },
      retry: holderSchema("retry"),
      contract: holderSchema("contract"),
    },
  };
}

/** A mapping that stands for what need not be one itself. */
const operatorSchema: JsonObject = {
  type: "object",
  anyOf: ["$", "$cel", "$lit"].map((operator) => ({ required: [operator] })),
};

/** Of these at least one is there; that others are then not is left to the engine, which says so in words. */
const oneOf: Readonly<Partial<Record<TermHolder, readonly string[]>>> = {
  wait: ["for", "until", "signal"],
  case: ["when", "otherwise"],
};

function holderSchema(holder: TermHolder): JsonObject {
  const terms = vocabulary[holder];
  const required = terms.filter((term) => term.required).map(({ key }) => key);
  const alternatives = oneOf[holder];
  return {
    type: "object",
    properties: Object.fromEntries(
      terms.map(({ key, meaning, form }) => [key, { description: meaning, ...formSchema(form) }]),
    ),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    ...(alternatives ? { anyOf: alternatives.map((key) => ({ required: [key] })) } : {}),
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
    case "signals":
    case "inquiry":
    case "condition":
    case "items":
    case "moment":
    case "variable":
      return { $ref: `#/$defs/${form.is}` };
    case "whole":
      return { type: "integer", minimum: form.from, maximum: form.to };
    case "number":
      return { type: "number", minimum: form.from, maximum: form.to };
    case "code":
      return code;
    case "codes":
      return { type: "array", items: code, minItems: 1, maxItems: mostErrorCodes };
    case "true":
      return { const: true };
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
      return sequenceSchema(form.from);
    case "branches":
      return {
        type: "object",
        propertyNames: { $ref: "#/$defs/name" },
        additionalProperties: sequenceSchema(1),
        minProperties: 1,
        maxProperties: mostBranches,
      };
    case "cases":
      return { type: "array", items: { $ref: "#/$defs/case" }, minItems: 1, maxItems: mostBranches };
  }
}

const code: JsonObject = { type: "string", pattern: errorCodePattern };

const sequenceSchema = (from: 0 | 1): JsonObject => ({
  type: "array",
  items: { $ref: "#/$defs/node" },
  ...(from === 0 ? {} : { minItems: from }),
  maxItems: limits.steps,
});

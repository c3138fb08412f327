/**
 * The keywords of JSON Schema 2020-12 that are understood, each with what it takes. Others are refused when a
 * definition is loaded: a keyword that is silently ignored is a check that never happens.
 */

/** What a keyword takes. */
export type KeywordForm =
  | "schema"
  | "schemas" // a list of at least one
  | "schemas_by_name"
  | "type" // the name of a type, or a list of them
  | "names" // a list of texts, none twice
  | "names_by_name"
  | "values" // a list of at least one value
  | "any"
  | "number"
  | "positive" // a number above 0
  | "count" // a whole number from 0
  | "boolean"
  | "text"
  | "list"
  | "reference" // `#`, or `#/` and a JSON pointer to a schema of the same document
  | "dialect"
  | "id"; // a text, at the top only: inside it would change what references mean

export const keywordForms: ReadonlyMap<string, KeywordForm> = new Map([
  ["$schema", "dialect"],
  ["$id", "id"],
  ["$comment", "text"],
  ["$defs", "schemas_by_name"],
  ["$ref", "reference"],
  ["title", "text"],
  ["description", "text"],
  ["default", "any"],
  ["examples", "list"],
  ["format", "text"], // an annotation, as 2020-12 has it by default
  ["type", "type"],
  ["enum", "values"],
  ["const", "any"],
  ["multipleOf", "positive"],
  ["minimum", "number"],
  ["maximum", "number"],
  ["exclusiveMinimum", "number"],
  ["exclusiveMaximum", "number"],
  ["minLength", "count"],
  ["maxLength", "count"],
  ["minItems", "count"],
  ["maxItems", "count"],
  ["uniqueItems", "boolean"],
  ["prefixItems", "schemas"],
  ["items", "schema"],
  ["minProperties", "count"],
  ["maxProperties", "count"],
  ["required", "names"],
  ["dependentRequired", "names_by_name"],
  ["properties", "schemas_by_name"],
  ["additionalProperties", "schema"],
  ["allOf", "schemas"],
  ["anyOf", "schemas"],
  ["oneOf", "schemas"],
  ["not", "schema"],
  ["if", "schema"],
  ["then", "schema"],
  ["else", "schema"],
]);

/** Keywords whose schemas are held against the same value, not against a part of it. */
export const inPlaceKeywords: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "not", "if", "then", "else"]);

/** Known keywords that are refused by name. `sensitive` is ours. */
export const keywordsNotBuilt: ReadonlySet<string> = new Set([
  "pattern",
  "patternProperties",
  "propertyNames",
  "contains",
  "minContains",
  "maxContains",
  "dependentSchemas",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$anchor",
  "$dynamicAnchor",
  "$dynamicRef",
  "$vocabulary",
  "sensitive",
]);

/** Keywords of earlier dialects, and what is written today. */
export const formerKeywords: ReadonlyMap<string, string> = new Map([
  ["definitions", "$defs"],
  ["id", "$id"],
  ["dependencies", "dependentRequired"],
  ["additionalItems", "items"],
]);

export const types = ["null", "boolean", "integer", "number", "string", "array", "object"] as const;
export type TypeName = (typeof types)[number];

export const dialect = "https://json-schema.org/draft/2020-12/schema";

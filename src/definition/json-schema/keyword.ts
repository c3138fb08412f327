/**
 * The keywords of JSON Schema 2020-12 that are understood, each with what it takes. Others are refused when a
 * definition is loaded: a keyword that is silently ignored is a check that never happens.
 */

/** What a keyword takes. */
export type KeywordForm =
  | "schema"
  | "schemas" // a list of at least one
  | "schemas_by_name"
  | "schemas_by_pattern"
  | "type" // the name of a type, or a list of them
  | "names" // a list of texts, none twice
  | "names_by_name"
  | "any"
  | "number"
  | "positive" // a number above 0
  | "count" // a whole number from 0
  | "boolean"
  | "text"
  | "pattern" // a regular expression
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
  ["deprecated", "boolean"],
  ["readOnly", "boolean"],
  ["writeOnly", "boolean"],
  ["format", "text"], // an annotation, as 2020-12 has it by default
  ["contentEncoding", "text"],
  ["contentMediaType", "text"],
  ["sensitive", "boolean"], // ours: what lies under it is not for printing (`redact.ts`)
  ["type", "type"],
  ["enum", "list"],
  ["const", "any"],
  ["multipleOf", "positive"],
  ["minimum", "number"],
  ["maximum", "number"],
  ["exclusiveMinimum", "number"],
  ["exclusiveMaximum", "number"],
  ["minLength", "count"],
  ["maxLength", "count"],
  ["pattern", "pattern"],
  ["minItems", "count"],
  ["maxItems", "count"],
  ["uniqueItems", "boolean"],
  ["prefixItems", "schemas"],
  ["items", "schema"],
  ["contains", "schema"],
  ["minContains", "count"],
  ["maxContains", "count"],
  ["minProperties", "count"],
  ["maxProperties", "count"],
  ["required", "names"],
  ["dependentRequired", "names_by_name"],
  ["dependentSchemas", "schemas_by_name"],
  ["propertyNames", "schema"],
  ["properties", "schemas_by_name"],
  ["patternProperties", "schemas_by_pattern"],
  ["additionalProperties", "schema"],
  ["allOf", "schemas"],
  ["anyOf", "schemas"],
  ["oneOf", "schemas"],
  ["not", "schema"],
  ["if", "schema"],
  ["then", "schema"],
  ["else", "schema"],
]);

/** Keywords whose schemas are held against the same value, not against a part of it. So is what `$ref` names. */
export const inPlaceKeywords: ReadonlySet<string> = new Set([
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentSchemas",
]);

/** Known keywords that are refused by name. */
export const keywordsNotBuilt: ReadonlySet<string> = new Set([
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentSchema",
  "$anchor",
  "$dynamicAnchor",
  "$dynamicRef",
  "$vocabulary",
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

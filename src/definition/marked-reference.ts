/**
 * Which references of a mapping lead to a place that a schema marks as sensitive: what stands at their other end is so,
 * too. Where the schema is more than fields by name, every reference below it is taken to be marked, because which part
 * of it counts is only known with the value.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import { expressionOf } from "./cel/expression-cache.ts";
import { hasSensitive } from "./json-schema/redact.ts";
import { parseReferencePath, PathFault, type ReferencePath } from "./reference-path.ts";

export interface MarkedReference {
  readonly path: ReferencePath;
  /** What the value at its end has to be redacted by. */
  readonly schema: Json;
}

const whole: JsonObject = { sensitive: true };

export function markedReferences(mapping: Json, schema: Json): readonly MarkedReference[] {
  if (!isJsonObject(schema) || !hasSensitive(schema)) return [];
  if (isJsonList(mapping)) return mapping.flatMap((item) => markedReferences(item, itemOf(schema)));
  if (!isJsonObject(mapping) || Object.hasOwn(mapping, "$lit")) return [];
  const { $: text, $cel: expression } = mapping;
  if (typeof expression === "string" && typeof text !== "string") return markedInExpression(expression);
  if (typeof text !== "string") {
    return Object.entries(mapping).flatMap(([key, inner]) => markedReferences(inner, fieldOf(schema, key)));
  }
  const path = parseReferencePath(text);
  const own = path instanceof PathFault ? [] : [{ path, schema }];
  return Object.hasOwn(mapping, "else") ? [...own, ...markedReferences(mapping["else"] ?? null, schema)] : own;
}

/** Which part of what an expression reads comes to stand there is not known, so all of it is taken to be marked. */
function markedInExpression(expression: string): readonly MarkedReference[] {
  return expressionOf(expression, { expects: "value" }).references.flatMap(({ path }) =>
    path.from === "variable" ? [] : [{ path, schema: whole }],
  );
}

/** Keywords that say nothing of fields or items but what stands under their names. */
const plain: ReadonlySet<string> = new Set([
  ...["type", "title", "description", "default", "examples", "format", "required", "additionalProperties", "$comment"],
  ...["properties", "items", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "sensitive"],
]);

const isPlain = (schema: JsonObject): boolean =>
  schema["sensitive"] !== true && Object.keys(schema).every((keyword) => plain.has(keyword));

function fieldOf(schema: JsonObject, key: string): Json {
  if (!isPlain(schema)) return whole;
  const { properties, additionalProperties } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) return withRoot(properties[key] ?? true);
  return additionalProperties === undefined ? true : withRoot(additionalProperties);
}

function itemOf(schema: JsonObject): Json {
  return isPlain(schema) ? withRoot(schema["items"] ?? true) : whole;
}

/** A part that refers to the whole's definitions cannot be read without them. */
function withRoot(schema: Json): Json {
  return JSON.stringify(schema).includes('"$ref":') ? whole : schema;
}

/**
 * Which references of a mapping lead to a place that a schema marks as sensitive: what stands at their other end is so,
 * too. Where the schema is more than fields by name, every reference below it is taken to be marked, because which part
 * of it counts is only known with the value.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import { expressionOf } from "./cel/expression-cache.ts";
import { hasSensitive } from "./json-schema/redact.ts";
import { parseReferencePath, PathFault, type ReferencePath } from "./reference-path.ts";
import type { ValuePath } from "./value-path.ts";
import type { RepeatPlan } from "./workflow.ts";

export interface MarkedReference {
  readonly path: ReferencePath;
  /** What the value at its end has to be redacted by. */
  readonly schema: Json;
}

const whole: JsonObject = { sensitive: true };

/** `repeats` are the blocks around the mapping: what is marked of an item is marked in the list that it comes from. */
export function markedReferences(
  mapping: Json,
  schema: Json,
  repeats: readonly RepeatPlan[] = [],
): readonly MarkedReference[] {
  if (!isJsonObject(schema) || !hasSensitive(schema)) return [];
  if (isJsonList(mapping)) return mapping.flatMap((item) => markedReferences(item, itemOf(schema), repeats));
  if (!isJsonObject(mapping) || Object.hasOwn(mapping, "$lit")) return [];
  const { $: text, $cel: expression } = mapping;
  if (typeof expression === "string" && typeof text !== "string") return markedInExpression(expression, repeats);
  if (typeof text !== "string") {
    return Object.entries(mapping).flatMap(([key, inner]) => markedReferences(inner, fieldOf(schema, key), repeats));
  }
  const path = parseReferencePath(text);
  const own = path instanceof PathFault ? [] : markedAt(path, schema, repeats);
  return Object.hasOwn(mapping, "else") ? [...own, ...markedReferences(mapping["else"] ?? null, schema, repeats)] : own;
}

/** Which part of what an expression reads comes to stand there is not known, so all of it is taken to be marked. */
function markedInExpression(expression: string, repeats: readonly RepeatPlan[]): readonly MarkedReference[] {
  return expressionOf(expression, { expects: "value" }).references.flatMap(({ path }) =>
    markedAt(path, whole, repeats),
  );
}

function markedAt(path: ReferencePath, schema: Json, repeats: readonly RepeatPlan[]): readonly MarkedReference[] {
  if (path.from !== "variable") return [{ path, schema }];
  const at = repeats.findLastIndex((repeat) => repeat.is === "forEach" && repeat.as === path.name);
  const block = repeats[at];
  if (block?.is !== "forEach") return [];
  return markedReferences(block.in, { items: schemaAround(path.rest, withRoot(schema)) }, repeats.slice(0, at));
}

/** The schema of a value in which the path leads to what the schema is of. One item of a list speaks for all. */
const schemaAround = (path: ValuePath, schema: Json): Json =>
  path.reduceRight<Json>(
    (inner, segment) => (typeof segment === "number" ? { items: inner } : { properties: { [segment]: inner } }),
    schema,
  );

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

/** Which schemas speak of a field, or an item, of the value that a schema is held against. */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { Pattern } from "./pattern/pattern.ts";
import type { Work } from "./work.ts";

interface FieldPattern {
  readonly pattern: Pattern;
  readonly schema: Json;
}

const none: readonly FieldPattern[] = [];
/** Made once for each schema: a pattern is read for every field of every value. */
const known = new WeakMap<JsonObject, readonly FieldPattern[]>();

function fieldPatternsOf(schema: JsonObject): readonly FieldPattern[] {
  const { patternProperties } = schema;
  if (!isJsonObject(patternProperties)) return none;
  const made = known.get(schema);
  if (made) return made;
  const entries = Object.entries(patternProperties);
  const patterns = entries.map(([source, inner]) => ({ pattern: new Pattern(source), schema: inner }));
  known.set(schema, patterns);
  return patterns;
}

/** What a look at one field takes, where no schema is held against it. */
export const stepsOfField = 1 / 4;

/** In the order in which they are held against the field: by its name, by patterns, or else as one of the others. */
export function fieldSchemasOf(schema: JsonObject, key: string, work: Work): readonly Json[] {
  work.spend(stepsOfField);
  const { properties, additionalProperties } = schema;
  const found: Json[] = [];
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) found.push(properties[key] ?? true);
  for (const { pattern, schema: inner } of fieldPatternsOf(schema)) if (pattern.matches(key, work)) found.push(inner);
  if (found.length === 0 && additionalProperties !== undefined) found.push(additionalProperties);
  return found;
}

/** Whether the schema speaks of fields at all. */
export function hasFieldSchemas({ properties, patternProperties, additionalProperties }: JsonObject): boolean {
  return properties !== undefined || patternProperties !== undefined || additionalProperties !== undefined;
}

/** What the item at that index has to fit; `contains` asks it of some item, of which one is not said. */
export function itemSchemaOf({ prefixItems, items }: JsonObject, index: number): Json | undefined {
  return (isJsonList(prefixItems) ? prefixItems[index] : undefined) ?? items;
}

/**
 * Some libraries number the definitions of a schema by a counter of the whole process. Such names would give a workflow
 * another hash in each process, so they are counted anew, in the order in which the schema comes to them.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";

const counted = /^(\D*)\d+$/;
const reference = /^#\/\$defs\/([^/]+)$/;

export function withSteadyNames(schema: JsonObject): JsonObject {
  const definitions = schema["$defs"];
  if (!isJsonObject(definitions)) return schema;
  const names = new Map<string, string>();
  const { $defs: _, ...rest } = schema;
  const follow = (value: Json): void => {
    if (isJsonList(value)) return value.forEach(follow);
    if (!isJsonObject(value)) return;
    const name = referred(value);
    if (name !== undefined && !names.has(name)) {
      const [, word] = counted.exec(name) ?? [];
      names.set(name, word === undefined ? name : `${word}${names.size + 1}`);
      follow(definitions[name] ?? null);
    }
    Object.values(value).forEach(follow);
  };
  follow(rest);
  // What nothing refers to keeps its name, and says nothing of any value.
  const named = Object.keys(definitions).map((name) => [
    names.get(name) ?? name,
    renamed(definitions[name] ?? null, names),
  ]);
  return { ...(renamed(rest, names) as JsonObject), $defs: Object.fromEntries(named) as JsonObject };
}

function referred({ $ref }: JsonObject): string | undefined {
  return typeof $ref === "string" ? reference.exec($ref)?.[1] : undefined;
}

function renamed(value: Json, names: ReadonlyMap<string, string>): Json {
  if (isJsonList(value)) return value.map((item) => renamed(item, names));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, renamed(inner, names)]);
  const name = referred(value);
  const copy = Object.fromEntries(entries) as Record<string, Json>;
  if (name !== undefined) copy["$ref"] = `#/$defs/${names.get(name) ?? name}`;
  return copy;
}

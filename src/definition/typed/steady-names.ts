/**
 * Some libraries number the definitions of a schema by a counter of the whole process. Such names would give a workflow
 * another hash in each process, so they are counted anew, in the order in which the schema comes to them.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";

const counted = /^(\D*)\d+$/;
const reference = /^#\/\$defs\/([^/~%]+)$/;

export function withSteadyNames(schema: JsonObject): JsonObject {
  const definitions = schema["$defs"];
  if (!isJsonObject(definitions) || !Object.keys(definitions).some((name) => counted.test(name))) return schema;
  if (refersOtherwise(schema)) return schema;
  const names = new Map<string, string>();
  const { $defs: _, ...rest } = schema;
  const follow = (value: Json): void => {
    if (isJsonList(value)) return value.forEach(follow);
    if (!isJsonObject(value)) return;
    const name = referred(value);
    if (name !== undefined && !names.has(name)) {
      names.set(name, steadyName(name, names));
      follow(definitions[name] ?? null);
    }
    Object.values(value).forEach(follow);
  };
  follow(rest);
  // What nothing refers to says nothing of any value.
  const named = [...names].map(([name, steady]) => [steady, renamed(definitions[name] ?? null, names)]);
  return { ...(renamed(rest, names) as JsonObject), $defs: Object.fromEntries(named) as JsonObject };
}

/** Into a definition, or by a name that has to be escaped: what is renamed could not be found again. */
function refersOtherwise(value: Json): boolean {
  if (isJsonList(value)) return value.some(refersOtherwise);
  if (!isJsonObject(value)) return false;
  const { $ref } = value;
  const isOther = typeof $ref === "string" && $ref.startsWith("#/$defs/") && !reference.test($ref);
  return isOther || Object.values(value).some(refersOtherwise);
}

function steadyName(name: string, names: ReadonlyMap<string, string>): string {
  const [, word] = counted.exec(name) ?? [];
  const taken = new Set(names.values());
  let count = names.size + 1;
  let steady = word === undefined ? name : `${word}${count}`;
  while (taken.has(steady)) steady = `${word ?? name}${++count}`;
  return steady;
}

/** Of a reference to a definition by its plain name; any other way of referring is left as it is. */
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

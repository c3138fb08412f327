/** References within one schema: `#`, or `#/` and a JSON pointer (RFC 6901), percent-encoded as in a URI. */
import { isJsonList, isJsonObject, type Json } from "../../base/json.ts";

/** The keys and indices that it follows; `undefined` for a text that is no local reference. */
export function parseLocalReference(text: string): readonly string[] | undefined {
  if (text === "#") return [];
  if (!text.startsWith("#/") || /~(?![01])/.test(text)) return undefined;
  const segments = text.slice(2).split("/");
  try {
    return segments.map((segment) => decodeURIComponent(segment).replaceAll("~1", "/").replaceAll("~0", "~"));
  } catch {
    // A `%` that two hex digits do not follow.
    return undefined;
  }
}

/** What a reference points at; `undefined` where there is nothing. */
export function resolveLocalReference(root: Json, text: string): Json | undefined {
  let value: Json | undefined = root;
  for (const segment of parseLocalReference(text) ?? [""]) {
    if (isJsonList(value)) value = /^(?:0|[1-9]\d*)$/.test(segment) ? value[Number(segment)] : undefined;
    else value = isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
  }
  return value;
}

import type { Json } from "../base/json.ts";

/** What a value is, for messages, which never say the value itself: payloads are not for messages. */
export function kindOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return Number.isInteger(value) ? "a whole number" : "a number";
    case "boolean":
      return "a boolean";
    default:
      return "a mapping";
  }
}

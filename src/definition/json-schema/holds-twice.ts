import { canonicalJson } from "../../base/canonical-json.ts";
import { isJsonList, type Json } from "../../base/json.ts";
import type { Work } from "./work.ts";

/** What the canonical text of a value takes, without its parts; of a key, or of a text, that many characters. */
const stepsOfValue = 2;
const charactersOfStep = 64;

/** Whether two items of a list are equal. By their texts, so that a long list need not be compared pair by pair. */
export function holdsTwice(items: readonly Json[], work: Work): boolean {
  weigh(items, work);
  return new Set(items.map((item) => canonicalJson(item))).size < items.length;
}

/** Counts beforehand what the texts will take. */
function weigh(value: Json, work: Work): void {
  work.spend(stepsOfValue);
  if (typeof value === "string") work.spend(value.length / charactersOfStep);
  if (typeof value !== "object" || value === null) return;
  if (isJsonList(value)) {
    for (const item of value) weigh(item, work);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    weigh(key, work);
    weigh(inner, work);
  }
}

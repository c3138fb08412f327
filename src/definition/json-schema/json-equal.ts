import { isJsonList, isJsonObject, type Json } from "../../base/json.ts";
import type { Work } from "./work.ts";

/** Of the comparison of two items, or of two fields of the same name; of a text, that many of its characters. */
const stepsOfPart = 1 / 4;
const charactersOfStep = 4096;

/** Equality of JSON values: the order of keys means nothing. Goes no deeper than the shallower of the two. */
export function jsonEqual(a: Json, b: Json, work: Work): boolean {
  if (typeof a === "string" && typeof b === "string" && a.length === b.length) work.spend(a.length / charactersOfStep);
  if (a === b) return true;
  if (isJsonList(a)) {
    if (!isJsonList(b) || a.length !== b.length) return false;
    work.spend(a.length * stepsOfPart);
    return a.every((item, index) => jsonEqual(item, b[index] ?? null, work));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  work.spend((keys.length + others.length) * stepsOfPart);
  if (keys.length !== others.length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key] ?? null, b[key] ?? null, work));
}

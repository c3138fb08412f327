/** Which keys of two definitions differ, each in one line: `timeout: 30s → 60s`. */
import { canonicalJson } from "../../base/canonical-json.ts";
import { isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { condition, mappingText, span } from "../block-words.ts";

/** Milliseconds in the canonical form (definition.md, 1). */
const durations: ReadonlySet<string> = new Set([
  ..."timeout scheduleToStart stepDeadline heartbeat initial deadline retention compensationDeadline".split(" "),
  ..."cancelGrace maxAge for".split(" "),
]);

/** Objects of ours, whose keys are looked into; everything else is a value. */
const nested: ReadonlySet<string> = new Set(["retry", "compensation", "inquire", "signals", "limit"]);

export function changedKeys(before: JsonObject, after: JsonObject, under = ""): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [old, now] = [before[key], after[key]];
    if (isSame(old, now)) return [];
    const path = `${under}${key}`;
    if (nested.has(key) && isJsonObject(old) && isJsonObject(now)) return changedKeys(old, now, `${path}.`);
    if (key === "retry") return changedKeys(isJsonObject(old) ? old : {}, isJsonObject(now) ? now : {}, `${path}.`);
    return [`${path}: ${valueText(key, old)} → ${valueText(key, now)}`];
  });
}

const isSame = (one: Json | undefined, other: Json | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && canonicalJson(one) === canonicalJson(other));

function valueText(key: string, value: Json | undefined): string {
  if (value === undefined) return "none";
  if (typeof value === "number" && (durations.has(key) || (key === "max" && value >= 1000))) return span(value);
  if (typeof value === "string") return condition(value);
  if (key === "compensation" && isJsonObject(value) && typeof value["worker"] === "string") return value["worker"];
  return mappingText(value);
}

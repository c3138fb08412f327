/** From what an expression computed to JSON, within the size of a payload. */
import type { Json } from "../../base/json.ts";
import { largestPayloadBytes } from "../../base/payload-size.ts";
import type { Evaluation } from "./evaluation.ts";
import { fence } from "./fence.ts";
import { workOfItem, workOfKey } from "./operators.ts";
import { Refusal } from "./refusal.ts";
import { isList, type Value, type ValueList, type ValueMap } from "./value.ts";

const tooLarge = new Refusal("expression_limit", "gives more than a payload may hold");
const tooDeep = new Refusal("expression_limit", `gives a value more than ${fence.valueDepth} deep`);

/** A part of the data is given as it is; only what the expression made can be too large, or hold an int. */
export const resultAsJson = (value: Value, isData: boolean | undefined, evaluation: Evaluation): Json | Refusal =>
  isData && typeof value === "object" ? (value as Json) : new Writing(evaluation).write(value, 0);

/**
 * Counts the size as it would be written, because a list that holds one large value many times is small only until
 * then. Copies only what holds an int.
 */
class Writing {
  private readonly evaluation: Evaluation;
  private charactersLeft = largestPayloadBytes;

  constructor(evaluation: Evaluation) {
    this.evaluation = evaluation;
  }

  write(value: Value, depth: number): Json | Refusal {
    this.charactersLeft -= typeof value === "string" ? value.length + 3 : 2;
    if (this.charactersLeft < 0) return tooLarge;
    // Adding 0 makes 0 of -0, which is what JSON makes of it.
    if (typeof value === "bigint" || typeof value === "number") return Number(value) + 0;
    if (typeof value !== "object" || value === null) return value;
    if (depth > fence.valueDepth) return tooDeep;
    return isList(value) ? this.writeItems(value, depth) : this.writeFields(value, depth);
  }

  private writeItems(list: ValueList, depth: number): Json | Refusal {
    let copy: Json[] | undefined;
    for (let at = 0; at < list.length; at++) {
      const item = list[at] ?? null;
      const json = this.evaluation.spend(workOfItem / 2) ?? this.write(item, depth + 1);
      if (json instanceof Refusal) return json;
      if (!Object.is(json, item)) copy ??= list.slice() as Json[];
      if (copy) copy[at] = json;
    }
    return copy ?? (list as Json);
  }

  private writeFields(map: ValueMap, depth: number): Json | Refusal {
    let copy: Record<string, Json> | undefined;
    for (const key in map) {
      this.charactersLeft -= key.length + 3;
      const inner = map[key] ?? null;
      const json = this.evaluation.spend(workOfKey) ?? this.write(inner, depth + 1);
      if (json instanceof Refusal) return json;
      if (!Object.is(json, inner)) copy ??= { ...map } as Record<string, Json>;
      if (copy) copy[key] = json;
    }
    return copy ?? (map as Json);
  }
}

/** Which mappings of a workflow cannot do without a step's output (semantics.md, 7: `skip`). */
import { isJsonList, isJsonObject, type Json } from "../base/json.ts";
import { expressionOf } from "./cel/expression-cache.ts";
import { parseReferencePath, PathFault } from "./reference-path.ts";
import type { Workflow } from "./workflow.ts";

/** The later steps that refer to the output without `else` or `has(…)`, in order. */
export function stepsThatNeed({ steps, places }: Workflow, name: string): readonly string[] {
  const from = (places.get(name) ?? -1) + 1;
  return steps.slice(from).flatMap((step) => {
    const mappings = [step.input, step.compensation?.input];
    return mappings.some((mapping) => mapping !== undefined && needs(mapping, name)) ? [step.name] : [];
  });
}

/** Mappings have passed `check-mapping.ts` when their definition was loaded. */
function needs(mapping: Json, name: string): boolean {
  if (isJsonList(mapping)) return mapping.some((item) => needs(item, name));
  if (!isJsonObject(mapping) || Object.hasOwn(mapping, "$lit")) return false;
  const { $: reference, $cel: expression, else: otherwise } = mapping;
  if (typeof expression === "string" && typeof reference !== "string") {
    return expressionOf(expression, { expects: "value" }).references.some(
      ({ path, isGuarded }) => !isGuarded && path.from === "step" && path.step === name,
    );
  }
  if (typeof reference !== "string") return Object.values(mapping).some((inner) => needs(inner, name));
  if (Object.hasOwn(mapping, "else")) return needs(otherwise ?? null, name);
  const path = parseReferencePath(reference);
  return !(path instanceof PathFault) && path.from === "step" && path.step === name;
}

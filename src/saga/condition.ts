/** Conditions of a definition, asked while a run goes forward (semantics.md, C20). */
import type { Problem } from "../base/problem.ts";
import { isJsonList, type Json } from "../base/json.ts";
import { expressionOf } from "../definition/cel/expression-cache.ts";
import { resolveMapping } from "../definition/reference.ts";
import type { Scope } from "../definition/scope.ts";
import type { RepeatPlan } from "../definition/workflow.ts";
import { kindOf } from "../definition/value-kind.ts";

export type Asked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem };

/** Without a condition it holds. */
export function holds(condition: string | undefined, scope: Scope, repeats: readonly RepeatPlan[]): Asked<boolean> {
  if (condition === undefined) return { ok: true, value: true };
  const variables = repeats.flatMap((repeat) => (repeat.is === "forEach" ? [repeat.as] : []));
  const answer = expressionOf(condition, { expects: "condition", variables, inputSchema: scope.inputSchema }).evaluate(
    scope,
  );
  return answer.ok ? { ok: true, value: answer.value === true } : answer;
}

/** The items of a `forEach`. */
export function itemsOf(mapping: Json, scope: Scope): Asked<readonly Json[]> {
  const resolved = resolveMapping(mapping, scope);
  if (!resolved.ok) return resolved;
  const { value } = resolved;
  if (!isJsonList(value)) return wrongItems(`it is ${kindOf(value)}`);
  return value.length > mostItems ? wrongItems(`it has ${value.length} items`) : { ok: true, value };
}

/** Each item is kept in the run until it is done. */
const mostItems = 100_000;

const wrongItems = (detail: string): Asked<never> => ({
  ok: false,
  problem: { code: "bad_items", title: `what a forEach goes through is a list of at most ${mostItems} items`, detail },
});

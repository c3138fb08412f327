/**
 * Mappings (definition.md, 1): data that holds references, resolved each time that a command is made.
 *
 * This is the hot path, so a mapping is compiled once, to a plan of plain data that is kept for as long as the
 * mapping object lives. Parts without a reference are in the plan as they are: such a mapping resolves to itself.
 * Mappings have passed `check-mapping.ts` when their definition was loaded; here they are trusted.
 */
import { assert } from "../base/errors.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import { expressionOf } from "./cel/expression-cache.ts";
import { parseReferencePath, PathFault, type ReferencePath } from "./reference-path.ts";
import { type Scope, visibleRun } from "./scope.ts";
import { kindOf } from "./value-kind.ts";
import { formatPath } from "./value-path.ts";

export type { Scope };

/** The code of a problem is `reference_missing`, or one of an expression's (`RefusalCode`). */
export type Resolved = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: Problem };

/** A scope, and whether what is missing is `null`. */
type Evaluated = Scope & { readonly isLenient?: boolean };

type Plan =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "reference"; readonly path: ReferencePath; readonly otherwise: Plan | undefined }
  | { readonly kind: "expression"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Plan[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Plan])[] };

const plans = new WeakMap<object, Plan>();

/** Gives the mapping with its references replaced; of a mapping without any, the mapping itself. */
export function resolveMapping(mapping: Json, scope: Scope): Resolved {
  if (typeof mapping !== "object" || mapping === null) return { ok: true, value: mapping };
  const value = evaluate(planOf(mapping), scope);
  return value instanceof Missing ? { ok: false, problem: value.problem() } : { ok: true, value };
}

/** As `resolveMapping`, but what a reference does not find is `null` there, and the rest stays. */
export function resolveLeniently(mapping: Json, scope: Scope): Json {
  if (typeof mapping !== "object" || mapping === null) return mapping;
  const value = evaluate(planOf(mapping), { ...scope, isLenient: true });
  return value instanceof Missing ? null : value;
}

function planOf(mapping: object & Json): Plan {
  let plan = plans.get(mapping);
  if (plan === undefined) plans.set(mapping, (plan = compile(mapping)));
  return plan;
}

function compile(mapping: Json): Plan {
  if (isJsonList(mapping)) {
    const items = mapping.map(compile);
    return foldList(mapping, items);
  }
  if (!isJsonObject(mapping)) return { kind: "constant", value: mapping };
  if (Object.hasOwn(mapping, "$lit")) return { kind: "constant", value: mapping["$lit"] ?? null };
  if (Object.hasOwn(mapping, "$")) return compileReference(mapping);
  if (typeof mapping["$cel"] === "string") return { kind: "expression", text: mapping["$cel"] };
  const entries = Object.entries(mapping).map(([key, inner]) => [key, compile(inner)] as const);
  return foldObject(mapping, entries);
}

function compileReference(mapping: JsonObject): Plan {
  const text = mapping["$"];
  const path = typeof text === "string" ? parseReferencePath(text) : undefined;
  assert(
    path && !(path instanceof PathFault),
    `a loaded mapping holds the malformed reference ${JSON.stringify(text)}`,
  );
  const otherwise = Object.hasOwn(mapping, "else") ? compile(mapping["else"] ?? null) : undefined;
  return { kind: "reference", path, otherwise };
}

/** A list of constants is one constant; and the very same list, unless a `$lit` was taken out of it. */
function foldList(source: readonly Json[], items: readonly Plan[]): Plan {
  if (!items.every((item) => item.kind === "constant")) return { kind: "list", items };
  const untouched = items.every((item, index) => item.value === source[index]);
  return { kind: "constant", value: untouched ? source : items.map((item) => item.value) };
}

function foldObject(source: JsonObject, entries: readonly (readonly [string, Plan])[]): Plan {
  const values: [string, Json][] = [];
  for (const [key, plan] of entries) {
    if (plan.kind !== "constant") return { kind: "object", entries };
    values.push([key, plan.value]);
  }
  const untouched = values.every(([key, value]) => value === source[key]);
  return { kind: "constant", value: untouched ? source : Object.fromEntries(values) };
}

function evaluate(plan: Plan, scope: Evaluated): Json | Missing {
  switch (plan.kind) {
    case "constant":
      return plan.value;
    case "reference": {
      const value = follow(plan.path, scope);
      if (!(value instanceof Missing)) return value;
      if (plan.otherwise) return evaluate(plan.otherwise, scope);
      return scope.isLenient ? null : value;
    }
    case "expression":
      return evaluateExpression(plan.text, scope);
    case "list":
      return evaluateList(plan.items, scope);
    case "object":
      return evaluateObject(plan.entries, scope);
  }
}

/** By the input's schema whole numbers are told from others, so an expression is compiled for each schema. */
function evaluateExpression(text: string, scope: Evaluated): Json | Missing {
  const { inputSchema } = scope;
  const evaluated = expressionOf(text, { expects: "value", inputSchema }).evaluate(scope);
  if (evaluated.ok) return evaluated.value;
  return scope.isLenient ? null : new Missing(() => evaluated.problem);
}

function evaluateList(items: readonly Plan[], scope: Evaluated): Json | Missing {
  const list: Json[] = [];
  for (const item of items) {
    const value = evaluate(item, scope);
    if (value instanceof Missing) return value;
    list.push(value);
  }
  return list;
}

function evaluateObject(entries: readonly (readonly [string, Plan])[], scope: Evaluated): Json | Missing {
  const object: Record<string, Json> = {};
  for (const [key, plan] of entries) {
    const value = evaluate(plan, scope);
    if (value instanceof Missing) return value;
    object[key] = value;
  }
  return object;
}

function follow(path: ReferencePath, scope: Scope): Json | Missing {
  let value = startOf(path, scope);
  for (let depth = 0; depth < path.rest.length && value !== undefined; depth++) {
    const inner = ownValue(value, path.rest[depth]);
    if (inner === undefined) return missing(path, depth + 1, value);
    value = inner;
  }
  return value ?? (value === null ? null : missing(path, 0, undefined));
}

function startOf(path: ReferencePath, scope: Scope): Json | undefined {
  switch (path.from) {
    case "input":
      return scope.input;
    case "run":
      return visibleRun(scope);
    case "step":
      return scope.outputOf(path.step);
    case "variable":
      return scope.variable?.(path.name);
  }
}

/** Own properties of objects and items of lists only, so that no path reaches `constructor` or a list's `length`. */
function ownValue(value: Json, segment: string | number | undefined): Json | undefined {
  if (typeof segment === "number") return isJsonList(value) ? value[segment] : undefined;
  if (segment === undefined || !isJsonObject(value) || !Object.hasOwn(value, segment)) return undefined;
  return value[segment];
}

/** There is no value: why is said only to those who ask, because there may be another one for it. */
class Missing {
  readonly problem: () => Problem;

  constructor(problem: () => Problem) {
    this.problem = problem;
  }
}

/** A reference that found nothing. Says where it stopped, never what it saw: payloads are not for messages. */
const missing = (path: ReferencePath, depth: number, stoppedAt: Json | undefined): Missing =>
  new Missing(() => ({
    code: "reference_missing",
    title: "A reference found nothing",
    detail: `\`${textOf(path, path.rest.length)}\`: ${reasonOf(path, depth, stoppedAt)}`,
  }));

function reasonOf(path: ReferencePath, depth: number, stoppedAt: Json | undefined): string {
  if (stoppedAt === undefined) return `\`${textOf(path, 0)}\` is not there (yet)`;
  const segment = path.rest[depth - 1];
  const holder = `\`${textOf(path, depth - 1)}\` is ${kindOf(stoppedAt)}`;
  if (typeof segment === "number") return isJsonList(stoppedAt) ? `${holder} without item ${segment}` : holder;
  return isJsonObject(stoppedAt) ? `${holder} without \`${formatPath([segment ?? ""])}\`` : holder;
}

function textOf(path: ReferencePath, depth: number): string {
  return formatPath([...startOfText(path), ...path.rest.slice(0, depth)]);
}

function startOfText(path: ReferencePath): readonly string[] {
  if (path.from === "step") return ["steps", path.step, "output"];
  return [path.from === "variable" ? path.name : path.from];
}

/** Expressions of loaded definitions, each compiled once: conditions are asked at every turn of every run. */
import { assert } from "../../base/errors.ts";
import type { ExpressionOptions } from "./compiling.ts";
import { compileExpression, type Expression } from "./expression.ts";

/** Of one schema; above it the one that was compiled first goes. */
const mostKept = 1000;

const bySchema = new WeakMap<object, Map<string, Expression>>();
const withoutSchema = new Map<string, Expression>();

/** For a text that was found right when its definition was loaded. */
export function expressionOf(text: string, options: ExpressionOptions): Expression {
  const kept = keptFor(options);
  const key = [options.expects, options.roots ?? "", options.variables ?? "", text].join("|");
  const known = kept.get(key);
  if (known) return known;
  const compiled = compileExpression(text, { variables: "any", ...options });
  assert(compiled.ok, `a loaded definition holds the faulty expression ${JSON.stringify(text)}`);
  for (const oldest of kept.size < mostKept ? [] : kept.keys().take(1)) kept.delete(oldest);
  kept.set(key, compiled.expression);
  return compiled.expression;
}

function keptFor({ inputSchema }: ExpressionOptions): Map<string, Expression> {
  if (typeof inputSchema !== "object" || inputSchema === null) return withoutSchema;
  let kept = bySchema.get(inputSchema);
  if (!kept) bySchema.set(inputSchema, (kept = new Map<string, Expression>()));
  return kept;
}

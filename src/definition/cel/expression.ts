/** Expressions (definition.md, 1): CEL inside a fence, checked when a definition is loaded, then evaluated many times. */
import type { Json } from "../../base/json.ts";
import type { Problem } from "../../base/problem.ts";
import type { Scope } from "../scope.ts";
import { shown } from "../value-path.ts";
import { compileCel, compileCondition } from "./compile-cel.ts";
import { Compiling, type ExpressionOptions, type ExpressionReference } from "./compiling.ts";
import { Evaluation, type Run } from "./evaluation.ts";
import type { ExpressionFault } from "./expression-fault.ts";
import { parseCel } from "./parse-cel.ts";
import { Refusal } from "./refusal.ts";
import { resultAsJson } from "./result.ts";

export type CompiledExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly faults: readonly ExpressionFault[] };

export type Evaluated =
  | { readonly ok: true; readonly value: Json }
  /** Its codes are those of `RefusalCode`. */
  | { readonly ok: false; readonly problem: Problem };

/** Immutable, and has no state between evaluations. */
export interface Expression {
  /** What it reads, in the order in which it stands there. */
  readonly references: readonly ExpressionReference[];
  /** Does not throw, and says no value in its problems: payloads are not for messages. */
  evaluate(scope: Scope): Evaluated;
}

/** Does not throw: whatever is wrong with the text is a fault. */
export function compileExpression(text: string, options: ExpressionOptions): CompiledExpression {
  const parsed = parseCel(text);
  if (!parsed.ok) return { ok: false, faults: [parsed.fault] };
  const compiling = new Compiling(text, options, compileCel);
  const { run, isData } =
    options.expects === "condition"
      ? { run: compileCondition(parsed.node, compiling), isData: false }
      : compiling.compile(parsed.node);
  const { faults, references } = compiling;
  if (faults.length > 0) return { ok: false, faults: faults.sort((a, b) => a.offset - b.offset) };
  references.sort((a, b) => a.offset - b.offset);
  return { ok: true, expression: { references, evaluate: (scope) => evaluate(text, run, isData, scope) } };
}

function evaluate(text: string, run: Run, isData: boolean | undefined, scope: Scope): Evaluated {
  const evaluation = new Evaluation(scope);
  const value = run(evaluation);
  const result = value instanceof Refusal ? value : resultAsJson(value, isData, evaluation);
  return result instanceof Refusal ? { ok: false, problem: problemOf(result, text) } : { ok: true, value: result };
}

function problemOf({ code, what, place }: Refusal, text: string): Problem {
  const subject = place ? text.slice(place.start, place.end) : text;
  return { code, title: "An expression has no value", detail: `\`${shown(subject)}\`: ${what}` };
}

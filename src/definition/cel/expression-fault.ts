/** What is wrong with an expression, found when its definition is loaded. */
import type { DefinitionProblemCode } from "../definition-problem.ts";

export interface ExpressionFault {
  readonly code: Extract<
    DefinitionProblemCode,
    "bad_expression" | "too_large" | "too_deep" | "wrong_type" | "bad_reference" | "unknown_reference"
  >;
  /** UTF-16 units from the beginning of the expression. */
  readonly offset: number;
  readonly length: number;
  readonly what: string;
  /** What to write instead, as one sentence. */
  readonly mend: string;
}

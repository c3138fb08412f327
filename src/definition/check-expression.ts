/** Checks an expression when its definition is loaded, so that it can be trusted from then on (definition.md, 4: K2). */
import type { Json } from "../base/json.ts";
import { compileExpression } from "./cel/expression.ts";
import { checkStepReference, type ReferenceCheck } from "./check-reference.ts";
import type { ValuePath } from "./value-path.ts";

/** Of `when` and `until`: true or false. Of `$cel`: any value. */
export function checkExpression(
  text: Json,
  expects: "condition" | "value",
  path: ValuePath,
  check: ReferenceCheck,
): void {
  const { findings, inputSchema, variables } = check;
  if (findings.isFull) return;
  if (typeof text !== "string") {
    const mend = "Write it in quotes, such as `input.total * 0.2`.";
    findings.atValue("bad_expression", path, "an expression is a text", mend);
    return;
  }
  const compiled = compileExpression(text, { expects, inputSchema, variables });
  const faults = compiled.ok ? [] : compiled.faults;
  for (const { code, offset, what, mend } of faults) findings.inText(code, path, { text, offset }, what, mend);
  for (const { path: read, offset } of compiled.ok ? compiled.expression.references : []) {
    const wrong = read.from === "step" ? checkStepReference(read.step, check) : undefined;
    if (wrong) findings.inText("unknown_reference", path, { text, offset }, wrong.message, wrong.mend);
  }
}

/** Checks an expression when its definition is loaded (definition.md, 4: K2). */
import type { Json } from "../base/json.ts";
import type { ReferenceCheck } from "./check-reference.ts";
import type { ValuePath } from "./value-path.ts";

/** Of `when` and `until`: true or false. Of `$cel`: any value. */
export function checkExpression(
  text: Json,
  _expects: "condition" | "value",
  path: ValuePath,
  { findings }: ReferenceCheck,
): void {
  if (findings.isFull || typeof text === "string") return;
  findings.atValue("wrong_type", path, "an expression is a text", "Write it in quotes, such as `input.total * 0.2`.");
}

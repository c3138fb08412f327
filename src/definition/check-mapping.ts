/** Checks a mapping when its definition is loaded, so that `reference.ts` can trust it (definition.md, 4: K2). */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import { checkExpression } from "./check-expression.ts";
import { checkStepReference, type ReferenceCheck, unknownStart } from "./check-reference.ts";
import type { Findings } from "./definition-problem.ts";
import { parseReferencePath, PathFault } from "./reference-path.ts";
import { shown, type ValuePath } from "./value-path.ts";

const pathForms = "Write `input`, `steps.<name>.output` or `run`, then `.key` and `[number]`.";

export function checkMapping(mapping: Json, path: ValuePath, check: ReferenceCheck): void {
  if (isJsonList(mapping)) {
    for (const [index, item] of mapping.entries()) checkMapping(item, [...path, index], check);
  } else if (isJsonObject(mapping)) {
    checkObject(mapping, path, check);
  }
}

/** Of two in one mapping the first here is meant. */
const operators = ["$lit", "$", "$cel"] as const;
type Operator = (typeof operators)[number];

const operatorOf = (mapping: JsonObject): Operator | undefined =>
  operators.find((word) => Object.hasOwn(mapping, word));

/** Whether the mapping stands for a value that need not be a mapping itself. */
export const hasOperator = (mapping: JsonObject): boolean => operatorOf(mapping) !== undefined;

function checkObject(mapping: JsonObject, path: ValuePath, check: ReferenceCheck): void {
  const { findings } = check;
  const operator = operatorOf(mapping);
  for (const [key, inner] of Object.entries(mapping)) {
    const at = [...path, key];
    if (key === operator) checkOperator(operator, inner, at, check);
    else if (operator && !(operator === "$" && key === "else")) refuseBeside(operator, key, at, findings);
    else if (key.startsWith("$")) refuseOperator(key, at, findings);
    else checkMapping(inner, at, check);
  }
}

function checkOperator(operator: Operator, value: Json, path: ValuePath, check: ReferenceCheck): void {
  if (operator === "$") checkPath(value, path, check);
  if (operator === "$cel") checkExpression(value, "value", path, check);
}

function checkPath(text: Json, path: ValuePath, check: ReferenceCheck): void {
  const { findings, variables } = check;
  if (findings.isFull) return;
  if (typeof text !== "string") {
    findings.atValue("bad_reference", path, "the path of a reference is a text", pathForms);
    return;
  }
  const parsed = parseReferencePath(text);
  if (parsed instanceof PathFault) {
    findings.atValue(parsed.code, path, `\`${shown(text)}\` is no path: ${parsed.reason}`, pathForms);
  } else if (parsed.from === "step") {
    const wrong = checkStepReference(parsed.step, check);
    if (wrong) findings.atValue("unknown_reference", path, wrong.message, wrong.mend);
  } else if (parsed.from === "variable" && !variables.includes(parsed.name)) {
    const wrong = unknownStart(parsed.name, variables);
    findings.atValue("unknown_reference", path, wrong.message, wrong.mend);
  }
}

function refuseBeside(operator: string, key: string, path: ValuePath, findings: Findings): void {
  const allowed = operator === "$" ? "nothing but `else`" : "nothing else";
  const message = `\`${shown(key)}\` stands beside \`${operator}\`, where ${allowed} may stand`;
  findings.atKey("unknown_key", path, message, "Put the other fields around the reference, not into it.");
}

function refuseOperator(key: string, path: ValuePath, findings: Findings): void {
  const message = `\`${shown(key)}\` is no operator of mappings; these are \`$\`, \`$cel\` and \`$lit\``;
  findings.atKey("unknown_key", path, message, "Put data that has a `$` key under `$lit`.");
}

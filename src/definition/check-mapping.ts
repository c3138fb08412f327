/** Checks a mapping when its definition is loaded, so that `reference.ts` can trust it (definition.md, 4: K2). */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import type { Findings } from "./definition-problem.ts";
import { compileExpression } from "./cel/expression.ts";
import { nearest } from "./nearest.ts";
import { parseReferencePath, PathFault } from "./reference-path.ts";
import { shown, type ValuePath } from "./value-path.ts";

const pathForms = "Write `input`, `steps.<name>.output` or `run`, then `.key` and `[number]`.";

export interface MappingCheck {
  /** The names that references may name. */
  readonly stepNames: ReadonlySet<string>;
  /** By it expressions are checked. */
  readonly inputSchema?: Json | undefined;
  readonly findings: Findings;
}

export function checkMapping(mapping: Json, path: ValuePath, check: MappingCheck): void {
  if (isJsonList(mapping)) {
    for (const [index, item] of mapping.entries()) checkMapping(item, [...path, index], check);
  } else if (isJsonObject(mapping)) {
    checkObject(mapping, path, check);
  }
}

function checkObject(mapping: JsonObject, path: ValuePath, check: MappingCheck): void {
  const { findings } = check;
  const operator = operators.find((word) => Object.hasOwn(mapping, word));
  for (const [key, inner] of Object.entries(mapping)) {
    const at = [...path, key];
    if (key === operator) checkOperator(operator, inner, at, check);
    else if (operator && !(operator === "$" && key === "else")) refuseBeside(operator, key, at, findings);
    else if (key.startsWith("$")) refuseOperator(key, at, findings);
    else checkMapping(inner, at, check);
  }
}

/** Of two in one mapping the first here is meant. */
const operators = ["$lit", "$", "$cel"] as const;

function checkOperator(operator: (typeof operators)[number], value: Json, path: ValuePath, check: MappingCheck): void {
  if (operator === "$") checkPath(value, path, check);
  if (operator === "$cel") checkExpression(value, path, check);
}

function checkPath(text: Json, path: ValuePath, { stepNames, findings }: MappingCheck): void {
  if (findings.isFull) return;
  if (typeof text !== "string") {
    findings.atValue("bad_reference", path, "the path of a reference is a text", pathForms);
    return;
  }
  const parsed = parseReferencePath(text);
  if (parsed instanceof PathFault) {
    findings.atValue(parsed.code, path, `\`${shown(text)}\` is no path: ${parsed.reason}`, pathForms);
  } else if (parsed.from === "step" && !stepNames.has(parsed.step)) {
    findings.atValue("unknown_reference", path, ...noStep(parsed.step, stepNames));
  }
}

function checkExpression(text: Json, path: ValuePath, { stepNames, inputSchema, findings }: MappingCheck): void {
  if (findings.isFull) return;
  if (typeof text !== "string") {
    const mend = "Write it in quotes, such as `input.total * 0.2`.";
    findings.atValue("bad_expression", path, "an expression is a text", mend);
    return;
  }
  const compiled = compileExpression(text, { expects: "value", inputSchema });
  const faults = compiled.ok ? [] : compiled.faults;
  for (const { code, offset, what, mend } of faults) findings.inText(code, path, { text, offset }, what, mend);
  for (const { path: read, offset } of compiled.ok ? compiled.expression.references : []) {
    if (read.from !== "step" || stepNames.has(read.step)) continue;
    findings.inText("unknown_reference", path, { text, offset }, ...noStep(read.step, stepNames));
  }
}

function noStep(step: string, stepNames: ReadonlySet<string>): [message: string, mend: string] {
  const meant = nearest(step, stepNames);
  const mend = meant ? `Did you mean \`${meant}\`?` : "Refer to a step of this workflow.";
  return [`there is no step \`${step}\``, mend];
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

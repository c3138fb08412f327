/** Checks a mapping when its definition is loaded, so that `reference.ts` can trust it (definition.md, 4: K2). */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import type { Findings } from "./definition-problem.ts";
import { nearest } from "./nearest.ts";
import { parseReferencePath, PathFault } from "./reference-path.ts";
import { shown, type ValuePath } from "./value-path.ts";

const pathForms = "Write `input`, `steps.<name>.output` or `run`, then `.key` and `[number]`.";

/** `steps` are the names that references may name. */
export function checkMapping(mapping: Json, path: ValuePath, steps: ReadonlySet<string>, findings: Findings): void {
  if (isJsonList(mapping)) {
    for (const [index, item] of mapping.entries()) checkMapping(item, [...path, index], steps, findings);
  } else if (isJsonObject(mapping)) {
    checkObject(mapping, path, steps, findings);
  }
}

function checkObject(mapping: JsonObject, path: ValuePath, steps: ReadonlySet<string>, findings: Findings): void {
  const isLiteral = Object.hasOwn(mapping, "$lit");
  const isReference = !isLiteral && Object.hasOwn(mapping, "$");
  for (const [key, inner] of Object.entries(mapping)) {
    const at = [...path, key];
    if (isLiteral && key === "$lit") continue;
    else if (isReference && key === "$") checkPath(inner, at, steps, findings);
    else if (key === "$cel") refuseExpression(at, findings);
    else if (isLiteral) refuseBeside("$lit", key, at, findings);
    else if (isReference && key !== "else") refuseBeside("$", key, at, findings);
    else if (key.startsWith("$")) refuseOperator(key, at, findings);
    else checkMapping(inner, at, steps, findings);
  }
}

function checkPath(text: Json, path: ValuePath, steps: ReadonlySet<string>, findings: Findings): void {
  if (findings.isFull) return;
  if (typeof text !== "string") {
    findings.atValue("bad_reference", path, "the path of a reference is a text", pathForms);
    return;
  }
  const parsed = parseReferencePath(text);
  if (parsed instanceof PathFault) {
    findings.atValue(parsed.code, path, `\`${shown(text)}\` is no path: ${parsed.reason}`, pathForms);
  } else if (parsed.from === "step" && !steps.has(parsed.step)) {
    const meant = nearest(parsed.step, steps);
    const mend = meant ? `Did you mean \`${meant}\`?` : "Refer to a step of this workflow.";
    findings.atValue("unknown_reference", path, `there is no step \`${parsed.step}\``, mend);
  }
}

function refuseExpression(path: ValuePath, findings: Findings): void {
  const mend = "Compute the value in a worker, and refer to its output.";
  findings.atKey("key_not_built", path, "`$cel` is part of the design but not built yet", mend);
}

function refuseBeside(operator: string, key: string, path: ValuePath, findings: Findings): void {
  const allowed = operator === "$" ? "nothing but `else`" : "nothing else";
  const message = `\`${shown(key)}\` stands beside \`${operator}\`, where ${allowed} may stand`;
  findings.atKey("unknown_key", path, message, "Put the other fields around the reference, not into it.");
}

function refuseOperator(key: string, path: ValuePath, findings: Findings): void {
  const message = `\`${shown(key)}\` is no operator of mappings; these are \`$\` and \`$lit\``;
  findings.atKey("unknown_key", path, message, "Put data that has a `$` key under `$lit`.");
}

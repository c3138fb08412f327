/**
 * Checks a JSON Schema when its definition is loaded: known keywords, values that they take, references that end.
 * `validate.ts` trusts what has passed.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { type Finding, Findings } from "../definition-problem.ts";
import { nearest } from "../nearest.ts";
import { kindOf } from "../value-kind.ts";
import { shown, type ValuePath } from "../value-path.ts";
import { PatternCheck } from "./check-pattern.ts";
import {
  dialect,
  formerKeywords,
  inPlaceKeywords,
  type KeywordForm,
  keywordForms,
  keywordsNotBuilt,
  types,
} from "./keyword.ts";
import { parseLocalReference } from "./local-reference.ts";
import { circling, type SchemaNode } from "./reference-circle.ts";

/** Paths start at the schema. */
export function checkSchema(schema: JsonObject): readonly Finding[] {
  const findings = new Findings();
  const checking: Checking = { findings, patterns: new PatternCheck(findings), nodes: new Map(), references: [] };
  checkNode(schema, [], checking);
  checkReferences(checking);
  return findings.all;
}

interface Checking {
  readonly findings: Findings;
  readonly patterns: PatternCheck;
  /** Every schema in the document, by its place. */
  readonly nodes: Map<string, MutableNode>;
  readonly references: { readonly from: string; readonly to: string; readonly path: ValuePath }[];
}

interface MutableNode extends SchemaNode {
  readonly inPlace: string[];
}

/** Where a schema lies, as a key: the same for the path that the walk takes and for a pointer that names it. */
const placeOf = (path: ValuePath): string => JSON.stringify(path.map(String));

function checkNode(schema: Json, path: ValuePath, checking: Checking): void {
  const node: MutableNode = { inPlace: [] };
  checking.nodes.set(placeOf(path), node);
  if (typeof schema === "boolean") return;
  if (!isJsonObject(schema)) {
    bad(
      path,
      `a schema is a mapping or a boolean, and this is ${kindOf(schema)}`,
      "Write `{}` for any value.",
      checking,
    );
    return;
  }
  for (const [keyword, operand] of Object.entries(schema)) {
    const form = keywordForms.get(keyword);
    if (form) checkKeyword(form, operand, [...path, keyword], checking);
    else refuseKeyword(keyword, [...path, keyword], checking.findings);
  }
}

function refuseKeyword(keyword: string, path: ValuePath, findings: Findings): void {
  if (findings.isFull) return;
  if (keywordsNotBuilt.has(keyword)) {
    const message = `\`${keyword}\` is part of the design but not built yet`;
    findings.atKey(
      "key_not_built",
      path,
      message,
      `Leave \`${keyword}\` out, and check in a worker what it would say.`,
    );
    return;
  }
  const meant = formerKeywords.get(keyword) ?? nearest(keyword, keywordForms.keys());
  const mend = meant ? `Did you mean \`${meant}\`?` : "Leave it out; `$comment` takes remarks.";
  findings.atKey("unknown_key", path, `\`${shown(keyword)}\` is no keyword of JSON Schema 2020-12`, mend);
}

function checkKeyword(form: KeywordForm, operand: Json, path: ValuePath, checking: Checking): void {
  const wanted = wants(form, operand, path.length === 1);
  if (wanted !== undefined) {
    bad(path, `this keyword takes ${wanted}, and has ${kindOf(operand)}`, `Write ${wanted}.`, checking);
    return;
  }
  if (form === "reference") refer(operand as string, path, checking);
  if (form === "pattern") checking.patterns.check(operand as string, path, "value");
  if (form === "schemas_by_pattern") {
    for (const source of Object.keys(operand as JsonObject)) checking.patterns.check(source, [...path, source], "key");
  }
  for (const inner of innerPaths(form, operand, path)) {
    noteInPlace(path, inner, checking);
    checkNode(valueAt(operand, inner.slice(path.length)), inner, checking);
  }
}

/** What the keyword wants, if the operand is not that. */
function wants(form: KeywordForm, operand: Json, isTop: boolean): string | undefined {
  const isList = isJsonList(operand);
  const passes = (condition: boolean, wanted: string) => (condition ? undefined : wanted);
  switch (form) {
    case "any":
    case "schema":
      return undefined;
    case "schemas":
      return passes(isList && operand.length > 0, "a list of schemas");
    case "schemas_by_name":
      return passes(isJsonObject(operand), "a mapping of names to schemas");
    case "schemas_by_pattern":
      return passes(isJsonObject(operand), "a mapping of patterns to schemas");
    case "type":
      return passes(isTypes(operand), `one or several of ${types.join(", ")}`);
    case "names":
      return passes(isNames(operand), "a list of texts, none of them twice");
    case "names_by_name":
      return passes(
        isJsonObject(operand) && Object.values(operand).every(isNames),
        "a mapping of names to lists of texts",
      );
    case "list":
      return passes(isList, "a list");
    case "number":
      return passes(typeof operand === "number", "a number");
    case "positive":
      return passes(typeof operand === "number" && operand > 0, "a number above 0");
    case "count":
      return passes(Number.isSafeInteger(operand) && Number(operand) >= 0, "a whole number from 0 on");
    case "boolean":
      return passes(typeof operand === "boolean", "a boolean");
    case "text":
      return passes(typeof operand === "string", "a text");
    case "pattern":
      return passes(typeof operand === "string", "a text, a regular expression");
    case "id":
      return passes(isTop && typeof operand === "string", "a text, at the top of the schema only");
    case "reference":
      return passes(isReference(operand), "`#`, or `#/` and the path to a schema of this document");
    case "dialect":
      return passes(isTop && operand === dialect, `\`${dialect}\`, at the top of the schema only`);
  }
}

const isNames = (operand: Json): boolean =>
  isJsonList(operand) && operand.every((name) => typeof name === "string") && new Set(operand).size === operand.length;

function isTypes(operand: Json): boolean {
  const names: readonly Json[] = isJsonList(operand) ? operand : [operand];
  const known = names.every((name) => types.some((type) => type === name));
  return known && names.length > 0 && new Set(names).size === names.length;
}

const isReference = (operand: Json): boolean =>
  typeof operand === "string" && parseLocalReference(operand) !== undefined;

/** Where the schemas lie that a keyword takes. */
function innerPaths(form: KeywordForm, operand: Json, path: ValuePath): readonly ValuePath[] {
  if (form === "schema") return [path];
  if (form === "schemas" && isJsonList(operand)) return operand.map((_, index) => [...path, index]);
  const isByKey = form === "schemas_by_name" || form === "schemas_by_pattern";
  return isByKey && isJsonObject(operand) ? Object.keys(operand).map((key) => [...path, key]) : [];
}

/** `rest` is empty, or the one key or index that leads to a schema under its keyword. */
function valueAt(operand: Json, rest: ValuePath): Json {
  const [segment] = rest;
  if (segment === undefined) return operand;
  return (operand as Readonly<Record<string | number, Json>>)[segment] ?? null;
}

/** `keyword` is the path of a keyword, so without its end the place of the schema that it is of. */
function noteInPlace(keyword: ValuePath, inner: ValuePath, checking: Checking): void {
  if (!inPlaceKeywords.has(String(keyword.at(-1)))) return;
  checking.nodes.get(placeOf(keyword.slice(0, -1)))?.inPlace.push(placeOf(inner));
}

function refer(text: string, path: ValuePath, checking: Checking): void {
  const from = placeOf(path.slice(0, -1));
  checking.references.push({ from, to: placeOf(parseLocalReference(text) ?? []), path });
}

function checkReferences(checking: Checking): void {
  const { nodes, references } = checking;
  const found = references.filter(({ to, path }) => {
    if (nodes.has(to)) return true;
    const message = "there is no schema at the end of this reference";
    checking.findings.atValue("unknown_reference", path, message, "Refer to a schema under `$defs`.");
    return false;
  });
  for (const { from, to } of found) nodes.get(from)?.inPlace.push(to);
  const circles = circling(nodes);
  for (const { to, path } of found) {
    if (!circles.has(to)) continue;
    bad(
      path,
      "this reference leads round in a circle, never into the value",
      "Refer from within `properties` or `items`.",
      checking,
    );
  }
}

function bad(path: ValuePath, message: string, mend: string, { findings }: Checking): void {
  findings.atValue("bad_schema", path, message, mend);
}

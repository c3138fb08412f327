/**
 * Expressions in TypeScript: CEL in which typed references and values stand for themselves. What they come to is text,
 * as in YAML; it is only made when the expression is put into a workflow, whose references they have to be.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { parseReferencePath, PathFault } from "../reference-path.ts";
import { notVariables } from "../vocabulary.ts";
import type { AnyMapping, Reference } from "./reference-type.ts";

/** CEL with references in it; `cel` makes one. */
export class Expression {
  private readonly texts: readonly string[];
  private readonly values: readonly unknown[];

  constructor(texts: readonly string[], values: readonly unknown[]) {
    this.texts = texts;
    this.values = values;
  }

  /** `write` gives a value as it stands in a mapping. */
  text(write: (value: unknown) => Json): string {
    return this.texts.map((text, at) => (at === 0 ? text : celOf(write(this.values[at - 1])) + text)).join("");
  }
}

/**
 * An expression in CEL, for `when` and `until`, and by `compute` for mappings. References in it stand for their paths,
 * one with a fallback for whichever there is, everything else for itself.
 *
 * @example
 * w.fail("too_risky", { when: cel`${fraud.score} > ${limit}`, code: "order_refused" });
 */
export function cel(texts: TemplateStringsArray, ...values: readonly (AnyMapping | Expression)[]): Expression {
  // CEL has escapes of its own.
  return new Expression(texts.raw, values);
}

/** An expression's value, in a mapping; what type it has nobody checks. `{ $cel: "…" }` in YAML. */
export function compute<T>(expression: Expression): Reference<T> {
  return expression as unknown as Reference<T>;
}

/** A mapping as CEL that gives the same. */
function celOf(mapping: Json): string {
  if (isJsonList(mapping)) return `[${mapping.map(celOf).join(", ")}]`;
  if (!isJsonObject(mapping)) return JSON.stringify(mapping);
  if (Object.hasOwn(mapping, "$lit")) return literal(mapping["$lit"] ?? null);
  if (typeof mapping["$cel"] === "string") return `(${mapping["$cel"]})`;
  if (typeof mapping["$"] === "string") return celOfReference(mapping["$"], mapping);
  return celOfFields(mapping, celOf);
}

const celOfFields = (fields: JsonObject, celOfField: (value: Json) => string): string =>
  `{${Object.entries(fields)
    .map(([key, value]) => `${JSON.stringify(key)}: ${celOfField(value)}`)
    .join(", ")}}`;

/** JSON is CEL. */
const literal = (value: Json): string => canonicalJson(value);

function celOfReference(text: string, mapping: JsonObject): string {
  const path = celOfPath(text);
  // A root is always there, and `has` asks for fields alone.
  if (!Object.hasOwn(mapping, "else") || !/[.[]/.test(path)) return path;
  return `(has(${path}) ? ${path} : ${celOf(mapping["else"] ?? null)})`;
}

/** `steps.check-fraud.output` would be a subtraction in CEL. */
function celOfPath(text: string): string {
  const path = parseReferencePath(text);
  if (path instanceof PathFault) return text;
  const start =
    path.from === "step" ? ["steps", path.step, "output"] : [path.from === "variable" ? path.name : path.from];
  const [root = "", ...rest] = [...start, ...path.rest];
  return root + rest.map(celOfSegment).join("");
}

function celOfSegment(segment: string | number): string {
  if (typeof segment === "number") return `[${segment}]`;
  return /^[A-Za-z_]\w*$/.test(segment) && !notVariables.includes(segment)
    ? `.${segment}`
    : `[${JSON.stringify(segment)}]`;
}

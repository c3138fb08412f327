/**
 * Holds a value against a JSON Schema 2020-12, by interpretation: no code is made of either. The schema
 * has passed `check-schema.ts`; the value may be anything that came from outside.
 *
 * Every call is bounded: a value that would take more work, or more depth, than allowed is refused, never waved
 * through. State is one `Evaluation` a call.
 */
import { assert } from "../../base/errors.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { formatPath, shown } from "../value-path.ts";
import { type Assertion, assertions } from "./assertion.ts";
import { resolveLocalReference } from "./local-reference.ts";

export interface Mismatch {
  /** Such as `items[0].qty`; empty for the whole value. */
  readonly path: string;
  /** A sentence without its subject, such as `must be a number, and is a text`. */
  readonly message: string;
}

export const mostMismatches = 20;
/** Values deeper than this are not looked at. */
export const deepestValue = 100;
/** Schemas held against values in one call: about half a second. */
const mostSteps = 1_000_000;
/** Schemas inside one another at a time; each takes a few frames of the stack. */
const deepestEvaluation = 500;

/** Gives what does not fit, at most the first `mostMismatches`. */
export function validate(schema: Json, value: Json): readonly Mismatch[] {
  if (isDeeperThan(deepestValue, value)) {
    return [{ path: "", message: `must not have values more than ${deepestValue} deep inside one another` }];
  }
  const evaluation = new Evaluation(schema);
  evaluation.evaluate(schema, value);
  return evaluation.outcome();
}

function isDeeperThan(depth: number, value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  const fields = value as JsonObject;
  for (const key in fields) if (isDeeperThan(depth - 1, fields[key] ?? null)) return true;
  return false;
}

interface Asserted {
  readonly keyword: string;
  readonly operand: Json;
  readonly assertion: Assertion;
}

/** What each schema asserts of a value as a whole, looked up once for each schema: inputs are checked at every start. */
const assertedBy = new WeakMap<JsonObject, readonly Asserted[]>();

function assertedOf(schema: JsonObject): readonly Asserted[] {
  const known = assertedBy.get(schema);
  if (known) return known;
  const asserted = Object.entries(schema).flatMap(([keyword, operand]) => {
    const assertion = assertions.get(keyword);
    return assertion ? [{ keyword, operand, assertion }] : [];
  });
  assertedBy.set(schema, asserted);
  return asserted;
}

class Evaluation {
  private readonly root: Json;
  private readonly targets = new Map<string, Json>();
  private readonly path: (string | number)[] = [];
  private mismatches: Mismatch[] = [];
  /** How many mismatches are of interest: one is enough where only the verdict counts. */
  private wanted = mostMismatches;
  private steps = 0;
  private depth = 0;
  private isExhausted = false;

  constructor(root: Json) {
    this.root = root;
  }

  outcome(): readonly Mismatch[] {
    if (!this.isExhausted) return this.mismatches;
    return [{ path: "", message: "takes too much work to be held against its schema" }];
  }

  evaluate(schema: Json, value: Json): void {
    if (this.isDone()) return;
    if (schema === false) this.report("is not allowed");
    if (!isJsonObject(schema)) return;
    this.depth++;
    if (this.assertAll(schema, value)) this.apply(schema, value);
    this.depth--;
  }

  private isDone(): boolean {
    this.isExhausted ||= ++this.steps > mostSteps || this.depth >= deepestEvaluation;
    return this.isExhausted || this.mismatches.length >= this.wanted;
  }

  private report(message: string): void {
    if (this.mismatches.length < this.wanted) this.mismatches.push({ path: formatPath(this.path), message });
  }

  /** Gives whether it is worth looking further: the fields of a value of another type are noise. */
  private assertAll(schema: JsonObject, value: Json): boolean {
    for (const { keyword, operand, assertion } of assertedOf(schema)) {
      const message = assertion(operand, value);
      if (message !== undefined) this.report(message);
      if (message !== undefined && keyword === "type") return false;
    }
    return true;
  }

  private apply(schema: JsonObject, value: Json): void {
    this.applyInPlace(schema, value);
    if (isJsonList(value)) this.applyToItems(schema, value);
    else if (isJsonObject(value)) this.applyToFields(schema, value);
  }

  private applyInPlace(schema: JsonObject, value: Json): void {
    const { $ref, allOf, anyOf, oneOf, not, if: condition } = schema;
    if (typeof $ref === "string") this.evaluate(this.target($ref), value);
    if (isJsonList(allOf)) for (const one of allOf) this.evaluate(one, value);
    if (isJsonList(anyOf) && !anyOf.some((one) => this.holds(one, value))) {
      this.report(`must fit one of ${anyOf.length} forms, and fits none`);
    }
    if (isJsonList(oneOf)) this.applyOneOf(oneOf, value);
    if (not !== undefined && this.holds(not, value)) this.report("must not be of this form");
    if (condition !== undefined) {
      const branch = this.holds(condition, value) ? schema["then"] : schema["else"];
      if (branch !== undefined) this.evaluate(branch, value);
    }
  }

  private applyOneOf(forms: readonly Json[], value: Json): void {
    const fitting = forms.filter((one) => this.holds(one, value)).length;
    if (fitting !== 1) this.report(`must fit exactly one of ${forms.length} forms, and fits ${fitting}`);
  }

  private applyToItems({ prefixItems, items }: JsonObject, value: readonly Json[]): void {
    const prefix: readonly Json[] = isJsonList(prefixItems) ? prefixItems : [];
    value.forEach((item, index) => {
      const schema = prefix[index] ?? items;
      if (schema !== undefined) this.inside(index, schema, item);
    });
  }

  private applyToFields(schema: JsonObject, value: JsonObject): void {
    this.requireFields(schema, value);
    const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
    const others = schema["additionalProperties"];
    for (const key in value) {
      const inner = value[key];
      const one = Object.hasOwn(properties, key) ? properties[key] : others;
      if (one !== undefined && inner !== undefined) this.inside(key, one, inner);
    }
  }

  private requireFields({ required, dependentRequired }: JsonObject, value: JsonObject): void {
    if (isJsonList(required)) this.requireEach(required, value, "is required");
    if (!isJsonObject(dependentRequired)) return;
    for (const [key, names] of Object.entries(dependentRequired)) {
      if (!Object.hasOwn(value, key)) continue;
      this.requireEach(names as readonly Json[], value, `is required beside \`${shown(key)}\``);
    }
  }

  private requireEach(names: readonly Json[], value: JsonObject, message: string): void {
    for (const name of names as readonly string[]) {
      if (Object.hasOwn(value, name)) continue;
      this.path.push(name);
      this.report(message);
      this.path.pop();
    }
  }

  private inside(segment: string | number, schema: Json, value: Json): void {
    this.path.push(segment);
    this.evaluate(schema, value);
    this.path.pop();
  }

  /** Only whether it fits; what does not is forgotten. */
  private holds(schema: Json, value: Json): boolean {
    const { mismatches, wanted } = this;
    this.mismatches = [];
    this.wanted = 1;
    this.evaluate(schema, value);
    const fits = this.mismatches.length === 0;
    this.mismatches = mismatches;
    this.wanted = wanted;
    return fits;
  }

  private target(reference: string): Json {
    const schema = this.targets.get(reference) ?? resolveLocalReference(this.root, reference);
    assert(schema !== undefined, `a checked schema refers to nothing at ${reference}`);
    this.targets.set(reference, schema);
    return schema;
  }
}

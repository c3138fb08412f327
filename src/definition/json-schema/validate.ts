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
import { assertions, type Check, type Place } from "./assertion.ts";
import { fieldSchemasOf, hasFieldSchemas, itemSchemaOf, stepsOfField } from "./field-schema.ts";
import { inPlaceKeywords } from "./keyword.ts";
import { resolveLocalReference } from "./local-reference.ts";
import { marksOf } from "./sensitive-mark.ts";
import { OutOfWork, Work } from "./work.ts";

export interface Mismatch {
  /** Such as `items[0].qty`; empty for the whole value. */
  readonly path: string;
  /** A sentence without its subject, such as `must be a number, and is a text`. */
  readonly message: string;
}

export const mostMismatches = 20;
/** Values deeper than this are not looked at. */
export const deepestValue = 100;
/** About half a second. */
const mostSteps = 1_000_000;
/** Schemas inside one another at a time; each takes a few frames of the stack. */
const deepestEvaluation = 500;

/** Gives what does not fit, at most the first `mostMismatches`. */
export function validate(schema: Json, value: Json, work = new Work(mostSteps)): readonly Mismatch[] {
  if (isDeeperThan(deepestValue, value)) {
    return [{ path: "", message: `must not have values more than ${deepestValue} deep inside one another` }];
  }
  try {
    const evaluation = new Evaluation(schema, work);
    evaluation.evaluate(schema, value);
    return evaluation.mismatches;
  } catch (error) {
    if (!(error instanceof OutOfWork)) throw error;
    return [{ path: "", message: "takes too much work to be held against its schema" }];
  }
}

function isDeeperThan(depth: number, value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  const fields = value as JsonObject;
  for (const key in fields) {
    const inner = fields[key];
    if (typeof inner === "object" && inner !== null && isDeeperThan(depth - 1, inner)) return true;
  }
  return false;
}

interface Asserted {
  readonly keyword: string;
  readonly check: Check;
}

/** What is to be done for one schema, found out once: inputs and outputs are checked at every step of every run. */
interface Plan {
  readonly asserted: readonly Asserted[];
  readonly hasInPlace: boolean;
  readonly required: readonly Json[] | undefined;
  readonly hasFieldSchemas: boolean;
  /** `propertyNames`, `dependentRequired`. */
  readonly hasRareFields: boolean;
  /** Fields by name, where names alone decide: no pattern is asked. */
  readonly named: JsonObject | undefined;
  readonly others: Json | undefined;
}

const plans = new WeakMap<JsonObject, Plan>();

function planOf(schema: JsonObject): Plan {
  let plan = plans.get(schema);
  if (plan === undefined) plans.set(schema, (plan = planned(schema)));
  return plan;
}

const noFields: JsonObject = {};

function planned(schema: JsonObject): Plan {
  const asserted = Object.entries(schema).flatMap(([keyword, operand]) => {
    const assertion = assertions.get(keyword);
    return assertion ? [{ keyword, check: assertion(operand) }] : [];
  });
  const { properties, patternProperties, additionalProperties, required } = schema;
  const hasInPlace = [...inPlaceKeywords, "$ref", "dependentSchemas"].some((keyword) => schema[keyword] !== undefined);
  const named = isJsonObject(properties) ? properties : noFields;
  return {
    asserted,
    hasInPlace,
    required: isJsonList(required) ? required : undefined,
    hasFieldSchemas: hasFieldSchemas(schema),
    hasRareFields: schema["propertyNames"] !== undefined || schema["dependentRequired"] !== undefined,
    named: patternProperties === undefined ? named : undefined,
    others: additionalProperties,
  };
}

/** A name that has to be there, or a schema that hangs on one. */
const stepsOfName = 1 / 8;

class Evaluation implements Place {
  readonly work: Work;
  mismatches: Mismatch[] = [];
  private readonly root: Json;
  private targets: Map<string, Json> | undefined;
  private readonly path: (string | number)[] = [];
  /** How many mismatches are of interest: one is enough where only the verdict counts. */
  private wanted = mostMismatches;
  private depth = 0;

  constructor(root: Json, work: Work) {
    this.root = root;
    this.work = work;
  }

  isSecret(): boolean {
    // The message of a mere verdict is shown to nobody, and there can be a million.
    return this.wanted === 1 || marksOf(this.root)?.areOn(this.path, this.work) === true;
  }

  evaluate(schema: Json, value: Json): void {
    if (this.isDone()) return;
    if (schema === false) this.report("is not allowed");
    if (!isJsonObject(schema)) return;
    const plan = planOf(schema);
    this.depth++;
    if (this.assertAll(plan.asserted, value)) this.apply(plan, schema, value);
    this.depth--;
  }

  private isDone(): boolean {
    this.work.spend(1);
    if (this.depth >= deepestEvaluation) throw new OutOfWork();
    return this.mismatches.length >= this.wanted;
  }

  private report(message: string): void {
    if (this.mismatches.length < this.wanted) this.mismatches.push({ path: formatPath(this.path), message });
  }

  /** Gives whether it is worth looking further: the fields of a value of another type are noise. */
  private assertAll(asserted: readonly Asserted[], value: Json): boolean {
    for (const { keyword, check } of asserted) {
      const message = check(value, this);
      if (message !== undefined) this.report(message);
      if (message !== undefined && keyword === "type") return false;
    }
    return true;
  }

  private apply(plan: Plan, schema: JsonObject, value: Json): void {
    if (plan.hasInPlace) this.applyInPlace(schema, value);
    if (typeof value !== "object" || value === null) return;
    if (isJsonList(value)) this.applyToItems(schema, value);
    else if (isJsonObject(value)) this.applyToFields(plan, schema, value);
  }

  private applyInPlace(schema: JsonObject, value: Json): void {
    const { $ref, allOf, anyOf, oneOf, not, if: condition, dependentSchemas } = schema;
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
    if (isJsonObject(dependentSchemas) && isJsonObject(value)) this.applyDependent(dependentSchemas, value);
  }

  private applyDependent(dependent: JsonObject, value: JsonObject): void {
    for (const [key, schema] of Object.entries(dependent)) {
      this.work.spend(stepsOfName);
      if (Object.hasOwn(value, key)) this.evaluate(schema, value);
    }
  }

  private applyOneOf(forms: readonly Json[], value: Json): void {
    const fitting = forms.filter((one) => this.holds(one, value)).length;
    if (fitting !== 1) this.report(`must fit exactly one of ${forms.length} forms, and fits ${fitting}`);
  }

  private applyToItems(schema: JsonObject, value: readonly Json[]): void {
    const { prefixItems, items, contains } = schema;
    if (prefixItems !== undefined || items !== undefined) {
      for (let index = 0; index < value.length; index++) {
        const one = itemSchemaOf(schema, index);
        if (one === undefined) break;
        this.inside(index, one, value[index] ?? null);
      }
    }
    if (contains !== undefined) this.applyContains(contains, schema, value);
  }

  private applyContains(contains: Json, { minContains, maxContains }: JsonObject, value: readonly Json[]): void {
    const [least, most] = [Number(minContains ?? 1), Number(maxContains ?? Infinity)];
    const fitting = value.filter((item) => this.holds(contains, item)).length;
    if (fitting >= least && fitting <= most) return;
    const wanted = fitting < least ? `at least ${least}` : `at most ${most}`;
    const found = this.isSecret() ? "" : `, and holds ${fitting}`;
    this.report(`must hold ${wanted} of the items that are asked for${found}`);
  }

  private applyToFields(plan: Plan, schema: JsonObject, value: JsonObject): void {
    const { required, named, others } = plan;
    if (required) this.requireEach(required, value, "is required");
    if (plan.hasRareFields) this.applyRareToFields(schema, value);
    if (!plan.hasFieldSchemas) return;
    for (const key in value) {
      const inner = value[key];
      // A program's field that is not set is none.
      if (inner === undefined) continue;
      if (named === undefined) {
        for (const one of fieldSchemasOf(schema, key, this.work)) this.inside(key, one, inner);
        continue;
      }
      this.work.spend(stepsOfField);
      const one = Object.hasOwn(named, key) ? named[key] : others;
      if (one !== undefined) this.inside(key, one, inner);
    }
  }

  private applyRareToFields({ propertyNames, dependentRequired }: JsonObject, value: JsonObject): void {
    if (isJsonObject(dependentRequired)) this.requireDependent(dependentRequired, value);
    if (propertyNames !== undefined) for (const key in value) this.applyToName(propertyNames, key);
  }

  private applyToName(schema: Json, name: string): void {
    const before = this.mismatches.length;
    this.inside(name, schema, name);
    for (let at = before; at < this.mismatches.length; at++) {
      const { path, message } = this.mismatches[at] as Mismatch;
      this.mismatches[at] = { path, message: `has a name that ${message}` };
    }
  }

  private requireDependent(dependentRequired: JsonObject, value: JsonObject): void {
    for (const [key, names] of Object.entries(dependentRequired)) {
      this.work.spend(stepsOfName);
      if (!Object.hasOwn(value, key)) continue;
      this.requireEach(names as readonly Json[], value, `is required beside \`${shown(key)}\``);
    }
  }

  private requireEach(names: readonly Json[], value: JsonObject, message: string): void {
    this.work.spend(names.length * stepsOfName);
    // Not by its iterator: a definition's lists are frozen, and Node walks those by turns that cost more than the check.
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
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
    const targets = (this.targets ??= new Map<string, Json>());
    const schema = targets.get(reference) ?? resolveLocalReference(this.root, reference);
    assert(schema !== undefined, `a checked schema refers to nothing at ${reference}`);
    targets.set(reference, schema);
    return schema;
  }
}

/**
 * Where types and the wire's schemas come from (definition.md, 2): any Standard Schema that can say itself as JSON
 * Schema, or a JSON Schema. What travels is JSON, so both are those of the schema's input: before defaults are filled
 * in and before anything is transformed.
 */
import { ClewError } from "../../base/errors.ts";
import { isJsonObject, type JsonObject } from "../../base/json.ts";
import { dialect } from "../json-schema/keyword.ts";
import type { FromJsonSchema } from "./json-schema-type.ts";
import { withSteadyNames } from "./steady-names.ts";

/** As far as it is used here of https://standardschema.dev and its JSON Schema extension. */
export interface StandardSchema<Input = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: unknown } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

export type SchemaSource = StandardSchema | JsonObject;

/** What a schema says of the values on the wire. */
export type TypeOf<Schema> =
  Schema extends StandardSchema<unknown>
    ? Schema["~standard"] extends { readonly types?: infer Types }
      ? NonNullable<Types> extends { readonly input: infer Input }
        ? Input
        : unknown
      : unknown
    : FromJsonSchema<Schema>;

/** `what` is said in errors: `the input of process_payment`. Throws `schema_unusable`. */
export function wireSchema(source: SchemaSource, what: string): JsonObject {
  const standard = standardOf(source);
  if (standard === undefined) {
    if (isJsonObject(source)) return source;
    throw unusable(what, "it is neither a Standard Schema nor a JSON Schema");
  }
  const make = standard.jsonSchema?.input;
  if (typeof make !== "function")
    throw unusable(what, `this schema of ${standard.vendor} cannot say itself as JSON Schema`);
  return canonical(converted(make, what, standard.vendor));
}

function standardOf(source: unknown): StandardSchema["~standard"] | undefined {
  // Some libraries' schemas are functions.
  if ((typeof source !== "object" && typeof source !== "function") || source === null) return undefined;
  return "~standard" in source ? (source as StandardSchema)["~standard"] : undefined;
}

type Convert = NonNullable<StandardSchema["~standard"]["jsonSchema"]>["input"];

function converted(make: Convert, what: string, vendor: string): Record<string, unknown> {
  try {
    return make({ target: "draft-2020-12" });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unusable(what, `${vendor} cannot say it as JSON Schema: ${why}`, cause);
  }
}

/** The one dialect that there is need not be said in each schema. */
function canonical({ $schema, ...schema }: Record<string, unknown>): JsonObject {
  const isOther = typeof $schema === "string" && $schema.replace(/#$/, "") !== dialect;
  return withSteadyNames((isOther ? { $schema, ...schema } : schema) as JsonObject);
}

const unusable = (what: string, why: string, cause?: unknown): ClewError =>
  new ClewError("schema_unusable", `cannot use the schema of ${what}: ${why}`, {
    mend: "Give a Standard Schema with `~standard.jsonSchema` (zod, arktype; valibot by `toStandardJsonSchema`), or a JSON Schema.",
    cause,
  });

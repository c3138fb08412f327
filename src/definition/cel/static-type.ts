/** What is known of a value before there is one: its kind, and for what lies in it a JSON Schema. */
import { isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { asInt } from "./operators.ts";
import { type Place, Refusal } from "./refusal.ts";
import type { Kind, Value } from "./value.ts";

export interface StaticType {
  readonly kind: Kind | "any";
  /** JSON Schema says that its whole numbers are ints. */
  readonly isInt?: boolean;
  readonly schema?: Json | undefined;
  /** Of a list that the expression makes. */
  readonly item?: StaticType | undefined;
}

export const any: StaticType = { kind: "any" };

const kindOfSchemaType: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  ["null", "null"],
  ["boolean", "boolean"],
  ["integer", "int"],
  ["number", "double"],
  ["string", "text"],
  ["array", "list"],
  ["object", "mapping"],
]);

/** A schema that says more than one type, or none, or says it elsewhere, leaves the kind open. */
export function typeOfSchema(schema: Json | undefined): StaticType {
  if (!isJsonObject(schema)) return any;
  const { type } = schema;
  const kind = kindOfSchemaType.get(type) ?? "any";
  return { kind, isInt: type === "integer" || (Array.isArray(type) && isIntOrNull(type)), schema };
}

const isIntOrNull = (types: readonly unknown[]): boolean =>
  types.includes("integer") && types.every((type) => type === "integer" || type === "null");

/** `undefined` where there cannot be such a field. */
export function typeOfField(holder: StaticType, key: string): StaticType | undefined {
  if (!isJsonObject(holder.schema)) return any;
  const { properties } = holder.schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) return typeOfSchema(properties[key]);
  return isClosed(holder.schema) ? undefined : any;
}

/** The names of the fields that the schema speaks of. */
export const fieldsOf = ({ schema }: StaticType): readonly string[] =>
  isJsonObject(schema) && isJsonObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];

/** Whether it names all fields that there can be. */
const isClosed = ({ additionalProperties, patternProperties }: JsonObject): boolean =>
  additionalProperties === false && patternProperties === undefined;

export function typeOfItem(holder: StaticType): StaticType {
  if (holder.item) return holder.item;
  if (!isJsonObject(holder.schema) || holder.schema["prefixItems"] !== undefined) return any;
  return typeOfSchema(holder.schema["items"]);
}

/** Of a value that is one or the other. */
export function eitherType(a: StaticType, b: StaticType): StaticType {
  if (a.schema !== undefined && a.schema === b.schema) return a;
  return a.kind === b.kind ? { kind: a.kind } : any;
}

export const isKind = ({ kind }: StaticType, ...kinds: readonly Kind[]): boolean =>
  kind === "any" || kinds.includes(kind);

export const isNumeric = (type: StaticType): boolean => isKind(type, "int", "double");

/** JSON's number as the int that its schema says it is. */
export function numberAsTyped(value: Value, { isInt }: StaticType, place: Place): Value | Refusal {
  if (!isInt || typeof value !== "number") return value;
  const int = asInt(value);
  return int instanceof Refusal ? int.at(place) : int;
}

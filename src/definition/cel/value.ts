/** What an expression computes with: JSON, in which an int of CEL is a `bigint` and a double a `number`. */
import { kindOf } from "../value-kind.ts";

export type Value = null | boolean | bigint | number | string | ValueList | ValueMap;
export type ValueList = readonly Value[];
export interface ValueMap {
  readonly [key: string]: Value;
}

export type Kind = "null" | "boolean" | "int" | "double" | "text" | "list" | "mapping";

/** As messages say it. */
export const kindNames: Readonly<Record<Kind, string>> = {
  null: "null",
  boolean: "a boolean",
  int: "a whole number",
  double: "a number",
  text: "a text",
  list: "a list",
  mapping: "a mapping",
};

/** For messages, which never say the value itself. */
export const nameOfKind = (value: Value): string =>
  typeof value === "bigint" ? kindNames.int : kindOf(Array.isArray(value) ? [] : (value as null | number | string));

export const isList = (value: Value): value is ValueList => Array.isArray(value);
export const isMap = (value: Value): value is ValueMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isNumber = (value: Value): value is bigint | number =>
  typeof value === "bigint" || typeof value === "number";

export function kindOfValue(value: Value): Kind {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "text";
    default:
      return value === null ? "null" : isList(value) ? "list" : "mapping";
  }
}

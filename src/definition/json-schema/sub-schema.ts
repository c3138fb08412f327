import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { keywordForms } from "./keyword.ts";

/** A schema that lies directly in another one, and the keyword under which it does. */
export interface SubSchema {
  readonly keyword: string;
  readonly schema: Json;
}

/** Of a schema that has passed `check-schema.ts`. A field called `items` is none, nor is what a `default` holds. */
export function subSchemasOf(schema: JsonObject): readonly SubSchema[] {
  return Object.entries(schema).flatMap(([keyword, operand]) =>
    schemasIn(keyword, operand).map((inner) => ({ keyword, schema: inner })),
  );
}

function schemasIn(keyword: string, operand: Json): readonly Json[] {
  switch (keywordForms.get(keyword)) {
    case "schema":
      return [operand];
    case "schemas":
      return isJsonList(operand) ? operand : [];
    case "schemas_by_name":
    case "schemas_by_pattern":
      return isJsonObject(operand) ? Object.values(operand) : [];
    default:
      return [];
  }
}

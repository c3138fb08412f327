/**
 * Takes out of a value what its schema marks as sensitive, before the value goes to a log, a page or an export. The
 * schema has passed `check-schema.ts`; the value may be anything, also one that does not fit. In doubt more is taken
 * out than is marked:
 *
 * - a value of another kind than the one that has marked parts (a text, where a card is expected), because the secret
 *   may be anywhere in it; so also the other form of a union, but not `null`;
 * - a field or an item that the schema forbids, where others are marked: it may be one of them under another name. What
 *   the schema merely does not speak of stays;
 * - all fields of a mapping whose names are marked: they cannot be shown without their names;
 * - everything, where the value is too deep, or it would take too much work to tell.
 *
 * Names of fields are shown.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import { isMarked, type Marks, marksOf, type OfPart, type Together } from "./sensitive-mark.ts";
import { subSchemasOf } from "./sub-schema.ts";
import { deepestValue } from "./validate.ts";
import { OutOfWork, Work } from "./work.ts";

/** What stands in the place of a sensitive value. */
export const redacted = "[redacted]";

const mostSteps = 1_000_000;

/** Gives a copy; the value itself, and its parts, where nothing has to be taken out. */
export function redact(schema: Json, value: Json): Json {
  const marks = marksOf(schema);
  if (!marks) return value;
  try {
    return new Redaction(marks).ofValue(marks.top, value, 0);
  } catch (error) {
    if (error instanceof OutOfWork) return redacted;
    throw error;
  }
}

const known = new WeakMap<JsonObject, boolean>();

/** Whether any schema in it is marked, one that nothing refers to included. */
export function hasSensitive(schema: Json): boolean {
  if (!isJsonObject(schema)) return false;
  const has = known.get(schema) ?? isAnyMarked(schema);
  known.set(schema, has);
  return has;
}

function isAnyMarked(root: JsonObject): boolean {
  const schemas = [root];
  for (let schema = schemas.pop(); schema !== undefined; schema = schemas.pop()) {
    if (isMarked(schema)) return true;
    for (const { schema: inner } of subSchemasOf(schema)) if (isJsonObject(inner)) schemas.push(inner);
  }
  return false;
}

class Redaction {
  private readonly marks: Marks;
  private readonly work = new Work(mostSteps);

  constructor(marks: Marks) {
    this.marks = marks;
  }

  ofValue(schemas: readonly Json[], value: Json, depth: number): Json {
    if (depth > deepestValue) throw new OutOfWork();
    const here = this.marks.together(schemas, this.work);
    if (here.isMarked) return redacted;
    if (value === null || !(here.inFields || here.inNames || here.inItems)) return value;
    if (isJsonObject(value)) return here.inFields && !here.inNames ? this.ofFields(here, value, depth) : redacted;
    return isJsonList(value) && here.inItems ? this.ofItems(here, value, depth) : redacted;
  }

  private ofFields(here: Together, value: JsonObject, depth: number): Json {
    const shown = Object.entries(value).map(([key, inner]): [string, Json] => [
      key,
      this.ofPart(this.marks.ofField(here, key, this.work), inner, depth),
    ]);
    return shown.every(([key, inner]) => inner === value[key]) ? value : Object.fromEntries(shown);
  }

  private ofItems(here: Together, value: readonly Json[], depth: number): Json {
    const shown = value.map((inner, index) => this.ofPart(this.marks.ofItem(here, index, this.work), inner, depth));
    return shown.every((inner, index) => inner === value[index]) ? value : shown;
  }

  private ofPart({ schemas, isForbidden }: OfPart, value: Json, depth: number): Json {
    return isForbidden ? redacted : this.ofValue(schemas, value, depth + 1);
  }
}

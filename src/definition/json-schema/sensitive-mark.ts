/**
 * Where the marks `sensitive: true` of a schema lie, and what they say of a place in a value. Every schema counts that
 * may be held against a value, whether it fits or not and whatever hangs on it: branches of `anyOf`, of `if`, what
 * stands under `not`. Who redacts cannot rely on a value being what its schema wants.
 */
import { assert } from "../../base/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../base/json.ts";
import type { ValuePath } from "../value-path.ts";
import { fieldSchemasOf, itemSchemaOf } from "./field-schema.ts";
import { inPlaceKeywords } from "./keyword.ts";
import { resolveLocalReference } from "./local-reference.ts";
import { subSchemasOf } from "./sub-schema.ts";
import type { Work } from "./work.ts";

/** All the schemas that are held against one value. */
export interface Together {
  readonly schemas: ReadonlySet<JsonObject>;
  readonly isMarked: boolean;
  /** Whether there are marks below: on fields, on names of fields, on items. */
  readonly inFields: boolean;
  readonly inNames: boolean;
  readonly inItems: boolean;
}

/** The schemas that speak of one part of a value. */
export interface OfPart {
  readonly schemas: readonly Json[];
  /** Some schema says that there must be no such part, and none says what it would be. */
  readonly isForbidden: boolean;
}

/** To which part of the value a keyword leads. What stands under `$defs` one comes to by a reference only. */
const ways: ReadonlyMap<string, Way> = new Map([
  ...[...inPlaceKeywords].map((keyword) => [keyword, "here"] as const),
  ...(["properties", "patternProperties", "additionalProperties"] as const).map(
    (keyword) => [keyword, "fields"] as const,
  ),
  ["propertyNames", "names"],
  ...(["prefixItems", "items", "contains"] as const).map((keyword) => [keyword, "items"] as const),
]);
type Way = "here" | "fields" | "names" | "items";

/** By way, the schemas to which one comes. */
type Steps = Readonly<Record<Way, JsonObject[]>>;

const known = new WeakMap<JsonObject, Marks | "none">();

/** Nothing where no mark can be reached from the root. */
export function marksOf(root: Json): Marks | undefined {
  if (!isJsonObject(root)) return undefined;
  const marks = known.get(root) ?? findMarks(root);
  known.set(root, marks);
  return marks === "none" ? undefined : marks;
}

export const isMarked = ({ sensitive }: JsonObject): boolean => sensitive === true;

function findMarks(root: JsonObject): Marks | "none" {
  const steps = new Map([[root, stepsFrom(root, root)]]);
  // A map goes on to what is put into it on the way.
  for (const inner of steps.values()) {
    for (const next of Object.values(inner).flat()) if (!steps.has(next)) steps.set(next, stepsFrom(root, next));
  }
  const leading = leadingToMark(steps);
  return leading.has(root) ? new Marks(root, steps, leading) : "none";
}

function stepsFrom(root: JsonObject, schema: JsonObject): Steps {
  const steps: Steps = { here: [], fields: [], names: [], items: [] };
  for (const { keyword, schema: next } of subSchemasOf(schema)) {
    const way = ways.get(keyword);
    if (way !== undefined && isJsonObject(next)) steps[way].push(next);
  }
  if (typeof schema["$ref"] === "string") {
    const target = resolveLocalReference(root, schema["$ref"]);
    assert(target !== undefined, `a checked schema refers to nothing at ${schema["$ref"]}`);
    if (isJsonObject(target)) steps.here.push(target);
  }
  return steps;
}

/** The marked schemas, and all from which one comes to a marked one. */
function leadingToMark(steps: ReadonlyMap<JsonObject, Steps>): ReadonlySet<JsonObject> {
  const sources = new Map<JsonObject, JsonObject[]>([...steps.keys()].map((schema) => [schema, []]));
  for (const [schema, inner] of steps) for (const next of Object.values(inner).flat()) sources.get(next)?.push(schema);
  const leading = new Set([...steps.keys()].filter(isMarked));
  for (const schema of leading) for (const source of sources.get(schema) ?? []) leading.add(source);
  return leading;
}

export class Marks {
  private readonly root: JsonObject;
  private readonly steps: ReadonlyMap<JsonObject, Steps>;
  /** By way, the schemas from which it leads to a mark. */
  private readonly leading: Readonly<Record<Way, ReadonlySet<JsonObject>>>;

  constructor(root: JsonObject, steps: ReadonlyMap<JsonObject, Steps>, leading: ReadonlySet<JsonObject>) {
    this.root = root;
    this.steps = steps;
    const by = (way: Way) =>
      new Set([...steps].filter(([, inner]) => inner[way].some((next) => leading.has(next))).map(([schema]) => schema));
    this.leading = { here: by("here"), fields: by("fields"), names: by("names"), items: by("items") };
  }

  get top(): readonly Json[] {
    return [this.root];
  }

  /** Adds to the schemas of a value those that they hold against the same value. */
  together(given: readonly Json[], work: Work): Together {
    const schemas = new Set(given.filter(isJsonObject));
    const { fields, names, items } = this.leading;
    const found = { schemas, isMarked: false, inFields: false, inNames: false, inItems: false };
    for (const schema of schemas) {
      const here = this.steps.get(schema)?.here ?? [];
      work.spend(1 + here.length);
      for (const next of here) schemas.add(next);
      found.isMarked ||= isMarked(schema);
      found.inFields ||= fields.has(schema);
      found.inNames ||= names.has(schema);
      found.inItems ||= items.has(schema);
    }
    return found;
  }

  ofField({ schemas }: Together, key: string, work: Work): OfPart {
    const found = [...schemas].flatMap((schema) => fieldSchemasOf(schema, key, work));
    return { schemas: found, isForbidden: found.length > 0 && found.every((schema) => schema === false) };
  }

  ofItem({ schemas }: Together, index: number, work: Work): OfPart {
    work.spend(schemas.size);
    const found = [...schemas].flatMap((schema) => itemSchemaOf(schema, index) ?? []);
    // Of some item it says what it is; as far as marks go, of any.
    const contained = [...schemas].flatMap(({ contains }) => contains ?? []);
    const isForbidden = found.length > 0 && found.every((schema) => schema === false);
    return { schemas: [...found, ...contained], isForbidden };
  }

  /** Whether a value at that place would be sensitive, or have sensitive parts. */
  areOn(path: ValuePath, work: Work): boolean {
    let schemas = this.top;
    for (const segment of path) {
      const here = this.together(schemas, work);
      if (here.isMarked) return true;
      const part = typeof segment === "number" ? this.ofItem(here, segment, work) : this.ofField(here, segment, work);
      schemas = part.schemas;
    }
    const here = this.together(schemas, work);
    return here.isMarked || here.inFields || here.inNames || here.inItems;
  }
}

/**
 * Which steps and blocks a definition holds, and inside which items they stand. Known before the reading itself, because
 * a mapping may refer to what is written below it.
 */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import { type NodeKind, nodeKinds } from "./vocabulary.ts";

export interface Outline {
  /** By name; of two with one name the first. */
  readonly nodes: ReadonlyMap<string, OutlinedNode>;
  /** How many there are, those without a name too. */
  readonly count: number;
}

export interface OutlinedNode {
  readonly is: NodeKind;
  /** The `forEach` blocks that it stands in, outermost first. */
  readonly items: readonly JsonObject[];
}

/** Of what sees no step. */
export const emptyOutline: Outline = { nodes: new Map(), count: 0 };

/** Nothing of the definition has been checked. */
export function outlineOf(definition: Json): Outline {
  const nodes = new Map<string, OutlinedNode>();
  let count = 0;
  const walk = (sequence: Json | undefined, items: readonly JsonObject[]): void => {
    for (const node of isJsonList(sequence) ? sequence : []) {
      count++;
      const is = nodeKindOf(node);
      if (!is || !isJsonObject(node)) continue;
      const name = node[is];
      if (typeof name === "string" && !nodes.has(name)) nodes.set(name, { is, items });
      for (const inner of sequencesIn(node)) walk(inner, is === "forEach" ? [...items, node] : items);
    }
  };
  walk(own(definition, "steps"), []);
  return { nodes, count };
}

/** By the key that names it; `undefined` where there is none. */
export const nodeKindOf = (node: Json): NodeKind | undefined =>
  isJsonObject(node) ? nodeKinds.find((kind) => Object.hasOwn(node, kind)) : undefined;

function sequencesIn(node: JsonObject): readonly (Json | undefined)[] {
  const [steps, branches, cases] = [own(node, "steps"), own(node, "branches"), own(node, "cases")];
  return [
    steps,
    ...(isJsonObject(branches) ? Object.values(branches) : []),
    ...(isJsonList(cases) ? cases.map((one) => own(one, "steps")) : []),
  ];
}

const own = (holder: Json, key: string): Json | undefined =>
  isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;

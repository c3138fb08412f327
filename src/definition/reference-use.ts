/** What of a workflow cannot do without a step's output (semantics.md, 7: `skip`). */
import { isJsonList, isJsonObject, type Json } from "../base/json.ts";
import { expressionOf } from "./cel/expression-cache.ts";
import { parseReferencePath, PathFault } from "./reference-path.ts";
import type { BlockPlan, Body, NodePlan, StepPlan, Workflow } from "./workflow.ts";

/**
 * The steps and blocks that may still come when the step has settled and that refer to its output without `else` or
 * `has(…)`, in order. In a loop around it what stands before it comes again.
 */
export function stepsThatNeed({ body, steps, places, blocks }: Workflow, name: string): readonly string[] {
  const asked = steps[places.get(name) ?? -1] ?? blocks.get(name);
  if (!asked) return [];
  const around = blocksAround(asked);
  const loops = asked.repeats.filter(({ is }) => is === "loop");
  let hasCome = false;
  const needing: string[] = [];
  for (const node of nodesOf(body)) {
    const mayCome = hasCome || loops.some((loop) => node !== loop && isWithin(node, loop));
    const mappings = mayCome ? askedOf(node) : [];
    // At the end of an iteration, so after all that stands in it.
    if (node.is === "loop" && (mayCome || around.includes(node))) mappings.push({ $cel: node.until });
    if (mappings.some((mapping) => needs(mapping, name))) needing.push(node.name);
    hasCome ||= node === asked;
  }
  return needing;
}

/** Steps and blocks in the order of the definition. */
function* nodesOf(body: Body): Generator<NodePlan> {
  for (const node of body.nodes) {
    yield node;
    if (node.is !== "step") for (const inner of node.bodies) yield* nodesOf(inner);
  }
}

function blocksAround({ body: { block } }: NodePlan): readonly BlockPlan[] {
  return block ? [block, ...blocksAround(block)] : [];
}

const isWithin = (node: NodePlan, block: BlockPlan): boolean => blocksAround(node).includes(block);

/** The mappings and expressions of a node, expressions as mappings. */
function askedOf(node: NodePlan): Json[] {
  const asked: Json[] = node.when === undefined ? [] : [{ $cel: node.when }];
  switch (node.is) {
    case "step":
      return [...asked, ...mappingsOf(node)];
    case "choose":
      return [...asked, ...node.conditions.flatMap((text) => (text === undefined ? [] : [{ $cel: text }]))];
    case "forEach":
      return [...asked, node.in];
    case "parallel":
    case "loop":
      return asked;
  }
}

function mappingsOf({ input, compensation, act }: StepPlan): readonly Json[] {
  const mappings = [input, compensation?.input, act.is === "wait" ? act.until : undefined];
  return mappings.filter((mapping) => mapping !== undefined);
}

/** Mappings have passed `check-mapping.ts` when their definition was loaded. */
function needs(mapping: Json, name: string): boolean {
  if (isJsonList(mapping)) return mapping.some((item) => needs(item, name));
  if (!isJsonObject(mapping) || Object.hasOwn(mapping, "$lit")) return false;
  const { $: reference, $cel: expression, else: otherwise } = mapping;
  if (typeof expression === "string" && typeof reference !== "string") {
    return expressionOf(expression, { expects: "value" }).references.some(
      ({ path, isGuarded }) => !isGuarded && path.from === "step" && path.step === name,
    );
  }
  if (typeof reference !== "string") return Object.values(mapping).some((inner) => needs(inner, name));
  if (Object.hasOwn(mapping, "else")) return needs(otherwise ?? null, name);
  const path = parseReferencePath(reference);
  return !(path instanceof PathFault) && path.from === "step" && path.step === name;
}

/** A definition taken apart: each step and block by its name, with where it stands and what is said of itself. */
import type { JsonObject } from "../../base/json.ts";
import type { Definition, NodeDefinition } from "../../definition/definition.ts";
import type { Workflow } from "../../definition/workflow.ts";

export interface IndexedNode {
  /** The sequence that it stands in. */
  readonly place: string;
  /** Its keys, without those of what stands in it. */
  readonly own: JsonObject;
}

/** The outermost sequence. */
export const outermost = "";

/** One of a block's sequences: a branch by its name, a case by its condition, which stays when its place changes. */
export function placeOf(block: string, lane: string): string {
  return `${block}/${lane}`;
}

export class NodeIndex {
  readonly nodes = new Map<string, IndexedNode>();
  /** The names in each sequence, in order. */
  readonly sequences = new Map<string, readonly string[]>();

  constructor({ definition }: Workflow) {
    this.sequence(definition.steps, outermost);
  }

  private sequence(nodes: readonly NodeDefinition[], place: string): void {
    this.sequences.set(
      place,
      nodes.map((node) => this.add(node, place)),
    );
  }

  private add(node: NodeDefinition, place: string): string {
    if ("parallel" in node) {
      const { branches, ...own } = node;
      for (const [branch, steps] of Object.entries(branches)) this.sequence(steps, placeOf(node.parallel, branch));
      return this.keep(node.parallel, place, { ...own, branches: Object.keys(branches).join(", ") });
    }
    if ("choose" in node) {
      const { cases, ...own } = node;
      const conditions = cases.map((one) => ("when" in one ? `when ${one.when}` : "otherwise"));
      for (const [at, { steps }] of cases.entries()) this.sequence(steps, placeOf(node.choose, conditions[at] ?? ""));
      return this.keep(node.choose, place, { ...own, cases: conditions.join("; ") });
    }
    if ("forEach" in node || "loop" in node) {
      const { steps, ...own } = node;
      const name = "loop" in node ? node.loop : node.forEach;
      this.sequence(steps, placeOf(name, ""));
      return this.keep(name, place, own);
    }
    const name = "step" in node ? node.step : "wait" in node ? node.wait : "child" in node ? node.child : node.fail;
    return this.keep(name, place, node);
  }

  private keep(name: string, place: string, own: object): string {
    // What a definition says is JSON; its types only say it more exactly.
    this.nodes.set(name, { place, own: own as JsonObject });
    return name;
  }
}

/** What is said of the workflow as a whole; its version stands in the title. */
export function settingsOf(definition: Definition): JsonObject {
  const { steps: _, version: __, ...settings } = definition;
  return settings as object as JsonObject;
}

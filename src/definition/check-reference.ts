/** Whether there is what a reference names, seen from where it stands (definition.md, 4: K2). */
import type { Json, JsonObject } from "../base/json.ts";
import type { Findings } from "./definition-problem.ts";
import { nearest } from "./nearest.ts";
import type { Outline, OutlinedNode } from "./outline.ts";
import { shown } from "./value-path.ts";
import type { NodeKind } from "./vocabulary.ts";

/** What references are checked by. */
export interface ReferenceCheck {
  readonly outline: Outline;
  /** The `forEach` blocks around the reference, outermost first, and their variables. */
  readonly items: readonly JsonObject[];
  readonly variables: readonly string[];
  /** By it expressions are checked. */
  readonly inputSchema: Json | undefined;
  readonly findings: Findings;
}

export interface WrongReference {
  readonly message: string;
  readonly mend: string;
}

const withoutOutput: Readonly<Partial<Record<NodeKind, WrongReference>>> = {
  parallel: {
    message: "a parallel block has no output",
    mend: "Refer to the output of a step in one of its branches.",
  },
  choose: {
    message: "a choice has no output",
    mend: "Refer to the output of a step in one of its cases, with `else` for when that case is not taken.",
  },
  fail: { message: "nothing comes after a `fail`, and it has no output", mend: "Refer to another step." },
};

/** Of `steps.<name>.output`. */
export function checkStepReference(name: string, { outline, items }: ReferenceCheck): WrongReference | undefined {
  const node = outline.nodes.get(name);
  if (!node) return unknownStep(name, outline);
  const wrong = withoutOutput[node.is];
  if (wrong) return { ...wrong, message: `\`${name}\`: ${wrong.message}` };
  // An item has steps of its own; seen from outside there would be as many outputs as items.
  const closed = node.items.find((block, depth) => items[depth] !== block);
  return closed && insideItem(name, closed);
}

function unknownStep(name: string, { nodes }: Outline): WrongReference {
  const meant = nearest(name, namesWithOutput(nodes));
  const mend = meant ? `Did you mean \`${meant}\`?` : "Refer to a step of this workflow.";
  return { message: `there is no step \`${name}\``, mend };
}

const namesWithOutput = (nodes: ReadonlyMap<string, OutlinedNode>): readonly string[] =>
  [...nodes].flatMap(([name, { is }]) => (withoutOutput[is] ? [] : [name]));

function insideItem(name: string, block: JsonObject): WrongReference {
  const { forEach } = block;
  const message = `\`${name}\` is done for each item of a \`forEach\`, and only inside it there is one output of it`;
  if (typeof forEach !== "string") return { message, mend: "Refer to the output of the `forEach`." };
  return { message, mend: `Refer to \`steps.${shown(forEach)}.output\`, the list of its items' last outputs.` };
}

/** Of a path that starts at none of the words, and at no variable that is known here. */
export function unknownStart(name: string, variables: readonly string[]): WrongReference {
  const known = ["input", "steps", "run", ...variables];
  const meant = nearest(name, known);
  const mend = meant ? `Did you mean \`${meant}\`?` : `Begin with ${known.map((word) => `\`${word}\``).join(", ")}.`;
  return { message: `there is no \`${shown(name)}\` here`, mend };
}

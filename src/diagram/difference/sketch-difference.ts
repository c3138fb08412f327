/** Two versions of a workflow in one sketch: the later one, with what was taken out of the earlier one in its old place. */
import type { BlockPlan, Body, NodePlan, Workflow } from "../../definition/workflow.ts";
import { laneTitle } from "../block-words.ts";
import { type Frame, type Lane, type Line, type Mark, nothing, type Part, type Sketch } from "../sketch.ts";
import { cardOf, counted, frameOf } from "../sketch-workflow.ts";
import { type Change, compare, type Difference } from "./compare.ts";
import { outermost, placeOf } from "./node-index.ts";

const marks: Readonly<Record<Exclude<Change, "same">, Mark>> = {
  added: { glyph: "plus", tone: "good", word: "added" },
  removed: { glyph: "dash", tone: "bad", word: "removed" },
  changed: { glyph: "again", tone: "doubt", word: "changed" },
  moved: { glyph: "play", tone: "busy", word: "moved" },
};

export function sketchDifference(before: Workflow, after: Workflow): Sketch {
  return new DifferenceSketch(before, after).sketch();
}

class DifferenceSketch {
  private readonly before: Workflow;
  private readonly after: Workflow;
  private readonly difference: Difference;
  private readonly plans = new Map<string, NodePlan>();

  constructor(before: Workflow, after: Workflow) {
    this.before = before;
    this.after = after;
    this.difference = compare(before, after);
    for (const { steps, blocks } of [before, after])
      for (const node of [...steps, ...blocks.values()]) this.plans.set(node.name, node);
  }

  sketch(): Sketch {
    const [from, to] = [this.before, this.after].map(({ name, version }) => `${name}@${version}`);
    return {
      title: `Difference: ${from} → ${to}`,
      about: "What was added, removed, changed and moved.",
      summary: this.summary(),
      lane: { parts: this.parts(outermost) },
    };
  }

  private summary(): readonly Line[] {
    const counts = (["added", "removed", "changed", "moved"] as const).flatMap((change) => {
      const count = [...this.difference.nodes.values()].filter((one) => one.change === change).length;
      return count === 0 ? [] : [`${count} ${change}`];
    });
    const total = this.difference.nodes.size;
    const text =
      counts.length === 0
        ? `no step or block differs, of ${total}`
        : `${counts.join(", ")}, of ${counted(total, "step and block", "steps and blocks")}`;
    return [{ text }, ...this.difference.settings.map((line): Line => ({ text: line, mark: marks.changed }))];
  }

  /** A sequence of the later version; what is removed stands behind what it stood behind. */
  private parts(place: string): readonly Part[] {
    const { before, after, nodes } = this.difference;
    const now = after.sequences.get(place) ?? [];
    const merged = [...now];
    let at = 0;
    for (const name of before.sequences.get(place) ?? []) {
      const still = merged.indexOf(name);
      if (still >= 0) at = still + 1;
      else if (nodes.get(name)?.change === "removed") merged.splice(at++, 0, name);
    }
    const parts = merged.flatMap((name) => this.plans.get(name) ?? []).map((node) => this.part(node));
    return parts.length > 0 ? parts : [nothing(`${place}/nothing`)];
  }

  private part(node: NodePlan): Part {
    const { change = "same", keys = [] } = this.difference.nodes.get(node.name) ?? {};
    const mark = change === "same" ? {} : { mark: marks[change] };
    if (node.is !== "step") return { ...this.frame(node), ...mark, facts: [...frameOf(node, []).facts, ...keys] };
    const { caption: _, below: __, undo: ___, ...card } = cardOf(node);
    const undone =
      node.compensation && node.compensation.worker !== "" ? [`undone by ${node.compensation.worker}`] : [];
    return { ...card, ...mark, facts: change === "changed" ? keys : [...card.facts, ...undone] };
  }

  private frame(block: BlockPlan): Frame {
    const lanes = block.bodies.map((body) => this.lane(block, body));
    const [known, other] = [this.before.blocks.get(block.name), this.after.blocks.get(block.name)];
    const gone =
      known && other ? known.bodies.filter((body) => !lanes.some(({ key }) => key === keyOf(known, body))) : [];
    const removed = (known ? gone : []).map((body) => this.lane(known ?? block, body, " (removed)"));
    return frameOf(
      block,
      [...lanes, ...removed].map(({ lane }) => lane),
    );
  }

  private lane(block: BlockPlan, body: Body, more = ""): { readonly key: string; readonly lane: Lane } {
    const key = keyOf(block, body);
    const title = laneTitle(block, body.arm);
    return { key, lane: { ...(title === undefined ? {} : { title: title + more }), parts: this.parts(key) } };
  }
}

/** As `NodeIndex` has it. */
function keyOf(block: BlockPlan, { arm }: Body): string {
  if (block.is === "parallel") return placeOf(block.name, block.branches[arm] ?? "");
  if (block.is !== "choose") return placeOf(block.name, "");
  const when = block.conditions[arm];
  return placeOf(block.name, when === undefined ? "otherwise" : `when ${when}`);
}

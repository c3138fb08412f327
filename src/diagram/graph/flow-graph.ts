/**
 * A sketch as nodes and edges, for formats that find the places themselves. Names are no ids, because any of them may be
 * a word of the format's: cards are `s1`, `s2`, … in their order, what undoes `s2` is `u2`, frames are `b1`, `b2`, ….
 */
import { type Card, type Frame, hasUndo, type Lane, type Part, type Sketch } from "../sketch.ts";

export interface CardNode {
  readonly is: "card";
  readonly id: string;
  readonly card: Card;
}

export interface FrameNode {
  readonly is: "frame";
  readonly id: string;
  readonly frame: Frame;
  readonly lanes: readonly LaneNodes[];
}

export interface LaneNodes {
  readonly id: string;
  readonly title: string | undefined;
  readonly nodes: readonly FlowNode[];
}

export type FlowNode = CardNode | FrameNode;

export interface FlowEdge {
  readonly is: "next" | "tie" | "back";
  readonly from: string;
  readonly to: string;
}

export interface FlowGraph {
  readonly nodes: readonly FlowNode[];
  readonly undos: readonly CardNode[];
  /** Where undos of several lanes meet before those of several other lanes. */
  readonly joints: readonly string[];
  /** Forward and ties, in the order of the nodes. */
  readonly edges: readonly FlowEdge[];
  /** The last undo first. */
  readonly back: readonly FlowEdge[];
}

/** The ids of the stations, where the sketch has them. */
export const stationIds = { start: "start", end: "completed", undone: "compensated" } as const;

export function flowGraph(sketch: Sketch): FlowGraph {
  const numbering = new Numbering();
  const nodes = numbering.parts(sketch.lane.parts);
  const edges: FlowEdge[] = [];
  const [first] = nodes;
  if (sketch.stations && first) edges.push({ is: "next", from: stationIds.start, to: first.id });
  edges.push(...edgesOf(nodes, sketch.stations ? stationIds.end : undefined));
  const way = new WayBack();
  way.through(nodes, sketch.stations ? [stationIds.undone] : []);
  return { nodes, undos: undosOf(nodes), joints: way.joints, edges, back: way.edges.toReversed() };
}

class Numbering {
  private cards = 0;
  private frames = 0;

  parts(parts: readonly Part[]): readonly FlowNode[] {
    return parts.map((part) => (part.is === "card" ? this.card(part) : this.frame(part)));
  }

  private card(card: Card): CardNode {
    return { is: "card", id: `s${++this.cards}`, card };
  }

  private frame(frame: Frame): FrameNode {
    const id = `b${++this.frames}`;
    return { is: "frame", id, frame, lanes: frame.lanes.map((lane, at) => this.lane(lane, `${id}l${at + 1}`)) };
  }

  private lane({ title, parts }: Lane, id: string): LaneNodes {
    return { id, title, nodes: this.parts(parts) };
  }
}

/** Of the card that undoes the card of that id. */
export const undoId = (id: string): string => id.replace("s", "u");

function undosOf(nodes: readonly FlowNode[]): CardNode[] {
  return nodes.flatMap((node): CardNode[] => {
    if (node.is === "frame") return node.lanes.flatMap((lane) => undosOf(lane.nodes));
    return node.card.undo ? [{ is: "card", id: undoId(node.id), card: node.card.undo }] : [];
  });
}

/** A step's tie comes before its edge to the next one. */
function edgesOf(nodes: readonly FlowNode[], end: string | undefined): FlowEdge[] {
  return nodes.flatMap((node, place) => {
    const next = nodes[place + 1]?.id ?? end;
    const inside: FlowEdge[] =
      node.is === "frame"
        ? node.lanes.flatMap((lane) => edgesOf(lane.nodes, undefined))
        : node.card.undo
          ? [{ is: "tie", from: node.id, to: undoId(node.id) }]
          : [];
    return next === undefined ? inside : [...inside, { is: "next", from: node.id, to: next }];
  });
}

/** From each undo to those that come after it (semantics.md, C9): sequences in reverse, lanes side by side. */
class WayBack {
  readonly edges: FlowEdge[] = [];
  readonly joints: string[] = [];

  /** Gives where the way back through the nodes begins, if after them it goes on to `to`. */
  through(nodes: readonly FlowNode[], to: readonly string[]): readonly string[] {
    let before = to;
    for (const node of nodes) before = node.is === "card" ? this.card(node, before) : this.frame(node, before);
    return before;
  }

  private card({ id, card }: CardNode, to: readonly string[]): readonly string[] {
    if (!card.undo) return to;
    for (const next of to) this.edges.push({ is: "back", from: undoId(id), to: next });
    return [undoId(id)];
  }

  private frame({ frame, lanes }: FrameNode, to: readonly string[]): readonly string[] {
    if (!hasUndo(frame)) return to;
    const undone = lanes.filter((_, at) => frame.lanes[at]?.parts.some(hasUndo));
    const before = undone.length > 1 && to.length > 1 ? this.joint(to) : to;
    return undone.flatMap((lane) => this.through(lane.nodes, before));
  }

  /** Without it there would be an edge from each to each. */
  private joint(to: readonly string[]): readonly string[] {
    const id = `j${this.joints.length + 1}`;
    this.joints.push(id);
    for (const next of to) this.edges.push({ is: "back", from: id, to: next });
    return [id];
  }
}

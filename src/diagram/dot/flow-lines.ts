import {
  type CardNode,
  type FlowEdge,
  type FlowNode,
  flowGraph,
  type FrameNode,
  stationIds,
  undoId,
} from "../graph/flow-graph.ts";
import type { Card, Look, Sketch, Tone } from "../sketch.ts";
import { markText } from "../text/glyphs.ts";
import { type Attributes, block, edgeLine, nodeLine, quoted } from "./dot-text.ts";

/** The cards of a sketch, frames as clusters, and the way back beside them. */
export function flowLines(sketch: Sketch): readonly string[] {
  const graph = flowGraph(sketch);
  const { stations } = sketch;
  const ends = new Ends(graph.nodes);
  const station = (id: string, text: string) => nodeLine(id, { label: quoted(text), shape: "oval" });
  return [
    ...(stations ? [station(stationIds.start, stations.start)] : []),
    ...graph.nodes.flatMap(nodeLines),
    ...(stations ? [station(stationIds.end, stations.end)] : []),
    ...graph.joints.map((id) => nodeLine(id, { shape: "point" })),
    ...(stations && graph.undos.length > 0
      ? [station(stationIds.undone, stations.undone), sideBySide(stationIds.start, stationIds.undone)]
      : []),
    ...graph.edges.map((edge) => forwardLine(edge, ends)),
    ...graph.back.map(({ from, to }) => edgeLine(from, to, { style: "dashed", constraint: "false" })),
  ];
}

/** Graphviz has edges between nodes only; one that leads to a frame, or comes from it, is cut at its border. */
class Ends {
  private readonly firsts = new Map<string, string>();
  private readonly lasts = new Map<string, string>();

  constructor(nodes: readonly FlowNode[]) {
    this.depthOf(nodes);
  }

  /** How many cards stand below each other; the deepest lane is where its frame ends. */
  private depthOf(nodes: readonly FlowNode[]): number {
    return nodes.reduce((sum, node) => sum + (node.is === "card" ? 1 : this.frameDepth(node)), 0);
  }

  private frameDepth({ id, lanes }: FrameNode): number {
    const depths = lanes.map(({ nodes }) => this.depthOf(nodes));
    const deepest = Math.max(...depths);
    const first = lanes[0]?.nodes[0]?.id ?? id;
    const last = lanes[depths.indexOf(deepest)]?.nodes.at(-1)?.id ?? id;
    this.firsts.set(id, this.firstOf(first));
    this.lasts.set(id, this.lastOf(last));
    return deepest;
  }

  firstOf(id: string): string {
    return this.firsts.get(id) ?? id;
  }

  lastOf(id: string): string {
    return this.lasts.get(id) ?? id;
  }

  isFrame(id: string): boolean {
    return this.firsts.has(id);
  }
}

function forwardLine({ is, from, to }: FlowEdge, ends: Ends): string {
  if (is === "tie") return edgeLine(from, to, { style: "dotted", constraint: "false" });
  return edgeLine(ends.lastOf(from), ends.firstOf(to), {
    ...(ends.isFrame(from) ? { ltail: `cluster_${from}` } : {}),
    ...(ends.isFrame(to) ? { lhead: `cluster_${to}` } : {}),
  });
}

function nodeLines(node: FlowNode): readonly string[] {
  if (node.is === "card") return node.card.undo ? withUndo(node, node.card.undo) : [cardLine(node)];
  const { id, frame, lanes } = node;
  return block(`subgraph cluster_${id}`, [
    `label=${quoted(frame.title, ...frame.facts)};`,
    ...lanes.flatMap(({ id: lane, title, nodes }) =>
      title === undefined
        ? nodes.flatMap(nodeLines)
        : block(`subgraph cluster_${lane}`, [`label=${quoted(title)};`, "style=dotted;", ...nodes.flatMap(nodeLines)]),
    ),
  ]);
}

/** In the same cluster, or Graphviz would take the step out of it. */
const withUndo = (node: CardNode, undo: Card): readonly string[] => [
  cardLine(node),
  cardLine({ is: "card", id: undoId(node.id), card: undo }),
  sideBySide(node.id, undoId(node.id)),
];

const sideBySide = (...ids: readonly string[]): string => `{ rank=same; ${ids.map((id) => `${id};`).join(" ")} }`;

const shapes: Readonly<Record<Look, Attributes>> = {
  step: {},
  undo: { style: "dashed" },
  wait: { shape: "hexagon" },
  child: { shape: "box3d" },
  fail: { shape: "octagon" },
  more: { shape: "plaintext" },
  nothing: { shape: "plaintext" },
};

const colours: Readonly<Record<Tone, string>> = {
  quiet: '"#8c959f"',
  good: '"#2da44e"',
  bad: '"#cf222e"',
  doubt: '"#bf8700"',
  busy: '"#0969da"',
  undone: '"#8250df"',
};

function cardLine({ id, card }: CardNode): string {
  const { look, mark } = card;
  const tone: Attributes = mark ? { color: colours[mark.tone], penwidth: "2" } : {};
  return nodeLine(id, { label: labelOf(card), ...shapes[look], ...tone });
}

const labelOf = ({ title, facts, mark }: Card): string =>
  quoted(title, ...(mark ? [`${markText(mark)} ${mark.word}`] : []), ...facts);

import { type CardNode, type FlowEdge, type FlowNode, flowGraph, stationIds } from "../graph/flow-graph.ts";
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
    ...graph.undos.map(cardLine),
    ...graph.joints.map((id) => nodeLine(id, { shape: "point" })),
    ...(stations && graph.undos.length > 0 ? [station(stationIds.undone, stations.undone)] : []),
    ...graph.edges.map((edge) => forwardLine(edge, ends)),
    ...graph.back.map(({ from, to }) => edgeLine(from, to, { style: "dashed", constraint: "false" })),
  ];
}

/** Graphviz has edges between nodes only; one that leads to a frame is cut at its border. */
class Ends {
  private readonly ends = new Map<string, string>();

  constructor(nodes: readonly FlowNode[]) {
    for (const node of nodes) this.add(node);
  }

  private add(node: FlowNode): string {
    if (node.is === "card") return node.id;
    const inside = node.lanes.flatMap((lane) => lane.nodes.map((one) => this.add(one)));
    const first = inside[0] ?? node.id;
    this.ends.set(node.id, first);
    return first;
  }

  of(id: string): string {
    return this.ends.get(id) ?? id;
  }

  isFrame(id: string): boolean {
    return this.ends.has(id);
  }
}

function forwardLine({ is, from, to }: FlowEdge, ends: Ends): string {
  if (is === "tie") return edgeLine(from, to, { style: "dotted", constraint: "false" });
  return edgeLine(ends.of(from), ends.of(to), {
    ...(ends.isFrame(from) ? { ltail: `cluster_${from}` } : {}),
    ...(ends.isFrame(to) ? { lhead: `cluster_${to}` } : {}),
  });
}

function nodeLines(node: FlowNode): readonly string[] {
  if (node.is === "card") return [cardLine(node)];
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

import {
  type CardNode,
  type FlowNode,
  flowGraph,
  type FrameNode,
  type LaneNodes,
  stationIds,
} from "../graph/flow-graph.ts";
import type { Card, Look, Sketch, Tone } from "../sketch.ts";
import { markText } from "../text/glyphs.ts";
import { block } from "./chart.ts";
import { label } from "./label.ts";

/**
 * What a flowchart says of a sketch: its cards downwards from the start to the end, beside them the way back upwards, and
 * from each step a dotted edge to what undoes it.
 */
export function flowLines(sketch: Sketch): string[] {
  const { nodes, undos, joints, edges, back } = flowGraph(sketch);
  const { stations } = sketch;
  return [
    ...(stations ? [`${stationIds.start}([${label(stations.start)}])`] : []),
    ...nodes.flatMap(nodeLines),
    ...(stations ? [`${stationIds.end}([${label(stations.end)}])`] : []),
    ...undos.map(cardLine),
    ...joints.map((id) => `${id}(( ))`),
    ...(undos.length > 0 && stations ? beside(stations.undone, undos) : []),
    ...edges.map(({ is, from, to }) => `${from} ${is === "tie" ? "-.->" : "-->"} ${to}`),
    ...back.map(({ from, to }) => `${from} --> ${to}`),
    ...(undos.length > 0 ? ["classDef undo stroke-dasharray:4 3"] : []),
    ...toneLines([...cardsOf(nodes), ...undos]),
  ];
}

/**
 * The invisible links come before all other edges, and a step's dotted edge before the one to the next step: so both
 * layouts that Mermaid draws with (dagre, and ELK from 12 on) break the circle where the undo path shall run upwards.
 */
function beside(undone: string, undos: readonly CardNode[]): string[] {
  return [
    `${stationIds.undone}([${label(undone)}])`,
    "%% Invisible links keep the undo path beside the steps.",
    [stationIds.start, stationIds.undone, ...undos.map(({ id }) => id)].join(" ~~~ "),
  ];
}

const nodeLines = (node: FlowNode): string[] => (node.is === "card" ? [cardLine(node)] : frameLines(node));

function frameLines({ id, frame, lanes }: FrameNode): string[] {
  const [only] = lanes;
  const inside = lanes.length === 1 && only && only.title === undefined ? only.nodes.flatMap(nodeLines) : undefined;
  return block([
    `subgraph ${id} [${label(frame.title, ...markLine(frame), ...frame.facts)}]`,
    ["direction TB", ...(inside ?? lanes.flatMap(laneLines))],
  ]);
}

const laneLines = ({ id, title = "", nodes }: LaneNodes): string[] =>
  block([`subgraph ${id} [${label(title || " ")}]`, ["direction TB", ...nodes.flatMap(nodeLines)]]);

const shapes: Readonly<Record<Look, readonly [open: string, close: string]>> = {
  step: ["[", "]"],
  undo: ["[", "]:::undo"],
  wait: ["{{", "}}"],
  child: ["[[", "]]"],
  fail: ["[/", "\\]"],
  more: ["(", ")"],
  nothing: ["(", ")"],
};

function cardLine({ id, card }: CardNode): string {
  const [open, close] = shapes[card.look];
  return `${id}${open}${label(card.title, ...markLine(card), ...card.facts)}${close}`;
}

const markLine = ({ mark }: Pick<Card, "mark">): readonly string[] => (mark ? [`${markText(mark)} ${mark.word}`] : []);

function cardsOf(nodes: readonly FlowNode[]): readonly CardNode[] {
  return nodes.flatMap((node) => (node.is === "card" ? [node] : node.lanes.flatMap((lane) => cardsOf(lane.nodes))));
}

/** Readable on a light and on a dark page. */
const colours: Readonly<Record<Tone, string>> = {
  quiet: "stroke:#8c959f",
  good: "stroke:#2da44e,stroke-width:2px",
  bad: "stroke:#e5534b,stroke-width:3px",
  doubt: "stroke:#bf8700,stroke-width:3px",
  busy: "stroke:#218bff,stroke-width:2px",
  undone: "stroke:#a475f9,stroke-width:2px",
};

function toneLines(nodes: readonly CardNode[]): string[] {
  const byTone = new Map<Tone, string[]>();
  for (const { id, card } of nodes) {
    if (!card.mark) continue;
    const ids = byTone.get(card.mark.tone);
    if (ids) ids.push(id);
    else byTone.set(card.mark.tone, [id]);
  }
  return Array.from(byTone, ([tone, ids]) => [
    `classDef ${tone} ${colours[tone]}`,
    `class ${ids.join(",")} ${tone}`,
  ]).flat();
}

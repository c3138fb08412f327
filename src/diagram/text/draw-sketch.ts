import { cleanLine } from "../../base/clean-line.ts";
import { place } from "../layout/place.ts";
import type { Area, Edge, PlacedCard, PlacedFrame, PlacedLane, PlacedPart, PlacedText } from "../layout/placed.ts";
import type { Line, Sketch } from "../sketch.ts";
import { Canvas } from "./canvas.ts";
import { columnsOf, wrapped } from "./columns.ts";
import { markText } from "./glyphs.ts";
import { page, underlined } from "./page.ts";
import { textColumns, textMedium } from "./text-medium.ts";

export function drawSketch({ title, summary, lane, isUndoInCaption }: Sketch): string {
  const canvas = new Canvas();
  drawLane(canvas, place(lane, textMedium, { room: textColumns, withUndo: isUndoInCaption !== true }));
  const above = summary.length === 0 ? [] : [summary.flatMap(summaryLines).join("\n")];
  return page([underlined(cleanLine(title), "="), ...above, canvas.toString()]);
}

/** A line that is too long goes on below its own beginning. */
function summaryLines({ text, mark }: Line): readonly string[] {
  const head = mark ? `${markText(mark)} ` : "";
  return wrapped(text, textColumns - head.length).map((line, at) => (at === 0 ? head : " ".repeat(head.length)) + line);
}

function drawLane(canvas: Canvas, { head, parts, edges }: PlacedLane): void {
  if (head) drawRows(canvas, head, head.x, head.y);
  for (const part of parts) drawPart(canvas, part);
  for (const edge of edges) drawEdge(canvas, edge);
}

function drawPart(canvas: Canvas, part: PlacedPart): void {
  if (part.is === "frame") return drawFrame(canvas, part);
  drawCard(canvas, part);
  if (part.undo) drawCard(canvas, part.undo);
}

const solid = { corners: "┌┐└┘", stroke: "─", side: "│" } as const;
/** Of what is not done, but undone, waited for or left out. */
const broken = { corners: "┌┐└┘", stroke: "╌", side: "╎" } as const;

function drawCard(canvas: Canvas, { card, x, y, width, height, rows }: PlacedCard): void {
  const { corners, stroke, side } = card.look === "step" || card.look === "child" ? solid : broken;
  const edge = stroke.repeat(width - 2);
  canvas.put(x, y, `${corners[0]}${edge}${corners[1]}`);
  for (const [at, { text }] of rows.entries()) {
    canvas.put(x, y + 1 + at, `${side} ${text}${" ".repeat(width - 3 - columnsOf(text))}${side}`);
  }
  canvas.put(x, y + height - 1, `${corners[2]}${edge}${corners[3]}`);
}

function drawFrame(canvas: Canvas, { head, lanes, ...area }: PlacedFrame): void {
  const { x, y, width, height } = area;
  const title = head.rows[0]?.text ?? "";
  canvas.put(x, y, `╔═ ${title} ${"═".repeat(width - 5 - columnsOf(title))}╗`);
  drawRows(canvas, { ...head, rows: head.rows.slice(1) }, head.x, head.y + 1);
  const rules = rulesOf(lanes);
  for (let at = y + 1; at < y + height - 1; at++) {
    if (rules.has(at)) canvas.put(x, at, `╟${"─".repeat(width - 2)}╢`);
    else drawSides(canvas, area, at);
  }
  canvas.put(x, y + height - 1, `╚${"═".repeat(width - 2)}╝`);
  for (const lane of lanes) drawLane(canvas, lane);
}

function drawSides(canvas: Canvas, { x, width }: Area, y: number): void {
  canvas.put(x, y, "║");
  canvas.put(x + width - 1, y, "║");
}

/** Between lanes that stand one below the other. */
function rulesOf(lanes: readonly PlacedLane[]): ReadonlySet<number> {
  return new Set(lanes.slice(1).flatMap(({ y }, at) => (y > (lanes[at]?.y ?? y) ? [y - 1] : [])));
}

function drawRows(canvas: Canvas, { rows }: Pick<PlacedText, "rows">, x: number, y: number): void {
  for (const [at, { text }] of rows.entries()) canvas.put(x, y + at, text);
}

/** An arrow leaves an empty line before the box below it, so that a sequence reads as paragraphs. */
function drawEdge(canvas: Canvas, { is, x1, y1, x2, y2 }: Edge): void {
  if (is === "tie") {
    return canvas.put(x1, y1, `${"╌".repeat(x2 - x1 - 1)}▶`);
  }
  if (is === "next") {
    for (let y = y1; y < y2 - 2; y++) canvas.put(x1, y, "│");
    return canvas.put(x1, y2 - 2, "▼");
  }
  canvas.put(x1, y2, "▲");
  for (let y = y2 + 1; y < y1 - 1; y++) canvas.put(x1, y, "╎");
}

import type { Row } from "../layout/medium.ts";
import { place } from "../layout/place.ts";
import type { PlacedCard, PlacedFrame, PlacedLane, PlacedPart, PlacedText } from "../layout/placed.ts";
import type { FrameKind, Look, Mark, Sketch } from "../sketch.ts";
import { Arrows, path, px, rect, text } from "./element.ts";
import { glyphPath, lookPath } from "./glyph-paths.ts";
import { type Sheet, sheet } from "./sheet.ts";
import { glyphRoom, iconRoom, pad, rowHeights, svgMedium } from "./svg-medium.ts";

/** Lanes that would make a picture wider stand below each other. */
const widestPicture = 1120;

export const drawSketch = (sketch: Sketch): string => sheet(sketchSheet(sketch));

/** The sketch without the frame around it, so that it can stand beside another. */
export function sketchSheet({ title, about, summary, lane }: Sketch, room = widestPicture): Sheet {
  const placed = place(lane, svgMedium, { room, withUndo: true });
  const { width, height } = placed;
  const content: string[] = [];
  drawLane(content, placed);
  return { title, about, summary, width, height, content };
}

function drawLane(out: string[], { head, parts, edges }: PlacedLane): void {
  if (head) drawRows(out, head, head.x, head.y);
  const [next, back] = [new Arrows(), new Arrows()];
  for (const { is, x1, y1, x2, y2 } of edges) (is === "next" ? next : back).add(x1, y1, x2, y2);
  next.drawInto(out, "next");
  back.drawInto(out, "back");
  for (const part of parts) drawPart(out, part);
}

function drawPart(out: string[], part: PlacedPart): void {
  if (part.is === "frame") return drawFrame(out, part);
  drawCard(out, part);
  if (part.undo) drawCard(out, part.undo);
}

/** A dashed border: it is not done by a worker, or not forward. */
const isLoose = (look: Look): boolean => look !== "step" && look !== "child";

function drawCard(out: string[], card: PlacedCard): void {
  const { look, mark } = card.card;
  out.push(rect(card, `card${isLoose(look) ? " loose" : ""}${mark ? ` s-${mark.tone}` : ""}`, 6));
  if (mark)
    out.push(path(`M${px(card.x + 1)} ${px(card.y + 8)}V${px(card.y + card.height - 8)}`, `s-${mark.tone} stripe`));
  const icon = iconRoom(card.card) > 0 ? lookPath(look) : undefined;
  drawRows(out, card, card.x + pad, card.y + pad - 4, mark, icon);
}

function drawFrame(out: string[], placed: PlacedFrame): void {
  const { frame, head, lanes } = placed;
  out.push(rect(placed, `frame${frame.mark ? ` s-${frame.mark.tone}` : ""}`, 10));
  drawRows(out, head, head.x, head.y, frame.mark, lookPath(frame.kind satisfies FrameKind));
  for (const lane of lanes) drawLane(out, lane);
}

/** `mark` has its glyph before the first row that says it, `icon` stands before the title. */
function drawRows(
  out: string[],
  { rows }: Pick<PlacedText, "rows">,
  x: number,
  y: number,
  mark?: Mark,
  icon?: string,
): void {
  let top = y;
  let before: Row["role"] | undefined;
  for (const { text: content, role } of rows) {
    const baseline = top + rowHeights[role] - 4;
    const sign = role === "mark" ? mark && glyphPath(mark.glyph) : role === "title" ? icon : undefined;
    if (sign !== undefined && role !== before) out.push(glyph(sign, x, baseline, mark?.tone ?? "quiet"));
    const kind = role === "mark" && mark ? `mark ${mark.tone}` : role;
    out.push(text(sign === undefined ? x : x + glyphRoom, baseline, kind, content));
    before = role;
    top += rowHeights[role];
  }
}

const glyph = (d: string, x: number, baseline: number, tone: string): string =>
  `<path transform="translate(${px(x)} ${px(baseline - 10.5)})" d="${d}" class="glyph g-${tone}"/>`;

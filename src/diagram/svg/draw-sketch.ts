import { place } from "../layout/place.ts";
import type { Edge, PlacedCard, PlacedFrame, PlacedLane, PlacedPart, PlacedText } from "../layout/placed.ts";
import type { FrameKind, Look, Mark, Sketch } from "../sketch.ts";
import { arrow, path, px, rect, text } from "./element.ts";
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
  return { title, about, summary, width, height, content: drawLane(placed) };
}

function drawLane({ head, parts, edges }: PlacedLane): string {
  return [
    head ? drawRows(head, head.x, head.y) : "",
    ...edges.map(drawEdge),
    ...parts.map((part) => drawPart(part)),
  ].join("\n");
}

function drawPart(part: PlacedPart): string {
  if (part.is === "frame") return drawFrame(part);
  return drawCard(part) + (part.undo ? `\n${drawCard(part.undo)}` : "");
}

/** A dashed border: it is not done by a worker, or not forward. */
const isLoose = (look: Look): boolean => look !== "step" && look !== "child";

function drawCard(card: PlacedCard): string {
  const { look, mark } = card.card;
  const kind = `card${isLoose(look) ? " loose" : ""}${mark ? ` s-${mark.tone}` : ""}`;
  const stripe = mark
    ? path(`M${px(card.x + 1)} ${px(card.y + 8)}V${px(card.y + card.height - 8)}`, `s-${mark.tone} stripe`)
    : "";
  const icon = iconRoom(card.card) > 0 ? lookPath(look) : undefined;
  return `<g>${rect(card, kind, 6)}${stripe}${drawRows(card, card.x + pad, card.y + pad - 4, { mark, icon })}</g>`;
}

function drawFrame(placed: PlacedFrame): string {
  const { frame, head, lanes } = placed;
  const kind = `frame${frame.mark ? ` s-${frame.mark.tone}` : ""}`;
  const icons = { mark: frame.mark, icon: lookPath(frame.kind satisfies FrameKind) };
  return [
    `<g>${rect(placed, kind, 10)}${drawRows(head, head.x, head.y, icons)}`,
    ...lanes.map((lane) => drawLane(lane)),
    "</g>",
  ].join("\n");
}

interface Icons {
  readonly mark?: Mark | undefined;
  /** Before the title. */
  readonly icon?: string | undefined;
}

function drawRows({ rows }: Pick<PlacedText, "rows">, x: number, y: number, { mark, icon }: Icons = {}): string {
  let drawn = "";
  let top = y;
  const begun = new Set<string>();
  for (const { text: content, role } of rows) {
    const baseline = top + rowHeights[role] - 4;
    const isFirst = !begun.has(role);
    begun.add(role);
    if (role === "mark" && mark && isFirst) drawn += glyph(glyphPath(mark.glyph), x, baseline, mark.tone);
    if (role === "title" && icon && isFirst) drawn += glyph(icon, x, baseline, mark?.tone ?? "quiet");
    const indent = (role === "mark" && mark) || (role === "title" && icon) ? glyphRoom : 0;
    drawn += text(x + indent, baseline, role === "mark" && mark ? `mark ${mark.tone}` : role, content);
    top += rowHeights[role];
  }
  return drawn;
}

const glyph = (d: string, x: number, baseline: number, tone: string): string =>
  `<path transform="translate(${px(x)} ${px(baseline - 10.5)})" d="${d}" class="glyph g-${tone}"/>`;

const drawEdge = ({ is, x1, y1, x2, y2 }: Edge): string => arrow(x1, y1, x2, y2, is === "next" ? "next" : "back");

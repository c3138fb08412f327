/** Cards of one width, so that a picture is calm and nothing moves sideways when a text becomes longer. */
import type { Medium, Row, TextBlock } from "../layout/medium.ts";
import type { Card } from "../sketch.ts";
import { wrapped } from "../text/columns.ts";
import { textWidth } from "./text-width.ts";

const cardWidth = 236;
export const pad = 12;
/** Of a glyph with the space behind it. */
export const glyphRoom = 18;

const sizes: Readonly<Record<Row["role"], number>> = { title: 14, fact: 12, mark: 12 };
export const rowHeights: Readonly<Record<Row["role"], number>> = { title: 19, fact: 16, mark: 17 };

export const measureRow =
  (role: Row["role"]) =>
  (text: string): number =>
    textWidth(text, sizes[role], role !== "fact");

const rowsIn = (text: string, role: Row["role"], room: number, lines?: number): Row[] =>
  wrapped(text, room, measureRow(role), lines).map((line) => ({ text: line, role }));

/** What is no step has an icon before its title; the mark of an undo is as telling. */
export const iconRoom = ({ look, mark }: Pick<Card, "look" | "mark">): number =>
  look === "step" || look === "more" || look === "nothing" || (look === "undo" && mark) ? 0 : glyphRoom;

export const svgMedium: Medium = {
  card(card) {
    const room = cardWidth - 2 * pad;
    const { mark, title, facts } = card;
    const rows = [
      ...(mark ? rowsIn(mark.word, "mark", room - glyphRoom, 2) : []),
      ...rowsIn(title, "title", room - iconRoom(card)),
      ...facts.flatMap((fact) => rowsIn(fact, "fact", room)),
    ];
    return { rows, width: cardWidth, height: heightOf(rows) + 2 * pad - 4 };
  },
  frameHead({ title, facts, mark }, room) {
    const rows = [
      ...(mark ? rowsIn(mark.word, "mark", room - glyphRoom, 2) : []),
      ...rowsIn(title, "title", room - glyphRoom),
      ...facts.flatMap((fact) => rowsIn(fact, "fact", room)),
    ];
    return sized(rows, glyphRoom);
  },
  laneHead({ title = "" }, room) {
    const block = sized(rowsIn(title, "mark", room), 0);
    return { ...block, height: block.height + 6 };
  },
  isElastic: false,
  frame: { left: 16, right: 16, top: 12, bottom: 16 },
  headGap: 12,
  laneGap: 24,
  rowGap: 24,
  partGap: 30,
  undoGap: 44,
  anchor: 40,
  tie: 22,
  narrowestHead: cardWidth,
};

function sized(rows: readonly Row[], icon: number): TextBlock {
  const width = Math.max(0, ...rows.map(({ text, role }) => measureRow(role)(text) + (role === "fact" ? 0 : icon)));
  return { rows, width, height: heightOf(rows) };
}

const heightOf = (rows: readonly Row[]): number => rows.reduce((sum, { role }) => sum + rowHeights[role], 0);

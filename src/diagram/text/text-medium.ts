/** Boxes of characters. */
import { cleanLine } from "../../base/clean-line.ts";
import type { Fit, Medium, Row, TextBlock } from "../layout/medium.ts";
import type { Card, Frame, Lane } from "../sketch.ts";
import { columnsOf, wrapped } from "./columns.ts";
import { markText } from "./glyphs.ts";

/** What terminals, mails and papers have. */
export const textColumns = 80;

/** So that a column of short names still reads as one column. Borders included. */
const narrowest: Readonly<Record<Fit, number>> = { roomy: 30, compact: 12 };
/** A border and a space, left and right. */
const sides = 4;
/** Of what is no caption: a step and its undo stand side by side. */
const widestText = 33;

export const textMedium: Medium = {
  card(card, fit, room) {
    const rows = rowsOf(card, fit, Math.max(8, room - sides));
    const width = Math.max(narrowest[fit], ...rows.map(({ text }) => columnsOf(text) + sides));
    return { rows, width, height: rows.length + 2 };
  },
  frameHead({ title, facts, mark }: Frame, room): TextBlock {
    const marked = mark ? `${markText(mark)} ${cleanLine(title)}, ${mark.word}` : cleanLine(title);
    const rows = [row(marked, "title"), ...factRows(facts, Math.max(20, room))];
    return { rows, width: Math.max(columnsOf(marked) + 2, widthOf(rows.slice(1))), height: rows.length };
  },
  laneHead({ title = "" }: Lane, room): TextBlock {
    const rows = wrapped(`${title}:`, Math.max(12, room)).map((text) => row(text, "title"));
    return { rows, width: widthOf(rows), height: rows.length };
  },
  isElastic: true,
  frame: { left: 2, right: 2, top: 0, bottom: 1 },
  headGap: 1,
  laneGap: 2,
  rowGap: 1,
  partGap: 3,
  undoGap: 5,
  anchor: 5,
  tie: 1,
  narrowestHead: 72,
};

const row = (text: string, role: Row["role"]): Row => ({ text, role });
const widthOf = (rows: readonly Row[]): number => Math.max(0, ...rows.map(({ text }) => columnsOf(text)));
const factRows = (facts: readonly string[], room: number): Row[] =>
  facts.flatMap((fact) => wrapped(fact, room).map((text) => row(text, "fact")));

function rowsOf(card: Card, fit: Fit, room: number): readonly Row[] {
  const { title, facts, mark, caption, below = [], look } = card;
  const narrow = fit === "compact" ? compactText : room;
  if (!caption) {
    const head = mark ? `${markText(mark)} ${title}  ${mark.word}` : title;
    const most = Math.min(narrow, widestText);
    return [...wrapped(head, most).map((text) => row(text, "title")), ...factRows(facts, most)];
  }
  const lines = fit === "compact" ? caption : [caption.join(" ")];
  // Names are never cut or broken: whoever searches for one must find it.
  const captions =
    look === "step" ? lines.map((line) => cleanLine(line)) : lines.flatMap((line) => wrapped(line, narrow));
  return [...captions.map((text) => row(text, "title")), ...factRows(below, narrow)];
}

/** Of what is not a name. */
const compactText = 30;

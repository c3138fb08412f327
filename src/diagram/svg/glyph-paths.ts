/** Glyphs as lines, in a square of twelve pixels: a font may not have them. */
import type { FrameKind, Glyph, Look } from "../sketch.ts";

const glyphs: Readonly<Record<Glyph, string>> = {
  check: "M1.5 6.5L4.5 9.5L10.5 2.5",
  cross: "M2 2L10 10M10 2L2 10",
  question: "M3 4A3 3 0 1 1 6 7V8M6 10.8V11",
  square: "M2 2H10V10H2ZM4 6H8",
  back: "M4.5 1.5L1.5 4.5L4.5 7.5M1.5 4.5H7.5A3 3 0 0 1 7.5 10.5H4",
  play: "M3 1.5L10 6L3 10.5Z",
  again: "M10.5 6A4.5 4.5 0 1 1 8.5 2.3M8.8 .5V3H6.3",
  dot: "M5 6A1 1 0 1 0 7 6A1 1 0 1 0 5 6",
  dash: "M2 6H10",
  plus: "M6 2V10M2 6H10",
};

/** Beside the title of what is no step, so that it is recognised before it is read. */
const looks: Readonly<Partial<Record<Look | FrameKind, string>>> = {
  wait: "M6 1A5 5 0 1 0 6 11A5 5 0 1 0 6 1M6 3V6L8 7.5",
  child: "M1 1H8V8H1ZM4 8V11H11V4H8",
  fail: "M4 1H8L11 4V8L8 11H4L1 8V4ZM4.2 4.2L7.8 7.8M7.8 4.2L4.2 7.8",
  undo: glyphs.back,
  parallel: "M2 1V11M6 1V11M10 1V11",
  choose: "M6 1V4M6 4L2 8V11M6 4L10 8V11",
  forEach: "M1 2H3M5 2H11M1 6H3M5 6H11M1 10H3M5 10H11",
  loop: glyphs.again,
};

export const glyphPath = (glyph: Glyph): string => glyphs[glyph];
export const lookPath = (look: Look | FrameKind): string | undefined => looks[look];

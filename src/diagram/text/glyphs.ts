/** Glyphs as characters that almost every font has. */
import type { Glyph, Mark } from "../sketch.ts";

const characters: Readonly<Record<Glyph, string>> = {
  check: "✓",
  cross: "✗",
  question: "?",
  square: "■",
  back: "↩",
  play: "▸",
  again: "↻",
  dot: "·",
  dash: "−",
  plus: "+",
};

export const markText = ({ glyph }: Mark): string => characters[glyph];

import type { Sketch } from "../sketch.ts";
import { markText } from "../text/glyphs.ts";
import { digraph, quoted } from "./dot-text.ts";
import { flowLines } from "./flow-lines.ts";

export function drawSketch(sketch: Sketch): string {
  const said = sketch.summary.map(({ text, mark }) => (mark ? `${markText(mark)} ${text}` : text));
  return digraph(sketch.title, [`label=${quoted(sketch.title, ...said)};`, ...flowLines(sketch)]);
}

import type { Line, Sketch } from "../sketch.ts";
import { chart } from "./chart.ts";
import { flowLines } from "./flow-lines.ts";
import { label } from "./label.ts";
import { markText } from "../text/glyphs.ts";

/** A flowchart; what is said above the picture stands in a node of its own. */
export function drawSketch(sketch: Sketch): string {
  const { title, summary } = sketch;
  const said = summary.length === 0 ? [] : [`about(${label(title, ...summary.map(lineText))})`];
  const place = summary.length > 0 && sketch.stations ? ["about ~~~ start"] : [];
  return chart("flowchart TD", [...said, ...flowLines(sketch), ...place]);
}

const lineText = ({ text, mark }: Line): string => (mark ? `${markText(mark)} ${text}` : text);

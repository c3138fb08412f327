/** The forms that a picture can have. A sketch is drawn in each of them by a painter of its own. */
import { drawSketch as drawDot } from "./dot/draw-sketch.ts";
import { drawSketch as drawMermaid } from "./mermaid/draw-sketch.ts";
import type { Sketch } from "./sketch.ts";
import { drawSketch as drawSvg } from "./svg/draw-sketch.ts";
import { drawSketch as drawText } from "./text/draw-sketch.ts";

/** What `clew draw --format` chooses from: a new one is a compile error until every view has a drawing for it. */
export const pictureFormats = ["text", "mermaid", "svg", "dot"] as const;
export type PictureFormat = (typeof pictureFormats)[number];

export const painters: Readonly<Record<PictureFormat, (sketch: Sketch) => string>> = {
  text: drawText,
  mermaid: drawMermaid,
  svg: drawSvg,
  dot: drawDot,
};

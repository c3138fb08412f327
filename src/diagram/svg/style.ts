/**
 * Colours for a light and a dark surrounding, chosen by the reader's own setting. Every text has a contrast of at least
 * 4.5 to what lies behind it (WCAG 2.2, 1.4.3).
 */
import type { Tone } from "../sketch.ts";

export interface Palette {
  readonly page: string;
  readonly card: string;
  readonly lane: string;
  readonly line: string;
  readonly frame: string;
  readonly text: string;
  readonly dim: string;
  readonly tones: Readonly<Record<Tone, string>>;
}

export const light: Palette = {
  page: "#ffffff",
  card: "#ffffff",
  lane: "#f6f8fa",
  line: "#8c959f",
  frame: "#b6bec8",
  text: "#1f2328",
  dim: "#57606a",
  tones: {
    quiet: "#57606a",
    good: "#1a7f37",
    bad: "#cf222e",
    doubt: "#8a5a00",
    busy: "#0969da",
    undone: "#8250df",
  },
};

export const dark: Palette = {
  page: "#0d1117",
  card: "#161b22",
  lane: "#11161d",
  line: "#7d8590",
  frame: "#3d444d",
  text: "#e6edf3",
  dim: "#9da7b3",
  tones: {
    quiet: "#9da7b3",
    good: "#56d364",
    bad: "#ff7b72",
    doubt: "#e3b341",
    busy: "#79c0ff",
    undone: "#d2a8ff",
  },
};

const rules = ({ page, card, lane, line, frame, text, dim, tones }: Palette): string =>
  [
    `.page{fill:${page}}`,
    `.card{fill:${card};stroke:${line}}`,
    `.frame{fill:${lane};stroke:${frame}}`,
    `.rule{stroke:${frame}}`,
    `text{fill:${text}}`,
    `.fact,.note{fill:${dim}}`,
    `.next,.back{stroke:${line}}`,
    `.head{fill:${line}}`,
    ".head{stroke:none}",
    ...Object.entries(tones).flatMap(([tone, colour]) => [
      `.${tone}{fill:${colour}}`,
      `.s-${tone}{stroke:${colour}}`,
      `.g-${tone}{stroke:${colour};fill:none}`,
    ]),
    `.s-quiet{stroke:${frame}}`,
  ]
    .map((rule) => `.clew ${rule}`.replace(/,\./g, ",.clew ").replace(/,\.clew (\w)/g, ",.clew .$1"))
    .join("");

const shared = [
  "text{font-family:ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px}",
  ".heading{font-size:17px;font-weight:600}",
  ".title{font-size:14px;font-weight:600}",
  ".mark{font-weight:600}",
  ".lead{font-size:14px;font-weight:600}",
  ".note{font-size:13px}",
  ".card,.frame{stroke-width:1.2}",
  ".loose{stroke-dasharray:5 4}",
  ".next,.back{stroke-width:1.5;fill:none}",
  ".back{stroke-dasharray:5 4}",
  ".stripe{stroke-width:4;stroke-linecap:round}",
  ".glyph{stroke-width:2;stroke-linecap:round;stroke-linejoin:round}",
]
  .map((rule) => `.clew ${rule}`.replace(/,\.(\w)/g, ",.clew .$1"))
  .join("");

/** Before the colours, which a rule of the same weight would otherwise overrule. */
export const style = `<style>${shared}${rules(light)}@media(prefers-color-scheme:dark){${rules(dark)}}</style>`;

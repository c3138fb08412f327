/** The page of an SVG picture: its size, its title and description for those who cannot see it, its heading. */
import type { Line } from "../sketch.ts";
import { wrapped } from "../text/columns.ts";
import { escaped, px, text } from "./element.ts";
import { glyphPath } from "./glyph-paths.ts";
import { style } from "./style.ts";
import { textWidth } from "./text-width.ts";

export interface Sheet {
  readonly title: string;
  readonly about: string;
  readonly summary: readonly Line[];
  /** Of the content, which begins at 0, 0. */
  readonly width: number;
  readonly height: number;
  /** Elements. */
  readonly content: readonly string[];
}

const margin = 20;
const narrowest = 460;

export function sheet({ title, about, summary, width, height, content }: Sheet): string {
  const inside = Math.max(width, narrowest);
  const headings = wrapped(title, inside, (line) => textWidth(line, 17, true));
  const heading = headings.map((line, at) => text(margin, margin + 16 + at * 22, "heading", line));
  const top = margin + headings.length * 22 + 4;
  const { drawn, bottom } = summaryAt(summary, top, inside);
  const from = bottom + 14;
  const size = { width: inside + 2 * margin, height: from + height + margin };
  const all = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="clew" role="img" width="${px(size.width)}" height="${px(size.height)}" viewBox="0 0 ${px(size.width)} ${px(size.height)}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped([about, ...summary.map((line) => line.text)].join(" "))}</desc>`,
    style,
    `<rect width="100%" height="100%" class="page"/>`,
    ...heading,
    ...drawn,
    `<g transform="translate(${margin} ${px(from)})">`,
    ...content,
    "</g>",
    "</svg>",
  ];
  // Joining them would copy each twice: elements are made of pieces, and stay so until they are written.
  return all.reduce((text, element) => `${text}${element}\n`, "");
}

const lineHeight = 19;

function summaryAt(summary: readonly Line[], top: number, width: number): { drawn: readonly string[]; bottom: number } {
  const drawn: string[] = [];
  let bottom = top;
  for (const [place, { text: content, mark }] of summary.entries()) {
    const size = place === 0 ? 14 : 13;
    const indent = mark ? 20 : 0;
    const lines = wrapped(content, width - indent, (line) => textWidth(line, size, place === 0));
    if (mark) {
      const at = `translate(${margin} ${px(bottom + 4)})`;
      drawn.push(`<path transform="${at}" d="${glyphPath(mark.glyph)}" class="glyph g-${mark.tone}"/>`);
    }
    for (const line of lines) {
      const kind = place === 0 ? `lead${mark ? ` ${mark.tone}` : ""}` : "note";
      drawn.push(text(margin + indent, bottom + 14, kind, line));
      bottom += lineHeight;
    }
    if (place === 0) bottom += 3;
  }
  return { drawn, bottom };
}

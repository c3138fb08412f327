/** SVG as text. Whatever comes from outside is escaped here, and nowhere else. */
import { cleanLine } from "../../base/clean-line.ts";

const special: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const needsCare = /[^ !#-%(-;=?-~]/;

/** Text as it stands in an element or an attribute. What XML cannot say is left out. */
export function escaped(text: string): string {
  if (!needsCare.test(text)) return text;
  return cleanLine(text)
    .replace(/[\ufffe\uffff]/g, "")
    .replace(/[&<>"']/g, (character) => special[character] ?? character);
}

/** Positions need no more than a tenth of a pixel. */
export const px = (length: number): number => Math.round(length * 10) / 10;

export const text = (x: number, y: number, kind: string, content: string): string =>
  `<text x="${px(x)}" y="${px(y)}" class="${kind}">${escaped(content)}</text>`;

export const rect = (
  { x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  kind: string,
  radius: number,
): string =>
  `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="${radius}" class="${kind}"/>`;

export const path = (d: string, kind: string): string => `<path d="${d}" class="${kind}"/>`;

/** Lines with heads at their ends, along one of the axes: one element for all lines and one for all heads. */
export class Arrows {
  private lines = "";
  private heads = "";

  add(x1: number, y1: number, x2: number, y2: number): void {
    const [fromX, fromY, toX, toY] = [px(x1), px(y1), px(x2), px(y2)];
    if (fromY === toY) {
      const back = toX > fromX ? -headLength : headLength;
      this.lines += `M${fromX} ${fromY}H${toX + back}`;
      this.heads += `M${toX} ${toY}l${back} -4v8Z`;
    } else {
      const back = toY > fromY ? -headLength : headLength;
      this.lines += `M${fromX} ${fromY}V${px(toY + back)}`;
      this.heads += `M${toX} ${toY}l-4 ${back}h8Z`;
    }
  }

  drawInto(out: string[], kind: string): void {
    if (this.lines !== "") out.push(path(this.lines, kind), path(this.heads, `${kind} head`));
  }
}

const headLength = 7;

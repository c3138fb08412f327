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

/** A line with a head at its end, along one of the axes. */
export function arrow(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  if (y1 === y2) {
    const back = x2 > x1 ? -7 : 7;
    const head = `M${px(x2)} ${px(y2)}l${back} -4v8Z`;
    return `<path d="M${px(x1)} ${px(y1)}H${px(x2 + back)}" class="${kind}"/><path d="${head}" class="${kind} head"/>`;
  }
  const back = y2 > y1 ? -7 : 7;
  const head = `M${px(x2)} ${px(y2)}l-4 ${back}h8Z`;
  return `<path d="M${px(x1)} ${px(y1)}V${px(y2 + back)}" class="${kind}"/><path d="${head}" class="${kind} head"/>`;
}

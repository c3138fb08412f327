import { cleanLine } from "../../base/clean-line.ts";

/** Longer lines would make a node as wide as a page. */
const longestLine = 120;

/** A flowchart's label: in quotes, because a name may be a word of Mermaid's (`end`, `graph`), and line below line. */
export function label(...lines: readonly string[]): string {
  const text = lines.map((line) => literal(cleanLine(line, longestLine))).join("<br/>");
  // Mermaid refuses a label without anything in it.
  return `"${text === "" ? " " : text}"`;
}

/** What Mermaid, its Markdown or HTML would take for something else is written as an entity. */
const special = /[^\w ./,()[\]=!?-]|^[-+]|(?<=^\d+)[.)]/gu;

/**
 * Mermaid 11, which GitHub draws with, reads Markdown in every label: `a-_b_-c` would lose its underscores to italics.
 * Those between letters or digits are safe. The others are written as entities, which Mermaid decodes before Markdown
 * in labels of several lines and after it in others; for the former they stand between word joiners, which nobody sees.
 */
function literal(line: string): string {
  if (isPlain.test(line)) return line;
  return line
    .replace(special, (character) => `#${character.codePointAt(0)};`)
    .replace(/(?<![a-z0-9_])_+|_+(?![a-z0-9_])/g, (underscores) => `#8288;${"#95;".repeat(underscores.length)}#8288;`);
}

/** Almost all lines are of this kind, and a thousand steps have thousands of them. */
const isPlain = /^[a-z](?:[a-z0-9 ]|(?<=[a-z0-9])_+(?=[a-z0-9]))*$/;

/** What stands behind a colon, or behind a word of a sequence diagram's. */
export const plainText = (line: string): string =>
  /^[\w .]*$/.test(line) && line.length <= longestLine
    ? line
    : cleanLine(line, longestLine).replace(/[^\w ./,()=!?-]/gu, (character) => `#${character.codePointAt(0)};`);

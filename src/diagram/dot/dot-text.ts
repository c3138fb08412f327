/** Graphviz's language as text. Whatever comes from outside is quoted here; what is written is ASCII. */
import { cleanLine } from "../../base/clean-line.ts";

/** Longer lines would make a node as wide as a page. */
const longestLine = 120;

export function quoted(...lines: readonly string[]): string {
  return `"${lines.map((line) => literal(cleanLine(line, longestLine))).join("\\n")}"`;
}

/** Graphviz reads entities in every text, and escapes behind a backslash. */
function literal(line: string): string {
  return line
    .replace(/[&<>]|[^ -~]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/["\\]/g, (character) => `\\${character}`);
}

export type Attributes = Readonly<Record<string, string>>;

const attributes = (given: Attributes): string => {
  const pairs = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? "" : ` [${pairs.join(", ")}]`;
};

export const nodeLine = (id: string, given: Attributes): string => `${id}${attributes(given)};`;
export const edgeLine = (from: string, to: string, given: Attributes = {}): string =>
  `${from} -> ${to}${attributes(given)};`;

export const block = (opening: string, lines: readonly string[]): readonly string[] => [
  `${opening} {`,
  ...lines.map((line) => `  ${line}`),
  "}",
];

/** A whole picture. */
export function digraph(title: string, lines: readonly string[]): string {
  const all = block(`digraph ${quoted(title)}`, [
    "graph [compound=true, fontname=Helvetica, labeljust=l, labelloc=t];",
    "node [shape=box, fontname=Helvetica, fontsize=11];",
    "edge [fontname=Helvetica, fontsize=10];",
    ...lines,
  ]);
  return `${all.join("\n")}\n`;
}

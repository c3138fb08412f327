/** A whole Mermaid text: its first line says what it is, every other line is indented and about one thing. */
export function chart(kind: "flowchart TD" | "flowchart LR" | "sequenceDiagram", lines: readonly string[]): string {
  return `${[kind, ...indented(lines)].join("\n")}\n`;
}

type Branch = readonly [opening: string, lines: readonly string[]];

/** Lines between `subgraph` or `opt` and its `end`; or the branches of one `alt`. */
export function block(...branches: readonly Branch[]): string[] {
  return [...branches.flatMap(([opening, lines]) => [opening, ...indented(lines)]), "end"];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

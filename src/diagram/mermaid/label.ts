/**
 * A flowchart's label: in quotes, because a name may be a word of Mermaid's (`end`, `graph`), and line below line. Made
 * of names and our own words, so that neither quotes nor line ends occur in it.
 */
export function label(...lines: readonly string[]): string {
  return `"${lines.map(literal).join("<br/>")}"`;
}

/**
 * Mermaid 11, which GitHub draws with, reads Markdown in every label: `a-_b_-c` would lose its underscores to italics.
 * Those between letters or digits are safe. The others are written as entities, which Mermaid decodes before Markdown
 * in labels of several lines and after it in others; for the former they stand between word joiners, which nobody sees.
 */
function literal(line: string): string {
  return line.replace(
    /(?<![a-z0-9_])_+|_+(?![a-z0-9_])/g,
    (underscores) => `#8288;${"#95;".repeat(underscores.length)}#8288;`,
  );
}

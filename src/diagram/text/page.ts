/** A whole picture: paragraphs with an empty line between them, ended by one newline. */
export function page(paragraphs: readonly string[]): string {
  return `${paragraphs.join("\n\n")}\n`;
}

/** A heading over a line of the same width. */
export function underlined(heading: string, stroke: "=" | "─"): string {
  return `${heading}\n${stroke.repeat(heading.length)}`;
}

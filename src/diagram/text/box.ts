/** So that a column of short names still reads as one column. Borders included. */
const narrowestBox = 30;

/** One line of text in a frame, `max(text + 4, narrowestBox)` columns wide. The text is ASCII: a character a column. */
export function box(text: string): string {
  const inside = Math.max(text.length + 4, narrowestBox) - 2;
  const edge = "─".repeat(inside);
  return `┌${edge}┐\n│${` ${text}`.padEnd(inside)}│\n└${edge}┘`;
}

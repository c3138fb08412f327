/** How things look: which colour and glyph stands beside which word. A colour never says anything alone. */

/** What the place that text goes to can show. */
export interface Look {
  readonly colour: boolean;
  readonly ascii: boolean;
}

const colourCodes = { red: 31, green: 32, yellow: 33, blue: 34, bold: 1, dim: 2 } as const;
export type Colour = keyof typeof colourCodes;

export function paint(look: Look, colour: Colour, text: string): string {
  return look.colour ? `\u001b[${colourCodes[colour]}m${text}\u001b[0m` : text;
}

interface Mark {
  readonly glyph: string;
  readonly ascii: string;
  readonly colour: Colour;
}

const good: Mark = { glyph: "✓", ascii: "+", colour: "green" };
const bad: Mark = { glyph: "✗", ascii: "x", colour: "red" };
const doubt: Mark = { glyph: "?", ascii: "?", colour: "red" };
const stands: Mark = { glyph: "■", ascii: "!", colour: "red" };
const undone: Mark = { glyph: "↩", ascii: "<", colour: "yellow" };
const moving: Mark = { glyph: "▸", ascii: ">", colour: "blue" };
const again: Mark = { glyph: "↻", ascii: "~", colour: "yellow" };
const quiet: Mark = { glyph: "·", ascii: ".", colour: "dim" };
const left: Mark = { glyph: "−", ascii: "-", colour: "dim" };

/** The words of semantics.md, 4 and 5: of runs, steps and compensations, and what the commands say themselves. */
const marks: Readonly<Record<string, Mark>> = {
  ok: good,
  error: bad,
  open: moving,
  completed: good,
  compensated: undone,
  failed: bad,
  suspended: quiet,
  blocked: stands,
  cancelling: again,
  compensating: again,
  pending: quiet,
  waiting: quiet,
  running: moving,
  ready: quiet,
  dispatched: moving,
  retry_wait: again,
  inquiring: doubt,
  in_doubt: doubt,
  succeeded: good,
  skipped: left,
  not_run: left,
  armed: quiet,
  queued: quiet,
  unneeded: left,
  discarded: left,
  resolved: good,
};

/** A glyph and the word, painted: `✓ completed`. */
export function worded(look: Look, word: string): string {
  const { glyph, ascii, colour } = (Object.hasOwn(marks, word) ? marks[word] : undefined) ?? quiet;
  return paint(look, colour, `${look.ascii ? ascii : glyph} ${word}`);
}

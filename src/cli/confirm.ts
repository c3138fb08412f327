/** A question to whoever sits at the terminal. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Where answers are typed, and where the question is seen. */
export interface Keyboard {
  readonly input: Readable;
  readonly say: (text: string) => void;
}

/** Only `y` and `yes` are a yes; what ends without a line is none. */
export async function isConfirmed(question: string, { input, say }: Keyboard): Promise<boolean> {
  say(`${question} [y/N] `);
  // Not as a terminal of readline's own: Ctrl-C must remain an interruption of the process.
  const lines = createInterface({ input, terminal: false });
  try {
    for await (const line of lines) return /^y(?:es)?$/i.test(line.trim());
    say("\n");
    return false;
  } finally {
    lines.close();
    input.pause();
  }
}

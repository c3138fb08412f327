/** The lines of a stream of bytes, one at a time, so that a file of any size takes the memory of one line. */
import { ClewError } from "../base/errors.ts";

export interface Line {
  /** From 1; empty lines are counted and left out. */
  readonly number: number;
  readonly text: string;
}

/** What one run's input may take, as text. */
export const longestLineBytes = 1024 * 1024;

const lineFeed = 0x0a;

/** Throws `invalid_input` with file and line for a line that is too long or not UTF-8. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line> {
  let number = 1;
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      const text = textOf([...rest, chunk.subarray(from, end)], name, number);
      if (text !== "") yield { number, text };
      number++;
      from = end + 1;
      rest = [];
      restBytes = 0;
    }
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > longestLineBytes) throw tooLong(name, number);
  }
  const last = textOf(rest, name, number);
  if (last !== "") yield { number, text: last };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(pieces: readonly Uint8Array[], name: string, number: number): string {
  const bytes = Buffer.concat(pieces);
  if (bytes.length > longestLineBytes) throw tooLong(name, number);
  try {
    // Trimming takes a byte order mark away as well.
    return decoder.decode(bytes).trim();
  } catch {
    throw lineError(name, number, "the line is not UTF-8", "Save the file as UTF-8.");
  }
}

const tooLong = (name: string, number: number) =>
  lineError(name, number, `the line is longer than ${longestLineBytes} bytes`, "Write one run's input on each line.");

const lineError = (name: string, number: number, message: string, mend: string): ClewError =>
  new ClewError("invalid_input", `${name}:${number}: ${message}`, { mend, details: { file: name, line: number } });

/** The `-i` of `clew run`: JSON itself, a JSON file, or lines of JSON from a file or from standard input. */
import { createReadStream, openSync } from "node:fs";
import { ClewError } from "../base/errors.ts";
import { readBounded, unreadable } from "./bounded-file.ts";
import { type Line, longestLineBytes, readLines } from "./read-lines.ts";
import { terminalText } from "./terminal-text.ts";

export type InputSource =
  | { readonly kind: "one"; readonly where: string; readonly text: string }
  | {
      readonly kind: "lines";
      readonly name: string;
      /** A file is read as often as one likes; standard input once. */
      readonly isRepeatable: boolean;
      lines(): AsyncIterable<Line>;
    };

/** Throws `file_unreadable`, `invalid_input`. */
export function inputSource(given: string): InputSource {
  if (!given.startsWith("@")) return { kind: "one", where: "the input", text: given };
  const path = given.slice(1);
  if (path === "-") {
    const name = "standard input";
    return { kind: "lines", name, isRepeatable: false, lines: () => readLines(process.stdin, name) };
  }
  const name = terminalText(path);
  if (/\.(jsonl|ndjson)$/i.test(path)) {
    return { kind: "lines", name, isRepeatable: true, lines: () => readLines(chunksOf(path), name) };
  }
  const read = readBounded(path, longestLineBytes);
  if ("text" in read) return { kind: "one", where: name, text: read.text };
  const why = read.flaw === "too_large" ? `is longer than ${longestLineBytes} bytes` : "is not UTF-8";
  throw new ClewError("invalid_input", `${name}: the input ${why}`, {
    mend: "Give one JSON value; for many runs a file that ends in .jsonl, one input a line.",
  });
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { fd: openSync(path, "r") })) yield chunk as Uint8Array;
  } catch (error) {
    if (error instanceof ClewError) throw error;
    throw unreadable(path, error);
  }
}

/** Whole small files, never more of one than a bound: whatever the path turns out to be. */
import { closeSync, openSync, readSync } from "node:fs";
import { ClewError } from "../base/errors.ts";
import { terminalText } from "./terminal-text.ts";

export type BoundedText = { readonly text: string } | { readonly flaw: "too_large" | "not_utf8" };

/** Throws `file_unreadable`. */
export function readBounded(file: string, mostBytes: number): BoundedText {
  const bytes = readBytes(file, mostBytes + 1);
  if (bytes.length > mostBytes) return { flaw: "too_large" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { flaw: "not_utf8" };
  }
}

function readBytes(file: string, most: number): Buffer {
  try {
    const descriptor = openSync(file, "r");
    try {
      return filled(descriptor, Buffer.allocUnsafe(most));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** A pipe gives its bytes in pieces. */
function filled(descriptor: number, buffer: Buffer): Buffer {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
};

export function unreadable(file: string, cause: unknown): ClewError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  return new ClewError("file_unreadable", `cannot read ${terminalText(file)}: ${reasons[code] ?? message}`, {
    mend: "Check the path; it is taken from the current folder.",
    cause,
  });
}

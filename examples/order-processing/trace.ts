/**
 * For tests that kill the process: a file that tells from outside whether a worker's transaction was open or had just
 * ended. Off unless `CLEW_SHOP_TRACE` names the file. Each line is one write to a descriptor opened for appending, so
 * what was written before a kill is there to read, in order, and several processes may share the file.
 */
import { openSync, writeSync } from "node:fs";

export class Trace {
  private readonly write: (line: string) => void;
  private open: string | undefined;

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  /** The transaction is open: work is about to be done in it. Not called where the ledger answers from its store. */
  begin(key: string): void {
    this.open = key;
    this.write(`begin ${key}\n`);
  }

  /** The transaction that began has ended: committed, or rolled back by an error. */
  commit(): void {
    if (this.open === undefined) return;
    this.write(`commit ${this.open}\n`);
    this.open = undefined;
  }
}

export const noTrace = new Trace(() => {});

export function openTrace(file: string | undefined): Trace {
  if (!file) return noTrace;
  const descriptor = openSync(file, "a", 0o600);
  return new Trace((line) => writeSync(descriptor, line));
}

/** What one flush takes: a small append to a file, and the disk's word that it is there. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "./spread.ts";

export interface Flush {
  readonly flushes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** About what a commit of one transition appends to the journal's WAL: two pages. */
const bytesOfCommit = 2 * 8192;

export async function flush({ flushes }: { readonly flushes: number }): Promise<Flush> {
  const folder = mkdtempSync(join(tmpdir(), "clew-flush-"));
  const file = openSync(join(folder, "log"), "a");
  const page = Buffer.alloc(bytesOfCommit, 1);
  try {
    const times: number[] = [];
    for (let done = 0; done < flushes; done++) {
      const startedAt = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      times.push(performance.now() - startedAt);
    }
    return { flushes, p50Ms: percentile(times, 50), p99Ms: percentile(times, 99) };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}

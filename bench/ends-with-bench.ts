/**
 * Owns the processes and folders that a bench made: however the bench ends, by itself, by an error or by a signal, they
 * end with it. Only what was handed in or made here is touched, each process by its own id.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const processes = new Map<ChildProcess, NodeJS.Signals>();
const folders = new Set<string>();

/** `signal` is the one at which the process ends at once, together with the processes that it started. */
export function endsWithBench(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  endOnSignals();
  processes.set(child, signal);
  child.once("exit", () => processes.delete(child));
}

export function makeFolder(name: string): string {
  endOnSignals();
  const folder = mkdtempSync(join(tmpdir(), `clew-bench-${name}-`));
  folders.add(folder);
  return folder;
}

export async function end(child: ChildProcess): Promise<void> {
  const signal = processes.get(child);
  // One that could not be started has no id, and no end.
  if (signal === undefined || child.pid === undefined) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

let listening = false;

function endOnSignals(): void {
  if (listening) return;
  listening = true;
  process.once("exit", endAllAtOnce);
  for (const [signal, number] of [["SIGINT", 2] as const, ["SIGTERM", 15] as const, ["SIGHUP", 1] as const])
    process.once(signal, () => void endAll().finally(() => process.exit(128 + number)));
}

/** A server may write to its folder until it has ended. */
async function endAll(): Promise<void> {
  const ends = [...processes.keys()].map((child) => {
    // The bench is over and does not fail: whoever waits for this process need not hear of its end.
    child.removeAllListeners("exit");
    return end(child);
  });
  await Promise.all(ends);
  processes.clear();
  for (const folder of folders) removeFolder(folder);
}

function endAllAtOnce(): void {
  for (const [child, signal] of processes) child.kill(signal);
  for (const folder of folders) removeFolder(folder);
}

/**
 * Owns the processes and folders that a bench made: however the bench ends, by itself, by an error or by a signal, they
 * end with it. Only what was handed in here is touched, each process by its own id.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";

const processes = new Map<ChildProcess, NodeJS.Signals>();
const folders = new Set<string>();

/** `signal` is the one at which the process ends at once, together with the processes that it started. */
export function endsWithBench(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  endOnSignals();
  processes.set(child, signal);
  child.once("exit", () => processes.delete(child));
}

export function folderEndsWithBench(folder: string): void {
  endOnSignals();
  folders.add(folder);
}

export async function end(child: ChildProcess): Promise<void> {
  const signal = processes.get(child);
  if (signal === undefined) return;
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
  process.once("exit", endAll);
  for (const [signal, number] of [["SIGINT", 2] as const, ["SIGTERM", 15] as const, ["SIGHUP", 1] as const])
    process.once(signal, () => process.exit(128 + number));
}

function endAll(): void {
  for (const [child, signal] of processes) child.kill(signal);
  for (const folder of folders) removeFolder(folder);
}

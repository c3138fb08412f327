/**
 * `recovery`: an engine with many open runs is killed (SIGKILL); how long after the start of the next process does the
 * first of them move, and when has the last one moved.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Recovery {
  readonly runs: number;
  readonly firstMovesAfterSeconds: number;
  readonly lastMovedAfterSeconds: number;
  readonly peakMb: number;
}

const life = fileURLToPath(new URL("./recovery-life.ts", import.meta.url));

/** What a life says on its standard output, a line each. */
export type Said =
  | { readonly is: "started"; readonly runs: number }
  | { readonly is: "moved"; readonly runs: number; readonly peakMb: number };

export async function recovery({ runs }: { readonly runs: number }): Promise<Recovery> {
  const folder = mkdtempSync(join(tmpdir(), "clew-recovery-"));
  const file = join(folder, "journal.db");
  const live = (role: "start" | "recover") =>
    spawn(process.execPath, [...process.execArgv, life, role, file, String(runs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  try {
    const first = live("start");
    for await (const said of saidBy(first)) {
      if (said.is !== "started" || said.runs < runs) continue;
      first.kill("SIGKILL");
      break;
    }
    await once(first, "exit");
    const startedAt = performance.now();
    const second = live("recover");
    let firstMovesAfterSeconds = 0;
    for await (const said of saidBy(second)) {
      if (said.is !== "moved") continue;
      const seconds = (performance.now() - startedAt) / 1000;
      firstMovesAfterSeconds ||= seconds;
      if (said.runs < runs) continue;
      second.kill("SIGKILL");
      return { runs, firstMovesAfterSeconds, lastMovedAfterSeconds: seconds, peakMb: said.peakMb };
    }
    throw new Error("the second life ended before every run had moved");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* saidBy(child: ReturnType<typeof spawn>): AsyncGenerator<Said> {
  if (!child.stdout) throw new Error("a life says something");
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Said;
}

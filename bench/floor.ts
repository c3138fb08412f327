/**
 * `floor`: what the disk and SQLite would allow. A bare writer on its own thread, over the settings of the engine's own
 * journal, is given the batches that a throughput run recorded: as many transitions, as many bytes, two under way at a
 * time. It knows nothing of sagas. Four tables are tried, and the best of them is the floor.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { costOf } from "./cost.ts";
import type { RecordedBatch } from "./engine.ts";

/** The engine's own shape first, then the tuned ones. */
export const floorTables = ["as the engine", "key alone", "rowid alone", "rows of ten"] as const;
export type FloorTable = (typeof floorTables)[number];

export interface Floor {
  readonly table: FloorTable;
  readonly sagasPerSecond: number;
  readonly transitionsPerSecond: number;
  readonly cpuSecondsPer1000: number;
  readonly batches: number;
}

export interface FloorOptions {
  readonly table: FloorTable;
  readonly batches: readonly RecordedBatch[];
  readonly seconds: number;
  readonly transitionsOfSaga: number;
}

const underWay = 2;

export async function floor({ table, batches, seconds, transitionsOfSaga }: FloorOptions): Promise<Floor> {
  const folder = mkdtempSync(join(tmpdir(), "clew-floor-"));
  const writer = new Worker(new URL("./floor-thread.ts", import.meta.url), {
    workerData: { file: join(folder, "floor.db"), table },
    execArgv: process.execArgv,
  });
  try {
    let done = 0;
    let sent = 0;
    const [, cost] = await costOf(
      () =>
        new Promise<void>((resolve, reject) => {
          const until = performance.now() + seconds * 1000;
          const send = () => {
            const batch = batches[sent++ % batches.length];
            if (batch) writer.postMessage(batch);
          };
          writer.on("error", reject);
          writer.on("message", (transitions: number) => {
            done += transitions;
            if (performance.now() < until) send();
            else resolve();
          });
          for (let at = 0; at < underWay; at++) send();
        }),
    );
    const transitionsPerSecond = done / cost.seconds;
    const sagas = done / transitionsOfSaga;
    return {
      table,
      sagasPerSecond: Math.round(transitionsPerSecond / transitionsOfSaga),
      transitionsPerSecond: Math.round(transitionsPerSecond),
      cpuSecondsPer1000: (cost.cpuSeconds / sagas) * 1000,
      batches: sent,
    };
  } finally {
    await writer.terminate();
    rmSync(folder, { recursive: true, force: true });
  }
}

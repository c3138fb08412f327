/**
 * `throughput`: n order sagas in flight, as many as finish in the time given. Every transition is durable before the
 * next command is sent; status events go to a subscriber that counts them. After each run the journal is opened again
 * and counted, so that work which was not done is not reported.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clew, openReader } from "clew";
import { makeOrder, orderSaga, trivialWorkers } from "./order-saga.ts";

export interface Throughput {
  readonly inFlight: number;
  readonly seconds: number;
  readonly sagas: number;
  readonly sagasPerSecond: number;
  readonly stepsPerSecond: number;
  readonly cpuSecondsPer1000: number;
  readonly statusEvents: number;
  readonly journalBytesPerSaga: number;
  readonly peakMb: number;
}

const stepsOfSaga = 6;
/** Sagas that warm the code up and are not counted. */
const warmUp = 2000;

export async function throughput(inFlight: number, seconds: number): Promise<Throughput> {
  const folder = mkdtempSync(join(tmpdir(), "clew-bench-"));
  const file = join(folder, "journal.db");
  try {
    const clew = await Clew.open({
      journal: `file:${file}`,
      workers: trivialWorkers(Math.max(64, inFlight)),
      socket: false,
    });
    let statusEvents = 0;
    clew.onStatus(() => statusEvents++);
    let next = 0;
    const one = async () => {
      const { id } = await clew.start(orderSaga, makeOrder(next++));
      const { status } = await clew.result(id);
      if (status !== "completed") throw new Error(`a saga ended as ${status}`);
    };
    const workUntil = async (isOver: () => boolean) => {
      let done = 0;
      const lane = async () => {
        while (!isOver()) {
          await one();
          done++;
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
      return done;
    };
    const warm = await workUntil(() => next >= warmUp);
    statusEvents = 0;
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const sagas = await workUntil(() => performance.now() - startedAt >= seconds * 1000);
    const elapsed = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await clew.close();
    await requireDone(file, warm + sagas);
    return {
      inFlight,
      seconds: elapsed,
      sagas,
      sagasPerSecond: Math.round(sagas / elapsed),
      stepsPerSecond: Math.round((sagas * stepsOfSaga) / elapsed),
      cpuSecondsPer1000: ((user + system) / 1e6 / sagas) * 1000,
      statusEvents,
      journalBytesPerSaga: Math.round(statSync(file).size / (warm + sagas)),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The guard: every saga stands in the journal as completed, with one row a transition. */
async function requireDone(file: string, sagas: number): Promise<void> {
  const reader = await openReader(`file:${file}`);
  try {
    const { completed } = await reader.journal.counts();
    if (completed !== sagas) throw new Error(`${sagas} sagas were reported, the journal holds ${completed} completed`);
    const { items } = await reader.journal.list({}, { limit: 1, newestFirst: true });
    const transitions = await reader.journal.transitions(items[0]?.id ?? "", 1, 100);
    if (transitions?.length !== stepsOfSaga + 1) {
      throw new Error(`a saga has ${transitions?.length} transitions in the journal, not ${stepsOfSaga + 1}`);
    }
  } finally {
    await reader.close();
  }
}

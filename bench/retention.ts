/**
 * `retention`: order sagas over a journal that is full of older runs, whose time is over or is not: what deleting costs
 * those that are at work, and how many are deleted beside them.
 */
import { openReader } from "clew";
import { SystemClock } from "../src/base/system.ts";
import type { Recording, RowChange } from "../src/journal/journal.ts";
import { SqliteJournal } from "../src/journal/sqlite/sqlite-journal.ts";
import { start, transition } from "../src/testing/journal-samples.ts";
import { costOf } from "./cost.ts";
import { BenchEngine } from "./engine.ts";
import { orderSaga } from "./order-saga.ts";

export interface Retained {
  readonly sagasPerSecond: number;
  readonly deletedPerSecond: number;
  readonly fileMb: number;
}

/** As order sagas have them. */
const stepsOfRun = 6;
const runsOfBatch = 500;
const warmUp = 2000;

export async function retention(given: {
  readonly runs: number;
  readonly isOver: boolean;
  readonly inFlight: number;
  readonly seconds: number;
}): Promise<Retained> {
  const { runs, isOver, inFlight, seconds } = given;
  const prepare = (file: string) => fill(file, runs, isOver ? 1000 : Number.MAX_SAFE_INTEGER);
  const engine = await BenchEngine.open(orderSaga, { room: Math.max(64, inFlight), misfitEach: 1000 }, prepare);
  await engine.sagas(inFlight, () => engine.startedCount >= warmUp);
  const before = await oldRunsIn(engine.file);
  const until = performance.now() + seconds * 1000;
  const [times, cost] = await costOf(() => engine.sagas(inFlight, () => performance.now() >= until));
  const deleted = before - (await oldRunsIn(engine.file));
  const bytes = await engine.close();
  return {
    sagasPerSecond: Math.round(times.length / cost.seconds),
    deletedPerSecond: Math.round(deleted / cost.seconds),
    fileMb: Math.round(bytes / 1e6),
  };
}

/** They are the only ones with this status: no order saga fails. */
const old = "failed";

async function fill(file: string, runs: number, expiresAt: number): Promise<void> {
  const journal = await SqliteJournal.open({ file, clock: new SystemClock() });
  const row: RowChange = { status: old, phase: "ended", parked: false, endedAt: 1, expiresAt };
  const input = "x".repeat(400);
  for (let first = 0; first < runs; first += runsOfBatch) {
    const ids = Array.from({ length: runsOfBatch }, (_, place) => `old-${first + place}`);
    await journal.commit(ids.map((id) => start(id, { input })));
    for (let version = 1; version <= stepsOfRun; version++) {
      const ends = version === stepsOfRun;
      await journal.commit(ids.map((id): Recording => transition(id, version, ends ? { row, output: input } : {})));
    }
  }
  await journal.close();
}

async function oldRunsIn(file: string): Promise<number> {
  const reader = await openReader(`file:${file}`);
  try {
    return (await reader.journal.counts())[old] ?? 0;
  } finally {
    await reader.close();
  }
}

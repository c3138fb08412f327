/** The worry: a flush adds more to the WAL than was made room for, and the bound is none. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { completedAt, parkedForGood, parkedUntil, running, start, transition } from "../../testing/journal-samples.ts";
import type { Recording, RowChange } from "../journal.ts";
import { batchOf } from "./batch.ts";
import { batchesOf } from "./batch-parts.ts";
import { OwnedDatabase } from "./owned-database.ts";
import { usualWalBoundBytes, walBytesAtMost } from "./wal-marks.ts";

const folder = mkdtempSync(join(tmpdir(), "clew-marks-"));
const file = join(folder, "journal.db");
const owner = { pid: 1, host: "here", since: 1 };
let database: OwnedDatabase;

/** So many that a batch over some of them meets hardly two on one page of any index. */
const runCount = 60_000;
const workflowCount = 120;
const apart = runCount / workflowCount;
const nameOf = (run: number): string => `run-${(run * 7919) % runCount}`;
const startOf = (id: string, run: number, row = running): Recording =>
  start(id, { row, workflow: `workflow_${run % workflowCount}` });
const needing = (value: number, error: string): RowChange => ({
  ...parkedForGood,
  status: "blocked",
  cause: "cancelled",
  error,
  incidents: ["step"],
  attention: ["blocked"],
  attributes: { customer: `c${(value * 7919) % runCount}`, region: `r${value % 50}` },
});
const someApart = <T>(make: (run: number) => T): T[] =>
  Array.from({ length: runCount / apart }, (_, place) => make(place * apart));

beforeAll(() => {
  database = new OwnedDatabase(file, { owner, walBoundBytes: usualWalBoundBytes, onWal: () => {} });
  for (let run = 0; run < runCount; run += 1000) {
    record(Array.from({ length: 1000 }, (_, place) => startOf(nameOf(run + place), run + place, parkedUntil(place))));
  }
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function emptyWal(): void {
  const db = new DatabaseSync(file);
  db.exec("pragma wal_checkpoint(truncate)");
  db.close();
  expect(statSync(`${file}-wal`).size).toBe(0);
}

function record(recordings: readonly Recording[]): void {
  const batch = batchOf(recordings, new Set());
  expect(database.record([batch])).toEqual([[]]);
}

test.each<[string, () => readonly Recording[]]>([
  ["one transition", () => [transition(nameOf(3), 1)]],
  ["transitions far apart", () => someApart((run) => transition(nameOf(run), 1))],
  ["runs that wake, far apart", () => someApart((run) => transition(nameOf(run + 1), 1, { row: running }))],
  ["runs that end, far apart", () => someApart((run) => transition(nameOf(run + 2), 1, { row: completedAt(run) }))],
  [
    "runs that come to need attention, far apart",
    () => someApart((run) => transition(nameOf(run + 4), 1, { row: needing(run, "x".repeat(300)) })),
  ],
  [
    "runs whose attributes change, far apart",
    () => someApart((run) => transition(nameOf(run + 4), 2, { row: needing(run + 1, "y") })),
  ],
  [
    "runs that need nothing any more, far apart",
    () => someApart((run) => transition(nameOf(run + 4), 3, { row: completedAt(run) })),
  ],
  ["starts with random ids", () => someApart((run) => startOf(`${nameOf(run)}-anew`, run / apart))],
  ["long texts of three bytes a character", () => [start("long", { input: "界".repeat(1_000_000) })]],
  ["many long rows", () => someApart((run) => start(`row-${run}`, { input: "x".repeat(30_000) }))],
])("%s add no more than is made room for", (_, make) => {
  const recordings = make();
  // Begins the WAL anew: what it holds then is what this flush has added.
  emptyWal();
  record(recordings);
  const grownBytes = statSync(`${file}-wal`).size;
  expect(grownBytes).toBeGreaterThan(0);
  expect(grownBytes).toBeLessThanOrEqual(walBytesAtMost(batchOf(recordings, new Set())));
});

test("a batch is parted only where one flush of it is too much, and each part is small enough", () => {
  const recordings = someApart((run) => start(`part-${run}`, { input: "x".repeat(run) }));
  const parts = (upToBytes: number) => batchesOf(recordings, new Set(), upToBytes);
  const wholeBytes = walBytesAtMost(batchOf(recordings, new Set()));
  expect(parts(wholeBytes)).toHaveLength(1);
  const some = parts(wholeBytes / 4);
  expect(some.length).toBeGreaterThan(4);
  for (const part of some) expect(walBytesAtMost(part)).toBeLessThanOrEqual(wholeBytes / 4);
  expect(some.flatMap(({ ids }) => ids.split("\n"))).toEqual(recordings.map(({ id }) => id));
  expect(parts(1)).toHaveLength(recordings.length);
});

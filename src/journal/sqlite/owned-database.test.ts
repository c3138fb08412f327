import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { completedAt, parkedForGood, running, start, transition } from "../../testing/journal-samples.ts";
import type { Recording } from "../journal.ts";
import { batchOf } from "./batch.ts";
import { OwnedDatabase } from "./owned-database.ts";
import { usualWalBoundBytes } from "./wal-marks.ts";

let folder: string;
let database: OwnedDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clew-owned-"));
  database = new OwnedDatabase(join(folder, "journal.db"), {
    owner: { pid: 1, host: "here", since: 1 },
    walBoundBytes: usualWalBoundBytes,
    onWal: () => {},
  });
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const batch = (...recordings: Recording[]) => batchOf(recordings, new Set());

test("batches that are recorded together are recorded in their order, each with its own refusals", () => {
  const refusals = database.record([
    batch(start("a"), transition("a", 1)),
    batch(transition("a", 9), transition("a", 2)),
    batch(transition("a", 2), start("a", { uid: "another" })),
  ]);
  expect(refusals).toEqual([
    [],
    [
      [0, "stale"],
      [1, "stale"],
    ],
    [[1, "exists"]],
  ]);
});

test("batches that are recorded together are recorded all or none", () => {
  const broken = { ...batch(start("b")), events: [Symbol("no text") as unknown as string] };
  expect(() => database.record([batch(start("a")), broken])).toThrow();
  expect(database.reads.counts()).toEqual({});
});

test("only active runs are remembered, so that memory follows activity and not the number of runs", () => {
  const remembered = () => {
    const { writer } = database as unknown as { writer: { standing: Map<string, unknown> } };
    return [...writer.standing.keys()];
  };
  const steps: readonly (readonly [given: Recording, then: readonly string[]])[] = [
    [start("parked", { row: parkedForGood }), []],
    [start("a"), ["a"]],
    [transition("a", 1, { row: parkedForGood }), []],
    [transition("a", 2), []],
    [transition("a", 3, { row: running }), ["a"]],
    [transition("a", 4, { row: completedAt(5) }), []],
    [transition("a", 5), []],
  ];
  for (const [given, then] of steps) {
    expect(database.record([batch(given)])).toEqual([[]]);
    expect(remembered()).toEqual(then);
  }
});

test("a batch carries a definition only where the journal is not known to hold it", () => {
  const [[, first] = []] = batchOf([start("a")], new Set()).starts;
  expect(first?.definitionText).toContain('"order"');
  const [[, second] = []] = batchOf([start("b")], new Set(["hash-of-order-1"])).starts;
  expect(second).toEqual({ workflow: "order", workflowVersion: 1, definition: "hash-of-order-1" });
});

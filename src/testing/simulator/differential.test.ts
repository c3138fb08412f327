/** What the simulated engine recorded in memory, recorded in SQLite, is answered alike and gives the same folds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SystemClock } from "../../base/system.ts";
import { planWorkflow } from "../../definition/plan-workflow.ts";
import type { Journal, Recorded, Recording } from "../../journal/journal.ts";
import { MemoryJournal } from "../../journal/memory/memory-journal.ts";
import { SqliteJournal } from "../../journal/sqlite/sqlite-journal.ts";
import { foldRun } from "../../saga/evolve.ts";
import { World } from "./world.ts";

const worlds = 40;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "clew-differential-"))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Batch {
  readonly batch: readonly Recording[];
  readonly outcomes: readonly Recorded[];
}

test(`the histories of ${worlds} worlds, batch for batch`, async () => {
  let compared = 0;
  for (let seed = 1; seed <= worlds; seed++) {
    const batches: Batch[] = [];
    const world = new World({ seed, onRecorded: (batch, outcomes) => batches.push({ batch, outcomes }) });
    await world.live();
    world.disk.owner?.kill();
    const memory = new MemoryJournal(world.disk);
    const sqlite = await SqliteJournal.open({ file: join(folder, `${seed}.db`), clock: new SystemClock() });
    const answered = await Promise.all(batches.map(async ({ batch }) => sqlite.commit(batch)));
    expect(answered, `seed ${seed}`).toEqual(batches.map(({ outcomes }) => outcomes));
    const [expected, got] = [await shownBy(memory), await shownBy(sqlite)];
    expect(got, `seed ${seed}`).toEqual(expected);
    compared += expected.runs.length;
    await sqlite.close();
    await memory.close();
  }
  expect(compared).toBeGreaterThan(worlds);
});

/** All that a journal answers about what it holds. */
async function shownBy(journal: Journal) {
  const { items } = await journal.list({}, { limit: 1000 });
  const runs = await Promise.all(
    items.map(async (row) => {
      const record = await journal.load(row.id);
      const definition = await journal.definition(row.definition);
      if (!record || !definition) throw new Error(`${row.id} is listed, and not there`);
      return { row, record, fold: foldRun(planWorkflow(definition, row.definition), record.transitions) };
    }),
  );
  return {
    runs,
    counts: await journal.counts(),
    active: await journal.active({ limit: 1000 }),
    due: await journal.due(Number.MAX_SAFE_INTEGER, 1000),
    nextDue: await journal.nextDue(),
  };
}

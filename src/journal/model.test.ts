/**
 * The worry: a journal that is fast and on a disk forgets, invents or reorders something that the simple one in memory
 * does not. Both live through the same random operations, and after each of them every answer must be the same.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { assert } from "../base/errors.ts";
import { SystemClock } from "../base/system.ts";
import { filterOf } from "../testing/arbitrary-filter.ts";
import {
  AttemptMaker,
  isCommitKind,
  type Operation,
  type OperationKind,
  operationKinds,
  type Picks,
  scripts,
  standingsOf,
  workflows,
} from "../testing/journal-operations.ts";
import type { Journal, Page, Recording } from "./journal.ts";
import { MemoryDisk, MemoryJournal } from "./memory/memory-journal.ts";
import { SqliteJournal } from "./sqlite/sqlite-journal.ts";

const scriptCount = 17;
const leastOfEach = 100;
/** These compare what they read, and change nothing. */
const reads = new Set<OperationKind>(["list", "due", "transitions", "definitions"]);

/** Both journals, and what happens to them. */
class Pair {
  private readonly folder = mkdtempSync(join(tmpdir(), "clew-model-"));
  private readonly disk = new MemoryDisk();
  private readonly maker = new AttemptMaker();
  private memory = new MemoryJournal(this.disk);
  private sqlite: SqliteJournal | undefined;

  async open(): Promise<void> {
    this.sqlite = await this.openSqlite();
  }

  async dispose(): Promise<void> {
    await this.sqlite?.kill();
    rmSync(this.folder, { recursive: true });
  }

  async perform({ kind, picks }: Operation): Promise<void> {
    if (isCommitKind(kind)) return this.commit(kind, picks);
    switch (kind) {
      case "batch":
        return this.both(await this.randomBatch(picks));
      case "list":
        return this.list(picks);
      case "due":
        return this.due(picks);
      case "expire":
        return this.expire(picks);
      case "transitions":
        return this.transitions(picks);
      case "definitions":
        return this.definitions();
      case "secondOwner":
        return this.secondOwner();
      case "reopen":
        return this.reopen();
      case "crash":
        return this.crash(picks);
    }
  }

  /** Everything that a journal can say about itself. */
  async compare(): Promise<void> {
    const ids = (await this.memory.list({}, { limit: 1000 })).items.map(({ id }) => id);
    await this.agree(async (journal) => ({
      rows: await journal.list({}, { limit: 1000 }),
      runs: await Promise.all(ids.map((id) => journal.load(id))),
      counts: await journal.counts(),
      active: await journal.active({ limit: 1000 }),
      due: await journal.due(Number.MAX_SAFE_INTEGER, 1000),
      nextDue: await journal.nextDue(),
      nextExpiry: await journal.nextExpiry(),
    }));
  }

  private async commit(kind: Parameters<AttemptMaker["make"]>[0], picks: Picks): Promise<void> {
    const { batch, expected } = this.maker.make(kind, picks, await standingsOf(this.memory));
    expect((await this.memory.commit(batch)).at(-1)).toBe(expected);
    expect((await this.durable.commit(batch)).at(-1)).toBe(expected);
  }

  private async both(batch: readonly Recording[]): Promise<void> {
    expect(await this.durable.commit(batch)).toEqual(await this.memory.commit(batch));
  }

  private async randomBatch(picks: Picks): Promise<readonly Recording[]> {
    return this.maker.batch(picks, await standingsOf(this.memory));
  }

  private async list([which, value, more]: Picks): Promise<void> {
    const filter = filterOf(which);
    let page: Page | undefined = { limit: 1 + (more % 7), newestFirst: value % 2 === 1 };
    while (page) {
      const now: Page = page;
      const { next } = await this.agree((journal) => journal.list(filter, now));
      page = next === undefined ? undefined : { ...now, after: next };
    }
  }

  private async due([now, limit]: Picks): Promise<void> {
    await this.agree((journal) => journal.due(now % 1000, 1 + (limit % 5)));
  }

  private async expire([now, limit]: Picks): Promise<void> {
    await this.agree(async (journal) => {
      const { runs, nextAt } = await journal.expire(now % 1000, 1 + (limit % 3));
      return { runs, nextAt };
    });
  }

  private async transitions([which, value, more]: Picks): Promise<void> {
    const standings = await standingsOf(this.memory);
    const run = standings[which % Math.max(standings.length, 1)];
    const from = 1 + (value % ((run?.version ?? 0) + 2));
    await this.agree((journal) => journal.transitions(run?.row.id ?? "none", from, 1 + (more % 4)));
  }

  private async definitions(): Promise<void> {
    for (const workflow of workflows) {
      for (const version of [undefined, 1, 2, 3, 4]) {
        await this.agree((journal) => journal.definitionNamed(workflow, version));
        await this.agree((journal) => journal.definition(`${workflow}-${version}-1`));
      }
    }
  }

  private async secondOwner(): Promise<void> {
    const refused = { code: "journal_owned" };
    await expect(this.openSqlite()).rejects.toMatchObject(refused);
    expect(() => new MemoryJournal(this.disk)).toThrow(expect.objectContaining(refused));
  }

  private async reopen(): Promise<void> {
    await Promise.all([this.memory.close(), this.durable.close()]);
    await this.openAgain();
  }

  /** Batches under way when it is killed are there or not, whole, the earlier ones first; reading tells. */
  private async crash(picks: Picks): Promise<void> {
    const batches: (readonly Recording[])[] = [];
    for (let turn = 0; turn < picks[0] % 4; turn++)
      batches.push([this.maker.marker(), ...(await this.randomBatch(picks))]);
    const calls = batches.map((batch) => this.durable.commit(batch));
    const answered = picks[1] % (calls.length + 1);
    await Promise.all(calls.slice(0, answered));
    await Promise.all([this.durable.kill(), Promise.allSettled(calls)]);
    this.memory.kill();
    await this.openAgain();
    const there = await Promise.all(
      batches.map(async ([marker]) => (await this.durable.load(marker?.id ?? "")) !== undefined),
    );
    const count = there.lastIndexOf(true) + 1;
    expect(there.slice(0, count)).not.toContain(false);
    expect(count).toBeGreaterThanOrEqual(answered);
    for (const batch of batches.slice(0, count)) await this.memory.commit(batch);
  }

  private async openAgain(): Promise<void> {
    this.memory = new MemoryJournal(this.disk);
    this.sqlite = await this.openSqlite();
  }

  private openSqlite(): Promise<SqliteJournal> {
    return SqliteJournal.open({ file: join(this.folder, "journal.db"), clock: new SystemClock() });
  }

  private get durable(): SqliteJournal {
    assert(this.sqlite, "the pair was opened");
    return this.sqlite;
  }

  private async agree<T>(ask: (journal: Journal) => Promise<T>): Promise<T> {
    const [inMemory, inSqlite] = await Promise.all([ask(this.memory), ask(this.durable)]);
    // Text is compared in a fraction of the time; the slow way remains to say what differs.
    if (JSON.stringify(inSqlite) !== JSON.stringify(inMemory)) expect(inSqlite).toEqual(inMemory);
    return inMemory;
  }
}

test("SQLite answers as memory does after every operation, crashes included", { timeout: 120_000 }, async () => {
  const counts = new Map<OperationKind, number>(operationKinds.map((kind) => [kind, 0]));
  const lives = fc.asyncProperty(scripts, async (script) => {
    const pair = new Pair();
    try {
      await pair.open();
      for (const operation of script) {
        await pair.perform(operation);
        if (!reads.has(operation.kind)) await pair.compare();
        counts.set(operation.kind, (counts.get(operation.kind) ?? 0) + 1);
      }
    } finally {
      await pair.dispose();
    }
  });
  compileOnce();
  await fc.assert(lives, { numRuns: scriptCount, endOnFailure: true });
  for (const [kind, count] of counts) expect(count, kind).toBeGreaterThanOrEqual(leastOfEach);
});

/** Some 200 threads are started here: they read the thread's modules ready for use, and half of the time is saved. */
function compileOnce(): void {
  const folder = mkdtempSync(join(tmpdir(), "clew-compiled-"));
  const before = process.env["NODE_COMPILE_CACHE"];
  process.env["NODE_COMPILE_CACHE"] = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env["NODE_COMPILE_CACHE"];
    else process.env["NODE_COMPILE_CACHE"] = before;
    rmSync(folder, { recursive: true });
  });
}

import { expect, test } from "vitest";
import type { Journal } from "../journal.ts";
import { commitOne, start, transition } from "../../testing/journal-samples.ts";
import { journalSuite } from "../../testing/journal-suite.ts";
import { MemoryDisk, MemoryJournal } from "./memory-journal.ts";

journalSuite("the journal in memory", async () => {
  const disk = new MemoryDisk();
  return {
    open: async () => new MemoryJournal(disk),
    kill: async (journal: Journal) => (journal as MemoryJournal).kill(),
    dispose: async () => disk.owner?.close(),
  };
});

test("two disks share nothing, and a journal without a disk has one of its own", async () => {
  const [one, two] = [new MemoryJournal(), new MemoryJournal()];
  await commitOne(one, start("a"));
  expect(await two.load("a")).toBeUndefined();
});

test("what is loaded may be changed by whoever loaded it", async () => {
  const journal = new MemoryJournal();
  await journal.commit([start("a", { input: { items: [] } }), transition("a", 1)]);
  const loaded = await journal.load("a");
  (loaded as unknown as { transitions: unknown[] }).transitions.splice(0);
  expect((await journal.load("a"))?.transitions).toHaveLength(2);
});

test("a journal that was killed writes nothing into the disk of the next", async () => {
  const disk = new MemoryDisk();
  const killed = new MemoryJournal(disk);
  killed.kill();
  const next = new MemoryJournal(disk);
  await expect(killed.commit([start("a")])).rejects.toMatchObject({ code: "journal_closed" });
  expect(await next.counts()).toEqual({});
  await killed.close();
  expect(disk.owner).toBe(next);
});

/** Topics of the journal's suite: closing, opening again, being killed, and being owned by one only. */
import { describe, expect, test } from "vitest";
import type { Journal } from "../journal/journal.ts";
import { commitOne, parkedUntil, start, transition } from "./journal-samples.ts";
import type { Stage } from "./journal-suite.ts";

export function lifeTopics(stage: () => Stage): void {
  describe("a journal that is opened again", () => {
    test("holds all that was recorded, and goes on from there", async () => {
      const { harness, journal } = stage();
      await journal.commit([start("a"), transition("a", 1), start("b", { row: parkedUntil(100) })]);
      const before = await Promise.all(reads(journal));
      await journal.close();
      const again = await harness.open();
      expect(await Promise.all(reads(again))).toEqual(before);
      expect(await again.commit([transition("a", 1), transition("b", 1), start("a", { uid: "c" })])).toEqual([
        "stale",
        "recorded",
        "exists",
      ]);
      await commitOne(again, start("c"));
      expect((await again.list({}, { limit: 9, newestFirst: true })).items.map(({ id }) => id)).toEqual([
        "c",
        "b",
        "a",
      ]);
    });

    test("holds after a kill what was answered before it", async () => {
      const { harness, journal } = stage();
      for (let turn = 0; turn < 20; turn++) await journal.commit([start(`run-${turn}`), transition(`run-${turn}`, 1)]);
      const before = await Promise.all(reads(journal));
      await harness.kill(journal);
      expect(await Promise.all(reads(await harness.open()))).toEqual(before);
    });

    test("takes cursors of the time before", async () => {
      const { harness, journal } = stage();
      await journal.commit([start("a"), start("b")]);
      const { next } = await journal.list({}, { limit: 1 });
      await journal.close();
      const rest = await (await harness.open()).list({}, { limit: 1, after: String(next) });
      expect(rest.items.map(({ id }) => id)).toEqual(["b"]);
    });
  });

  describe("a second owner", () => {
    test("is refused while the first is open, and harms nothing", async () => {
      const { harness, journal } = stage();
      await commitOne(journal, start("a"));
      for (let turn = 0; turn < 3; turn++)
        await expect(harness.open()).rejects.toMatchObject({ code: "journal_owned" });
      expect(await commitOne(journal, transition("a", 1))).toBe("recorded");
    });

    test("may follow as soon as the first has closed or was killed", async () => {
      const { harness, journal } = stage();
      await journal.close();
      const second = await harness.open();
      await harness.kill(second);
      await expect(harness.open()).resolves.toBeDefined();
    });
  });

  describe("close", () => {
    test("lets what was committed before it be recorded", async () => {
      const { harness, journal } = stage();
      const commits = Array.from({ length: 20 }, (_, turn) => commitOne(journal, start(`run-${turn}`)));
      await journal.close();
      expect(await Promise.all(commits)).toEqual(commits.map(() => "recorded"));
      expect(await (await harness.open()).counts()).toEqual({ running: 20 });
    });

    test("is idempotent", async () => {
      const { journal } = stage();
      await expect(Promise.all([journal.close(), journal.close()])).resolves.toBeDefined();
      await expect(journal.close()).resolves.toBeUndefined();
    });

    test("makes every later call fail with journal_closed", async () => {
      const { journal } = stage();
      const closing = journal.close();
      const calls = [() => journal.commit([start("a")]), () => journal.expire(1, 1), ...readCalls(journal)];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "journal_closed" });
      await closing;
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "journal_closed" });
    });
  });
}

const reads = (journal: Journal) => readCalls(journal).map((call) => call());

const readCalls = (journal: Journal): readonly (() => Promise<unknown>)[] => [
  () => journal.load("a"),
  () => journal.definition("hash-of-order-1"),
  () => journal.definitionNamed("order"),
  () => journal.active({ limit: 9 }),
  () => journal.due(1000, 9),
  () => journal.nextDue(),
  () => journal.nextExpiry(),
  () => journal.list({}, { limit: 100 }),
  () => journal.counts(),
  () => journal.transitions("a", 1, 9),
];

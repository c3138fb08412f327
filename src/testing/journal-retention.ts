/** Topics of the journal's suite: what is deleted when its time is over, and what never is. */
import { describe, expect, test } from "vitest";
import type { Journal } from "../journal/journal.ts";
import {
  commitOne,
  completedAt,
  expire,
  keptUntil,
  parkedForGood,
  parkedUntil,
  running,
  start,
  transition,
} from "./journal-samples.ts";
import type { Stage } from "./journal-suite.ts";

export function retentionTopics(stage: () => Stage): void {
  describe("what expires", () => {
    test("is deleted when its time is over, the earliest first, as many as are asked for", async () => {
      const { journal } = stage();
      await ended(journal, { a: 30, b: 10, c: 20, d: 20, e: 40 });
      expect(await journal.nextExpiry()).toBe(10);
      expect(await expire(journal, 9, 10)).toBe(0);
      expect(await expire(journal, 30, 2)).toBe(2);
      expect(await ids(journal)).toEqual(["a", "d", "e"]);
      expect(await journal.nextExpiry()).toBe(20);
      expect(await expire(journal, 30, 10)).toBe(2);
      expect(await expire(journal, 30, 10)).toBe(0);
      expect(await ids(journal)).toEqual(["e"]);
      expect(await journal.nextExpiry()).toBe(40);
    });

    test("takes its children with it, whatever their time, and nobody else", async () => {
      const { journal } = stage();
      await ended(journal, { a: 10, ab: 30, "a-b": 30 });
      await journal.commit([start("a.x"), start("a.x.y[3]#2"), start("ab.x")]);
      expect(await expire(journal, 10, 10)).toBe(1);
      expect(await ids(journal)).toEqual(["ab", "a-b", "ab.x"]);
    });

    test("are only ended runs that have a time", async () => {
      const { journal } = stage();
      await journal.commit([
        start("open"),
        start("parked", { row: parkedUntil(5) }),
        start("stands", { row: blocked }),
      ]);
      await journal.commit([start("forever"), transition("forever", 1, { row: completedAt(5) })]);
      expect(await journal.nextExpiry()).toBeUndefined();
      expect(await expire(journal, Number.MAX_SAFE_INTEGER, 1000)).toBe(0);
      expect(await ids(journal)).toEqual(["open", "parked", "stands", "forever"]);
    });

    test("is not a run that was taken up again, until it has ended once more", async () => {
      const { journal } = stage();
      await ended(journal, { a: 10 });
      const backward = { status: "compensating", phase: "backward", parked: false } as const;
      await commitOne(journal, transition("a", 2, { row: backward }));
      expect(await journal.nextExpiry()).toBeUndefined();
      expect(await expire(journal, 1000, 10)).toBe(0);
      await commitOne(journal, transition("a", 3, { row: keptUntil(2000) }));
      expect(await journal.nextExpiry()).toBe(2000);
      expect(await expire(journal, 2000, 10)).toBe(1);
    });

    test("keeps its time when late news of it is recorded", async () => {
      const { journal } = stage();
      await ended(journal, { a: 10 });
      await commitOne(journal, transition("a", 2));
      expect(await expire(journal, 10, 10)).toBe(1);
      expect(await journal.load("a")).toBeUndefined();
    });
  });

  describe("a deleted run", () => {
    test("is gone from everything, for the next life too; its definition stays", async () => {
      const { harness, journal } = stage();
      await ended(journal, { a: 10 });
      await journal.expire(10, 10);
      await journal.close();
      const next = await harness.open();
      expect(await next.load("a")).toBeUndefined();
      expect(await next.transitions("a", 1, 10)).toBeUndefined();
      expect(await next.counts()).toEqual({});
      expect(await ids(next)).toEqual([]);
      expect(await next.definitionNamed("order")).toBeDefined();
    });

    test("takes no news any more", async () => {
      const { journal } = stage();
      await ended(journal, { a: 10 });
      await journal.expire(10, 10);
      expect(await commitOne(journal, transition("a", 2))).toBe("stale");
    });

    test("leaves its id to another one, which has nothing of it and takes none of its news", async () => {
      const { journal } = stage();
      await ended(journal, { a: 10 });
      await journal.expire(10, 10);
      const { definition: _, ...again } = start("a", { uid: "another" });
      expect(await commitOne(journal, again)).toBe("recorded");
      expect(await commitOne(journal, transition("a", 1))).toBe("stale");
      expect(await commitOne(journal, transition("a", 2))).toBe("stale");
      expect(await journal.load("a")).toMatchObject({ uid: "another", version: 1 });
      expect(await journal.definition("hash-of-order-1")).toBeDefined();
    });

    test("moves no other run's place in lists", async () => {
      const { journal } = stage();
      await ended(journal, { a: 10, b: 20, c: 30 });
      const { next = "" } = await journal.list({}, { limit: 2 });
      await journal.expire(20, 10);
      expect((await journal.list({}, { limit: 2, after: next })).items.map(({ id }) => id)).toEqual(["c"]);
      await commitOne(journal, start("d"));
      expect(await ids(journal)).toEqual(["c", "d"]);
      const { next: behindC = "" } = await journal.list({}, { limit: 1 });
      expect((await journal.list({}, { limit: 1, after: behindC })).items.map(({ id }) => id)).toEqual(["d"]);
    });
  });
}

const blocked = { ...parkedForGood, status: "blocked" } as const;

/** Runs that have ended, each with the time until which it is kept. */
async function ended(journal: Journal, times: Readonly<Record<string, number>>): Promise<void> {
  for (const [id, expiresAt] of Object.entries(times)) {
    await journal.commit([start(id, { row: running }), transition(id, 1, { row: keptUntil(expiresAt) })]);
  }
}

const ids = async (journal: Journal): Promise<readonly string[]> =>
  (await journal.list({}, { limit: 1000 })).items.map(({ id }) => id);

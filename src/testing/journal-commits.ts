/** Topics of the journal's suite: what `commit` records and what it refuses. */
import { describe, expect, test } from "vitest";
import type { Recording } from "../journal/journal.ts";
import type { SagaEvent } from "../saga/event.ts";
import { commitOne, completedAt, parkedForGood, running, start, transition } from "./journal-samples.ts";
import type { Stage } from "./journal-suite.ts";

export function commitTopics(stage: () => Stage): void {
  describe("a start", () => {
    test("is recorded with everything that was given", async () => {
      const { journal } = stage();
      const given = start("a", { at: 1234, input: { order: 7 } });
      expect(await journal.commit([given])).toEqual(["recorded"]);
      expect(await journal.load("a")).toEqual({
        id: "a",
        uid: "uid-of-a",
        definition: "hash-of-order-1",
        transitions: [given.transition],
        version: 1,
      });
    });

    test("of an id that exists is refused and changes nothing", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a", { input: "first" }));
      const before = await everything(stage());
      expect(await commitOne(journal, start("a", { uid: "another", input: "second", workflow: "other" }))).toBe(
        "exists",
      );
      expect(await everything(stage())).toEqual(before);
      expect(await journal.definitionNamed("other")).toBeUndefined();
    });

    test("of an id whose run has ended is refused: an id is used once", async () => {
      const { journal } = stage();
      await journal.commit([start("a"), transition("a", 1, { row: completedAt(9) })]);
      expect(await commitOne(journal, start("a", { uid: "another" }))).toBe("exists");
    });

    test("twice in one batch wins once", async () => {
      const { journal } = stage();
      expect(await journal.commit([start("a"), start("a", { uid: "another" })])).toEqual(["recorded", "exists"]);
      expect((await journal.load("a"))?.uid).toBe("uid-of-a");
    });
  });

  describe("compare-and-set", () => {
    test("records a transition of the run's very version, and no other", async () => {
      const { journal } = stage();
      await journal.commit([start("a"), transition("a", 1, { events: 3 })]);
      for (const version of [1, 2, 3, 5]) expect(await commitOne(journal, transition("a", version))).toBe("stale");
      expect(await commitOne(journal, transition("a", 4))).toBe("recorded");
      expect((await journal.load("a"))?.version).toBe(5);
    });

    test("lets one of two transitions of the same version win", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a"));
      const both = [commitOne(journal, transition("a", 1)), commitOne(journal, transition("a", 1))];
      expect(await Promise.all(both)).toEqual(["recorded", "stale"]);
    });

    test("refuses a transition of a run that does not exist", async () => {
      expect(await commitOne(stage().journal, transition("a", 1))).toBe("stale");
    });

    test("refuses a transition of another run that had the same id", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a"));
      expect(await commitOne(journal, transition("a", 1, { uid: "another" }))).toBe("stale");
      expect(await commitOne(journal, transition("a", 1))).toBe("recorded");
    });

    test("holds for runs that are parked, woken and ended, too", async () => {
      const { journal } = stage();
      await journal.commit([start("a"), transition("a", 1, { row: parkedForGood, events: 3 })]);
      for (const version of [1, 2, 3]) expect(await commitOne(journal, transition("a", version))).toBe("stale");
      expect(await commitOne(journal, transition("a", 4, { row: running }))).toBe("recorded");
      expect(await commitOne(journal, transition("a", 5, { row: completedAt(9), events: 2 }))).toBe("recorded");
      expect(await journal.commit([transition("a", 5), start("b")])).toEqual(["stale", "recorded"]);
      expect(await journal.commit([transition("a", 7), transition("a", 8)])).toEqual(["recorded", "recorded"]);
    });
  });

  describe("a batch", () => {
    test("is recorded in its order", async () => {
      const { journal } = stage();
      const batch = [start("a"), start("b"), transition("a", 1), transition("b", 1), transition("a", 2)];
      expect(await journal.commit(batch)).toEqual(batch.map(() => "recorded"));
      expect((await journal.load("a"))?.transitions).toEqual([batch[0], batch[2], batch[4]].map(toTransition));
      expect((await journal.list({}, { limit: 10 })).items.map(({ id }) => id)).toEqual(["a", "b"]);
    });

    test("refuses what stands behind a refused transition of the same run, and records the rest", async () => {
      const { journal } = stage();
      await journal.commit([start("a"), start("b")]);
      const batch = [transition("a", 5), transition("a", 1), transition("b", 1), start("a", { uid: "c" }), start("c")];
      expect(await journal.commit(batch)).toEqual(["stale", "stale", "recorded", "exists", "recorded"]);
      expect((await journal.load("a"))?.version).toBe(1);
    });

    test("that is no batch at all is recorded, too", async () => {
      expect(await stage().journal.commit([])).toEqual([]);
    });

    test("is recorded not at all where one of its recordings breaks an assumption", async () => {
      const { journal } = stage();
      const { id, uid } = start("b");
      const empty: Recording = { id, uid, version: 1, transition: { at: 1, events: [] } };
      await expect(journal.commit([start("a"), empty])).rejects.toThrow("holds no event");
      const { row: _, ...rowless } = start("b");
      await expect(journal.commit([start("a"), rowless])).rejects.toThrow("has no row");
      const restart = { ...start("b"), version: 1 };
      await expect(journal.commit([start("a"), restart])).rejects.toThrow("starts with its first event");
      expect(await journal.counts()).toEqual({});
    });

    test("stays as it was handed in, whatever the caller does with it later", async () => {
      const { journal } = stage();
      const input = { items: ["one"] };
      const row = { ...running };
      const recording = start("a", { input, row });
      const committed = commitOne(journal, recording);
      input.items.push("two");
      (row as { status: string }).status = "failed";
      await committed;
      input.items.push("three");
      const [first] = (await journal.load("a"))?.transitions ?? [];
      expect(first?.events[0]).toMatchObject({ input: { items: ["one"] } });
      expect((await journal.list({}, { limit: 1 })).items[0]?.status).toBe("running");
    });

    test("may be one of many under way, answered in the order of the calls", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a"));
      const order: number[] = [];
      const calls = Array.from({ length: 50 }, async (_, turn) => {
        const recorded = await commitOne(journal, transition("a", turn + 1));
        order.push(turn);
        return recorded;
      });
      const seen = journal.load("a");
      expect(await Promise.all(calls)).toEqual(calls.map(() => "recorded"));
      expect(order).toEqual(calls.map((_, turn) => turn));
      expect((await seen)?.version).toBe(51);
    });
  });

  describe("what is recorded", () => {
    const awkward: readonly (readonly [name: string, value: unknown])[] = [
      ["Unicode", "Grüße, 世界, 🧵, e\u0301, \u202e"],
      ["a NUL and control characters", "a\u0000b\u0001\u001f\u007f\u2028"],
      ["a lone surrogate", "\ud83e and \udd21"],
      ["quotes and backslashes", "\"'`\\\\u0000 -- ; drop table journal"],
      ["big and small numbers", [2 ** 53, -(2 ** 53), 1.7976931348623157e308, 5e-324, 0.1 + 0.2, -1e-7]],
      ["keys that mean something elsewhere", JSON.parse('{"__proto__":1,"constructor":2,"toString":3,"":4}')],
      ["a long text", "x".repeat(1_000_000)],
      ["deep nesting", Array.from({ length: 500 }).reduce<unknown>((inner) => [inner], "core")],
    ];
    test.each(awkward)("comes back as it was: %s", async (_, value) => {
      const { harness, journal } = stage();
      const given = start("a", { input: value as never });
      await journal.commit([given, transition("a", 1, { output: value as never })]);
      await journal.close();
      const loaded = await (await harness.open()).load("a");
      const text = JSON.stringify([given.transition, transition("a", 1, { output: value as never }).transition]);
      expect(JSON.stringify(loaded?.transitions)).toBe(text);
    });
  });

  describe("a definition", () => {
    test("is kept once for each hash, as the first start gave it", async () => {
      const { journal } = stage();
      const first = start("a", { workflow: "w", definition: "same" });
      const second = start("b", { workflow: "w", version: 2, definition: "same" });
      await journal.commit([first, second]);
      await commitOne(journal, start("c", { workflow: "w", definition: "same" }));
      expect(await journal.definition("same")).toEqual(first.definition?.definition);
      expect(await journal.definition("other")).toBeUndefined();
    });

    test("is found by name and version: the one that was recorded last", async () => {
      const { journal } = stage();
      const starts = [
        start("a", { workflow: "w", version: 2, definition: "one" }),
        start("b", { workflow: "w", version: 10, definition: "two" }),
        start("c", { workflow: "w", version: 2, definition: "three" }),
        start("d", { workflow: "v", version: 11, definition: "four" }),
      ];
      for (const recording of starts) await commitOne(journal, recording);
      const [, two, three] = starts.map(({ definition }) => definition?.definition);
      expect(await journal.definitionNamed("w", 2)).toEqual(three);
      expect(await journal.definitionNamed("w")).toEqual(two);
      expect(await journal.definitionNamed("w", 3)).toBeUndefined();
      expect(await journal.definitionNamed("u")).toBeUndefined();
    });

    test("need not come with every start of a hash that is known", async () => {
      const { journal } = stage();
      const { definition: _, ...bare } = start("b");
      await journal.commit([start("a"), bare]);
      expect((await journal.load("b"))?.definition).toBe("hash-of-order-1");
    });
  });
}

const toTransition = (recording: Recording | undefined) => recording?.transition;

async function everything({ journal }: Stage): Promise<unknown> {
  const rows = await journal.list({}, { limit: 1000 });
  const runs = await Promise.all(rows.items.map(({ id }) => journal.load(id)));
  const events: readonly SagaEvent[] = runs
    .flatMap((run) => run?.transitions ?? [])
    .flatMap(({ events: some }) => some);
  return { rows, runs, events, counts: await journal.counts() };
}

/** Topics of the journal's suite: lists, pages, what a restart takes up, and what is due. */
import { describe, expect, test } from "vitest";
import type { WorkerContract } from "../definition/catalogue.ts";
import { parseFilter } from "../journal/filter/parse-filter.ts";
import type { Journal, Page, PageOf } from "../journal/journal.ts";
import { commitOne, completedAt, parkedForGood, parkedUntil, running, start, transition } from "./journal-samples.ts";
import type { Stage } from "./journal-suite.ts";

export function readTopics(stage: () => Stage): void {
  describe("a list", () => {
    test("shows of a run what its start and its last row said", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a", { at: 10, workflow: "w", version: 3, definition: "h" }));
      const identity = { id: "a", uid: "uid-of-a", workflow: "w", workflowVersion: 3, definition: "h", startedAt: 10 };
      expect(await rows(journal)).toEqual([{ ...identity, ...running }]);
      await journal.commit([transition("a", 1, { row: parkedUntil(50) }), transition("a", 2)]);
      expect(await rows(journal)).toEqual([{ ...identity, ...parkedUntil(50) }]);
      await commitOne(journal, transition("a", 3, { row: completedAt(60) }));
      expect(await rows(journal)).toEqual([{ ...identity, ...completedAt(60) }]);
    });

    test("keeps the row of a refused transition out", async () => {
      const { journal } = stage();
      await journal.commit([start("a"), transition("a", 7, { row: completedAt(60) })]);
      expect((await rows(journal))[0]?.status).toBe("running");
    });
  });

  describe("contracts", () => {
    const receipt = { output: { type: "object" }, errors: ["declined"] };

    test("are what was declared last of each worker type, for the next life too", async () => {
      const { harness, journal } = stage();
      expect(await journal.contracts()).toEqual(new Map());
      await journal.declare(
        new Map<string, WorkerContract>([
          ["charge", receipt],
          ["refund", {}],
        ]),
      );
      await journal.declare(new Map([["charge", { idempotent: true }]]));
      const known = new Map<string, WorkerContract>([
        ["charge", { idempotent: true }],
        ["refund", {}],
      ]);
      expect(await journal.contracts()).toEqual(known);
      await harness.kill(journal);
      const next = await harness.open();
      expect(await next.contracts()).toEqual(known);
    });
  });

  describe("large payloads", () => {
    const large = { text: "é".repeat(70_000), payloadRefs: { input: "not a reference" } };

    test("come back as they were, from wherever they were read", async () => {
      const { harness, journal } = stage();
      await journal.commit([start("a", { input: large }), transition("a", 1, { output: large, events: 2 })]);
      await commitOne(journal, start("b", { input: { payloadRefs: { input: "x" } } }));
      const check = async (reader: Journal) => {
        const record = await reader.load("a");
        expect(record?.transitions[0]?.events[0]).toMatchObject({ type: "RunStarted", input: large });
        expect(record?.transitions[1]?.events).toMatchObject([{ output: large }, { output: large }]);
        expect((await reader.transitions("a", 2, 1))?.[0]?.events[0]).toMatchObject({ output: large });
        expect((await reader.load("b"))?.transitions[0]?.events[0]).toMatchObject({
          input: { payloadRefs: { input: "x" } },
        });
      };
      await check(journal);
      await harness.kill(journal);
      await check(await harness.open());
    });
  });

  describe("pages", () => {
    const filters = ["", "status:running", "status:running,completed workflow:w", "workflow:w"];
    test.each(filters)("join into the whole list, in both directions: %s", async (text) => {
      const filter = parseFilter(text, 0);
      const { journal } = stage();
      const names = Array.from({ length: 7 }, (_, place) => `run-${place}`);
      await journal.commit(names.map((name) => start(name, { workflow: "w" })));
      for (const limit of [1, 2, 3, 7, 8]) {
        const pages = await allPages((page) => journal.list(filter, page), { limit });
        expect(pages.map((items) => items.length)).toEqual(sizes(names.length, limit));
        expect(pages.flat().map(({ id }) => id)).toEqual(names);
        const back = await allPages((page) => journal.list(filter, page), { limit, newestFirst: true });
        expect(back.flat().map(({ id }) => id)).toEqual(names.toReversed());
      }
    });

    test("neither repeat nor miss a run while runs start and end", async () => {
      const { journal } = stage();
      await journal.commit(["a", "b", "c", "d"].map((id) => start(id)));
      for (const newestFirst of [true, false]) {
        const first = await journal.list({}, { limit: 2, newestFirst });
        await commitOne(journal, start(`new-${newestFirst}`));
        await commitOne(journal, transition(newestFirst ? "a" : "d", 1, { row: completedAt(5) }));
        const rest = await journal.list({}, { limit: 100, newestFirst, ...after(first) });
        const seen = [...first.items, ...rest.items].map(({ id }) => id);
        const expected = newestFirst ? ["d", "c", "b", "a"] : ["a", "b", "c", "d", "new-true", "new-false"];
        expect(seen).toEqual(expected);
      }
    });

    test("have cursors that only the journal makes", async () => {
      const { journal } = stage();
      await journal.commit([start("a"), start("b")]);
      const { next } = await journal.list({}, { limit: 1 });
      const foreign = ["", "x", "0", "1", "MA", "LTE", "MS41", "MDE", `${next}=`, ` ${next}`, "MTIzNDU2Nzg5MDEyMzQ1Ng"];
      for (const cursor of foreign) {
        const refused = { code: "invalid_argument" };
        await expect(journal.list({}, { limit: 1, after: cursor }), cursor).rejects.toMatchObject(refused);
        await expect(journal.active({ limit: 1, after: cursor }), cursor).rejects.toMatchObject(refused);
      }
    });

    test("hold 1 to 1000 entries", async () => {
      const { journal } = stage();
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
        const refused = { code: "invalid_argument" };
        await expect(journal.list({}, { limit })).rejects.toMatchObject(refused);
        await expect(journal.active({ limit })).rejects.toMatchObject(refused);
        await expect(journal.due(1, limit)).rejects.toMatchObject(refused);
        await expect(journal.transitions("a", 1, limit)).rejects.toMatchObject(refused);
      }
      expect(await journal.list({}, { limit: 1000 })).toEqual({ items: [] });
    });
  });

  test("counts say how many runs stand in each status, and leave out the others", async () => {
    const { journal } = stage();
    expect(await journal.counts()).toEqual({});
    await mixture(journal);
    expect(await journal.counts()).toEqual({ running: 2, completed: 2, waiting: 2 });
  });

  describe("what a restart takes up", () => {
    test("are the runs that are open and not parked, whole, in the order of their start", async () => {
      const { journal } = stage();
      await mixture(journal);
      await commitOne(journal, start("g"));
      const pages = await allPages((page) => journal.active(page), { limit: 2 });
      expect(pages.map((items) => items.map(({ id }) => id))).toEqual([["a", "d"], ["g"]]);
      expect(pages[0]?.[0]).toEqual(await journal.load("a"));
    });

    test("follows the rows: parked, woken, ended, taken up again", async () => {
      const { journal } = stage();
      const ids = async () => (await journal.active({ limit: 9 })).items.map(({ id }) => id);
      await commitOne(journal, start("a"));
      const changes = [
        parkedForGood,
        running,
        completedAt(3),
        { ...running, status: "compensating", phase: "backward" },
      ];
      const seen: unknown[] = [];
      for (const [place, row] of changes.entries()) {
        await commitOne(journal, transition("a", place + 1, { row: row as never }));
        seen.push(await ids());
      }
      expect(seen).toEqual([[], ["a"], [], ["a"]]);
    });
  });

  describe("what is due", () => {
    test("are the parked runs whose time has come, earliest first", async () => {
      const { journal } = stage();
      await journal.commit([
        start("late", { row: parkedUntil(300) }),
        start("early", { row: parkedUntil(100) }),
        start("never", { row: parkedForGood }),
        start("active", { row: running }),
        start("tie", { row: parkedUntil(100) }),
      ]);
      const ids = async (now: number, limit = 10) => (await journal.due(now, limit)).map(({ id }) => id);
      expect(await ids(99)).toEqual([]);
      expect(await ids(100)).toEqual(["early", "tie"]);
      expect(await ids(300)).toEqual(["early", "tie", "late"]);
      expect(await ids(300, 1)).toEqual(["early"]);
      expect((await journal.due(100, 1))[0]).toEqual({ ...(await journal.load("early")), wakeAt: 100 });
      expect(await journal.nextDue()).toBe(100);
      expect(await journal.nextDue(99)).toBe(100);
      expect(await journal.nextDue(100)).toBe(300);
      expect(await journal.nextDue(300)).toBeUndefined();
    });

    test("is read on from where one stopped, also among those of one moment", async () => {
      const { journal } = stage();
      const times = { a: 100, b: 50, c: 100, d: 100, e: 200 };
      await journal.commit(Object.entries(times).map(([id, at]) => start(id, { row: parkedUntil(at) })));
      const behind = async (wakeAt: number, id: string) =>
        (await journal.due(200, 2, { wakeAt, id })).map((run) => `${run.id} ${run.wakeAt}`);
      expect(await behind(50, "b")).toEqual(["a 100", "c 100"]);
      expect(await behind(100, "c")).toEqual(["d 100", "e 200"]);
      expect(await behind(200, "e")).toEqual([]);
      expect((await journal.due(100, 10, { wakeAt: 100, id: "c" })).map(({ id }) => id)).toEqual(["d"]);
    });

    test("is what is not woken yet", async () => {
      const { journal } = stage();
      expect(await journal.nextDue()).toBeUndefined();
      await journal.commit([start("a", { row: parkedUntil(100) }), start("b", { row: parkedUntil(200) })]);
      await commitOne(journal, transition("a", 1, { row: running }));
      expect(await journal.nextDue()).toBe(200);
      await commitOne(journal, transition("b", 1, { row: completedAt(150) }));
      expect(await journal.nextDue()).toBeUndefined();
      expect(await journal.due(1000, 10)).toEqual([]);
    });
  });

  describe("a run's transitions", () => {
    test("are numbered by their first event, and paged from any event on", async () => {
      const { journal } = stage();
      const batch = [
        start("a"),
        transition("a", 1, { events: 3 }),
        transition("a", 4, { events: 2 }),
        transition("a", 6),
      ];
      await journal.commit(batch);
      const all = batch.map(({ version, transition: { at, events } }) => ({ number: version + 1, at, events }));
      expect(await journal.transitions("a", 1, 1000)).toEqual(all);
      expect(await journal.transitions("a", 1, 2)).toEqual(all.slice(0, 2));
      expect(await journal.transitions("a", 5, 1)).toEqual(all.slice(2, 3));
      for (const inside of [2, 3, 4]) expect(await journal.transitions("a", inside, 2)).toEqual(all.slice(1, 3));
      expect(await journal.transitions("a", 7, 10)).toEqual(all.slice(3));
      expect(await journal.transitions("a", 8, 10)).toEqual([]);
      expect(await journal.transitions("a", 0, 1)).toEqual(all.slice(0, 1));
    });

    test("of a run that does not exist are undefined, as the run is", async () => {
      const { journal } = stage();
      expect(await journal.transitions("a", 1, 10)).toBeUndefined();
      expect(await journal.load("a")).toBeUndefined();
    });
  });
}

/** Two runs each that are active, ended and parked, in two workflows. */
async function mixture(journal: Journal): Promise<void> {
  await journal.commit([
    start("a", { workflow: "order" }),
    start("b", { workflow: "order" }),
    start("c", { workflow: "order", row: parkedUntil(100) }),
    start("d", { workflow: "return" }),
    start("e", { workflow: "return" }),
    start("f", { workflow: "return", row: parkedForGood }),
    transition("b", 1, { row: completedAt(50) }),
    transition("e", 1, { row: completedAt(50) }),
  ]);
}

const rows = async (journal: Journal) => (await journal.list({}, { limit: 100 })).items;

const after = ({ next }: PageOf<unknown>) => (next === undefined ? {} : { after: next });

const sizes = (count: number, limit: number) =>
  Array.from({ length: Math.ceil(count / limit) }, (_, page) => Math.min(limit, count - page * limit));

async function allPages<T>(read: (page: Page) => Promise<PageOf<T>>, page: Page): Promise<(readonly T[])[]> {
  const found = await read(page);
  const { next } = found;
  return next === undefined ? [found.items] : [found.items, ...(await allPages(read, { ...page, after: next }))];
}

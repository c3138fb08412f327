/** Topics of the journal's suite: what lists show of a run besides how it stands, and which runs a filter lets through. */
import { describe, expect, test } from "vitest";
import { parseFilter } from "../journal/filter/parse-filter.ts";
import type { Journal, Page, RowChange, RunFilter } from "../journal/journal.ts";
import { commitOne, completedAt, keptUntil, parkedForGood, running, start, transition } from "./journal-samples.ts";
import type { Stage } from "./journal-suite.ts";

const now = Date.parse("2026-11-24T12:00:00Z");
const hour = 3_600_000;

/** Each run with what it is found by: `started` is its age in hours. */
const shelf: Readonly<Record<string, RowChange & { readonly workflow?: string; readonly started?: number }>> = {
  plain: { ...running, started: 72 },
  stuck: {
    ...parkedForGood,
    status: "blocked",
    started: 48,
    error: "charge: Card Declined (größe XL)",
    incidents: ["step", "overdue"],
    attention: ["blocked", "overdue"],
    attributes: { customer: "c42", region: "north east" },
  },
  going_back: {
    ...running,
    status: "compensating",
    phase: "backward",
    workflow: "return",
    started: 1,
    cause: "cancelled",
    error: "card expired",
    attributes: { customer: "C42" },
  },
  failed: { ...completedAt(now - hour), status: "failed", started: 2, cause: "step_failed", error: "no stock" },
  done: { ...completedAt(now - 30 * hour), workflow: "return", started: 31, attributes: { customer: "" } },
};

export function filterTopics(stage: () => Stage): void {
  describe("what lists show", () => {
    const full: RowChange = { ...parkedForGood, status: "blocked", ...detailsOf("c1") };

    test("are the details of the last row, all of them in place of those before", async () => {
      const { harness, journal } = stage();
      await commitOne(journal, start("a", { row: full }));
      expect(await rows(journal)).toMatchObject([full]);
      const next: RowChange = { ...running, attributes: { customer: "c2", added: "yes" } };
      await commitOne(journal, transition("a", 1, { row: next }));
      await harness.kill(journal);
      const again = await harness.open();
      const [row] = await rows(again);
      expect(row).toMatchObject(next);
      expect(row?.attributes).toEqual(next.attributes);
      for (const gone of ["cause", "error", "incidents", "attention"]) expect(row).not.toHaveProperty(gone);
      expect(await found(again, "customer:c1")).toEqual([]);
      expect(await found(again, "customer:c2 added:yes")).toEqual(["a"]);
      await commitOne(again, transition("a", 2, { row: running }));
      expect((await rows(again))[0]).not.toHaveProperty("attributes");
      expect(await found(again, "added:*")).toEqual([]);
    });

    test("stay as they were where a transition has no row", async () => {
      const { journal } = stage();
      await journal.commit([start("a", { row: full }), transition("a", 1)]);
      expect(await rows(journal)).toMatchObject([full]);
    });

    test("are the journal's own: whoever gave or got them may change them", async () => {
      const { journal } = stage();
      const given = { ...full, attributes: { customer: "c1" }, incidents: ["step" as const] };
      const committed = commitOne(journal, start("a", { row: given }));
      given.attributes.customer = "c2";
      given.incidents.pop();
      await committed;
      const [row] = await rows(journal);
      expect(row).toMatchObject({ attributes: { customer: "c1" }, incidents: ["step"] });
      Object.assign(row?.attributes ?? {}, { customer: "c3" });
      expect((await rows(journal))[0]?.attributes).toEqual({ customer: "c1" });
    });

    test("are left out where they are empty, and are text that any journal can hold", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a", { row: { ...running, incidents: [], attention: [], attributes: {} } }));
      const odd = { z: "nul \u0000 inside", __proto__: "own", b: "half \ud800" };
      const attributes = Object.fromEntries(Object.entries(odd).concat([["__proto__", "own"]]));
      await commitOne(journal, start("b", { row: { ...running, error: "\ud83e", attributes } }));
      const [empty, strange] = await rows(journal);
      for (const gone of ["incidents", "attention", "attributes"]) expect(empty).not.toHaveProperty(gone);
      expect(strange?.error).toBe("\ufffd");
      expect(Object.entries(strange?.attributes ?? {})).toEqual([
        ["__proto__", "own"],
        ["b", "half \ufffd"],
        ["z", "nul \u0000 inside"],
      ]);
      expect(await found(journal, "needs:attention")).toEqual([]);
      expect(await found(journal, "__proto__:own")).toEqual(["b"]);
      expect(await found(journal, "constructor:*")).toEqual([]);
      expect(await found(journal, 'z:"nul \u0000 inside"')).toEqual(["b"]);
    });

    test("leave with their run, whose id is free", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a", { row: full }));
      await commitOne(journal, transition("a", 1, { row: { ...keptUntil(10), ...detailsOf("c1") } }));
      expect(await found(journal, "customer:c1")).toEqual(["a"]);
      await journal.expire(10, 10);
      expect(await found(journal, "customer:c1")).toEqual([]);
      await commitOne(journal, start("a", { uid: "another" }));
      expect((await rows(journal))[0]).not.toHaveProperty("attributes");
      expect(await found(journal, "customer:*")).toEqual([]);
    });
  });

  describe("a filter", () => {
    const table: readonly (readonly [filter: string, ids: readonly string[]])[] = [
      ["", Object.keys(shelf)],
      ["status:blocked", ["stuck"]],
      ["status:blocked,failed", ["stuck", "failed"]],
      ["-status:blocked,failed", ["plain", "going_back", "done"]],
      ["status:blocked status:failed", []],
      ["phase:forward", ["plain", "stuck"]],
      ["phase:ended", ["failed", "done"]],
      ["-phase:ended", ["plain", "stuck", "going_back"]],
      ["phase:ended status:running", []],
      ["workflow:return", ["going_back", "done"]],
      ["workflow:return status:completed", ["done"]],
      ["workflow:return,order -phase:ended", ["plain", "stuck", "going_back"]],
      ["workflow:order@1", ["plain", "stuck", "failed"]],
      ["workflow:order@2,return@1", ["going_back", "done"]],
      ["version:1 workflow:return", ["going_back", "done"]],
      ["-version:1", []],
      ["id:done,plain,nobody", ["plain", "done"]],
      ["id:done -status:completed", []],
      ["cause:cancelled", ["going_back"]],
      ["cause:step_failed,cancelled", ["going_back", "failed"]],
      ["-cause:cancelled", ["plain", "stuck", "failed", "done"]],
      ["incident:overdue", ["stuck"]],
      ["incident:pivot,step", ["stuck"]],
      ["-incident:step", ["plain", "going_back", "failed", "done"]],
      ["needs:attention", ["stuck"]],
      ["needs:overdue", ["stuck"]],
      ["needs:no_worker", []],
      ["-needs:attention", ["plain", "going_back", "failed", "done"]],
      ["customer:c42", ["stuck"]],
      ["customer:c42,C42", ["stuck", "going_back"]],
      ['customer:""', ["done"]],
      ["customer:*", ["stuck", "going_back", "done"]],
      ["-customer:*", ["plain", "failed"]],
      ["-customer:c42", ["plain", "going_back", "failed", "done"]],
      ['customer:"*"', []],
      ['region:"north east" customer:c42', ["stuck"]],
      ["nobody:c42", []],
      ["declined", ["stuck"]],
      ['"CARD declined"', ["stuck"]],
      ["card", ["stuck", "going_back"]],
      ["card -declined", ["going_back"]],
      ["-card", ["plain", "failed", "done"]],
      ["GRÖSSE", ["stuck"]],
      ["started:<90m", ["going_back"]],
      ["started:<=1h", ["going_back"]],
      ["started:<1h", []],
      ["started:>1d", ["plain", "stuck", "done"]],
      ["age:>1d -phase:ended", ["plain", "stuck"]],
      ["started:>1h started:<=2d", ["stuck", "failed", "done"]],
      ["started:<90m,>2d", ["plain", "going_back"]],
      ["-started:>1d", ["going_back", "failed"]],
      ["started:>2026-11-24", ["going_back", "failed"]],
      ["started:<2026-11-24T10:00:00Z", ["plain", "stuck", "done"]],
      ["started:<=2026-11-24T12:00+02:00", ["plain", "stuck", "failed", "done"]],
      ["started:>2027-01-01", []],
      ["ended:<2h", ["failed"]],
      ["ended:>1d", ["done"]],
      ["-ended:<2h", ["plain", "stuck", "going_back", "done"]],
      ["ended:<2h status:completed", []],
      ["ended:<2h,>1d", ["failed", "done"]],
      ["status:failed cause:step_failed started:<1d workflow:order no stock", ["failed"]],
    ];

    test("lets through the runs that it describes, in both directions", async () => {
      const { journal } = stage();
      await fill(journal);
      for (const [text, ids] of table) {
        expect(await found(journal, text), text).toEqual(ids);
        expect(await found(journal, text, { newestFirst: true }), text).toEqual(ids.toReversed());
      }
    });

    test("of an empty list of values lets nothing through, and its opposite everything", async () => {
      const { journal } = stage();
      await fill(journal);
      for (const field of ["status", "workflow", "started", "cause", "incident", "needs", "id"] as const) {
        const none: RunFilter = { terms: [{ field, anyOf: [] }] };
        const all: RunFilter = { terms: [{ field, anyOf: [], negated: true }] };
        expect((await journal.list(none, { limit: 9 })).items, field).toEqual([]);
        expect((await journal.list(all, { limit: 9 })).items, field).toHaveLength(5);
      }
    });

    test("follows the runs as they move", async () => {
      const { journal } = stage();
      await commitOne(journal, start("a"));
      const seen: (readonly string[])[] = [];
      const stuck: RowChange = { ...running, status: "blocked", incidents: ["step"], attention: ["blocked"] };
      for (const [place, row] of [stuck, running, { ...stuck, error: "once more" }, completedAt(9)].entries()) {
        await commitOne(journal, transition("a", place + 1, { row }));
        seen.push(await found(journal, "needs:attention incident:step status:blocked"));
      }
      expect(seen).toEqual([["a"], [], ["a"], []]);
    });

    test("pages, in both directions, through what it lets through and nothing else", async () => {
      const { journal } = stage();
      const names = Array.from({ length: 30 }, (_, place) => `run-${place}`);
      await journal.commit(
        names.map((name, place) =>
          start(name, {
            workflow: place % 5 === 0 ? "return" : "order",
            row: { ...running, status: place % 2 === 0 ? "running" : "waiting", ...detailsOf(`c${place % 3}`) },
          }),
        ),
      );
      const wanted = names.filter((_, place) => place % 3 < 2 && place % 5 > 0);
      const filter = parseFilter("customer:c0,c1 status:running,waiting workflow:order,refund", now);
      for (const newestFirst of [false, true]) {
        const ids: string[] = [];
        let after: string | undefined;
        do {
          const page = await journal.list(filter, {
            limit: 4,
            newestFirst,
            ...(after === undefined ? {} : { after }),
          });
          ids.push(...page.items.map(({ id }) => id));
          after = page.next;
        } while (after !== undefined);
        expect(ids).toEqual(newestFirst ? wanted.toReversed() : wanted);
      }
    });

    test("takes words as words, whatever stands in them", async () => {
      const { journal } = stage();
      await fill(journal);
      const hostile = "' or 1=1 --";
      for (const text of [`"${hostile}"`, `customer:"${hostile}"`, `"%"`, `"_"`, `customer:"c4%"`]) {
        expect(await found(journal, text), text).toEqual([]);
      }
      const workflow: RunFilter = { terms: [{ field: "workflow", anyOf: [{ name: hostile }] }] };
      expect((await journal.list(workflow, { limit: 9 })).items).toEqual([]);
    });
  });
}

const detailsOf = (customer: string) =>
  ({
    cause: "deadline",
    error: "the worker said no",
    incidents: ["compensation"],
    attention: ["compensation_failing"],
    attributes: { customer },
  }) as const satisfies Partial<RowChange>;

async function fill(journal: Journal): Promise<void> {
  for (const [id, { workflow = "order", started = 0, ...row }] of Object.entries(shelf)) {
    await commitOne(journal, start(id, { workflow, at: now - started * hour, row }));
  }
}

const rows = async (journal: Journal) => (await journal.list({}, { limit: 100 })).items;

const found = async (journal: Journal, filter: string, page: Partial<Page> = {}): Promise<readonly string[]> =>
  (await journal.list(parseFilter(filter, now), { limit: 100, ...page })).items.map(({ id }) => id);

/** The worry: a filter that finds three runs reads a million of them, and nobody notices while there are few. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { completedAt, parkedForGood, start } from "../../testing/journal-samples.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { RowChange } from "../journal.ts";
import { batchOf } from "./batch.ts";
import { OwnedDatabase } from "./owned-database.ts";
import { RunList } from "./run-list.ts";
import { usualWalBoundBytes } from "./wal-marks.ts";

const folder = mkdtempSync(join(tmpdir(), "clew-list-"));
const file = join(folder, "journal.db");
const owner = { pid: 1, host: "here", since: 1 };
const runCount = 20_000;
const now = runCount * 1000;
let database: OwnedDatabase;
let db: DatabaseSync;

/** One run a second; nearly all have completed, one of each thousand needs somebody. */
function rowOf(run: number): RowChange {
  const attributes = { customer: `c${run % 5000}` };
  if (run % 1000 !== 500) return { ...completedAt(run * 1000 + 100), attributes };
  const stuck = { status: "blocked", incidents: ["step"], attention: ["blocked"], cause: "cancelled" } as const;
  return { ...parkedForGood, ...stuck, error: "card declined", attributes };
}

beforeAll(() => {
  database = new OwnedDatabase(file, { owner, walBoundBytes: usualWalBoundBytes, onWal: () => {} });
  for (let from = 0; from < runCount; from += 1000) {
    const runs = Array.from({ length: 1000 }, (_, place) => from + place);
    const starts = runs.map((run) =>
      start(`run-${run}`, {
        at: run * 1000,
        row: rowOf(run),
        workflow: run % 4000 === 7 ? "rare" : "order",
      }),
    );
    expect(database.record([batchOf(starts, new Set())])).toEqual([[]]);
  }
  db = new DatabaseSync(file, { readOnly: true });
});
afterAll(() => {
  db.close();
  database.close();
  rmSync(folder, { recursive: true });
});

/** How the runs of a filter are found: each line of the plans of the statements that look for them. */
function plansOf(filter: string, newestFirst = false): { readonly plans: readonly string[]; readonly found: number } {
  const plans: string[] = [];
  const watched = new Proxy(db, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string): StatementSync => {
          for (const row of db.prepare(`explain query plan ${sql}`).all()) plans.push(String(row["detail"]));
          return db.prepare(sql);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const found = new RunList(watched).list(parseFilter(filter, now), { limit: 10, after: undefined, newestFirst });
  return { plans, found: found.length };
}

test.each<[filter: string, index: RegExp, found: number]>([
  ["id:run-7,run-9", /USING (?:COVERING )?INDEX sqlite_autoindex_runs_1 \(id=\?/, 2],
  ["status:blocked", /INDEX runs_of_status \(status=\?/, 11],
  ["-status:completed", /INDEX runs_of_status \(status=\?/, 11],
  ["-phase:ended", /INDEX runs_of_status \(status=\?/, 11],
  ["workflow:rare", /INDEX runs_of_workflow \(workflow=\? AND status=\?/, 5],
  ["workflow:rare@1 status:completed,failed", /INDEX runs_of_workflow \(workflow=\? AND status=\?/, 5],
  ["customer:c17", /INDEX run_attributes_of_value \(name=\? AND value=\?/, 4],
  ["customer:c17,c18 status:completed", /INDEX run_attributes_of_value \(name=\? AND value=\?/, 8],
  ["customer:c17 started:<2h", /INDEX run_attributes_of_value \(name=\? AND value=\?/, 1],
  ["no_such:*", /INDEX run_attributes_of_value \(name=\?/, 0],
  ["needs:attention", /INDEX runs_needing/, 11],
  ["needs:blocked status:blocked", /INDEX runs_needing/, 11],
  ["incident:step", /INDEX runs_with_incident/, 11],
  ["cause:cancelled", /INDEX runs_of_cause \(cause=\?/, 11],
  ["declined", /INDEX runs_with_error/, 11],
  ["started:<10s", /INDEX runs_started \(started_at>\?/, 9],
  ["started:>5h status:completed", /INDEX runs_started \(started_at<\?/, 11],
  ["started:<3s started:>1s", /INDEX runs_started \(started_at>\? AND started_at<\?/, 1],
  ["ended:<10s", /INDEX runs_ended \(ended_at>\?/, 10],
])("%s is found by its index", (filter, index, found) => {
  for (const newestFirst of [false, true]) {
    const seen = plansOf(filter, newestFirst);
    expect(seen.found).toBe(found);
    expect(seen.plans.join("\n")).toMatch(index);
    // `SCAN runs` without an index reads all of the table; a part of it by the runs' own numbers is a `SEARCH`.
    expect(seen.plans.filter((plan) => /^SCAN (?:runs|run_attributes)$/.test(plan))).toEqual([]);
  }
});

test.each([
  ["status:completed needs:attention", /runs_needing/],
  ["status:completed workflow:rare", /runs_of_workflow/],
  ["workflow:order customer:c17 -declined", /run_attributes_of_value/],
  ["ended:<10s status:completed", /runs_ended/],
  ["customer:* status:blocked", /runs_of_status|runs_needing/],
])("of several indexes the one with the fewest entries leads: %s", (filter, index) => {
  const { plans } = plansOf(filter);
  // The rows themselves are read behind it, by their numbers.
  const last = plans.findLast((plan) => plan.includes("INDEX") && !plan.includes("PRIMARY KEY"));
  expect(last).toMatch(index);
});

test("a page of what nearly all runs are is found without sorting them", () => {
  for (const filter of ["", "status:completed", "workflow:order", "started:>1s", "-customer:c17"]) {
    expect(plansOf(filter).plans.filter((plan) => plan.includes("TEMP B-TREE"))).toEqual([]);
  }
});

test("statements of ever new shapes are not kept for ever", () => {
  const list = new RunList(db);
  for (let count = 1; count <= 250; count++) {
    const anyOf = Array.from({ length: count }, () => 1);
    list.list({ terms: [{ field: "version", anyOf }] }, { limit: 1, after: undefined, newestFirst: false });
  }
  expect((list as unknown as { statements: Map<string, unknown> }).statements.size).toBeLessThanOrEqual(200);
});

test("what is read leaves no transaction open, also where reading fails", () => {
  const list = new RunList(db);
  const broken = { terms: [{ field: "id", anyOf: [{} as string] }] } as const;
  expect(() => list.list(broken, { limit: 1, after: undefined, newestFirst: false })).toThrow();
  expect(db.isTransaction).toBe(false);
});

/**
 * Lists of runs: the shortest way to those that a filter lets through, and their rows. All of it is read in one
 * transaction, so that a run that moves meanwhile is neither missed nor shown twice.
 */
import type { Mutable } from "../../base/mutable.ts";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { foldCase } from "../filter/fold-case.ts";
import type { RunFilter, TimeBound } from "../filter/run-filter.ts";
import type { RunRow } from "../journal.ts";
import type { Placed, Span } from "../page.ts";
import { type Condition, conditionOf, never, timeCondition } from "./filter-condition.ts";
import { type Lane, type Route, routesOf, wholeTable } from "./list-route.ts";
import { hasDetails } from "./schema.ts";

export interface PlacedRow extends Placed {
  readonly row: RunRow;
}

/** Numbers of runs, both exclusive. */
interface Range {
  readonly above: number;
  readonly below: number;
}

/** So far entries of an index are counted to find the shortest way: it takes some milliseconds. */
const mostCounted = 50_000;
/** Filters of different shapes are different statements. */
const mostStatements = 200;

export class RunList {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private isOfVersion4 = false;

  constructor(db: DatabaseSync) {
    this.db = db;
    db.function("folded", { deterministic: true }, (text) => (typeof text === "string" ? foldCase(text) : null));
  }

  /** Up to one more than the limit. */
  list(filter: RunFilter, span: Span): readonly PlacedRow[] {
    this.db.exec("begin");
    try {
      // A reader may meet a journal of an older version, and its owner may bring it up to date while it is read.
      this.isOfVersion4 ||= hasDetails(this.db);
      return this.find(filter, span).map((run) => this.rowAt(run));
    } finally {
      this.db.exec("commit");
    }
  }

  private find(filter: RunFilter, span: Span): readonly number[] {
    const conditions = (filter.terms ?? []).map((term) => conditionOf(term, this.isOfVersion4));
    if (conditions.includes(never)) return [];
    const range = this.startedWithin(filter, rangeBehind(span));
    if (!range) return [];
    const most = span.limit + 1;
    let found: readonly number[] = [];
    let left = range;
    for (const lane of this.routeTo(filter, range).lanes) {
      const added = this.runsOn(lane, conditions, left, span, most);
      found = [...found, ...added].toSorted((a, b) => (span.newestFirst ? b - a : a - b)).slice(0, most);
      const last = found.at(-1);
      // What lies behind the last one of a full page is not looked at any more.
      if (found.length === most && last !== undefined)
        left = span.newestFirst ? { ...left, above: last } : { ...left, below: last };
    }
    return found;
  }

  private runsOn(lane: Lane, conditions: readonly Condition[], range: Range, { newestFirst }: Span, most: number) {
    const { table, join, where, run } = lane;
    const checked = conditions.map(({ sql }) => ` and ${sql}`).join("");
    const sql = `select ${run} as run from ${table} ${join}
      where ${where}${run} > ? and ${run} < ?${checked} order by ${run} ${newestFirst ? "desc" : "asc"} limit ?`;
    const given = [
      ...lane.given,
      range.above,
      range.below,
      ...conditions.flatMap((condition) => condition.given),
      most,
    ];
    return this.prepared(sql)
      .all(...given)
      .map((row) => Number(row["run"]));
  }

  /** The one with the fewest entries; of ways that are too long to count, the first that needs no sorting. */
  private routeTo(filter: RunFilter, range: Range): Route {
    const routes = routesOf(filter, this.isOfVersion4);
    const [first, ...others] = routes;
    if (!first) return wholeTable;
    if (others.length === 0 && first.isInOrder) return first;
    let least = mostCounted;
    let shortest: Route | undefined;
    for (const route of routes) {
      const count = this.count(route, range, least);
      if (count >= least) continue;
      least = count;
      shortest = route;
    }
    return shortest ?? routes.find(({ isInOrder }) => isInOrder) ?? wholeTable;
  }

  /** Up to `most`. */
  private count({ lanes }: Route, { above, below }: Range, most: number): number {
    let sum = 0;
    for (const { table, where, given, run } of lanes) {
      if (sum >= most) break;
      const sql = `select count(*) as count from (select 1 from ${table} where ${where}${run} > ? and ${run} < ? limit ?)`;
      sum += Number(this.prepared(sql).get(...given, above, below, most - sum)?.["count"]);
    }
    return sum;
  }

  /**
   * Runs are numbered as they start, so that a time of starting is nearly a range of numbers: the least and the greatest
   * that the index of times knows bound whatever way is taken. `undefined`: there is none.
   */
  private startedWithin({ terms = [] }: RunFilter, range: Range): Range | undefined {
    const bounds = terms.flatMap((term): readonly TimeBound[] => {
      return term.field === "started" && !term.negated && term.anyOf.length === 1 ? term.anyOf : [];
    });
    if (bounds.length === 0 || !this.isOfVersion4) return range;
    const conditions = bounds.map((bound) => timeCondition("started_at", bound));
    const sql = `select min(run) as least, max(run) as greatest from runs indexed by runs_started
      where ${conditions.map((condition) => condition.sql).join(" and ")}`;
    const row = this.prepared(sql).get(...conditions.flatMap(({ given }) => given));
    const { least = null, greatest = null } = row ?? {};
    if (least === null || greatest === null) return undefined;
    return { above: Math.max(range.above, Number(least) - 1), below: Math.min(range.below, Number(greatest) + 1) };
  }

  private rowAt(run: number): PlacedRow {
    const row = this.prepared("select * from runs where run = ?").get(run) ?? {};
    const attributes = this.isOfVersion4
      ? this.prepared("select name, value from run_attributes where run = ? order by name").all(run)
      : [];
    return { position: run, row: rowOf(row, attributes) };
  }

  private prepared(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    if (this.statements.size >= mostStatements) this.statements.clear();
    const made = this.db.prepare(sql);
    this.statements.set(sql, made);
    return made;
  }
}

const rangeBehind = ({ after, newestFirst }: Span): Range => ({
  above: newestFirst ? 0 : (after ?? 0),
  below: newestFirst ? (after ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER,
});

type Row = Readonly<Record<string, SQLOutputValue>>;

/** Columns that a journal of an older version does not have are taken for empty ones. */
function rowOf(row: Row, attributes: readonly Row[]): RunRow {
  const number = (name: string) => ((row[name] ?? null) === null ? undefined : Number(row[name]));
  const text = (name: string) => ((row[name] ?? null) === null ? undefined : String(row[name]));
  const given: Mutable<RunRow> = {
    id: String(row["id"]),
    uid: String(row["uid"]),
    workflow: String(row["workflow"]),
    workflowVersion: Number(row["workflow_version"]),
    definition: String(row["definition"]),
    startedAt: Number(row["started_at"]),
    status: row["status"] as RunRow["status"],
    phase: row["phase"] as RunRow["phase"],
    parked: row["parked"] === 1,
  };
  const [wakeAt, endedAt, expiresAt] = [number("wake_at"), number("ended_at"), number("expires_at")];
  const [cause, error, incidents, attention] = [text("cause"), text("error"), text("incidents"), text("attention")];
  if (wakeAt !== undefined) given.wakeAt = wakeAt;
  if (endedAt !== undefined) given.endedAt = endedAt;
  if (expiresAt !== undefined) given.expiresAt = expiresAt;
  if (cause !== undefined) given.cause = cause as NonNullable<RunRow["cause"]>;
  if (error !== undefined) given.error = error;
  if (incidents !== undefined) given.incidents = JSON.parse(incidents) as NonNullable<RunRow["incidents"]>;
  if (attention !== undefined) given.attention = JSON.parse(attention) as NonNullable<RunRow["attention"]>;
  if (attributes.length > 0) {
    given.attributes = Object.fromEntries(attributes.map(({ name, value }) => [String(name), String(value)]));
  }
  return given;
}

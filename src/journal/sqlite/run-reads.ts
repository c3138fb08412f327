/** Reads of the table `runs`: which runs are active or due, and how many stand how. */
import type { DuePlace } from "../journal.ts";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Status } from "../../saga/tables.ts";
import type { Placed, Span } from "../page.ts";

/** What finds a run's transitions. `position` is its key in the table, and its place in the order of the start. */
export interface RunKey extends Placed {
  readonly id: string;
  readonly uid: string;
  readonly definition: string;
}

type Row = Record<string, SQLOutputValue>;

export class RunReads {
  private readonly db: DatabaseSync;
  /** By their text, of which there are few: columns and directions come from this file alone. */
  private readonly statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  find(id: string): RunKey | undefined {
    const row = this.prepared("select run, id, uid, definition from runs where id = ?").get(id);
    return row && keyOf(row);
  }

  active(span: Span): readonly RunKey[] {
    const [behind, order, position] = direction(span);
    const sql = `select run, id, uid, definition from runs
      where parked = 0 and phase <> 'ended' and run ${behind} order by run ${order} limit ?`;
    return this.prepared(sql)
      .all(position, span.limit + 1)
      .map(keyOf);
  }

  due(until: number, limit: number, after?: DuePlace): readonly (RunKey & { readonly wakeAt: number })[] {
    const behind = "and (wake_at, run) > (?, coalesce((select run from runs where id = ?), 0))";
    const sql = `select run, id, uid, definition, wake_at from runs
      where parked = 1 and wake_at is not null and wake_at <= ? ${after ? behind : ""} order by wake_at, run limit ?`;
    const rows = after
      ? this.prepared(sql).all(until, after.wakeAt, after.id, limit)
      : this.prepared(sql).all(until, limit);
    return rows.map((row) => ({ ...keyOf(row), wakeAt: Number(row["wake_at"]) }));
  }

  nextDue(after?: number): number | undefined {
    const behind = after === undefined ? "wake_at is not null" : "wake_at > ?";
    const sql = `select wake_at from runs where parked = 1 and wake_at is not null and ${behind} order by wake_at, run limit 1`;
    const row = after === undefined ? this.prepared(sql).get() : this.prepared(sql).get(after);
    return row && Number(row["wake_at"]);
  }

  nextExpiry(): number | undefined {
    const sql = "select expires_at from runs where expires_at is not null order by expires_at, run limit 1";
    const row = this.prepared(sql).get();
    return row && Number(row["expires_at"]);
  }

  counts(): Partial<Record<Status, number>> {
    const rows = this.prepared("select status, count(*) as count from runs group by status").all();
    return Object.fromEntries(rows.map((row) => [String(row["status"]), Number(row["count"])]));
  }

  private prepared(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const made = this.db.prepare(sql);
    this.statements.set(sql, made);
    return made;
  }
}

function direction({ after, newestFirst }: Span): readonly [behind: string, order: string, position: number] {
  return newestFirst ? ["< ?", "desc", after ?? Number.MAX_SAFE_INTEGER] : ["> ?", "asc", after ?? 0];
}

const keyOf = (row: Row): RunKey => ({
  position: Number(row["run"]),
  id: String(row["id"]),
  uid: String(row["uid"]),
  definition: String(row["definition"]),
});

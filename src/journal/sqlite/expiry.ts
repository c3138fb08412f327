/**
 * Deletes runs whose time is over, with their transitions and the payloads that no other run refers to. Definitions stay:
 * they are few, and it is by them that a workflow is found by its name. Freed pages are used again by what is recorded next.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A run's key in the tables. */
type RunNumber = number;

/** So that one transaction stays short; a run is deleted whole, however many transitions it has. */
const mostTransitions = 2000;

export class Expiry {
  private readonly due: StatementSync;
  private readonly childrenOf: StatementSync;
  private readonly deletions: readonly StatementSync[];
  private readonly payloadsOf: StatementSync;
  private readonly deletePayload: StatementSync;

  constructor(db: DatabaseSync) {
    this.due = db.prepare(
      `select run, (select count(*) from journal where journal.run = runs.run) as transitions from runs
       where expires_at is not null and expires_at <= ? order by expires_at, run limit ?`,
    );
    // A child's id is its parent's with a point behind it; a slash comes after the point.
    this.childrenOf = db.prepare(
      "select child.run from runs root join runs child on child.id > root.id || '.' and child.id < root.id || '/' where root.run = ?",
    );
    this.payloadsOf = db.prepare("select hash from payload_uses where run = ?");
    this.deletePayload = db.prepare(
      "delete from payloads where hash = ?1 and not exists (select 1 from payload_uses where hash = ?1)",
    );
    this.deletions = ["journal", "runs", "payload_uses", "run_attributes"].map((table) =>
      db.prepare(`delete from ${table} where run = ?`),
    );
  }

  /** Those whose time was over first; fewer than the limit where they are long. */
  expiredAt(now: number, limit: number): readonly RunNumber[] {
    const expired: RunNumber[] = [];
    let transitions = 0;
    for (const row of this.due.iterate(now, limit)) {
      if (transitions >= mostTransitions) break;
      transitions += Number(row["transitions"]);
      expired.push(Number(row["run"]));
    }
    return expired;
  }

  /** With their children (semantics.md, C14). Inside a transaction. */
  delete(expired: readonly RunNumber[]): void {
    for (const root of expired) {
      const children = this.childrenOf.all(root).map(({ run }) => Number(run));
      this.deleteAll([root, ...children]);
    }
  }

  private deleteAll(runs: readonly RunNumber[]): void {
    for (const run of runs) {
      const payloads = this.payloadsOf.all(run);
      for (const deletion of this.deletions) deletion.run(run);
      for (const { hash = null } of payloads) this.deletePayload.run(hash);
    }
  }
}

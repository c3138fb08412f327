/**
 * Everything that is read of a journal, over one connection: the owner's on its thread, or a reader's. Each answer is
 * read to its end, so that no snapshot stays open behind it and holds back the WAL.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Status } from "../../saga/tables.ts";
import type { DuePlace, RunFilter } from "../journal.ts";
import type { Span } from "../page.ts";
import { type PlacedRow, RunList } from "./run-list.ts";
import { type RunKey, RunReads } from "./run-reads.ts";
import { redeem } from "./claim-check.ts";
import { hasPayloads } from "./schema.ts";
import type { StoredContract, StoredRun, StoredTransition } from "./stored.ts";

export class JournalReads {
  private readonly runs: RunReads;
  private readonly lists: RunList;
  private readonly whole: StatementSync;
  private readonly part: StatementSync;
  private readonly byHash: StatementSync;
  private readonly byName: StatementSync;
  private readonly db: DatabaseSync;
  private sinceVersion2: { readonly payload: StatementSync; readonly declared: StatementSync } | undefined;

  constructor(db: DatabaseSync) {
    this.db = db;
    this.runs = new RunReads(db);
    this.lists = new RunList(db);
    this.whole = db.prepare("select version, at, events from journal where run = ? order by version");
    // The first row is the last that begins at or before event `from`: versions count the events before.
    this.part = db.prepare(
      `select version, at, events from journal where run = ?1
         and version >= (select max(version) from journal where run = ?1 and version < ?2)
       order by version limit ?3`,
    );
    this.byHash = db.prepare("select definition from definitions where hash = ?");
    this.byName = db.prepare(
      `select definition from definitions where name = ?1 and version = coalesce(?2, version)
       order by version desc, recorded desc limit 1`,
    );
  }

  load(id: string): StoredRun | undefined {
    const key = this.runs.find(id);
    return key && this.withTransitions(key);
  }

  active(span: Span): readonly StoredRun[] {
    return this.runs.active(span).map((key) => this.withTransitions(key));
  }

  due(until: number, limit: number, after?: DuePlace): readonly (StoredRun & { readonly wakeAt: number })[] {
    return this.runs.due(until, limit, after).map(({ wakeAt, ...key }) => ({ ...this.withTransitions(key), wakeAt }));
  }

  nextDue(after?: number): number | undefined {
    return this.runs.nextDue(after);
  }

  nextExpiry(): number | undefined {
    return this.runs.nextExpiry();
  }

  list(filter: RunFilter, span: Span): readonly PlacedRow[] {
    return this.lists.list(filter, span);
  }

  counts(): Partial<Record<Status, number>> {
    return this.runs.counts();
  }

  transitions(id: string, from: number, limit: number): readonly StoredTransition[] | undefined {
    const key = this.runs.find(id);
    return key && this.part.all(key.position, Math.max(from, 1), limit).map(this.transitionOf);
  }

  definition(hash: string): string | undefined {
    return textOf(this.byHash.get(hash));
  }

  definitionNamed(name: string, version: number | undefined): string | undefined {
    return textOf(this.byName.get(name, version ?? null));
  }

  contracts(): readonly StoredContract[] {
    const rows = this.version2()?.declared.all() ?? [];
    return rows.map((row) => ({ type: String(row["type"]), contract: String(row["contract"]) }));
  }

  /** A reader may meet a journal of version 1, and its owner may bring it up to date while it is read. */
  private version2() {
    if (this.sinceVersion2 || !hasPayloads(this.db)) return this.sinceVersion2;
    this.sinceVersion2 = {
      payload: this.db.prepare("select payload from payloads where hash = ?"),
      declared: this.db.prepare("select type, contract from contracts order by type"),
    };
    return this.sinceVersion2;
  }

  private withTransitions(key: RunKey): StoredRun {
    return { ...key, transitions: this.whole.all(key.position).map(this.transitionOf) };
  }

  private readonly transitionOf = (row: Record<string, SQLOutputValue>): StoredTransition => ({
    version: Number(row["version"]),
    at: Number(row["at"]),
    events: redeem(String(row["events"]), (hash) => {
      const found = this.version2()?.payload.get(hash)?.["payload"];
      return found === undefined ? undefined : String(found);
    }),
  });
}

const textOf = (row: Record<string, SQLOutputValue> | undefined): string | undefined =>
  row && String(row["definition"]);

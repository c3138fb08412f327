/**
 * Reads a journal from another process while its owner runs, or while there is none. It can change nothing, holds no
 * lock, and sees everything that was committed before each call.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { ClewError } from "../../base/errors.ts";
import { closedError, failedError } from "../journal-errors.ts";
import { connectReader } from "./connection.ts";
import { DecodedReads, type ReadVerb } from "./decoded-reads.ts";
import { JournalReads } from "./journal-reads.ts";
import type { Verbs } from "./message.ts";
import { readOwner } from "./owner.ts";
import type { OwnerInfo } from "./owner-info.ts";
import { identify } from "./schema.ts";

export class SqliteReader extends DecodedReads {
  private readonly db: DatabaseSync;
  private readonly reads: JournalReads;

  private constructor(db: DatabaseSync) {
    super();
    this.db = db;
    this.reads = new JournalReads(db);
  }

  /** Throws `journal_missing`; `journal_newer`; `file_unreadable`; `invalid_argument` for a file that is something else. */
  static async open(file: string): Promise<SqliteReader> {
    const path = resolve(file);
    if (!existsSync(path)) throw missing(path);
    let db: DatabaseSync | undefined;
    try {
      db = connectReader(path);
      if (identify(db, path) === "empty") throw missing(path);
      return new SqliteReader(db);
    } catch (error) {
      db?.close();
      throw error instanceof ClewError ? error : unreadable(path, error);
    }
  }

  /** Who took the journal last and has not closed it. It may have been killed since: then its socket refuses. */
  async owner(): Promise<OwnerInfo | undefined> {
    return this.attempt("owner", () => readOwner(this.db));
  }

  async close(): Promise<void> {
    if (this.db.isOpen) this.db.close();
  }

  protected async ask<V extends ReadVerb>(verb: V, ...given: Parameters<Verbs[V]>): Promise<ReturnType<Verbs[V]>> {
    const reads: Pick<Verbs, ReadVerb> = this.reads;
    const read = reads[verb] as (...given: Parameters<Verbs[V]>) => ReturnType<Verbs[V]>;
    return this.attempt(verb, () => read.apply(reads, given));
  }

  private attempt<T>(what: string, read: () => T): T {
    if (!this.db.isOpen) throw closedError("the journal's reader");
    try {
      return read();
    } catch (error) {
      throw failedError("the journal's reader", `read ${what}`, error);
    }
  }
}

const missing = (path: string) =>
  new ClewError("journal_missing", `there is no journal at ${path}`, {
    mend: "Name another file with --journal, or start a run: that makes the journal.",
  });

const unreadable = (path: string, cause: unknown) =>
  new ClewError("file_unreadable", `cannot read the journal ${path}: ${(cause as Error).message}`, {
    mend: "Read it as the user who owns it, in a folder that this user may write to.",
    cause,
  });

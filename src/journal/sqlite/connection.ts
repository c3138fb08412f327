/**
 * Opens SQLite for a journal and proves that it keeps what is promised: settings are set and read back, and anything
 * else is refused, because a journal that does not flush looks exactly like one that does.
 */
import { DatabaseSync, type DatabaseSyncOptions, type SQLOutputValue } from "node:sqlite";
import { ClewError } from "../../base/errors.ts";
import { pageBytes, usualWalBoundBytes, type WalMarks, walMarksOf } from "./wal-marks.ts";

/** Older ones could corrupt a WAL database. */
const oldestSqlite = [3, 51, 3] as const;
/** How long a foreign program may hold the write lock, or a closing one the whole file, before a call fails. */
export const foreignLockMs = 5000;
const cacheKibibytes = 32 * 1024;

const strict: DatabaseSyncOptions = {
  enableDoubleQuotedStringLiterals: false,
  allowExtension: false,
  defensive: true,
  timeout: foreignLockMs,
};

/** The one connection that writes and checkpoints, once it has been made durable. Changes nothing in the file yet. */
export function connectWriter(file: string): DatabaseSync {
  requireVersion(file, process.versions.sqlite);
  return new DatabaseSync(file, strict);
}

export function makeDurable(db: DatabaseSync, file: string, wal: WalMarks = walMarksOf(usualWalBoundBytes)): void {
  db.exec(`
    pragma page_size = ${pageBytes};
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma fullfsync = on;
    pragma trusted_schema = off;
    pragma cell_size_check = on;
    pragma wal_autocheckpoint = ${wal.checkpointPages};
    pragma journal_size_limit = ${wal.keptBytes};
    pragma cache_size = -${cacheKibibytes};
  `);
  requireDurable(db, file);
}

/** For lists beside a running owner: can change nothing. */
export function connectReader(file: string): DatabaseSync {
  requireVersion(file, process.versions.sqlite);
  const db = new DatabaseSync(file, { ...strict, readOnly: true });
  db.exec("pragma trusted_schema = off; pragma query_only = on;");
  return db;
}

export function requireVersion(file: string, version: string | undefined): void {
  const given = (version ?? "0").split(".").map(Number);
  const place = oldestSqlite.findIndex((least, index) => (given[index] ?? 0) !== least);
  if (place === -1 || (given[place] ?? 0) > (oldestSqlite[place] ?? 0)) return;
  throw new ClewError("journal_unsafe", `cannot open the journal ${file} with SQLite ${version}`, {
    mend: `Use a Node that brings SQLite ${oldestSqlite.join(".")} or newer: older ones can damage a journal.`,
  });
}

/** Reads back what decides whether an answered commit survives a loss of power. */
export function requireDurable(db: DatabaseSync, file: string): void {
  const settings = { journal_mode: pragma(db, "journal_mode"), synchronous: pragma(db, "synchronous") };
  if (settings.journal_mode === "wal" && settings.synchronous === 2) return;
  throw new ClewError("journal_unsafe", `the journal ${file} does not keep its settings: ${JSON.stringify(settings)}`, {
    mend: "It needs journal_mode wal and synchronous full (2). Put it on a local disk that this user may write to.",
  });
}

export function pragma(db: DatabaseSync, name: string): SQLOutputValue | undefined {
  return Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0];
}

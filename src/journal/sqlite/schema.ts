/**
 * The tables of a journal in SQLite. One row of `journal` is one transition, and its key is the compare-and-set: two
 * transitions cannot leave the same version of the same run.
 *
 * `journal` keeps its hidden rowid: rows are then appended in the order of commits, and only the small key is sorted
 * in. Stored in the order of the key (`without rowid`), a batch over 1,000 runs would touch nearly as many pages: it
 * wrote 2.7 times the bytes and cost half as much again (measured).
 */
import type { DatabaseSync } from "node:sqlite";
import { ClewError } from "../../base/errors.ts";
import { pragma } from "./connection.ts";

/** Says in the file's header that it is a journal: "Clew". */
const applicationId = 0x436c6577;
/** Counts up with every change of the tables; in the header as `user_version`. */
const schemaVersion = 4;

const sqliteNotADatabase = 26;

/** Since version 2. */
const payloadsAndContracts = `
  create table contracts (
    type text primary key,
    contract text not null
  ) strict, without rowid;

  create table payloads (
    hash text primary key,
    payload text not null
  ) strict;
`;

/**
 * Since version 3. Which run uses which payload is a table of its own: a count in the payload's row would write the
 * payload anew with each use. Until then nothing was ever deleted, and every workflow had the retention of 30 days.
 */
const retention = `
  alter table runs add column expires_at integer;
  update runs set expires_at = ended_at + 30 * 86400000 where phase = 'ended';
  create index runs_expiring on runs (expires_at, run) where expires_at is not null;

  create table payload_uses (
    run integer not null,
    hash text not null,
    primary key (run, hash)
  ) strict, without rowid;
  create index payload_uses_of_hash on payload_uses (hash);
  insert into payload_uses (run, hash)
    select distinct journal.run, ref.value
    from journal, json_each(journal.events) as event, json_each(event.value, '$.payloadRefs') as ref
    where instr(journal.events, '"payloadRefs":') > 0 and exists (select 1 from payloads);
`;

/**
 * Since version 4: what lists show and filters search besides. Lists are JSON. What a run had of it before is unknown but
 * for this: whoever was blocked needs attention.
 *
 * Most runs have no incident, no cause and need nothing: such columns are indexed where they hold something, so that
 * an operator's lists cost nothing to the others.
 */
const details = `
  alter table runs add column cause text;
  alter table runs add column error text;
  alter table runs add column incidents text;
  alter table runs add column attention text;
  update runs set attention = '["blocked"]' where status = 'blocked';
  create index runs_started on runs (started_at, run);
  create index runs_ended on runs (ended_at, run) where ended_at is not null;
  create index runs_needing on runs (run) where attention is not null;
  create index runs_with_incident on runs (run) where incidents is not null;
  create index runs_with_error on runs (run) where error is not null;
  create index runs_of_cause on runs (cause, run) where cause is not null;

  create table run_attributes (
    run integer not null,
    name text not null,
    value text not null,
    primary key (run, name)
  ) strict, without rowid;
  create index run_attributes_of_value on run_attributes (name, value, run);
`;

const tables = `
  create table owner (
    one integer primary key check (one = 1),
    epoch integer not null,
    pid integer,
    host text,
    since integer,
    socket text
  ) strict;

  create table runs (
    run integer primary key,
    id text not null unique,
    uid text not null,
    workflow text not null,
    workflow_version integer not null,
    definition text not null,
    started_at integer not null,
    status text not null,
    phase text not null,
    parked integer not null,
    wake_at integer,
    ended_at integer
  ) strict;
  create index runs_of_status on runs (status, run);
  create index runs_of_workflow on runs (workflow, status, run);
  create index runs_active on runs (run) where parked = 0 and phase <> 'ended';
  create index runs_due on runs (wake_at, run) where parked = 1 and wake_at is not null;

  create table journal (
    run integer not null,
    version integer not null,
    at integer not null,
    events text not null,
    primary key (run, version)
  ) strict;

  create table definitions (
    recorded integer primary key,
    hash text not null unique,
    name text not null,
    version integer not null,
    definition text not null
  ) strict;
  create index definitions_named on definitions (name, version, recorded);
`;

/** What a file holds: nothing yet, or a journal that this code can read. Throws for everything else. */
export function identify(db: DatabaseSync, file: string): "empty" | "journal" {
  if (isEmpty(db, file)) return "empty";
  if (pragma(db, "application_id") !== applicationId) throw foreignFile(file, "it holds another program's tables");
  const version = Number(pragma(db, "user_version"));
  if (version <= schemaVersion) return "journal";
  throw new ClewError("journal_newer", `the journal ${file} has tables of version ${version}`, {
    mend: `This Clew reads versions up to ${schemaVersion}: use the newer Clew that wrote it.`,
  });
}

/** Whole or not at all: the header's numbers are part of the transaction. */
export function createTables(db: DatabaseSync): void {
  db.exec(`
    begin immediate;
    ${tables}
    ${payloadsAndContracts}
    ${retention}
    ${details}
    pragma application_id = ${applicationId};
    pragma user_version = ${schemaVersion};
    commit;
  `);
}

/** Brings the tables of an older journal up to what this code writes; by its owner only. */
export function upgradeTables(db: DatabaseSync): void {
  const version = Number(pragma(db, "user_version"));
  if (version >= schemaVersion) return;
  db.exec(`
    begin immediate;
    ${version < 2 ? payloadsAndContracts : ""}
    ${version < 3 ? retention : ""}
    ${details}
    pragma user_version = ${schemaVersion};
    commit;
  `);
}

/** A reader may meet a journal that no newer owner has opened yet. */
export const hasPayloads = (db: DatabaseSync): boolean => Number(pragma(db, "user_version")) >= 2;
export const hasDetails = (db: DatabaseSync): boolean => Number(pragma(db, "user_version")) >= 4;

function isEmpty(db: DatabaseSync, file: string): boolean {
  try {
    return db.prepare("select 1 from sqlite_schema limit 1").get() === undefined;
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== sqliteNotADatabase) throw error;
    throw foreignFile(file, "it is no SQLite database", error);
  }
}

function foreignFile(file: string, reason: string, cause?: unknown): ClewError {
  return new ClewError("invalid_argument", `${file} is not a journal: ${reason}`, {
    mend: "Name a journal, or a file that does not exist yet.",
    cause,
  });
}

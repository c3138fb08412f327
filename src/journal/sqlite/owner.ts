/**
 * Who owns a journal. Two guards, each enough by itself:
 *
 * - **the lock**: `BEGIN EXCLUSIVE`, held on a small database beside the journal. The operating system frees it when
 *   the process ends, however it ends; it cannot lie in the journal itself, where readers are welcome;
 * - **the epoch**: counted up by each new owner and compared in every transaction, so that a process that has lost
 *   the lock in a way nobody thought of still writes nothing (semantics.md, I19).
 *
 * The row of `owner` is only for people and for finding the owner's socket: after a kill it names the dead.
 */
import { DatabaseSync } from "node:sqlite";
import type { OwnerInfo } from "./owner-info.ts";
import { makePrivateFile } from "./private-file.ts";

const sqliteBusy = 5;

export class OwnerLock {
  private readonly db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.db = db;
  }

  /** Gives `undefined` at once where somebody holds it, in this process or another. */
  static take(journal: string): OwnerLock | undefined {
    const db = new DatabaseSync(makePrivateFile(`${journal}.owner`), { timeout: 0 });
    try {
      db.exec("begin exclusive");
      return new OwnerLock(db);
    } catch (error) {
      db.close();
      if (((error as { errcode?: number }).errcode ?? 0) % 256 === sqliteBusy) return undefined;
      throw error;
    }
  }

  /** Idempotent. */
  release(): void {
    if (this.db.isOpen) this.db.close();
  }
}

/** Takes the journal over, and gives the epoch that is now the owner's. */
export function beginEpoch(db: DatabaseSync, owner: OwnerInfo): number {
  const row = db
    .prepare(
      `insert into owner (one, epoch, pid, host, since, socket) values (1, 1, ?, ?, ?, ?)
       on conflict (one) do update set epoch = epoch + 1,
         pid = excluded.pid, host = excluded.host, since = excluded.since, socket = excluded.socket
       returning epoch`,
    )
    .get(owner.pid, owner.host, owner.since, owner.socket ?? null);
  return Number(row?.["epoch"]);
}

export function tellSocket(db: DatabaseSync, epoch: number, socket: string | undefined): void {
  db.prepare("update owner set socket = ? where epoch = ?").run(socket ?? null, epoch);
}

export function endEpoch(db: DatabaseSync, epoch: number): void {
  db.prepare("update owner set pid = null, host = null, since = null, socket = null where epoch = ?").run(epoch);
}

/** Whoever took the journal last and has not closed it; it may have been killed since. */
export function readOwner(db: DatabaseSync): OwnerInfo | undefined {
  const row = db.prepare("select pid, host, since, socket from owner where pid is not null").get();
  if (!row) return undefined;
  const owner = { pid: Number(row["pid"]), host: String(row["host"]), since: Number(row["since"]) };
  return row["socket"] === null ? owner : { ...owner, socket: String(row["socket"]) };
}

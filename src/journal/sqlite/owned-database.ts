/** A journal's database in the hands of its owner: opened safely, written by one writer, given back at the end. */
import type { DatabaseSync } from "node:sqlite";
import type { Expired } from "../journal.ts";
import type { Batch, Refusals } from "./batch.ts";
import { connectWriter, makeDurable } from "./connection.ts";
import { JournalReads } from "./journal-reads.ts";
import { Expiry } from "./expiry.ts";
import { beginEpoch, endEpoch, tellSocket } from "./owner.ts";
import type { OwnerInfo } from "./owner-info.ts";
import { createTables, identify, upgradeTables } from "./schema.ts";
import { Wal, type WalStanding } from "./wal.ts";
import { walBytesAtMost, walMarksOf } from "./wal-marks.ts";
import { Writer } from "./writer.ts";

export interface Ownership {
  readonly owner: OwnerInfo;
  readonly walBoundBytes: number;
  /** Called with each change of how the WAL stands. */
  readonly onWal: (standing: WalStanding) => void;
}

export class OwnedDatabase {
  readonly reads: JournalReads;
  /** What one flush may add to the WAL. */
  readonly flushUpToBytes: number;
  private readonly db: DatabaseSync;
  private readonly epoch: number;
  private readonly writer: Writer;
  private readonly wal: Wal;
  private readonly expiry: Expiry;

  /** The caller holds the owner's lock. Nothing is changed in a file that turns out not to be a journal. */
  constructor(file: string, { owner, walBoundBytes, onWal }: Ownership) {
    const marks = walMarksOf(walBoundBytes);
    this.flushUpToBytes = marks.flushUpTo;
    this.db = connectWriter(file);
    const found = identify(this.db, file);
    makeDurable(this.db, file, marks);
    if (found === "empty") createTables(this.db);
    else upgradeTables(this.db);
    this.epoch = beginEpoch(this.db, owner);
    this.reads = new JournalReads(this.db);
    this.writer = new Writer(this.db, this.epoch);
    this.expiry = new Expiry(this.db);
    this.wal = new Wal(this.db, file, marks, onWal);
  }

  /** All batches in one transaction, flushed when this returns; the refusals of each. */
  record(batches: readonly Batch[]): readonly Refusals[] {
    this.wal.awaitRoomFor(batches.reduce((sum, batch) => sum + walBytesAtMost(batch), 0));
    const refusals = this.writer.transaction(() => batches.map((batch) => this.writer.record(batch)));
    this.wal.look();
    return refusals;
  }

  declare(contracts: readonly (readonly [type: string, contract: string])[]): void {
    this.writer.transaction(() => this.writer.declare(contracts));
  }

  /** The WAL's room is kept for commits while it is short. */
  expire(now: number, limit: number): Expired {
    const begunAt = performance.now();
    const expired = this.wal.isFree ? this.expiry.expiredAt(now, limit) : [];
    if (expired.length > 0) {
      this.writer.transaction(() => this.expiry.delete(expired));
      this.wal.look();
    }
    return { runs: expired.length, tookMs: performance.now() - begunAt, nextAt: this.reads.nextExpiry() };
  }

  /** Asked now and then while the WAL is too long. */
  tryToEmptyWal(): void {
    this.wal.look();
  }

  tellSocket(socket: string | undefined): void {
    tellSocket(this.db, this.epoch, socket);
  }

  giveBack(): void {
    endEpoch(this.db, this.epoch);
    this.close();
  }

  /** Without a further write: what was under way is rolled back. */
  close(): void {
    this.db.close();
  }
}

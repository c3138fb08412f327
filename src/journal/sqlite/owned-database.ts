/** A journal's database in the hands of its owner: opened safely, written by one writer, given back at the end. */
import type { DatabaseSync } from "node:sqlite";
import type { Batch, Refusals } from "./batch.ts";
import { connectWriter, makeDurable } from "./connection.ts";
import { JournalReads } from "./journal-reads.ts";
import { beginEpoch, endEpoch, tellSocket } from "./owner.ts";
import type { OwnerInfo } from "./owner-info.ts";
import { createTables, identify, upgradeTables } from "./schema.ts";
import { Writer } from "./writer.ts";

export class OwnedDatabase {
  readonly reads: JournalReads;
  private readonly db: DatabaseSync;
  private readonly epoch: number;
  private readonly writer: Writer;

  /** The caller holds the owner's lock. Nothing is changed in a file that turns out not to be a journal. */
  constructor(file: string, owner: OwnerInfo) {
    this.db = connectWriter(file);
    const found = identify(this.db, file);
    makeDurable(this.db, file);
    if (found === "empty") createTables(this.db);
    else upgradeTables(this.db);
    this.epoch = beginEpoch(this.db, owner);
    this.reads = new JournalReads(this.db);
    this.writer = new Writer(this.db, this.epoch);
  }

  /** All batches in one transaction, flushed when this returns; the refusals of each. */
  record(batches: readonly Batch[]): readonly Refusals[] {
    return this.writer.transaction(() => batches.map((batch) => this.writer.record(batch)));
  }

  declare(contracts: readonly (readonly [type: string, contract: string])[]): void {
    this.writer.transaction(() => this.writer.declare(contracts));
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

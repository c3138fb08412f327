/** Where tests keep journals in SQLite. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SystemClock } from "../base/system.ts";
import { SqliteJournal } from "../journal/sqlite/sqlite-journal.ts";
import { SqliteReader } from "../journal/sqlite/sqlite-reader.ts";

/** A folder of its own, and whatever was opened in it. */
export class SqlitePlace {
  readonly folder = mkdtempSync(join(tmpdir(), "clew-journal-"));
  readonly file = join(this.folder, "data", "journal.db");
  private readonly opened: { close(): Promise<void> }[] = [];

  async open(file = this.file): Promise<SqliteJournal> {
    return this.keep(await SqliteJournal.open({ file, clock: new SystemClock() }));
  }

  async read(file = this.file): Promise<SqliteReader> {
    return this.keep(await SqliteReader.open(file));
  }

  /** What another program would do to the file. */
  meddle(sql: string): void {
    const db = new DatabaseSync(this.file);
    db.exec(sql);
    db.close();
  }

  payloadCount(): number {
    const db = new DatabaseSync(this.file, { readOnly: true });
    const [row] = db.prepare("select count(*) as count from payloads").all();
    db.close();
    return Number(row?.["count"]);
  }

  async dispose(): Promise<void> {
    for (const opened of this.opened) await opened.close();
    rmSync(this.folder, { recursive: true });
  }

  private keep<T extends { close(): Promise<void> }>(opened: T): T {
    this.opened.push(opened);
    return opened;
  }
}

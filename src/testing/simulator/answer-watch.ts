/** What callers are told: nothing that a crash could take back (I1, C23). */
import type { Run } from "../../saga/run.ts";
import type { PlannedRun } from "./generate-world.ts";
import type { Book } from "./oracle.ts";

export class AnswerWatch {
  private readonly book: Book;
  /** Runs of which a caller was told that he started them. */
  private readonly created = new Set<string>();

  constructor(book: Book) {
    this.book = book;
  }

  started({ id }: PlannedRun, existed: boolean): void {
    if (!this.book.byId(id)) this.book.violate(`I1: the start of ${id} was answered, and it is not in the journal`);
    if (existed) return;
    if (this.created.has(id)) this.book.violate(`I1: two callers were told that they started ${id}`);
    this.created.add(id);
  }

  /** Something was accepted that had to be refused. */
  accepted(what: string): void {
    this.book.violate(what);
  }

  /** Somebody was shown a run. */
  looked(run: Run): void {
    const kept = this.book.byUid(run.uid);
    const durable = kept?.events.length ?? 0;
    if (run.version > durable)
      this.book.violate(`I1: ${run.id} was shown at version ${run.version}, and ${durable} is durable`);
    else if (run.version === durable)
      for (const { message } of kept?.compare(run) ?? []) this.book.violate(`I14: ${run.id}: ${message}`);
  }
}

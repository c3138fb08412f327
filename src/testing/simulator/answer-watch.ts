/** What callers and operators are told: nothing that a crash could take back (I1, C23, semantics.md, 7). */
import type { SagaEventType } from "../../saga/event.ts";
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

  /** A start that had to be refused. */
  startedWrongly(what: string): void {
    this.book.violate(what);
  }

  /** An operator was told that his word is recorded, and that the run then stood at this version. */
  verb(id: string, type: SagaEventType, changed: boolean, version: number, expected: number | undefined): void {
    const kept = this.book.byId(id);
    if (!kept) return this.book.violate(`I1: ${type} of ${id} was answered, and the run is not in the journal`);
    if (kept.events.length < version) this.book.violate(`I1: ${type} of ${id} was answered before it was durable`);
    if (!changed) return;
    const event = kept.events.findIndex((one) => one.type === type);
    if (event < 0) this.book.violate(`I1: ${type} of ${id} was answered, and is not recorded`);
    // What the bus gave back is recorded before an abandon, in the same transition.
    const before = kept.events.slice(expected, event).filter((one) => one.type !== "AttemptWithdrawn");
    if (expected !== undefined && before.length > 0)
      this.book.violate(
        `semantics.md, 7: ${type} of ${id} was to be at version ${expected}, and is event ${event + 1}`,
      );
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

/** What callers and operators are told: nothing that a crash could take back (I1, C23, semantics.md, 7). */
import type { OperatorVerb } from "../../orchestrator/orchestrator-options.ts";
import type { SagaEventType } from "../../saga/event.ts";
import type { Run } from "../../saga/run.ts";
import type { PlannedRun } from "./generate-world.ts";
import type { Book } from "./oracle.ts";

export class AnswerWatch {
  private readonly book: Book;
  /** Runs of which a caller was told that he started them. */
  private readonly created = new Set<string>();
  /** Runs with the versions at which an operator was told that he had his way. */
  private readonly words = new Set<string>();

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

  /** An operator was told that his word is recorded, and that the run then stood at this version. */
  verb(id: string, { type }: OperatorVerb, changed: boolean, version: number, expected: number | undefined): void {
    const kept = this.book.byId(id);
    if (!kept) return this.book.violate(`I1: ${type} of ${id} was answered, and the run is not in the journal`);
    if (kept.events.length < version) this.book.violate(`I1: ${type} of ${id} was answered before it was durable`);
    if (!changed) return;
    const from = kept.transitions.get(version);
    const events = kept.events.slice(from, version);
    if (from === undefined || !events.some((event) => eventsOf[type].includes(event.type)))
      return this.book.violate(`I1: ${type} of ${id} was answered, and is not recorded`);
    if (expected !== undefined && from !== expected)
      this.book.violate(`semantics.md, 7: ${type} of ${id} was to be at version ${expected}, and came after ${from}`);
    const word = `${id} ${version}`;
    if (this.words.has(word)) this.book.violate(`semantics.md, 7: two were told that they did what made ${word}`);
    this.words.add(word);
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

/** What is recorded of a verb. */
const eventsOf: Readonly<Record<OperatorVerb["type"], readonly SagaEventType[]>> = {
  cancel: ["CancelRequested"],
  abandon: ["RunAbandoned"],
  suspend: ["RunSuspended"],
  resume: ["RunResumed"],
  rerun: ["RunRerun"],
  signal: ["SignalReceived"],
  retry: ["StepRetried", "CompensationRetried"],
  resolve: ["StepResolved", "CompensationResolved"],
  skip: ["StepSkipped", "CompensationSkipped", "EffectAccepted"],
};

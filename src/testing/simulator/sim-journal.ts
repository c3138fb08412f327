/**
 * The journal of a simulated process: the model in memory over a disk that outlives it. Each call takes its time on the
 * way there and on the way back, so that a crash can fall between any two; a commit can be slow, can fail, and can be
 * recorded with its answer lost.
 */
import { failedError } from "../../journal/journal-errors.ts";
import type { DuePlace, Journal, Page, Recorded, Recording, RunFilter } from "../../journal/journal.ts";
import { type MemoryDisk, MemoryJournal } from "../../journal/memory/memory-journal.ts";
import type { Catalogue } from "../../definition/catalogue.ts";
import type { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";
import type { Scheduler } from "./scheduler.ts";

export interface SimJournalOptions {
  readonly disk: MemoryDisk;
  readonly life: Life;
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly faults: Faults;
  /** Called with what became durable, before anybody is told. */
  readonly onRecorded: (batch: readonly Recording[], outcomes: readonly Recorded[]) => void;
  /** Called when a batch of a process that is no more was recorded. */
  readonly onRecordedByTheDead: () => void;
}

/** Pages are short, so that a few runs take several. */
const shortPage = 3;

export class SimJournal implements Journal {
  private readonly options: SimJournalOptions;
  private readonly inner: MemoryJournal;
  /** Calls are served in their order. */
  private tail: Promise<unknown> = Promise.resolve();
  /** Batches that were handed over and are not recorded: what a crash now would lose. */
  uncommitted = 0;

  constructor(options: SimJournalOptions) {
    this.options = options;
    this.inner = new MemoryJournal(options.disk);
  }

  commit(batch: readonly Recording[]): Promise<readonly Recorded[]> {
    const { life, faults } = this.options;
    // Also if the process dies at this very call: then the batch is lost.
    this.uncommitted++;
    return life.call(() => {
      const others = this.uncommitted > 1;
      return this.inOrder(
        "commit",
        () => this.commitNow(batch),
        () => {
          if (!faults.happens("commit slow")) return this.options.dice.roll(5);
          if (others || batch.length > 1) faults.count("commit slow");
          return this.options.dice.between(100, 20_000);
        },
      );
    });
  }

  private async commitNow(batch: readonly Recording[]): Promise<readonly Recorded[]> {
    const { faults, life, onRecorded } = this.options;
    if (life.isOver) return this.commitOfTheDead(batch);
    this.uncommitted--;
    if (faults.happens("commit failed")) {
      faults.count("commit failed");
      throw failedError("the journal", "recorded a batch", "the disk failed");
    }
    const outcomes = await this.inner.commit(batch);
    onRecorded(batch, outcomes);
    if (faults.happens("commit repeated")) {
      faults.count("commit repeated");
      onRecorded(batch, await this.inner.commit(batch));
    }
    if (faults.happens("commit ambiguous")) {
      faults.count("commit ambiguous");
      throw failedError("the journal", "recorded a batch", "the answer was lost");
    }
    return outcomes;
  }

  /** Of a process that died on the way the call may have left already: it must be refused (semantics.md, I19). */
  private async commitOfTheDead(batch: readonly Recording[]): Promise<never> {
    await this.inner.commit(batch);
    this.options.onRecordedByTheDead();
    throw failedError("the journal", "recorded a batch", "its process died");
  }

  startRefusal(): undefined {
    return undefined;
  }

  load(id: string) {
    return this.read("load", () => this.inner.load(id));
  }

  definition(hash: string) {
    return this.read("definition", () => this.inner.definition(hash));
  }

  definitionNamed(name: string, version?: number) {
    return this.read("definitionNamed", () => this.inner.definitionNamed(name, version));
  }

  contracts() {
    return this.read("contracts", () => this.inner.contracts());
  }

  declare(contracts: Catalogue) {
    return this.read("declare", () => this.inner.declare(contracts));
  }

  list(filter: RunFilter, page: Page) {
    return this.read("list", () => this.inner.list(filter, { ...page, limit: Math.min(page.limit, shortPage) }));
  }

  counts() {
    return this.read("counts", () => this.inner.counts());
  }

  transitions(id: string, from: number, limit: number) {
    return this.read("transitions", () => this.inner.transitions(id, from, limit));
  }

  active(page: Page) {
    return this.read("active", () => this.inner.active({ ...page, limit: Math.min(page.limit, shortPage) }));
  }

  due(until: number, limit: number, after?: DuePlace) {
    return this.read("due", () => this.inner.due(until, limit, after));
  }

  expire(now: number, limit: number) {
    return this.read("expire", () => this.inner.expire(now, limit));
  }

  nextExpiry() {
    return this.read("nextExpiry", () => this.inner.nextExpiry());
  }

  nextDue(after?: number) {
    return this.read("nextDue", () => this.inner.nextDue(after));
  }

  async close(): Promise<void> {
    this.inner.kill();
  }

  /** Its process is dead: the disk is free for the next owner, and nothing of this one reaches it any more. */
  kill(): void {
    this.inner.kill();
  }

  private read<T>(name: string, read: () => Promise<T>): Promise<T> {
    return this.options.life.call(() => this.inOrder(name, read, () => this.options.dice.roll(3)));
  }

  private inOrder<T>(name: string, serve: () => Promise<T>, delayMs: () => number): Promise<T> {
    const answer = this.tail.then(async () => {
      await this.passes(`journal: ${name}`, delayMs());
      const served = await serve();
      await this.passes(`journal: ${name} is answered`, this.options.dice.roll(3));
      return served;
    });
    this.tail = answer.catch(() => {});
    return answer;
  }

  private passes(name: string, delayMs: number): Promise<void> {
    return new Promise((passed) => this.options.scheduler.in(delayMs, name, passed));
  }
}

/** The engine under a bench: a journal on a file of its own, workers in process, and a subscriber to all status events. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clew, openReader, type Worker, type Workflow } from "clew";
import type { Recording } from "../src/journal/journal.ts";
import { SqliteJournal } from "../src/journal/sqlite/sqlite-journal.ts";
import { makeOrder } from "./order.ts";
import { trivialWorkers, type WorkersOptions } from "./order-saga.ts";

export class BenchEngine {
  readonly file: string;
  readonly folder: string;
  statusEvents = 0;
  private started = 0;
  private readonly ended = new Map<string, number>();
  private readonly clew: Clew;
  private readonly workflow: Workflow;

  private constructor(folder: string, file: string, clew: Clew, workflow: Workflow) {
    this.folder = folder;
    this.file = file;
    this.clew = clew;
    this.workflow = workflow;
    clew.onStatus(() => this.statusEvents++);
  }

  /** `prepare` may fill the journal before the engine opens it. */
  static async open(
    workflow: Workflow,
    options: WorkersOptions | { readonly workers: readonly Worker[] },
    prepare: (file: string) => Promise<void> = async () => {},
  ): Promise<BenchEngine> {
    const folder = mkdtempSync(join(tmpdir(), "clew-bench-"));
    const file = join(folder, "journal.db");
    await prepare(file);
    const clew = await Clew.open({
      journal: `file:${file}`,
      workers: "workers" in options ? options.workers : trivialWorkers(workflow, options),
      socket: false,
    });
    return new BenchEngine(folder, file, clew, workflow);
  }

  /** One saga from its start to its result; gives how long it took, in milliseconds. */
  async saga(): Promise<number> {
    const startedAt = performance.now();
    const { id } = await this.clew.start(this.workflow, makeOrder(this.started++));
    const { status } = await this.clew.result(id);
    this.ended.set(status, (this.ended.get(status) ?? 0) + 1);
    return performance.now() - startedAt;
  }

  /** So many at a time until it is over; gives how long each took. */
  async sagas(inFlight: number, isOver: () => boolean): Promise<readonly number[]> {
    const times: number[] = [];
    const lane = async () => {
      while (!isOver()) times.push(await this.saga());
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    return times;
  }

  get startedCount(): number {
    return this.started;
  }

  /**
   * Closes, and counts what lies in the journal, so that work which was not done is not reported: every saga stands there as
   * it was said to have ended, the last one with so many transitions. Gives the journal's bytes.
   */
  async close(transitionsOfOne?: number): Promise<number> {
    await this.clew.close();
    const reader = await openReader(`file:${this.file}`);
    try {
      const counts: Readonly<Record<string, number | undefined>> = await reader.journal.counts();
      for (const [status, count] of this.ended) {
        if (counts[status] !== count)
          throw new Error(`${count} sagas were ${status}, the journal holds ${counts[status]}`);
      }
      if (transitionsOfOne !== undefined) await requireTransitions(reader.journal, transitionsOfOne);
      return statSync(this.file).size;
    } finally {
      await reader.close();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

const completed = { terms: [{ field: "status", anyOf: ["completed"] }] } as const;

async function requireTransitions(
  journal: Awaited<ReturnType<typeof openReader>>["journal"],
  wanted: number,
): Promise<void> {
  const { items } = await journal.list(completed, { limit: 1, newestFirst: true });
  let found = 0;
  for (let from = 1, isMore = true; isMore;) {
    const page = (await journal.transitions(items[0]?.id ?? "", from, 1000)) ?? [];
    found += page.length;
    const last = page.at(-1);
    if (last) from = last.number + last.events.length;
    isMore = page.length === 1000;
  }
  if (found !== wanted) throw new Error(`a saga has ${found} transitions in the journal, not ${wanted}`);
}

export interface RecordedBatch {
  readonly transitions: number;
  /** Characters of the events' JSON. */
  readonly bytes: number;
}

/**
 * Notes the first batches that the engine hands to its journal from here on: what `floor` is given to write. Not all of
 * them, because to measure them costs as much as to write them down.
 */
export function noteBatches(most: number): RecordedBatch[] {
  const batches: RecordedBatch[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the journal's own `this`
  const commit = SqliteJournal.prototype.commit;
  SqliteJournal.prototype.commit = function (this: SqliteJournal, batch: readonly Recording[]) {
    if (batches.length >= most) return commit.call(this, batch);
    const bytes = batch.reduce((sum, { transition }) => sum + JSON.stringify(transition.events).length, 0);
    batches.push({ transitions: batch.length, bytes });
    return commit.call(this, batch);
  };
  return batches;
}

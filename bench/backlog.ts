/**
 * `backlog`: many open runs of one step behind a worker that is slow at first. A command that waits to be taken must not
 * run out of time, whatever its step's timeout is; what a waiting run costs in memory; and how soon all of it is done once
 * the worker is fast. What the engine refuses to start is started when the worker is fast.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Clew, ClewError, parseWorkflow, type Workflow, worker } from "clew";

export interface Backlog {
  readonly runs: number;
  /** Starts that were refused as `overloaded` at least once. */
  readonly refusedStarts: number;
  readonly startsPerSecond: number;
  /** Runs that waited when the worker became fast. */
  readonly waiting: number;
  /** Of the whole process, SQLite included. */
  readonly rssBytesPerRun: number;
  /** Of the engine's thread, after a garbage collection. */
  readonly heapBytesPerRun: number;
  readonly timeoutMs: number;
  /** From a start to the moment when the worker began with it. */
  readonly longestWaitMs: number;
  readonly waitedLongerThanTimeout: number;
  readonly runsPerSecondAfterwards: number;
  /** The longest time in which nobody else had a turn, once the worker was fast. */
  readonly loopHeldMs: number;
  readonly peakMb: number;
}

const timeoutMs = 2000;
const room = 16;
/** Of one command, while the worker is slow. */
const slowMs = 50;
/** However it ended: the journal is asked whether it ended well. */
const finalEvents = new Set(["RunCompleted", "RunCompensated", "RunFailed"]);
/** Starts under way together. */
const page = 2000;

export async function backlog({ runs }: { readonly runs: number }): Promise<Backlog> {
  const folder = mkdtempSync(join(tmpdir(), "clew-backlog-"));
  const file = join(folder, "journal.db");
  try {
    const measured = await live(file, runs);
    requireJournal(file, runs);
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function live(file: string, runs: number): Promise<Backlog> {
  const shop = new Shop();
  const clew = await Clew.open({ journal: `file:${file}`, workers: [shop.worker], socket: false });
  try {
    let ended = 0;
    const allEnded = Promise.withResolvers<void>();
    clew.onStatus(({ data }) => {
      if (finalEvents.has(data.event) && ++ended === runs) allEnded.resolve();
    });
    const before = memory();
    const starts = new Starts(clew, shop, runs);
    const seconds = secondsSince();
    const all = starts.all();
    await Promise.race([all, starts.refused.promise]);
    const { started } = starts;
    const startsPerSecond = Math.round(started / seconds());
    // The last ones, too, have then waited longer than their step's timeout.
    await sleep(timeoutMs * 1.5);
    const after = memory();
    const waiting = started - ended;
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const secondsFast = secondsSince();
    shop.becomeFast();
    await all;
    await allEnded.promise;
    return {
      runs,
      refusedStarts: starts.refusedCount,
      startsPerSecond,
      waiting,
      rssBytesPerRun: Math.round((after.rss - before.rss) / waiting),
      heapBytesPerRun: Math.round((after.heapUsed - before.heapUsed) / waiting),
      timeoutMs,
      longestWaitMs: Math.round(shop.longestWaitMs),
      waitedLongerThanTimeout: shop.waitedLonger,
      runsPerSecondAfterwards: Math.round((runs - started + waiting) / secondsFast()),
      loopHeldMs: Math.round(delay.max / 1e6),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    await clew.close();
  }
}

class Starts {
  /** The first refusal. */
  readonly refused = Promise.withResolvers<void>();
  refusedCount = 0;
  started = 0;
  private readonly clew: Clew;
  private readonly shop: Shop;
  private readonly runs: number;
  private readonly workflow: Workflow = parseWorkflow({
    object: {
      workflow: "backlog",
      version: 1,
      steps: [{ step: "work", timeout: `${timeoutMs}ms`, retry: { attempts: 1 } }],
    },
  });

  constructor(clew: Clew, shop: Shop, runs: number) {
    this.clew = clew;
    this.shop = shop;
    this.runs = runs;
  }

  async all(): Promise<void> {
    for (let from = 0; from < this.runs; from += page) {
      await Promise.all(Array.from({ length: Math.min(page, this.runs - from) }, () => this.one()));
    }
  }

  private async one(): Promise<void> {
    for (let wasRefused = false; ; wasRefused = true) {
      try {
        await this.clew.start(this.workflow, { startedAt: performance.now() });
        this.started++;
        return;
      } catch (error) {
        if (!(error instanceof ClewError) || error.code !== "overloaded") throw error;
      }
      if (!wasRefused) this.refusedCount++;
      this.refused.resolve();
      await this.shop.isFast.promise;
      await sleep(slowMs);
    }
  }
}

class Shop {
  readonly isFast = Promise.withResolvers<void>();
  longestWaitMs = 0;
  waitedLonger = 0;
  readonly worker = worker("work", (input) => this.work((input as { startedAt: number }).startedAt), { room });
  private isSlow = true;

  becomeFast(): void {
    this.isSlow = false;
    this.isFast.resolve();
  }

  private async work(startedAt: number): Promise<number> {
    const waitedMs = performance.now() - startedAt;
    this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
    if (waitedMs > timeoutMs) this.waitedLonger++;
    if (this.isSlow) await sleep(slowMs);
    return 1;
  }
}

/** Each run stands there as completed, by a start and one success: none was timed out, retried or lost. */
function requireJournal(file: string, runs: number): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const count = (sql: string) => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
    const found = {
      completed: count("select count(*) from runs where status = 'completed'"),
      transitions: count("select count(*) from journal"),
      timedOut: count("select count(*) from journal where events like '%AttemptTimedOut%'"),
    };
    const wanted = { completed: runs, transitions: 2 * runs, timedOut: 0 };
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    throw new Error(`the journal holds ${JSON.stringify(found)}, and should hold ${JSON.stringify(wanted)}`);
  } finally {
    db.close();
  }
}

/** What is really in use. */
function memory(): NodeJS.MemoryUsage {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage();
}

function secondsSince(): () => number {
  const from = performance.now();
  return () => (performance.now() - from) / 1000;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

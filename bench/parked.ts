/**
 * `parked` and `herd`: runs that wait on a signal or a timer. What one costs in memory, how long a start takes with a
 * million of them, how long it takes to wake one in a hundred; and how late timers are of which very many are due in the
 * same second.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clew, parseWorkflow, type Workflow } from "clew";
import { costOf } from "./cost.ts";
import { percentile } from "./spread.ts";

/** Starts that are out at a time. */
const together = 1000;

async function startAll(clew: Clew, workflow: Workflow, runs: number, input: (at: number) => unknown): Promise<void> {
  for (let from = 0; from < runs; from += together) {
    const some = Array.from({ length: Math.min(together, runs - from) }, (_, at) => from + at);
    await Promise.all(some.map((at) => clew.start(workflow, input(at) as never, { id: `r${at}` })));
  }
}

/** Of the main thread, after what is garbage is gone. */
function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

export interface Parked {
  readonly runs: number;
  readonly startedPerSecond: number;
  /** What is held in memory for each of them. */
  readonly bytesOfRun: number;
  /** From the opening of the journal until the engine takes the next start. */
  readonly startSeconds: number;
  readonly woken: number;
  readonly wakeSeconds: number;
  readonly peakMb: number;
}

export async function parked({ runs }: { readonly runs: number }): Promise<Parked> {
  const folder = mkdtempSync(join(tmpdir(), "clew-parked-"));
  const journal = join(folder, "journal.db");
  const workflow = parseWorkflow({
    object: { workflow: "waits", version: 1, steps: [{ wait: "approval", signal: "approved" }] },
  });
  try {
    let clew = await Clew.open({ journal, socket: false });
    await clew.start(workflow, null, { id: "warm" });
    const before = heapBytes();
    const [, cost] = await costOf(() => startAll(clew, workflow, runs, () => null));
    const bytesOfRun = Math.max(0, heapBytes() - before) / runs;
    await clew.close();
    const openedAt = performance.now();
    clew = await Clew.open({ journal, socket: false });
    await clew.start(workflow, null, { id: "next" });
    const startSeconds = (performance.now() - openedAt) / 1000;
    const woken = Math.ceil(runs / 100);
    const wokenAt = performance.now();
    for (let from = 0; from < woken; from += together) {
      const some = Array.from({ length: Math.min(together, woken - from) }, (_, at) => `r${(from + at) * 100}`);
      await Promise.all(some.map((id) => clew.signal(id, { actor: "bench", signal: "approved" })));
    }
    const wakeSeconds = (performance.now() - wokenAt) / 1000;
    await clew.close();
    const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
    return { runs, startedPerSecond: runs / cost.seconds, bytesOfRun, startSeconds, woken, wakeSeconds, peakMb };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Herd {
  readonly runs: number;
  /** From the moment at which a timer was due until its run had gone on, durably. */
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  readonly lateMostMs: number;
  readonly peakMb: number;
}

/** Long enough before the moment that every run is a row by then. */
const aheadMs = 75_000;

export async function herd({ runs }: { readonly runs: number }): Promise<Herd> {
  const folder = mkdtempSync(join(tmpdir(), "clew-herd-"));
  const workflow = parseWorkflow({
    object: { workflow: "herd", version: 1, steps: [{ wait: "moment", until: { $: "input.at" } }] },
  });
  const clew = await Clew.open({ journal: join(folder, "journal.db"), socket: false });
  try {
    // As many as are started in a second, and as long as it takes to start all of them.
    const dueAt = Date.now() + aheadMs + Math.ceil(runs / 5);
    const late: number[] = [];
    const all = new Promise<void>((done) => {
      clew.onStatus(({ data }) => {
        if (data.event !== "RunCompleted") return;
        late.push(Date.now() - dueAt);
        if (late.length === runs) done();
      });
    });
    await startAll(clew, workflow, runs, (at) => ({ at: dueAt + (at % 1000) - 500 }));
    await all;
    const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
    return {
      runs,
      lateP50Ms: percentile(late, 50),
      lateP99Ms: percentile(late, 99),
      lateMostMs: late.reduce((most, one) => Math.max(most, one), 0),
      peakMb,
    };
  } finally {
    await clew.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * `history`: whether the last step of a long run costs what the first did, in time and in memory. One run of a loop, and
 * one of a forEach, with a step in each iteration or item; some of them side by side, so that the engine is busy.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clew, parseWorkflow, worker } from "clew";

export interface History {
  readonly shape: "loop" | "forEach";
  readonly runs: number;
  readonly steps: number;
  readonly eventsOfRun: number;
  /** Milliseconds from one step to the next of all runs, over the second tenth of the steps and over the last. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Bytes of the heap that one step leaves behind, over the same two tenths. */
  readonly firstBytes: number;
  readonly lastBytes: number;
}

const looping = (steps: number) => [
  {
    loop: "again",
    until: `steps.work.output.count >= ${steps}.0`,
    max: steps,
    steps: [{ step: "work", kind: "readonly" }],
  },
];
const itemwise = [
  {
    forEach: "all",
    in: { $: "input.items" },
    as: "one",
    concurrency: 4,
    steps: [{ step: "work", kind: "readonly", input: { $: "one" } }],
  },
];

/** A step of the run, when it was asked for. */
interface Mark {
  readonly at: number;
  readonly heap: number;
}

export async function history(given: {
  readonly shape: History["shape"];
  readonly steps: number;
  readonly runs: number;
}): Promise<History> {
  const { shape, steps, runs } = given;
  const folder = mkdtempSync(join(tmpdir(), "clew-history-"));
  const object = { workflow: "long", version: 1, steps: shape === "loop" ? looping(steps) : itemwise };
  const marks: Mark[] = [];
  const counts = new Map<string, number>();
  const tenth = Math.floor((steps * runs) / 10);
  let begun = 0;
  const work = worker(
    "work",
    (_, { runId }) => {
      if (begun++ % tenth === 0) marks.push({ at: performance.now(), heap: heapBytes() });
      const count = (counts.get(runId) ?? 0) + 1;
      counts.set(runId, count);
      return { count };
    },
    { room: 1000 },
  );
  const clew = await Clew.open({ journal: join(folder, "journal.db"), workers: [work], socket: false });
  try {
    const workflow = parseWorkflow({ object });
    const input = { items: Array.from({ length: shape === "loop" ? 0 : steps }, (_, at) => at) };
    const started = await Promise.all(Array.from({ length: runs }, () => clew.start(workflow, input)));
    const ended = await Promise.all(started.map((run) => clew.result(run)));
    const wrong = ended.find(({ status }) => status !== "completed");
    if (wrong) throw new Error(`${wrong.id} ended as ${wrong.status}`);
    const between = (from: number, of: (mark: Mark) => number) => {
      const [a, b] = [marks[from], marks[from + 1]];
      return a && b ? (of(b) - of(a)) / tenth : Number.NaN;
    };
    const eventsOfRun = ended[0]?.version ?? 0;
    const [firstMs, lastMs] = [between(1, ({ at }) => at), between(8, ({ at }) => at)];
    const [firstBytes, lastBytes] = [between(1, ({ heap }) => heap), between(8, ({ heap }) => heap)];
    return { shape, runs, steps, eventsOfRun, firstMs, lastMs, firstBytes, lastBytes };
  } finally {
    await clew.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** The worry: a file of a million orders opens a million runs, or one bad line leaves the others half worked. */
import { describe, expect, it } from "vitest";
import { ClewError } from "../base/errors.ts";
import { parseWorkflow, type RunView } from "../clew.ts";
import { LineWork, type WorkLine } from "./work-lines.ts";

const workflow = parseWorkflow({ object: { workflow: "w", version: 1, steps: [{ step: "a" }] } });

/** Runs come to rest when the test says so. */
class FakeEngine {
  readonly waiting = new Map<string, (view: RunView) => void>();
  readonly refuses: string | undefined;

  constructor(refuses?: string) {
    this.refuses = refuses;
  }

  async start(_: unknown, __: unknown, { id = "none" }: { readonly id?: string }) {
    if (id === this.refuses) throw new ClewError("run_exists", `cannot start ${id}`);
    return { id, existed: false };
  }

  result(id: string): Promise<RunView> {
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  rest(id: string, status: string): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.({ id, status } as RunView);
  }
}

/** Lets everything go on that waits for nothing. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function working(ids: readonly string[], mostOpen: number, engine = new FakeEngine()) {
  const taken: string[] = [];
  const rested: string[] = [];
  async function* lines(): AsyncGenerator<WorkLine> {
    for (const id of ids) {
      taken.push(id);
      yield { input: null, id, located: (error) => new Error(`line of ${id}: ${(error as Error).message}`) };
    }
  }
  const onRest = async ({ id, status }: RunView) => void rested.push(`${id} ${status}`);
  const options = { engine, workflow, mostOpen, waits: false, onStart: () => {}, onRest };
  const done = new LineWork(options).work(lines());
  // The test looks at the outcome later than it may come.
  done.catch(() => {});
  return { engine, taken, rested, done };
}

describe("LineWork", () => {
  it("opens no more runs at a time than allowed, and takes a line when one comes to rest", async () => {
    const { engine, taken, rested, done } = working(["a", "b", "c", "d"], 2);
    await settled();
    expect([...engine.waiting.keys()]).toEqual(["a", "b"]);
    // One line is read ahead.
    expect(taken.length).toBeLessThanOrEqual(3);
    engine.rest("b", "completed");
    await settled();
    expect([...engine.waiting.keys()]).toEqual(["a", "c"]);
    for (const id of ["a", "c"]) engine.rest(id, "compensated");
    await settled();
    engine.rest("d", "blocked");
    await done;
    expect(rested).toEqual(["b completed", "a compensated", "c compensated", "d blocked"]);
  });

  it("waits again for a run that was moving when it was looked at", async () => {
    const { engine, rested, done } = working(["a"], 1);
    await settled();
    engine.rest("a", "running");
    await settled();
    expect(rested).toEqual([]);
    engine.rest("a", "completed");
    await done;
    expect(rested).toEqual(["a completed"]);
  });

  it("takes no more lines after one that cannot be started, finishes what is open, and says which it was", async () => {
    const { engine, rested, taken, done } = working(["a", "bad", "c", "d", "e"], 2, new FakeEngine("bad"));
    await settled();
    expect(taken).not.toContain("e");
    for (const id of engine.waiting.keys()) engine.rest(id, "completed");
    await expect(done).rejects.toThrow("line of bad: cannot start bad");
    expect(rested).toContain("a completed");
    expect(engine.waiting.size).toBe(0);
  });
});

/** The worry: a list that is watched floods a log, leaves its remains on the terminal, or cannot be stopped. */
import { describe, expect, it } from "vitest";
import { FakeStream } from "../testing/fake-stream.ts";
import type { RunRow } from "../journal/journal.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { Arguments } from "./arguments.ts";
import { CommandContext } from "./command.ts";
import { Interruption } from "./interruption.ts";
import { watchRuns } from "./watch-runs.ts";

const run = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  id,
  uid: `uid-of-${id}`,
  workflow: "order",
  workflowVersion: 1,
  definition: "hash",
  startedAt: 0,
  status: "running",
  phase: "forward",
  parked: false,
  ...more,
});

function watching({ isTTY = false, output = "text" } = {}) {
  const stdout = new FakeStream(isTTY, { columns: 70, rows: 8 });
  const clock = new VirtualClock();
  let stops = 0;
  const interruption = new Interruption(() => void stops++);
  const given = new Arguments("runs ls", new Map([["output", output]]), []);
  const context = new CommandContext({ stdout, stderr: new FakeStream(isTTY), env: {}, given, interruption });
  const shelf: { items: readonly RunRow[]; error?: Error } = { items: [] };
  let reads = 0;
  const code = watchRuns(context, {
    clock,
    none: "No runs match x",
    read: async () => {
      reads++;
      if (shelf.error) throw shelf.error;
      return { items: shelf.items };
    },
  });
  /** Reads once more, with these runs in the journal. */
  const next = async (...items: readonly RunRow[]) => {
    shelf.items = items;
    await clock.advance(1000);
  };
  return { stdout, clock, interruption, code, shelf, next, reads: () => reads, stops: () => stops };
}

/** What is on the screen after everything was written: our own two sequences are all that is used. */
function screenAfter(written: readonly string[]): readonly string[] {
  let lines: string[] = [];
  for (const text of written) {
    // oxlint-disable-next-line no-control-regex
    const [, up = "0", rest = ""] = /^(?:\u001b\[(\d+)A\u001b\[0J)?([^]*)$/.exec(text) ?? [];
    lines = [...lines.slice(0, lines.length - Number(up)), ...rest.split("\n").slice(0, -1)];
  }
  return lines;
}

describe("on a pipe", () => {
  it("each run is a line when it comes, and when it has changed, and not otherwise", async () => {
    const { stdout, next, reads } = watching();
    await next(run("a"));
    await next(run("a"), run("b", { attention: ["blocked"], error: "no\nstock" }));
    await next(run("a"), run("b", { attention: ["blocked"], error: "no\nstock" }));
    await next(run("a", { status: "completed", endedAt: 1500 }));
    await next(run("a", { status: "completed", endedAt: 1500 }), run("b"));
    expect(reads()).toBe(6);
    const lines = stdout.written.map((line) => line.replace(/\d{4}-\d\d-\d\d [\d:]+/, "then"));
    expect(lines).toEqual([
      "a  order@1  ▸ running  then\n",
      "b  order@1  ▸ running  then  blocked  no stock\n",
      "a  order@1  ✓ completed  then  1.5s\n",
      "b  order@1  ▸ running  then\n",
    ]);
  });

  it("is a document for each change under --output jsonl, on a terminal too", async () => {
    for (const isTTY of [false, true]) {
      const { stdout, next } = watching({ isTTY, output: "jsonl" });
      await next(run("a"));
      await next(run("a"));
      expect(stdout.written.map((line) => JSON.parse(line) as unknown)).toEqual([run("a")]);
    }
  });
});

describe("on a terminal", () => {
  it("the list is drawn over itself where it has changed", async () => {
    const { stdout, next } = watching({ isTTY: true });
    await next();
    expect(screenAfter(stdout.written)).toEqual(["No runs match x"]);
    await next(run("a"));
    expect(screenAfter(stdout.written)).toEqual([
      expect.stringMatching(/^run +workflow/),
      expect.stringMatching(/^a /),
    ]);
    await next(run("a"));
    expect(stdout.written).toHaveLength(2);
    await next(run("a"), run("b"));
    expect(screenAfter(stdout.written)).toHaveLength(3);
    await next();
    expect(screenAfter(stdout.written)).toEqual(["No runs match x"]);
  });

  it("never takes more lines, or longer ones, than can be wiped", async () => {
    const { stdout, next } = watching({ isTTY: true });
    const many = Array.from({ length: 30 }, (_, place) => run(`run-${place}`, { error: "x".repeat(100) }));
    await next(...many);
    const screen = screenAfter(stdout.written);
    expect(screen).toHaveLength(6);
    expect(screen.at(-1)).toBe("… and 26 more");
    for (const line of screen) expect(line.length).toBeLessThan(70);
    stdout.rows = 50;
    await next(...many);
    expect(screenAfter(stdout.written)).toHaveLength(31);
  });
});

describe("an interruption", () => {
  it("ends it with 130 and without a timer, and the list stays on the screen", async () => {
    const { stdout, next, interruption, code, clock, stops } = watching({ isTTY: true });
    await next(run("a"));
    interruption.come();
    expect(await code).toBe(130);
    expect(clock.timerCount).toBe(0);
    expect(stops()).toBe(0);
    expect(screenAfter(stdout.written)).toHaveLength(2);
  });

  it("while the journal is read ends it when that is answered, with nothing more shown", async () => {
    const { stdout, clock, interruption, shelf, code } = watching();
    shelf.items = [run("a")];
    interruption.come();
    expect(await code).toBe(130);
    expect(stdout.written).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });
});

it("an error of the journal ends it", async () => {
  const { clock, shelf, code } = watching();
  shelf.error = new Error("gone");
  const ended = code.catch((error: unknown) => error);
  await clock.advance(1000);
  expect(await ended).toBe(shelf.error);
});

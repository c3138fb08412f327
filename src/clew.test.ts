/** The worry: that a caller of the library waits for ever, is told what is not so, or takes the engine down by a slip. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "./testing/virtual-clock.ts";
import { Clew, parseWorkflow, type Json, type OpenOptions, worker, WorkFailed } from "./clew.ts";

const once = parseWorkflow({
  object: {
    workflow: "once",
    version: 1,
    steps: [{ step: "a", timeout: "5s", retry: { attempts: 1 }, compensation: "u" }],
  },
});

const opened: Clew[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const clew of opened.splice(0)) await clew.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function open(handler: () => unknown, more: Partial<OpenOptions> = {}): Promise<Clew> {
  const workers = [worker("a", handler), worker("u", () => null)];
  const clew = await Clew.open({ journal: "memory:", workers, ...more });
  opened.push(clew);
  return clew;
}

function newJournal(): string {
  const folder = mkdtempSync(join(tmpdir(), "clew-"));
  folders.push(folder);
  return join(folder, "journal.db");
}

describe("starting", () => {
  test("hundreds of starts of one id at once are one run, and its worker's success counts", async () => {
    let calls = 0;
    const clew = await open(() => ++calls, { journal: newJournal() });
    const starts = await Promise.all(Array.from({ length: 300 }, () => clew.start(once, 1, { id: "same" })));
    expect(starts.filter(({ existed }) => !existed)).toHaveLength(1);
    expect([(await clew.result("same")).status, calls]).toEqual(["completed", 1]);
  });

  test("while a start of an id that exists is judged, the run of that id stays what it is", async () => {
    const clew = await open(() => null);
    await clew.start(once, 1, { id: "x" });
    await clew.result("x");
    const again = clew.start(once, 1, { id: "x" });
    await Promise.resolve();
    await Promise.resolve();
    expect((await clew.result("x")).status).toBe("completed");
    await expect(clew.cancel("x", "me")).rejects.toMatchObject({ code: "run_closed" });
    expect(await again).toEqual({ id: "x", existed: true });
  });

  test("an input that JSON cannot say is refused by a rejection that names the place", async () => {
    const clew = await open(() => null);
    const start = clew.start(once, { f: () => 1 } as unknown as Json);
    await expect(start).rejects.toMatchObject({ code: "invalid_input", message: expect.stringContaining("input.f") });
  });

  test.each([5, "", "a/b", "x".repeat(65)])("the id %j is refused", async (id) => {
    const clew = await open(() => null);
    await expect(clew.start(once, 1, { id: id as string })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("a run that has ended", () => {
  const steps = [{ step: "a" }];
  const workflows = [{ retention: "2h" }, {}].map((more) =>
    parseWorkflow({ object: { workflow: "kept", version: 1, steps, ...more } }),
  );

  test.each(["memory:", "a file"])(
    "is kept as long as its workflow says, and for 30 days without a word: %s",
    async (where) => {
      const clock = new VirtualClock();
      const journal = where === "memory:" ? where : newJournal();
      const clew = await open(() => null, { journal, clock, socket: false });
      const runs = await Promise.all(
        workflows.map((workflow, place) => clew.start(workflow, place, { id: `run-${place}` })),
      );
      for (const run of runs) expect((await clew.result(run)).status).toBe("completed");
      const there = async () => (await clew.list()).items.map(({ id }) => id);
      const hour = 3_600_000;
      await clock.advance(2 * hour - 1);
      expect(await there()).toEqual(["run-0", "run-1"]);
      // A file answers in its own time, while this clock stands.
      const untilGone = async (id: string) => {
        do await clock.advance(10_000);
        while ((await there()).includes(id));
      };
      await untilGone("run-0");
      expect(await there()).toEqual(["run-1"]);
      await expect(clew.result("run-0")).rejects.toMatchObject({ code: "run_unknown" });
      const [first] = workflows;
      if (first) expect(await clew.start(first, "other", { id: "run-0" })).toEqual({ id: "run-0", existed: false });
      expect((await clew.result("run-0")).status).toBe("completed");
      await clock.advance(30 * 24 * hour - 3 * hour);
      expect(await there()).toContain("run-1");
      await clock.advance(3 * hour);
      await untilGone("run-1");
    },
  );
});

describe("waiting for a result", () => {
  test.each([undefined, 5, "", "nobody"])(
    "of the id %j says that there is no such run, and harms nothing",
    async (id) => {
      const clew = await open(() => null, { journal: newJournal() });
      await expect(clew.result(id as string)).rejects.toMatchObject({ code: "run_unknown" });
      const { id: next } = await clew.start(once, 1);
      expect((await clew.result(next)).status).toBe("completed");
    },
  );

  test("ends with the engine", async () => {
    const clew = await open(() => new Promise(() => {}), { workers: [] });
    const { id } = await clew.start(once, 1);
    const refused = clew.result(id).catch((error: unknown) => error);
    await clew.close();
    expect(await refused).toMatchObject({ code: "engine_closed" });
    await expect(clew.result(id)).rejects.toMatchObject({ code: "engine_closed" });
    await expect(clew.start(once, 1)).rejects.toMatchObject({ code: "engine_closed" });
  });
});

describe("what a worker throws or gives", () => {
  const odd: readonly (readonly [string, () => unknown])[] = [
    ["WorkFailed of a text", () => raise(new WorkFailed("no seats"))],
    ["WorkFailed without a title", () => raise(new WorkFailed({} as { title: string }))],
    ["WorkFailed of nothing", () => raise(new WorkFailed(undefined as unknown as string))],
    [
      "WorkFailed of what JSON cannot say",
      () => raise(new WorkFailed({ title: "t", detail: 10n as unknown as string })),
    ],
    ["an error whose message is no text", () => raise(Object.assign(new Error("x"), { message: 10n }))],
    ["an error whose message is an object", () => raise(Object.assign(new Error("x"), { message: { a: 1 } }))],
    ["nothing at all", () => raise(undefined)],
    [
      "something whose then throws",
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- what a careless library may give
        get then() {
          return raise(new Error("then"));
        },
      }),
    ],
    [
      "something whose then calls back with an error",
      // oxlint-disable-next-line unicorn/no-thenable -- what a careless library may give
      () => ({ then: (_: unknown, no: (error: Error) => void) => no(new Error("no")) }),
    ],
  ];

  test.each(odd)("%s is a failure of the step, and the engine goes on", async (_name, handler) => {
    const clew = await open(handler);
    const { id } = await clew.start(once, 1);
    const { status, steps } = await clew.result(id);
    expect([status, typeof steps[0]?.error?.title]).toEqual(["compensated", "string"]);
  });
});

function raise(error: unknown): never {
  throw error;
}

test("while a worker that answers at once works off a backlog, the journal has its turn", async () => {
  const journal = newJournal();
  const before = await open(() => null, { journal, workers: [] });
  await Promise.all(Array.from({ length: 5000 }, () => before.start(once, 1)));
  await before.close();
  let calls = 0;
  const clew = await open(() => ++calls, { journal });
  await new Promise<void>((completed) => {
    clew.onStatus(({ data }) => data.event === "RunCompleted" && completed());
  });
  expect(calls).toBeLessThan(5000);
});

test("a second owner is refused within a second, and told who holds the journal and what to do", async () => {
  const journal = newJournal();
  await open(() => null, { journal });
  const startedAt = performance.now();
  const second = await Clew.open({ journal }).catch((error: unknown) => error);
  expect(performance.now() - startedAt).toBeLessThan(1000);
  expect(second).toMatchObject({
    code: "journal_owned",
    message: expect.stringContaining(String(process.pid)),
    mend: expect.any(String),
  });
});

test("an engine that could not be opened leaves its journal to the next", async () => {
  const journal = newJournal();
  const twice = [worker("a", () => null), worker("a", () => null)];
  await expect(Clew.open({ journal, workers: twice })).rejects.toMatchObject({ code: "invalid_argument" });
  await open(() => null, { journal });
});

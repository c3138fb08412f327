import { expect, test } from "vitest";
import type { Journal, Recorded, Recording } from "../journal/journal.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { GroupCommit } from "./group-commit.ts";

/** A journal whose flushes end when the test says so. */
class HeldJournal {
  readonly flushes: { readonly size: number; end(): void; fail(cause: unknown): void }[] = [];

  commit(batch: readonly Recording[]): Promise<readonly Recorded[]> {
    return new Promise((resolve, reject) => {
      this.flushes.push({
        size: batch.length,
        end: () => resolve(batch.map(() => "recorded")),
        fail: reject,
      });
    });
  }
}

const recording = {} as Recording;

function setUp() {
  const journal = new HeldJournal();
  const clock = new VirtualClock();
  const failures: unknown[] = [];
  const commit = new GroupCommit(journal as unknown as Journal, clock, (cause) => failures.push(cause));
  const told: string[] = [];
  const add = (name: string) =>
    commit.add({ recording, settled: (outcome) => void told.push(outcome === "lost" ? `${name} lost` : name) });
  return { journal, clock, commit, told, failures, add };
}

test("while one batch is flushed the next gathers, and each is told only after its own flush", async () => {
  const { journal, clock, told, add } = setUp();
  add("a");
  await clock.settle();
  add("b");
  add("c");
  await clock.settle();
  expect(journal.flushes.map(({ size }) => size)).toEqual([1]);
  expect(told).toEqual([]);
  journal.flushes[0]?.end();
  await clock.settle();
  expect(told).toEqual(["a"]);
  expect(journal.flushes.map(({ size }) => size)).toEqual([1, 2]);
  journal.flushes[1]?.end();
  await clock.settle();
  expect(told).toEqual(["a", "b", "c"]);
});

test("what is decided in one turn of the event loop is one flush", async () => {
  const { journal, clock, add } = setUp();
  for (const name of ["a", "b", "c"]) add(name);
  await clock.settle();
  expect(journal.flushes.map(({ size }) => size)).toEqual([3]);
});

test("what only waits is called after everything before it is durable, and at once where nothing is under way", async () => {
  const { journal, clock, commit, told, add } = setUp();
  commit.afterwards(() => told.push("at once"));
  expect(told).toEqual(["at once"]);
  add("a");
  commit.afterwards(() => told.push("after a"));
  await clock.settle();
  expect(told).toEqual(["at once"]);
  journal.flushes[0]?.end();
  await clock.settle();
  expect(told).toEqual(["at once", "a", "after a"]);
});

test("however many only wait, none of them overtakes the batch that it waits for", async () => {
  const { journal, clock, commit, told, add } = setUp();
  add("a");
  await clock.settle();
  for (let number = 0; number < 1000; number++) commit.afterwards(() => told.push("waited"));
  await clock.settle();
  expect(told).toEqual([]);
  journal.flushes[0]?.end();
  await clock.settle();
  expect([told[0], told.length]).toEqual(["a", 1001]);
});

test("whoever waits is told that it is lost even where telling of the failure throws", async () => {
  const journal = new HeldJournal();
  const clock = new VirtualClock();
  const commit = new GroupCommit(journal as unknown as Journal, clock, () => {
    throw new Error("nobody handles it");
  });
  const told: string[] = [];
  const thrown = new Promise((resolve) => process.once("unhandledRejection", resolve));
  commit.add({ recording, settled: (outcome) => void told.push(outcome) });
  await clock.settle();
  journal.flushes[0]?.fail(new Error("no disk"));
  expect(await thrown).toMatchObject({ message: "nobody handles it" });
  expect(told).toEqual(["lost"]);
});

test("after a failed flush nothing is tried again, and whoever waits is told that it is lost", async () => {
  const { journal, clock, commit, told, failures, add } = setUp();
  add("a");
  await clock.settle();
  add("b");
  journal.flushes[0]?.fail(new Error("no disk"));
  await clock.settle();
  add("c");
  commit.afterwards((outcome) => told.push(`later ${outcome}`));
  await clock.settle();
  expect(told).toEqual(["a lost", "b lost", "c lost", "later lost"]);
  expect(failures).toHaveLength(1);
  expect(journal.flushes).toHaveLength(1);
  await commit.drained();
});

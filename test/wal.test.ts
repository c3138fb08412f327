/**
 * The worry: a program that reads the journal and forgets to end its transaction lets the WAL grow until the disk is
 * full. The readers here are processes of their own, with a snapshot open; the bound is small, so that a few commits reach it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SystemClock } from "../src/base/system.ts";
import type { Recorded, Recording } from "../src/journal/journal.ts";
import { SqliteJournal } from "../src/journal/sqlite/sqlite-journal.ts";
import { SqliteReader } from "../src/journal/sqlite/sqlite-reader.ts";
import { walMarksOf } from "../src/journal/sqlite/wal-marks.ts";
import { start, transition } from "../src/testing/journal-samples.ts";

const boundBytes = 4 * 1024 * 1024;
const marks = walMarksOf(boundBytes);

let folder: string;
let file: string;
let journal: SqliteJournal;
let notices: string[];
let heard: (() => void) | undefined;
const readers: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "clew-wal-"));
  file = join(folder, "journal.db");
  notices = [];
  made = 0;
  journal = await open();
});

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.kill();
  await journal.close();
  rmSync(folder, { recursive: true });
});

const open = () =>
  SqliteJournal.open({
    file,
    clock: new SystemClock(),
    walBoundBytes: boundBytes,
    notice: (text) => {
      notices.push(text);
      heard?.();
    },
  });

/** Another process that has begun to read, and goes on until it is killed. */
const readForLong = () => read("process.stdin.resume();");

/** Another process that ends each of its snapshots soon, but never before it has begun another. */
const readByTurns = () => read("setInterval(() => { const last = reading; reading = begin(); last.close(); }, 5);");

async function read(goOn: string): Promise<ChildProcess> {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const begin = () => {
      const db = new DatabaseSync(${JSON.stringify(file)}, { readOnly: true });
      db.exec("begin");
      db.prepare("select count(*) from journal").get();
      return db;
    };
    let reading = begin();
    process.stdout.write("reads");
    ${goOn}
  `;
  const reader = spawn(process.execPath, ["--no-warnings", "-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  readers.push(reader);
  await once(reader.stdout, "data");
  return reader;
}

async function end(reader: ChildProcess): Promise<void> {
  const ended = once(reader, "exit");
  reader.kill();
  await ended;
}

async function noticed(word: string): Promise<string> {
  for (;;) {
    const notice = notices.find((text) => text.includes(word));
    if (notice !== undefined) return notice;
    await new Promise<void>((resolve) => (heard = resolve));
  }
}

const walBytes = (): number => statSync(`${file}-wal`).size;

let made = 0;
const someRuns = (count = 4): readonly Recording[] =>
  Array.from({ length: count }, () => start(`run-${++made}`, { input: "x".repeat(10_000) }));

/** Commits until starts are refused, each one awaited. */
async function fillToFirstMark(): Promise<void> {
  while (!journal.startRefusal()) {
    await journal.commit(someRuns());
    expect(walBytes()).toBeLessThan(boundBytes);
  }
}

/** Commits that nobody waits for, until the journal says that they wait. */
async function fillToBound(): Promise<Promise<readonly Recorded[]>[]> {
  const commits: Promise<readonly Recorded[]>[] = [];
  while (walBytes() < marks.startsRefusedFrom * 1.3) await journal.commit(someRuns());
  for (let turn = 0; turn < 20; turn++) commits.push(journal.commit(someRuns()));
  await noticed("commits wait");
  return commits;
}

describe("a reader that stays", () => {
  test("lets starts be refused with its name, then commits wait, and the WAL stays within its bound", async () => {
    await journal.commit([start("first")]);
    const reader = await readForLong();
    await fillToFirstMark();
    const who = `process ${reader.pid} (node) reads an old state of the journal`;
    expect(journal.startRefusal()).toMatchObject({
      code: "overloaded",
      consequence: "retryable",
      message: expect.stringMatching(/^cannot start a run: the journal's WAL has grown to \d\.\d MiB and cannot be/),
      details: { readers: [{ pid: reader.pid, command: "node" }], walBytes: expect.any(Number) },
    });
    expect(journal.startRefusal()?.message).toContain(who);
    expect(await noticed("No run is started")).toContain(who);
    expect(walBytes()).toBeGreaterThanOrEqual(marks.startsRefusedFrom);

    const commits = await fillToBound();
    expect(await noticed("commits wait")).toContain(who);
    const beside = await SqliteReader.open(file);
    const { items } = await beside.list({}, { limit: 3 });
    await beside.close();
    expect(items).toHaveLength(3);
    expect(walBytes()).toBeLessThanOrEqual(boundBytes);
    const settled = await Promise.race([Promise.all(commits), new Promise((later) => setTimeout(later, 300, "waits"))]);
    expect(settled).toBe("waits");
    expect(walBytes()).toBeLessThanOrEqual(boundBytes);

    await end(reader);
    for (const recorded of await Promise.all(commits)) expect(new Set(recorded)).toEqual(new Set(["recorded"]));
    await noticed("go on");
    expect(journal.startRefusal()).toBeUndefined();
    expect(walBytes()).toBeLessThan(marks.startsRefusedFrom);
    expect(await journal.counts()).toEqual({ running: made + 1 });
  });

  test("is forgotten when it has gone, also where nothing is committed any more", async () => {
    const reader = await readForLong();
    await fillToFirstMark();
    await end(reader);
    await noticed("go on");
    expect(journal.startRefusal()).toBeUndefined();
    expect(walBytes()).toBe(0);
  });

  test("is one of several, and all are named", async () => {
    const pids = [await readForLong(), await readForLong()].map(({ pid = 0 }) => pid);
    await fillToFirstMark();
    for (const pid of pids) expect(journal.startRefusal()?.message).toContain(`process ${pid} (node)`);
    expect(journal.startRefusal()?.message).toContain("read old states");
  });

  test("is named as this process where it is one of its own", async () => {
    await journal.commit([start("first")]);
    const own = new DatabaseSync(file, { readOnly: true });
    own.exec("begin");
    own.prepare("select * from runs").get();
    await fillToFirstMark();
    expect(journal.startRefusal()?.message).toContain(`this process ${process.pid} (`);
    own.close();
    await noticed("go on");
  });

  test("does not hold back a kill, nor the next owner, who finds whole batches", async () => {
    const reader = await readForLong();
    const commits = await fillToBound();
    const settled = Promise.allSettled(commits);
    await journal.kill();
    for (const outcome of (await settled).slice(-1)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "journal_failed" } });
    }
    journal = await open();
    expect(journal.startRefusal()?.message).toContain(`process ${reader.pid}`);
    const { running = 0 } = await journal.counts();
    expect(running % 4).toBe(0);
    await end(reader);
    await noticed("go on");
    expect(await journal.commit(someRuns(1))).toEqual(["recorded"]);
  });
});

test("readers that follow upon each other without a gap do not keep the WAL from being emptied", async () => {
  const reader = await readByTurns();
  for (let turn = 0; turn < 200; turn++) {
    await journal.commit(someRuns());
    expect(walBytes()).toBeLessThanOrEqual(boundBytes);
  }
  expect(reader.exitCode).toBeNull();
});

test("a batch that is larger than the bound is recorded in parts, and stays within it", async () => {
  let longest = 0;
  const watch = setInterval(() => (longest = Math.max(longest, walBytes())), 1);
  const recorded = await journal.commit(
    Array.from({ length: 300 }, (_, turn) => [
      start(`large-${turn}`, { input: "y".repeat(50_000) }),
      transition(`large-${turn}`, turn === 7 ? 9 : 1),
    ]).flat(),
  );
  clearInterval(watch);
  expect(recorded.filter((one) => one === "recorded")).toHaveLength(599);
  expect(recorded[15]).toBe("stale");
  expect(longest).toBeGreaterThan(0);
  expect(Math.max(longest, walBytes())).toBeLessThanOrEqual(boundBytes);
});

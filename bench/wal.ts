/**
 * `wal`: another process keeps a snapshot open while the journal is written as fast as it takes it, whatever it says of
 * starts. Shows by volume what ten minutes of such a reader would: how long the WAL gets, and that all goes on behind it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "clew";
import type { Recorded } from "../src/journal/journal.ts";
import { SqliteJournal } from "../src/journal/sqlite/sqlite-journal.ts";
import { start } from "../src/testing/journal-samples.ts";

export interface WalHeld {
  readonly startsRefusedAfterSeconds: number;
  readonly commitsWaitAfterSeconds: number;
  /** While the commits waited; nothing was written meanwhile. */
  readonly heldSeconds: number;
  readonly goesOnAfterSeconds: number;
  readonly peakBytes: number;
  readonly boundBytes: number;
  readonly bytesAfterwards: number;
  readonly recorded: number;
  readonly notices: readonly string[];
}

const batchSize = 256;
const batchesUnderWay = 2;
/** What the engine's order saga has in a row, roughly. */
const rowText = "x".repeat(400);

export async function wal({ heldSeconds }: { readonly heldSeconds: number }): Promise<WalHeld> {
  const folder = mkdtempSync(join(tmpdir(), "clew-wal-"));
  const file = join(folder, "journal.db");
  const noticed = new Map<string, number>();
  const begunAt = performance.now();
  const since = (at: number) => (performance.now() - at) / 1000;
  const journal = await SqliteJournal.open({
    file,
    clock: new SystemClock(),
    notice: (text) => void noticed.set(text, since(begunAt)),
  });
  const reader = await readerOf(file);
  let peakBytes = 0;
  const look = () => (peakBytes = Math.max(peakBytes, statSync(`${file}-wal`).size));
  const watch = setInterval(look, 1);
  const writer = new EndlessWriter(journal);
  try {
    const written = writer.write();
    await until(() => [...noticed.keys()].some((text) => text.includes("commits wait")));
    const before = writer.recorded;
    await new Promise((resolve) => setTimeout(resolve, heldSeconds * 1000));
    if (writer.recorded !== before) throw new Error("something was recorded while commits waited");
    const ended = once(reader, "exit");
    reader.kill();
    await ended;
    const endedAt = performance.now();
    await until(() => writer.recorded > before + 10 * batchSize);
    const goesOnAfterSeconds = since(endedAt);
    writer.stop();
    await written;
    look();
    const { running } = await journal.counts();
    if (running !== writer.recorded) throw new Error(`${writer.recorded} were recorded, the journal holds ${running}`);
    const when = (word: string) => [...noticed].find(([text]) => text.includes(word))?.[1] ?? Number.NaN;
    return {
      startsRefusedAfterSeconds: when("No run is started"),
      commitsWaitAfterSeconds: when("commits wait"),
      heldSeconds,
      goesOnAfterSeconds,
      peakBytes,
      boundBytes: 256 * 1024 * 1024,
      bytesAfterwards: statSync(`${file}-wal`).size,
      recorded: writer.recorded,
      notices: [...noticed.keys()],
    };
  } finally {
    clearInterval(watch);
    reader.kill();
    writer.stop();
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class EndlessWriter {
  recorded = 0;
  private made = 0;
  private stopped = false;
  private readonly journal: SqliteJournal;

  constructor(journal: SqliteJournal) {
    this.journal = journal;
  }

  async write(): Promise<void> {
    const lane = async () => {
      while (!this.stopped) this.count(await this.journal.commit(this.batch()));
    };
    await Promise.all(Array.from({ length: batchesUnderWay }, lane));
  }

  stop(): void {
    this.stopped = true;
  }

  private batch() {
    return Array.from({ length: batchSize }, () => start(`run-${++this.made}`, { input: rowText }));
  }

  private count(outcomes: readonly Recorded[]): void {
    if (outcomes.some((outcome) => outcome !== "recorded")) throw new Error("a start was not recorded");
    this.recorded += outcomes.length;
  }
}

async function readerOf(file: string) {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(${JSON.stringify(file)}, { readOnly: true });
    db.exec("begin");
    db.prepare("select count(*) from journal").get();
    process.stdout.write("reads");
    process.stdin.resume();
  `;
  const reader = spawn(process.execPath, ["--no-warnings", "-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  await once(reader.stdout, "data");
  return reader;
}

const lookMs = 5;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, lookMs));
}

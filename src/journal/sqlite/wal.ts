/**
 * Keeps the WAL within its bound (reliability.md, 2), on the journal's thread. SQLite can begin the file anew only when
 * nobody reads an older state of it: a foreign reader that stays lets it grow with every commit. From a first mark on
 * the engine is told to refuse starts; at the bound, commits wait until the reader has gone.
 *
 * Owns how the WAL stands, and tells each change of it.
 */
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { foreignLockMs } from "./connection.ts";
import type { WalMarks } from "./wal-marks.ts";
import { type WalReader, walReaders } from "./wal-readers.ts";

export interface WalStanding {
  readonly stage: "free" | "starts refused" | "commits wait";
  readonly walBytes: number;
  /** Who reads an old state, as far as the system tells; none where it is free. */
  readonly readers: readonly WalReader[];
}

/**
 * How often a commit that waits tries again. While nothing is written, readers that follow upon each other all come to
 * the newest state, and from there on read the database alone: two tries are enough for those.
 */
const retryMs = 50;

export class Wal {
  private readonly db: DatabaseSync;
  private readonly file: string;
  private readonly marks: WalMarks;
  private readonly tell: (standing: WalStanding) => void;
  private readonly truncate: StatementSync;
  private bytes = 0;
  private told: WalStanding = { stage: "free", walBytes: 0, readers: [] };

  constructor(db: DatabaseSync, file: string, marks: WalMarks, tell: (standing: WalStanding) => void) {
    this.db = db;
    this.file = file;
    this.marks = marks;
    this.tell = tell;
    this.truncate = db.prepare("pragma wal_checkpoint(truncate)");
    this.look();
  }

  get isFree(): boolean {
    return this.told.stage === "free";
  }

  /** Outside a transaction, before one that adds so much at most. Returns when there is room for it. */
  awaitRoomFor(bytes: number): void {
    const hasRoom = () => this.bytes === 0 || this.bytes + bytes <= this.marks.commitsUpTo;
    if (hasRoom()) return;
    this.empty();
    for (; !hasRoom(); this.empty()) {
      this.stand("commits wait");
      sleep(retryMs);
    }
    this.look();
  }

  /** After a commit, and now and then while the WAL is too long. */
  look(): void {
    this.measure();
    if (this.bytes >= this.marks.startsRefusedFrom) this.empty();
    this.stand(this.bytes < this.marks.startsRefusedFrom ? "free" : "starts refused");
  }

  /** By its path: closing a second descriptor of it would drop SQLite's locks. */
  private measure(): void {
    this.bytes = statSync(`${this.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Copies what may be copied, and begins the file anew if nobody reads an older state of it; waits for nobody. */
  private empty(): void {
    this.db.exec("pragma busy_timeout = 0");
    try {
      this.truncate.get();
    } finally {
      this.db.exec(`pragma busy_timeout = ${foreignLockMs}`);
    }
    this.measure();
  }

  private stand(stage: WalStanding["stage"]): void {
    if (stage === "free" && this.told.stage === "free") return;
    const readers = stage === "free" ? [] : walReaders(this.file);
    if (stage === this.told.stage && isSame(readers, this.told.readers)) return;
    this.told = { stage, walBytes: this.bytes, readers };
    this.tell(this.told);
  }
}

const isSame = (some: readonly WalReader[], others: readonly WalReader[]): boolean =>
  some.map(({ pid }) => pid).join() === others.map(({ pid }) => pid).join();

const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Nothing else is to be done on this thread: whatever is asked stands behind the commit that waits. */
function sleep(ms: number): void {
  Atomics.wait(nobody, 0, 0, ms);
}

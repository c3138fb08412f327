/**
 * The journal in one SQLite file, for one owner process on one machine (architecture.md, 3). This half lives where the
 * engine lives: it checks, encodes and decodes; the thread behind it holds the database and flushes. While the thread
 * flushes one batch, the engine gathers the next.
 *
 * It holds no queue of its own: what is under way stands in the thread's port, and it is the caller who bounds it.
 * An open journal keeps its process alive until it is closed.
 */
import { hostname } from "node:os";
import type { Clock } from "../../base/clock.ts";
import type { ClewError } from "../../base/errors.ts";
import type { Catalogue } from "../../definition/catalogue.ts";
import type { DuePlace, DueRun, Expired, Journal, Page, PageOf, Recorded, Recording, RunRecord } from "../journal.ts";
import { closedError, ownedError } from "../journal-errors.ts";
import { limitOf, pageFrom, spanOf } from "../page.ts";
import { recordedOf } from "./batch.ts";
import { batchesOf } from "./batch-parts.ts";
import { connectReader } from "./connection.ts";
import { DecodedReads } from "./decoded-reads.ts";
import type { Verb, Verbs } from "./message.ts";
import { OwnerLock, readOwner } from "./owner.ts";
import type { OwnerInfo } from "./owner-info.ts";
import { makePrivateFile } from "./private-file.ts";
import { recordFrom } from "./stored.ts";
import { ThreadLink } from "./thread-link.ts";
import { usualWalBoundBytes, walMarksOf } from "./wal-marks.ts";
import { WalWatch } from "./wal-watch.ts";

export interface SqliteJournalOptions {
  /** A path. The file is made if there is none, with mode 0600, and its directory with 0700. */
  readonly file: string;
  readonly clock: Clock;
  /** Where the owner's local socket is, for whoever meets the owner; can be told later. */
  readonly socket?: string;
  /** Called with what people should know while all goes on: what stands in the way, and that it no longer does. */
  readonly notice?: (text: string) => void;
  /** In tests smaller than `usualWalBoundBytes`. */
  readonly walBoundBytes?: number;
}

export class SqliteJournal extends DecodedReads implements Journal {
  private readonly lock: OwnerLock;
  private readonly link: ThreadLink;
  private readonly wal: WalWatch;
  private readonly flushUpToBytes: number;
  /** Hashes of definitions that the journal is known to hold, so that starts need not carry them. */
  private readonly definitions = new Set<string>();
  private closing: Promise<void> | undefined;

  private constructor(lock: OwnerLock, { clock, notice = () => {}, walBoundBytes }: SqliteJournalOptions) {
    super();
    this.lock = lock;
    this.wal = new WalWatch({ clock, notice, tryToEmpty: () => this.ask("tryToEmptyWal") });
    this.link = new ThreadLink((standing) => this.wal.hear(standing));
    this.flushUpToBytes = walMarksOf(walBoundBytes ?? usualWalBoundBytes).flushUpTo;
  }

  /**
   * Becomes the journal's owner. Throws `journal_owned` at once where there is one; `journal_unsafe` where flushes
   * could not be trusted; `journal_newer`; `invalid_argument` for a file that is something else.
   */
  static async open(options: SqliteJournalOptions): Promise<SqliteJournal> {
    const { file, clock, socket, walBoundBytes = usualWalBoundBytes } = options;
    const path = makePrivateFile(file);
    const lock = OwnerLock.take(path);
    if (!lock) throw refusal(path);
    const journal = new SqliteJournal(lock, options);
    const named = { pid: process.pid, host: hostname(), since: clock.now() };
    const owner = socket === undefined ? named : { ...named, socket };
    try {
      await journal.ask("open", path, { owner, walBoundBytes });
      return journal;
    } catch (error) {
      await journal.kill();
      throw error;
    }
  }

  async commit(batch: readonly Recording[]): Promise<readonly Recorded[]> {
    const parts = batchesOf(batch, this.definitions, this.flushUpToBytes);
    const refusals = await Promise.all(parts.map((part) => this.ask("commit", part)));
    const recorded = parts.flatMap(({ size }, place) => recordedOf(size, refusals[place] ?? []));
    batch.forEach(({ definition }, place) => {
      if (definition && recorded[place] === "recorded") this.definitions.add(definition.hash);
    });
    return recorded;
  }

  async active(page: Page): Promise<PageOf<RunRecord>> {
    const span = spanOf(page);
    return pageFrom(await this.ask("active", span), span, recordFrom);
  }

  async due(until: number, limit: number, after?: DuePlace): Promise<readonly DueRun[]> {
    const stored = await this.ask("due", until, limitOf(limit), after);
    return stored.map((run) => ({ ...recordFrom(run), wakeAt: run.wakeAt }));
  }

  nextDue(after?: number): Promise<number | undefined> {
    return this.ask("nextDue", after);
  }

  expire(now: number, limit: number): Promise<Expired> {
    return this.ask("expire", now, limitOf(limit));
  }

  nextExpiry(): Promise<number | undefined> {
    return this.ask("nextExpiry");
  }

  declare(contracts: Catalogue): Promise<void> {
    return this.ask(
      "declare",
      [...contracts].map(([type, contract]) => [type, JSON.stringify(contract)]),
    );
  }

  startRefusal(): ClewError | undefined {
    return this.wal.startRefusal();
  }

  /** Tells those who are refused, and readers, where the owner can be reached; `undefined`: nowhere. */
  setOwnerSocket(socket: string | undefined): Promise<void> {
    return this.ask("tellSocket", socket);
  }

  close(): Promise<void> {
    return this.endBy(() => this.link.close());
  }

  /**
   * Ends at once, as a kill of the process would: what was not answered may be recorded, or not. For tests, and for
   * an owner that must not write any more.
   */
  kill(): Promise<void> {
    return this.endBy(() => this.link.kill());
  }

  protected async ask<V extends Verb>(verb: V, ...given: Parameters<Verbs[V]>): Promise<ReturnType<Verbs[V]>> {
    if (this.closing) throw closedError("the journal");
    return this.link.call(verb, ...given);
  }

  /** The lock is given back after the last write, whatever became of it. */
  private endBy(end: () => Promise<void>): Promise<void> {
    this.wal.stop();
    this.closing ??= end().finally(() => this.lock.release());
    return this.closing;
  }
}

function refusal(file: string) {
  const owner = ownerOf(file);
  if (!owner) return ownedError(`the journal ${file}`, "a process that has just started owns it");
  const { pid, host, since } = owner;
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  return ownedError(`the journal ${file}`, `${who} on ${host} owns it since ${new Date(since).toISOString()}`, {
    ...owner,
  });
}

/** `undefined` also where it cannot be read yet: the refusal stands without a name. */
function ownerOf(file: string): OwnerInfo | undefined {
  try {
    const db = connectReader(file);
    try {
      return readOwner(db);
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * The port of the journal: what is remembered. The journal is the truth, and everything that the engine says it has
 * accepted is durable in it first. Verbs are transitions of the domain. Every implementation
 * passes `testing/journal-suite.ts`; the memory journal is the model that the others are compared with.
 */
import type { ClewError } from "../base/errors.ts";
import type { Catalogue } from "../definition/catalogue.ts";
import type { Definition } from "../definition/definition.ts";
import type { Cause, IncidentKind, Transition } from "../saga/event.ts";
import type { AttentionReason } from "../saga/attributes.ts";
import type { Phase, Status } from "../saga/tables.ts";
import type { RunFilter } from "./filter/run-filter.ts";

export type { RunFilter };

/** What may be read beside a running owner. Every answer shows all that was recorded before the call. */
export interface JournalReader {
  /** All that is recorded of one run, by the id that its caller gave. */
  load(id: string): Promise<RunRecord | undefined>;

  /** A definition that some run keeps, by its content hash. */
  definition(hash: string): Promise<Definition | undefined>;
  /** The one that was recorded last under name and version; without a version, under the name's highest. */
  definitionNamed(name: string, version?: number): Promise<Definition | undefined>;

  /** What was declared of worker types, the last word of each. */
  contracts(): Promise<Catalogue>;

  list(filter: RunFilter, page: Page): Promise<PageOf<RunRow>>;
  /** How many runs stand in each status; statuses without runs are left out. */
  counts(): Promise<Partial<Record<Status, number>>>;
  /**
   * The transitions of one run from event number `from` (1 is the first) on, at most `limit` of them (1 to 1000).
   * The transition that `from` lies in is the first of them.
   */
  transitions(id: string, from: number, limit: number): Promise<readonly NumberedTransition[] | undefined>;

  /** Idempotent; later calls throw `journal_closed`. */
  close(): Promise<void>;
}

export interface Journal extends JournalReader {
  /**
   * Makes a batch durable, all of it or none of it, and says of each transition in turn what became of it. Batches
   * are made durable in the order of the calls; several may be under way, and it is the caller who bounds how many.
   * A batch that is far too large for one flush becomes durable in parts, the first ones first. A commit may wait where
   * the journal has no room to grow (`startRefusal` says so before); nothing of it is lost, and it goes on by itself.
   * Throws `journal_failed` when the outcome is unknown (the caller must stop and open again), `journal_owned` when
   * another owner has taken the journal (nothing was recorded), `journal_closed`.
   */
  commit(batch: readonly Recording[]): Promise<readonly Recorded[]>;

  /**
   * Makes durable what is known of worker types, in place of what was known of them before. Whoever reads the journal
   * thus knows which fields are sensitive. Throws as `commit`.
   */
  declare(contracts: Catalogue): Promise<void>;

  /** Why no run should be started now, though those that are open go on: `overloaded`. It passes by itself. */
  startRefusal(): ClewError | undefined;

  /** Runs that are open and not parked, in the order of their start: what a restart takes up again. */
  active(page: Page): Promise<PageOf<RunRecord>>;

  /** Parked runs with `wakeAt <= until`, earliest first, at most `limit` of them (1 to 1000), from behind `after` on. */
  due(until: number, limit: number, after?: DuePlace): Promise<readonly DueRun[]>;
  /** The earliest `wakeAt` of a parked run; with `after` of those that are later than that. */
  nextDue(after?: number): Promise<number | undefined>;

  /**
   * Deletes ended runs with `expiresAt <= now`, the earliest first, at most `limit` of them (1 to 1000), and with each all
   * runs whose id is its own with a point and more behind it, which are not counted: its children. Fewer where the
   * journal would be busy with them for too long, none where it has no room now. A deleted run leaves nothing behind but
   * its definition, and its id is free.
   */
  expire(now: number, limit: number): Promise<Expired>;
  /** The earliest `expiresAt`. */
  nextExpiry(): Promise<number | undefined>;

  /** Commits what was given before the call, then closes. Idempotent; later calls throw `journal_closed`. */
  close(): Promise<void>;
}

export interface Expired {
  /** How many were deleted, their children not counted. */
  readonly runs: number;
  /** How long the journal could do nothing else; the wait for its turn does not count. */
  readonly tookMs: number;
  /** What `nextExpiry` would say now. */
  readonly nextAt: number | undefined;
}

/** One transition of one run, to be recorded. */
export interface Recording {
  readonly id: string;
  readonly uid: string;
  /**
   * The run's version before: the number of its last recorded event, 0 for a start. Compare-and-set: the transition
   * is recorded only if the run stands exactly there.
   */
  readonly version: number;
  readonly transition: Transition;
  /** Given when the run's row changes: at its start, and where architecture.md, 4 says. */
  readonly row?: RowChange;
  /** Given with a start: the definition that the run keeps. Recorded once for each hash. */
  readonly definition?: { readonly hash: string; readonly definition: Definition };
}

/**
 * - `recorded`
 * - `exists`: a start whose id the journal holds already
 * - `stale`: the run stands at another version, or does not exist, or has another uid
 * Transitions after a refused one of the same run in the same batch are `stale`.
 */
export type Recorded = "recorded" | "exists" | "stale";

/**
 * What lists show of a run. A row that is written replaces all of the one before. Empty lists and records are kept as if
 * they had been left out, and half characters in texts become U+FFFD.
 */
export interface RowChange {
  readonly status: Status;
  readonly phase: Phase;
  /** Not held in memory: taken up again only by `due`, by a message or by a verb. */
  readonly parked: boolean;
  /** Of a parked run: when a timer of it is due. */
  readonly wakeAt?: number;
  readonly endedAt?: number;
  /** Of an ended run: from when on it may be deleted. */
  readonly expiresAt?: number;
  /** Why it turned, or was abandoned. */
  readonly cause?: Cause;
  /** What its last error said: the text that filters search. Whoever makes the row bounds it. */
  readonly error?: string;
  /** The kinds of its open incidents. */
  readonly incidents?: readonly IncidentKind[];
  readonly attention?: readonly AttentionReason[];
  /** By name: what its workflow declares to be searched. Shown in the order of the names. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface RunRow extends RowChange {
  readonly id: string;
  readonly uid: string;
  readonly workflow: string;
  readonly workflowVersion: number;
  readonly definition: string;
  readonly startedAt: number;
}

export interface RunRecord {
  readonly id: string;
  readonly uid: string;
  readonly definition: string;
  /** All transitions in order; `version` is the number of events in them. */
  readonly transitions: readonly Transition[];
  readonly version: number;
}

/** A parked run, and when it is to be woken. */
export interface DueRun extends RunRecord {
  readonly wakeAt: number;
}

/** Where a run stands among those that are due. */
export type DuePlace = Pick<DueRun, "wakeAt" | "id">;

export interface NumberedTransition extends Transition {
  /** The number of its first event. */
  readonly number: number;
}

/** Pages are in the order of the start, oldest first unless `newestFirst`. */
export interface Page {
  /** 1 to 1000. */
  readonly limit: number;
  /** The `next` of the page before; opaque. A cursor that the journal did not make throws `invalid_argument`. */
  readonly after?: string;
  readonly newestFirst?: boolean;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}

/**
 * The journal in memory: the model that the others are compared with, and what simulations run on. It is written to
 * be obviously right. What is recorded is kept as JSON text, so that nothing that a caller holds can change it later.
 *
 * A `MemoryDisk` is what would lie on a disk: it outlives the journals that are opened over it, one after the other.
 */
import type { ClewError } from "../../base/errors.ts";
import type { Catalogue, WorkerContract } from "../../definition/catalogue.ts";
import type { Definition } from "../../definition/definition.ts";
import type { SagaEvent } from "../../saga/event.ts";
import type { Status } from "../../saga/tables.ts";
import type {
  Expired,
  Journal,
  NumberedTransition,
  Page,
  PageOf,
  Recorded,
  Recording,
  RowChange,
  RunFilter,
  RunRecord,
  RunRow,
  DuePlace,
  DueRun,
} from "../journal.ts";
import { matchesFilter } from "../filter/match-filter.ts";
import { closedError, ownedError } from "../journal-errors.ts";
import { limitOf, pageFrom, type Span, spanOf } from "../page.ts";
import { definitionText, keptRow, type Start, startOf } from "../recording.ts";

interface KeptRun {
  /** Its number in the order of the start, from 1. */
  readonly position: number;
  readonly identity: Omit<RunRow, keyof RowChange>;
  row: RowChange;
  /** The number of its last event. */
  version: number;
  readonly transitions: { readonly number: number; readonly at: number; readonly events: string }[];
}

interface KeptDefinition {
  readonly name: string;
  readonly version: number;
  readonly text: string;
}

/** What became durable. The maps of runs and definitions are in the order of recording. */
export class MemoryDisk {
  readonly runs = new Map<string, KeptRun>();
  readonly definitions = new Map<string, KeptDefinition>();
  /** JSON, by the worker type's name. */
  readonly contracts = new Map<string, string>();
  /** The one journal that may write. */
  owner: MemoryJournal | undefined;
}

export class MemoryJournal implements Journal {
  private readonly disk: MemoryDisk;
  private closed = false;

  /** Throws `journal_owned` while another journal over the same disk is open. */
  constructor(disk: MemoryDisk = new MemoryDisk()) {
    if (disk.owner) throw ownedError("the journal in memory", "another journal of this process owns it");
    disk.owner = this;
    this.disk = disk;
  }

  async commit(batch: readonly Recording[]): Promise<readonly Recorded[]> {
    this.mustBeOpen();
    // Everything that can throw comes before the first change, so that a batch is recorded whole or not at all.
    const entries = batch.map(entryOf);
    const refused = new Set<string>();
    return entries.map((entry) => {
      const recorded = refused.has(entry.recording.uid) ? "stale" : this.record(entry);
      if (recorded !== "recorded") refused.add(entry.recording.uid);
      return recorded;
    });
  }

  startRefusal(): ClewError | undefined {
    return undefined;
  }

  async load(id: string): Promise<RunRecord | undefined> {
    this.mustBeOpen();
    const run = this.disk.runs.get(id);
    return run && recordOf(run);
  }

  async definition(hash: string): Promise<Definition | undefined> {
    this.mustBeOpen();
    const kept = this.disk.definitions.get(hash);
    return kept && (JSON.parse(kept.text) as Definition);
  }

  async definitionNamed(name: string, version?: number): Promise<Definition | undefined> {
    this.mustBeOpen();
    const named = [...this.disk.definitions.values()].filter((kept) => kept.name === name);
    const wanted = version ?? Math.max(...named.map((kept) => kept.version));
    const kept = named.findLast((candidate) => candidate.version === wanted);
    return kept && (JSON.parse(kept.text) as Definition);
  }

  async declare(contracts: Catalogue): Promise<void> {
    this.mustBeOpen();
    for (const [type, contract] of contracts) this.disk.contracts.set(type, JSON.stringify(contract));
  }

  async contracts(): Promise<Catalogue> {
    this.mustBeOpen();
    return new Map([...this.disk.contracts].map(([type, text]) => [type, JSON.parse(text) as WorkerContract]));
  }

  async active(page: Page): Promise<PageOf<RunRecord>> {
    this.mustBeOpen();
    return this.page(spanOf(page), ({ row }) => row.phase !== "ended" && !row.parked, recordOf);
  }

  async due(until: number, limit: number, after?: DuePlace): Promise<readonly DueRun[]> {
    this.mustBeOpen();
    const position = this.disk.runs.get(after?.id ?? "")?.position ?? 0;
    const isBehind = (wakeAt: number, run: KeptRun) =>
      after === undefined || wakeAt > after.wakeAt || (wakeAt === after.wakeAt && run.position > position);
    const due = [...this.disk.runs.values()].flatMap((run) => {
      const wakeAt = wakeAtOf(run);
      return wakeAt !== undefined && wakeAt <= until && isBehind(wakeAt, run) ? [{ run, wakeAt }] : [];
    });
    due.sort((a, b) => a.wakeAt - b.wakeAt || a.run.position - b.run.position);
    return due.slice(0, limitOf(limit)).map(({ run, wakeAt }) => ({ ...recordOf(run), wakeAt }));
  }

  async nextDue(after = -Infinity): Promise<number | undefined> {
    this.mustBeOpen();
    const times = [...this.disk.runs.values()]
      .map(wakeAtOf)
      .filter((time): time is number => (time ?? -Infinity) > after);
    return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
  }

  async expire(now: number, limit: number): Promise<Expired> {
    this.mustBeOpen();
    const expired = this.byExpiry().filter((run) => (run.row.expiresAt ?? Infinity) <= now);
    const deleted = expired.slice(0, limitOf(limit));
    for (const { identity } of deleted) this.deleteWithChildren(identity.id);
    return { runs: deleted.length, tookMs: 0, nextAt: this.byExpiry()[0]?.row.expiresAt };
  }

  /** A child's id is its parent's with a point behind it (semantics.md, C14). */
  private deleteWithChildren(root: string): void {
    this.disk.runs.delete(root);
    for (const id of this.disk.runs.keys()) if (id.startsWith(`${root}.`)) this.disk.runs.delete(id);
  }

  async nextExpiry(): Promise<number | undefined> {
    this.mustBeOpen();
    return this.byExpiry()[0]?.row.expiresAt;
  }

  async list(filter: RunFilter, page: Page): Promise<PageOf<RunRow>> {
    this.mustBeOpen();
    return this.page(spanOf(page), (run) => matchesFilter(shownRow(run), filter), rowOf);
  }

  async counts(): Promise<Partial<Record<Status, number>>> {
    this.mustBeOpen();
    const counts: Partial<Record<Status, number>> = {};
    for (const { row } of this.disk.runs.values()) counts[row.status] = (counts[row.status] ?? 0) + 1;
    return counts;
  }

  async transitions(id: string, from: number, limit: number): Promise<readonly NumberedTransition[] | undefined> {
    this.mustBeOpen();
    const most = limitOf(limit);
    const all = this.disk.runs
      .get(id)
      ?.transitions.map(({ number, at, events }) => ({ number, at, events: parsed(events) }));
    return all?.filter(({ number, events }) => number + events.length > from).slice(0, most);
  }

  async close(): Promise<void> {
    this.kill();
  }

  /** As if its process had been killed: what was recorded stays on the disk, which is free for another owner. */
  kill(): void {
    this.closed = true;
    if (this.disk.owner === this) this.disk.owner = undefined;
  }

  private mustBeOpen(): void {
    if (this.closed) throw closedError("the journal in memory");
  }

  private record(entry: Entry): Recorded {
    const { recording, started, events, row } = entry;
    const { id, uid, version, transition } = recording;
    const run = this.disk.runs.get(id);
    if (started) return run ? "exists" : this.start(entry, started);
    if (!run || run.identity.uid !== uid || run.version !== version) return "stale";
    run.transitions.push({ number: version + 1, at: transition.at, events });
    run.version += transition.events.length;
    if (row) run.row = { ...row };
    return "recorded";
  }

  private start({ recording, events, definition }: Entry, started: Start): Recorded {
    const { id, uid, transition } = recording;
    const { workflow, version: workflowVersion, definition: hash } = started.event;
    const { runs, definitions } = this.disk;
    runs.set(id, {
      position: ([...runs.values()].at(-1)?.position ?? 0) + 1,
      identity: { id, uid, workflow, workflowVersion, definition: hash, startedAt: transition.at },
      row: keptRow(started.row),
      version: transition.events.length,
      transitions: [{ number: 1, at: transition.at, events }],
    });
    if (definition !== undefined && !definitions.has(hash)) {
      definitions.set(hash, { name: workflow, version: workflowVersion, text: definition });
    }
    return "recorded";
  }

  private byExpiry(): readonly KeptRun[] {
    const ended = [...this.disk.runs.values()].filter(({ row }) => row.expiresAt !== undefined);
    return ended.sort((a, b) => (a.row.expiresAt ?? 0) - (b.row.expiresAt ?? 0) || a.position - b.position);
  }

  private page<T>(span: Span, wanted: (run: KeptRun) => boolean, show: (run: KeptRun) => T): PageOf<T> {
    const { after } = span;
    const inOrder = [...this.disk.runs.values()];
    if (span.newestFirst) inOrder.reverse();
    const isBehind = (run: KeptRun) =>
      after === undefined || (span.newestFirst ? run.position < after : run.position > after);
    return pageFrom(
      inOrder.filter((run) => isBehind(run) && wanted(run)),
      span,
      show,
    );
  }
}

interface Entry {
  readonly recording: Recording;
  readonly started: Start | undefined;
  readonly events: string;
  readonly row: RowChange | undefined;
  readonly definition: string | undefined;
}

const entryOf = (recording: Recording): Entry => ({
  recording,
  started: startOf(recording),
  events: JSON.stringify(recording.transition.events),
  row: recording.row && keptRow(recording.row),
  definition: definitionText(recording),
});

const parsed = (events: string): readonly SagaEvent[] => JSON.parse(events) as readonly SagaEvent[];

const shownRow = ({ identity, row }: KeptRun): RunRow => ({ ...identity, ...row });

/** Whoever is given it may change it. */
const rowOf = ({ identity, row }: KeptRun): RunRow => ({ ...identity, ...keptRow(row) });

const wakeAtOf = ({ row }: KeptRun): number | undefined => (row.parked ? row.wakeAt : undefined);

const recordOf = ({ identity, version, transitions }: KeptRun): RunRecord => ({
  id: identity.id,
  uid: identity.uid,
  definition: identity.definition,
  transitions: transitions.map(({ at, events }) => ({ at, events: parsed(events) })),
  version,
});

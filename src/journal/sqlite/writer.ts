/**
 * The one writer of a journal in SQLite, on the journal's thread. It judges each transition in turn inside one
 * transaction; what it found true there is what the commit makes durable.
 *
 * `standing` remembers where the active runs stand, so that a usual transition costs exactly one insert. It is only a
 * short cut: the key (run, version) of the table decides. After a transaction that failed it may be ahead of the
 * database; the thread then never commits again, and a new owner begins with a new writer.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { assert } from "../../base/errors.ts";
import type { Recorded } from "../journal.ts";
import { ownedError } from "../journal-errors.ts";
import { type Batch, type BatchStart, type BatchTransition, type Refusals, transitionsOf } from "./batch.ts";
import { RowWriter } from "./row-writer.ts";

/** Where a run stands. */
interface Standing {
  readonly run: number;
  readonly uid: string;
  version: number;
  /** Neither parked nor ended: its next transition is near, so that it is worth remembering. */
  active: boolean;
}

export class Writer {
  private readonly db: DatabaseSync;
  private readonly epoch: number;
  /** By the run's id. Bounded by the number of active runs, as the engine's own memory is. */
  private readonly standing = new Map<string, Standing>();
  private readonly definitions = new Set<string>();

  private readonly begin: StatementSync;
  private readonly commit: StatementSync;
  private readonly readEpoch: StatementSync;
  private readonly findStanding: StatementSync;
  private readonly rows: RowWriter;
  private readonly insertTransition: StatementSync;
  private readonly insertDefinition: StatementSync;
  private readonly insertPayload: StatementSync;
  private readonly insertPayloadUse: StatementSync;
  private readonly insertContract: StatementSync;

  constructor(db: DatabaseSync, epoch: number) {
    this.db = db;
    this.epoch = epoch;
    this.begin = db.prepare("begin immediate");
    this.commit = db.prepare("commit");
    this.readEpoch = db.prepare("select epoch from owner");
    this.findStanding = db.prepare(
      `select runs.run, uid, version + json_array_length(events) as version, parked, phase
       from runs join journal on journal.run = runs.run where id = ? order by journal.version desc limit 1`,
    );
    this.rows = new RowWriter(db);
    this.insertTransition = db.prepare(
      "insert into journal (run, version, at, events) values (?, ?, ?, ?) on conflict do nothing",
    );
    this.insertDefinition = db.prepare(
      "insert into definitions (hash, name, version, definition) values (?, ?, ?, ?) on conflict (hash) do nothing",
    );
    this.insertPayload = db.prepare("insert into payloads (hash, payload) values (?, ?) on conflict (hash) do nothing");
    this.insertPayloadUse = db.prepare("insert into payload_uses (run, hash) values (?, ?) on conflict do nothing");
    this.insertContract = db.prepare(
      "insert into contracts (type, contract) values (?, ?) on conflict (type) do update set contract = excluded.contract",
    );
  }

  /** Runs the work in one transaction, flushed when this returns. Where it throws, the transaction is given up. */
  transaction<T>(work: () => T): T {
    this.begin.run();
    try {
      this.mustOwn();
      const result = work();
      this.commit.run();
      return result;
    } catch (error) {
      if (this.db.isTransaction) this.db.exec("rollback");
      throw error;
    }
  }

  /** Inside a transaction. */
  record(batch: Batch): Refusals {
    const refusals: (readonly [number, Exclude<Recorded, "recorded">])[] = [];
    const refused = new Set<string>();
    for (const [place, transition] of transitionsOf(batch).entries()) {
      const recorded = refused.has(transition.uid) ? "stale" : this.recordOne(transition);
      if (recorded === "recorded") continue;
      refused.add(transition.uid);
      refusals.push([place, recorded]);
    }
    return refusals;
  }

  /** Inside a transaction. */
  declare(contracts: readonly (readonly [type: string, contract: string])[]): void {
    for (const [type, contract] of contracts) this.insertContract.run(type, contract);
  }

  private recordOne(transition: BatchTransition): Recorded {
    const { start, row } = transition;
    if (start) return this.start(transition, start);
    const stands = this.standingOf(transition.id);
    if (!stands || stands.uid !== transition.uid || stands.version !== transition.version) return "stale";
    if (!this.append(transition, stands)) {
      this.standing.delete(transition.id);
      return "stale";
    }
    if (row) this.rows.update(stands.run, row);
    return "recorded";
  }

  private start(transition: BatchTransition, start: BatchStart): Recorded {
    const { id, uid, at, row } = transition;
    const { workflow, workflowVersion, definition, definitionText } = start;
    assert(row, `the start of run ${id} has no row`);
    const run = this.rows.insert({ id, uid, workflow, workflowVersion, definition, startedAt: at }, row);
    if (run === undefined) return "exists";
    const stands = { run, uid, version: 0, active: true };
    assert(this.append(transition, stands), `run ${id} is new and has transitions`);
    if (definitionText !== undefined && !this.definitions.has(definition)) {
      this.insertDefinition.run(definition, workflow, workflowVersion, definitionText);
      this.definitions.add(definition);
    }
    return "recorded";
  }

  /** The compare-and-set: `false` where the key (run, version) is taken. */
  private append({ id, version, at, eventCount, events, row, payloads }: BatchTransition, stands: Standing): boolean {
    if (this.insertTransition.run(stands.run, version, at, events).changes === 0) return false;
    for (const { hash, text } of payloads ?? []) {
      this.insertPayload.run(hash, text);
      this.insertPayloadUse.run(stands.run, hash);
    }
    stands.version = version + eventCount;
    if (row) stands.active = isActive(row.parked, row.phase);
    if (stands.active) this.standing.set(id, stands);
    else this.standing.delete(id);
    return true;
  }

  private standingOf(id: string): Standing | undefined {
    const known = this.standing.get(id);
    if (known) return known;
    const row = this.findStanding.get(id);
    if (!row) return undefined;
    return {
      run: Number(row["run"]),
      uid: String(row["uid"]),
      version: Number(row["version"]),
      active: isActive(row["parked"] === 1, String(row["phase"])),
    };
  }

  private mustOwn(): void {
    const now = this.readEpoch.get()?.["epoch"];
    if (now === this.epoch) return;
    throw ownedError(
      "the journal",
      `this process owned it in epoch ${this.epoch}, and it is in epoch ${String(now)} now`,
    );
  }
}

const isActive = (parked: boolean, phase: string): boolean => !parked && phase !== "ended";

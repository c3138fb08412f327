/**
 * The runs that are in memory, by id: those that are under way, and for a moment those that somebody looks at. Owns when
 * a run is loaded and when it leaves; who has found one keeps it here until it is released.
 *
 * 1. One run has one object: whoever asks while it is loaded, or while its start is not durable, waits for that one.
 * 2. It stays while anything of it is not durable, or somebody uses it: who went on with one that has left memory would
 *    decide beside another one that was loaded since.
 * 3. Memory follows activity: one that has ended or is parked leaves it.
 */
import { isAnyRunId } from "../base/ids.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Journal, RunRecord } from "../journal/journal.ts";
import { foldRun } from "../saga/evolve.ts";
import { ActiveRun } from "./active-run.ts";
import type { Workflows } from "./workflows.ts";

interface RunMemoryOptions {
  readonly journal: Journal;
  readonly workflows: Workflows;
  /** Whether a parked run is not about to be woken. */
  readonly mayLeave: (active: ActiveRun) => boolean;
  /** It has left. */
  readonly onLeave: (active: ActiveRun) => void;
}

export class RunMemory {
  private readonly options: RunMemoryOptions;
  private readonly active = new Map<string, ActiveRun>();
  /** Starts that are not durable yet, by id: until then nobody knows whether the journal holds a run of that id. */
  private readonly starting = new Map<string, Promise<unknown>>();
  private readonly loading = new Map<string, Promise<ActiveRun | undefined>>();
  /** While rows are read: who has left since. What was read of them may be older than what they left. */
  private leftMeanwhile: Set<string> | undefined;

  constructor(options: RunMemoryOptions) {
    this.options = options;
  }

  readsRows(isReading: boolean): void {
    this.leftMeanwhile = isReading ? new Set() : undefined;
  }

  hasLeftMeanwhile(id: string): boolean {
    return this.leftMeanwhile?.has(id) === true;
  }

  get size(): number {
    return this.active.size;
  }

  all(): Iterable<ActiveRun> {
    return this.active.values();
  }

  get(id: string): ActiveRun | undefined {
    return this.active.get(id);
  }

  /** What has to end before it is known how a run of this id stands. */
  underWay(id: string): Promise<unknown> | undefined {
    return this.starting.get(id) ?? this.loading.get(id);
  }

  begin(id: string, starting: Promise<unknown>): void {
    this.starting.set(id, starting);
  }

  /** Its start is durable, or refused. */
  begun(active: ActiveRun, isRecorded: boolean): void {
    const { id } = active.run;
    this.starting.delete(id);
    if (isRecorded) this.active.set(id, active);
  }

  /** The run in memory, or loaded into it; whoever found it gives it back with `release`. */
  find(id: string): Promise<ActiveRun | undefined> | ActiveRun | undefined {
    const active = this.active.get(id);
    if (active) return used(active);
    // What is no id is the id of no run; results come from outside.
    if (typeof id !== "string" || !isAnyRunId(id)) return undefined;
    const starting = this.starting.get(id);
    if (starting) return starting.then(() => this.find(id));
    let loading = this.loading.get(id);
    if (!loading) {
      loading = this.load(id).finally(() => this.loading.delete(id));
      this.loading.set(id, loading);
    }
    return loading.then((loaded) => loaded && used(loaded));
  }

  release(active: ActiveRun): void {
    active.users--;
    this.leaveIfIdle(active);
  }

  private async load(id: string): Promise<ActiveRun | undefined> {
    const record = await this.options.journal.load(id);
    return record && this.hold(record);
  }

  /** As `find`, of a run whose record was just read. */
  async take(record: RunRecord): Promise<ActiveRun> {
    return used(this.held(record, await this.options.workflows.recorded(record.definition)));
  }

  /** Takes a recorded run into memory. All open runs that are not parked are there since the start. */
  async hold(record: RunRecord): Promise<ActiveRun> {
    return this.held(record, await this.options.workflows.recorded(record.definition));
  }

  private held(record: RunRecord, workflow: Workflow): ActiveRun {
    const known = this.active.get(record.id);
    if (known) return known;
    const active = new ActiveRun(workflow, foldRun(workflow, record.transitions));
    active.parked = active.run.phase !== "ended";
    this.active.set(record.id, active);
    return active;
  }

  /** Its start was refused, or another process has changed it: nothing follows from it any more. */
  avoid(active: ActiveRun): void {
    active.isVoid = true;
    if (this.active.get(active.run.id) === active) this.active.delete(active.run.id);
  }

  leaveIfIdle(active: ActiveRun): void {
    if (active.uncommitted > 0 || active.users > 0 || active.isVoid) return;
    const { run } = active;
    if (run.phase !== "ended" && !(active.parked && this.options.mayLeave(active))) return;
    this.options.onLeave(active);
    if (this.active.get(run.id) === active) this.active.delete(run.id);
    this.leftMeanwhile?.add(run.id);
  }
}

function used(active: ActiveRun): ActiveRun {
  active.users++;
  return active;
}

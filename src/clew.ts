/**
 * Puts the parts together: the only place that names implementations. `Clew` is the embedded engine as a library;
 * `openReader` reads a journal beside the process that owns it.
 */
import { hostname } from "node:os";
import type { Clock } from "./base/clock.ts";
import { ClewError } from "./base/errors.ts";
import type { Ids } from "./base/ids.ts";
import type { Json } from "./base/json.ts";
import { SystemClock, SystemIds } from "./base/system.ts";
import type { StatusEvent } from "./bus/envelope.ts";
import type { EventBus, Subscription } from "./bus/event-bus.ts";
import { InProcessBus } from "./bus/in-process/in-process-bus.ts";
import { type Catalogue, emptyCatalogue, mergeCatalogues } from "./definition/catalogue.ts";
import type { DefinitionProblem } from "./definition/definition-problem.ts";
import { InvalidDefinition } from "./definition/invalid-definition.ts";
import { type DefinitionSource, parseDefinition } from "./definition/parse-definition.ts";
import type { TypedWorkflow } from "./definition/typed/recorder-type.ts";
import type { Workflow } from "./definition/workflow.ts";
import type { Journal, JournalReader } from "./journal/journal.ts";
import { MemoryJournal } from "./journal/memory/memory-journal.ts";
import type { OwnerInfo } from "./journal/sqlite/owner-info.ts";
import { SqliteJournal } from "./journal/sqlite/sqlite-journal.ts";
import { SqliteReader } from "./journal/sqlite/sqlite-reader.ts";
import { listen, type LocalSocket } from "./operations/local-socket.ts";
import { type Access, type Operation, perform } from "./operations/operation.ts";
import type { RunView } from "./operations/run-view.ts";
import {
  abandonRun,
  cancelRun,
  rerunRun,
  resolveRun,
  type SignalInput,
  signalRun,
  resumeRun,
  retryRun,
  skipRun,
  suspendRun,
  type ResolveInput,
  type RetryInput,
} from "./operations/run-verbs.ts";
import { listRuns, showRun } from "./operations/runs.ts";
import { Standstills } from "./operations/standstill.ts";
import { type RunStatus, Watches } from "./operations/watch.ts";
import { Orchestrator } from "./orchestrator/orchestrator.ts";
import type { Started } from "./orchestrator/orchestrator-options.ts";
import { Retention } from "./orchestrator/retention.ts";
import { engineFailed, ownInput, runUnknown } from "./orchestrator/start-request.ts";
import type { Standing } from "./orchestrator/decided.ts";
import type { Run } from "./saga/run.ts";
import { expiresAt } from "./saga/retention.ts";
import type { Worker } from "./worker/worker.ts";
import { WorkerManager } from "./worker/worker-manager.ts";

export interface OpenOptions {
  /** `file:<path>` or a path: an SQLite file, made where there is none. `memory:` keeps nothing. */
  readonly journal: string;
  readonly workers?: readonly Worker[];
  /**
   * The worker types that there are: a workflow that names another one is refused. The contracts of `workers` and those
   * that come with a workflow count as well; with them alone, any type may be named, and its commands wait for a worker.
   */
  readonly catalogue?: Catalogue;
  /** Those that children are started of, beside the ones that runs are started of (semantics.md, C14). */
  readonly workflows?: readonly Workflow[];
  /** Part of every message's source. Default `default`. */
  readonly namespace?: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Whether other processes of this user may reach the engine. Default true for a file. */
  readonly socket?: boolean;
  /**
   * Called once when the journal failed: what was not answered has an unknown outcome, and the engine must be opened
   * again. Without it the failure is thrown where nobody can overlook it.
   */
  readonly onFailure?: (cause: unknown) => void;
  /**
   * Called with what an operator should know while the engine goes on, such as a process that keeps the journal's WAL
   * from being emptied. Default: a warning of the process, which is printed to stderr.
   */
  readonly onNotice?: (text: string) => void;
}

export interface StartOptions {
  /** Starting twice with one id gives one run. Default: a new one. */
  readonly id?: string;
}

/** Who performs a verb, why, and at which version of the run; what he saw may have changed since. */
export interface OperatorOptions {
  readonly actor: string;
  readonly reason?: string;
  readonly expectedVersion?: number;
}

declare const results: unique symbol;

/** A run that was started, and what its result will be. */
export interface ResultOptions {
  /** Also when it has come to a wait for a signal, or for a time that is more than a minute away. Default false. */
  readonly atWaits?: boolean;
}

export interface StartedRun<Output> extends Started {
  readonly [results]?: Output;
}

/** How long workers may go on when the engine closes. */
const drainMs = 5000;

/**
 * The engine as a library: opened over a journal, it starts runs, works them with the workers that it was given, and
 * takes up at its opening whatever an earlier life left open.
 */
export class Clew {
  private readonly parts: Parts;
  private readonly standstills: Standstills;
  private readonly watches: Watches;
  private failure: { readonly cause: unknown } | undefined;
  private closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    this.parts = parts;
    this.watches = new Watches(parts.bus);
    this.standstills = new Standstills(parts.access.clock);
  }

  /**
   * Opens the engine and takes up every open run. Throws `journal_owned` while another process owns the journal,
   * `journal_unsafe`, `journal_newer`.
   */
  static async open(options: OpenOptions): Promise<Clew> {
    const clock = options.clock ?? new SystemClock();
    const namespace = options.namespace ?? "default";
    const contracts = contractsOf(options);
    const bus = new InProcessBus({ clock });
    const manager = new WorkerManager({
      bus,
      clock,
      namespace,
      instance: `${hostname()
        .replaceAll(/[^A-Za-z0-9.-]/g, "-")
        .slice(0, 48)}-${process.pid}`,
      workers: options.workers ?? [],
    });
    const journal = await openJournal(options, clock);
    const orchestrator = new Orchestrator({
      journal,
      bus,
      clock,
      ids: options.ids ?? new SystemIds(),
      namespace,
      catalogue: { contracts, isComplete: options.catalogue !== undefined },
      onFailure: (cause) => clew.fail(cause, options.onFailure),
      onChange: (run, standing, workflow) => clew.changed(run, standing, workflow),
    });
    const access: Access = { journal, engine: orchestrator, clock };
    const retention = new Retention({ clock, journal, fail: (cause) => clew.fail(cause, options.onFailure) });
    const parts: Parts = { bus, journal, orchestrator, retention, manager, access, socket: undefined };
    const clew: Clew = new Clew(parts);
    try {
      await orchestrator.start(options.workflows);
      manager.start();
      await retention.start();
      if (journal instanceof SqliteJournal && options.socket !== false) {
        parts.socket = await listen(`${filePath(options.journal)}.sock`, access);
        await journal.setOwnerSocket(parts.socket.path);
      }
    } catch (error) {
      await clew.close();
      throw error;
    }
    return clew;
  }

  /**
   * Starts a run; resolves when it is on disk. Throws `invalid_input`, `payload_too_large`, `run_exists`, `overloaded`,
   * `contract_conflict`, `worker_unknown`.
   */
  async start<Input = Json, Output = Json>(
    workflow: TypedWorkflow<Input, Output>,
    input: NoInfer<Input>,
    options: StartOptions = {},
  ): Promise<StartedRun<Output>> {
    if (this.closing) throw closed();
    return this.parts.orchestrator.startRun({ workflow, input: ownInput(input), ...options });
  }

  /**
   * Resolves when the run has ended, or stands still until an operator acts (`blocked`, `suspended`). Throws `run_unknown`;
   * `engine_closed` or `engine_failed` where the engine ends before the run does.
   */
  result<Output = Json>(run: string | StartedRun<Output>, options: ResultOptions = {}): Promise<RunView<Output>> {
    // The mapping that makes the output is part of the workflow that the caller started, and so is its type.
    return this.standstill(idOf(run), options.atWaits === true) as Promise<RunView<Output>>;
  }

  /**
   * How the run stands, then each change of it until it has ended. Nothing is kept for a watch that is not asked: a slow
   * reader misses the oldest of more than 1,000 changes, which the numbers show. Throws as `result`.
   */
  watch(run: string | Started): AsyncIterableIterator<RunStatus> {
    return this.watches.watch(idOf(run), async (id) => {
      if (this.closing) throw closed();
      const seen = await this.parts.orchestrator.look(id);
      if (!seen) throw runUnknown(id);
      return seen.run;
    });
  }

  private async standstill(id: string, atWaits: boolean): Promise<RunView> {
    if (this.closing) throw closed();
    const { orchestrator } = this.parts;
    return this.standstills.of(id, atWaits, async () => {
      // While it goes on in memory, its own commit tells; otherwise the journal knows how it stands.
      if (orchestrator.isUnderWay(id)) return undefined;
      const seen = await orchestrator.look(id);
      if (!seen) throw runUnknown(id);
      return seen;
    });
  }

  /** The run as it stands, as it may be printed: what is sensitive is left out. Throws `run_unknown`. */
  show(id: string): Promise<RunView> {
    return this.perform(showRun, { id });
  }

  /** Runs in the order of their start, a page at a time. */
  list(input: Parameters<typeof listRuns.perform>[1] = {}) {
    return this.perform(listRuns, input);
  }

  /** Stops a run and undoes what it did. Throws `run_closed`, `pivot_passed`. */
  cancel(id: string, actor: string, reason?: string) {
    return this.perform(cancelRun, { id, actor, ...(reason === undefined ? {} : { reason }) });
  }

  /**
   * Has a step or a compensation that waits for an operator done again, perhaps with another input. As all verbs it
   * resolves when it is recorded, and throws `run_unknown`, `run_closed`, `incident_unknown`, `incident_ambiguous`,
   * `verb_unsuitable`, and `version_conflict` where the run stands at another version than expected.
   */
  retry(id: string, { actor, ...more }: OperatorOptions & Pick<RetryInput, "step" | "input">) {
    return this.perform(retryRun, { id, actor, ...more });
  }

  /**
   * States of a step that it was done, with its output, or was not; or of a compensation that it has been done by hand.
   * Throws as `retry`.
   */
  resolve(
    id: string,
    {
      actor,
      ...more
    }: OperatorOptions & Pick<ResolveInput, "step" | "outcome" | "output"> & { readonly reason: string },
  ) {
    return this.perform(resolveRun, { id, actor, ...more });
  }

  /** Goes on without a step whose output nothing needs, or leaves an effect as residue. Throws as `retry`. */
  skip(id: string, { actor, ...more }: OperatorOptions & { readonly step?: string }) {
    return this.perform(skipRun, { id, actor, ...more });
  }

  /** Holds a run: no command is sent until `resume`. Throws as `retry`. */
  suspend(id: string, { actor, ...more }: OperatorOptions) {
    return this.perform(suspendRun, { id, actor, ...more });
  }

  /**
   * Starts a run that has ended once more, as a new one with the same input, and gives its id as `run`. Throws
   * `run_unknown`, `run_open`, `overloaded`.
   */
  rerun(id: string, { actor, ...more }: OperatorOptions) {
    return this.perform(rerunRun, { id, actor, ...more });
  }

  /** Lets a suspended run go on. Throws as `retry`. */
  resume(id: string, { actor, ...more }: OperatorOptions) {
    return this.perform(resumeRun, { id, actor, ...more });
  }

  /**
   * Tells a run what it waits for, or will wait for: the payload is the output of the wait. The same `signalId` twice is
   * one signal. Throws `run_unknown`, `run_closed` where the run does not go forward, `signal_refused`.
   */
  signal(id: string, { actor, ...more }: OperatorOptions & Pick<SignalInput, "signal" | "payload" | "signalId">) {
    return this.perform(signalRun, { id, actor, ...more });
  }

  /** Ends a run as it stands: nothing more is sent, and what may be left in the world is listed. Throws as `retry`. */
  abandon(id: string, { actor, ...more }: OperatorOptions) {
    return this.perform(abandonRun, { id, actor, ...more });
  }

  /** Performs any operation, with its input checked as for everybody else. */
  perform<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> {
    return perform(operation, this.parts.access, input);
  }

  /** Hears each status event of each run, in the order of a run's numbers. */
  onStatus(hear: (event: StatusEvent) => void): Subscription {
    return this.parts.bus.onStatus(hear);
  }

  /** Finishes what is being worked on, within seconds, and closes. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const { manager, orchestrator, retention, bus, journal, socket } = this.parts;
    retention.stop();
    await socket?.close();
    await manager.stop({ graceMs: drainMs });
    await orchestrator.stop();
    this.giveUpWaiting(closed());
    await bus.close();
    await journal.close();
  }

  private changed(run: Run, standing: Standing, workflow: Workflow): void {
    const expiry = standing.phase === "ended" ? expiresAt(workflow, run) : undefined;
    if (expiry !== undefined) this.parts.retention.ended(expiry);
    this.standstills.changed(run, standing, workflow);
  }

  private giveUpWaiting(reason: ClewError): void {
    this.standstills.giveUp(reason);
    this.watches.giveUp(reason);
  }

  private fail(cause: unknown, tell: OpenOptions["onFailure"]): void {
    if (this.failure) return;
    this.failure = { cause };
    this.giveUpWaiting(engineFailed());
    if (tell) return tell(cause);
    // Not from here: whoever else waits for the journal has to be told first.
    queueMicrotask(() => {
      throw cause;
    });
  }
}

const closed = () =>
  new ClewError("engine_closed", "the engine is closed", {
    mend: "Open it again: every open run goes on, and `result` with the run's id waits for it.",
  });

interface Parts {
  readonly bus: EventBus;
  readonly journal: Journal;
  readonly orchestrator: Orchestrator;
  readonly retention: Retention;
  readonly manager: WorkerManager;
  readonly access: Access;
  socket: LocalSocket | undefined;
}

/** What is neither is the id of no run. */
const idOf = (run: string | Started): string => (typeof run === "object" && run !== null ? run.id : run);

/** Throws `contract_conflict` where two say something else of one worker type. */
function contractsOf({ workers = [], catalogue = emptyCatalogue }: OpenOptions): Catalogue {
  const declared = workers.flatMap(({ type, contract }) => (contract ? [new Map([[type, contract]])] : []));
  return mergeCatalogues([catalogue, ...declared]);
}

function filePath(journal: string): string {
  return journal.startsWith("file:") ? journal.slice("file:".length) : journal;
}

async function openJournal({ journal, onNotice = warn }: OpenOptions, clock: Clock): Promise<Journal> {
  if (journal === "memory:") return new MemoryJournal();
  refuseForeignScheme(journal);
  return SqliteJournal.open({ file: filePath(journal), clock, notice: onNotice });
}

const warn = (text: string): void => process.emitWarning(text, "ClewWarning");

function refuseForeignScheme(journal: string): void {
  const scheme = /^([a-z]+):/.exec(journal)?.[1];
  if (scheme === undefined || scheme === "file") return;
  throw new ClewError("invalid_argument", `cannot open the journal ${scheme}:…: only files and memory are built`, {
    mend: "Write file:<path>, or memory: for a journal that keeps nothing.",
  });
}

/** A journal to read beside the process that owns it, and who that is. */
export interface OpenedReader {
  readonly journal: JournalReader;
  /** For operations that change nothing. */
  readonly access: Access;
  /** Who took the journal last and has not closed it; it may have been killed since, and then its socket refuses. */
  owner(): Promise<OwnerInfo | undefined>;
  close(): Promise<void>;
}

/** Throws `journal_missing` where there is no such file. */
export async function openReader(journal: string): Promise<OpenedReader> {
  refuseForeignScheme(journal);
  const reader = await SqliteReader.open(filePath(journal));
  const access: Access = { journal: reader, engine: undefined, clock: new SystemClock() };
  return { journal: reader, access, owner: () => reader.owner(), close: () => reader.close() };
}

/**
 * A workflow from YAML or JSON text, or from an object; `catalogue` is what is known of worker types besides what it
 * declares itself. Throws `InvalidDefinition` with all its problems.
 */
export function parseWorkflow(source: DefinitionSource, catalogue?: Catalogue): Workflow {
  const parsed = parseDefinition(source, catalogue);
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.workflow;
}

export type {
  Catalogue,
  DefinitionProblem,
  DefinitionSource,
  Json,
  RunStatus,
  RunView,
  Started,
  StatusEvent,
  TypedWorkflow,
  Workflow,
};
export { InvalidDefinition, parseDefinition };
export { ClewError } from "./base/errors.ts";
export { SystemClock } from "./base/system.ts";
export { parseCatalogue } from "./definition/parse-definition.ts";
export type { WorkerContract } from "./definition/catalogue.ts";
export { defineWorkflow, type WorkflowOptions } from "./definition/typed/define-workflow.ts";
export { cel, compute, type Expression } from "./definition/typed/expression.ts";
export { orElse } from "./definition/typed/recorded-reference.ts";
export type {
  Case,
  ChildOptions,
  Duration,
  ForEachOptions,
  LoopOptions,
  ParallelOptions,
  RetryOptions,
  SequenceRecorder,
  SignalOptions,
  StepOptions,
  WorkflowRecorder,
} from "./definition/typed/recorder-type.ts";
export type { Mapping, Ref, Reference } from "./definition/typed/reference-type.ts";
export type { SchemaSource, StandardSchema, TypeOf } from "./definition/typed/schema-source.ts";
export { type ContractSource, type WorkerType, workerType } from "./definition/typed/worker-type.ts";
export { EffectLedger } from "./worker/effect-ledger/effect-ledger.ts";
export {
  type Answer,
  compensated,
  type Failure,
  type Handler,
  succeeded,
  type WorkContext,
  type Worker,
  type WorkerOptions,
  worker,
  WorkFailed,
} from "./worker/worker.ts";

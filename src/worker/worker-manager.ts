/**
 * Runs workers against a bus: one station for each worker type, all over one set of alarms.
 *
 * new → started → stopping → stopped; a stop before the start goes to stopped at once, and there is no way back.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { ClewError } from "../base/errors.ts";
import { isName } from "../base/ids.ts";
import type { EventBus } from "../bus/event-bus.ts";
import { workerSource } from "../bus/make-envelope.ts";
import { Alarms } from "./alarms.ts";
import { type SetAside, Station } from "./station.ts";
import type { Worker } from "./worker.ts";

export interface WorkerManagerOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly namespace: string;
  /** Tells this WorkerManager's answers from those of others; letters, digits, `.`, `_` and `-`, at most 64. */
  readonly instance: string;
  /** At most one for each worker type. */
  readonly workers: readonly Worker[];
  /** Called once for each command that could not be worked on. */
  readonly onSetAside?: (command: SetAside) => void;
}

export interface StopOptions {
  /** How long what is in work may go on. Default 30 s; 0 lets go of it at once. */
  readonly graceMs?: number;
}

const defaultGraceMs = 30_000;
const mostRoom = 10_000;
const instancePattern = /^[A-Za-z0-9._-]{1,64}$/;

export class WorkerManager {
  private readonly options: WorkerManagerOptions;
  private readonly alarms: Alarms;
  private stations: readonly Station[] = [];
  private state: "new" | "started" | "stopping" = "new";
  private stopped: Promise<void> | undefined;
  private setAsides = 0;
  private onLeft = (): void => {};

  /** Throws `invalid_argument` for workers or names that cannot be. */
  constructor(options: WorkerManagerOptions) {
    checkOptions(options);
    this.options = options;
    this.alarms = new Alarms(options.clock);
  }

  /** Idempotent. Throws `engine_closed` after a stop. */
  start(): void {
    if (this.state === "stopping")
      throw new ClewError("engine_closed", "starting a WorkerManager: it was stopped", { mend: "Make a new one." });
    if (this.state === "started") return;
    this.state = "started";
    const { bus, clock, namespace, instance, workers } = this.options;
    const owner = { setAside: (command: SetAside) => this.setAside(command), left: () => this.onLeft() };
    this.stations = workers.map((worker) => {
      const source = workerSource(namespace, worker.type, instance);
      return new Station(worker, { bus, clock, alarms: this.alarms, source }, owner);
    });
  }

  /**
   * Takes nothing more, waits for what is in work up to the grace, then lets go of the rest: its handlers' signals
   * abort, and the commands are delivered to somebody else. What is past its deadline is not waited for: the engine
   * no longer does either. Resolves then; idempotent, the first grace counts.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.stopped ??= this.drain(options.graceMs ?? defaultGraceMs);
    return this.stopped;
  }

  /** How many commands are in work. */
  get openCount(): number {
    return this.stations.reduce((count, station) => count + station.openCount, 0);
  }

  /** How many commands could not be worked on. */
  get setAsideCount(): number {
    return this.setAsides;
  }

  private async drain(graceMs: number): Promise<void> {
    this.state = "stopping";
    for (const station of this.stations) station.drain();
    if (this.openCount > 0 && graceMs > 0) await this.emptyWithin(graceMs);
    for (const station of this.stations) station.close();
    this.alarms.stop();
  }

  private async emptyWithin(graceMs: number): Promise<void> {
    const { clock } = this.options;
    const latest = Math.max(...this.stations.map((station) => station.latestDeadlineMs));
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      timer = clock.at(Math.min(clock.now() + graceMs, latest), resolve);
      this.onLeft = () => {
        if (this.openCount === 0) resolve();
      };
    });
    timer?.cancel();
  }

  private setAside(command: SetAside): void {
    this.setAsides++;
    this.options.onSetAside?.(command);
  }
}

function checkOptions({ namespace, instance, workers }: WorkerManagerOptions): void {
  if (!isName(namespace)) throw invalid(`namespace ${JSON.stringify(namespace)} is no name`);
  if (!instancePattern.test(instance)) throw invalid(`instance ${JSON.stringify(instance)} is no instance's name`);
  const types = new Set<string>();
  for (const { type, room } of workers) {
    if (!isName(type)) throw invalid(`worker type ${JSON.stringify(type)} is no name`);
    if (types.has(type)) throw invalid(`worker type ${type} is given twice`);
    if (!Number.isInteger(room) || room < 1 || room > mostRoom)
      throw invalid(`worker type ${type} has room ${room}, which is no whole number from 1 to ${mostRoom}`);
    types.add(type);
  }
}

const invalid = (what: string): ClewError =>
  new ClewError("invalid_argument", `making a WorkerManager: ${what}`, {
    mend: "Give each worker type once; names are lower case letters, digits, _ and -, at most 64.",
  });

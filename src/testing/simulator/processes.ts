/**
 * Who is alive: the engine's process and those of the workers, each on a machine of its own, or all in one process. They
 * crash, fail, are stopped and are started again after a while.
 *
 * 1. There is at most one engine, and it is `isReady` from the end of its start until it begins to stop.
 * 2. A WorkerManager that is at home in the engine's process ends with it.
 */
import { type Ids, uuid7 } from "../../base/ids.ts";
import type { EventBus } from "../../bus/event-bus.ts";
import { InProcessBus } from "../../bus/in-process/in-process-bus.ts";
import { workerTypesOf } from "../../definition/workflow.ts";
import { Orchestrator } from "../../orchestrator/orchestrator.ts";
import type { SagaEventType } from "../../saga/event.ts";
import { WorkerManager } from "../../worker/worker-manager.ts";
import type { Dice } from "./dice.ts";
import type { FaultKind } from "./faults.ts";
import { GhostWorkers } from "./ghost-workers.ts";
import { Life } from "./life.ts";
import { Machine } from "./machine.ts";
import { ProcessBus } from "./process-bus.ts";
import { byLuck, type StepScript } from "./script.ts";
import type { Setting } from "./setting.ts";
import { SimJournal } from "./sim-journal.ts";
import { strangersAnswer } from "./stranger.ts";

/** A life of the engine. */
export interface Engine {
  readonly life: Life;
  readonly journal: SimJournal;
  readonly orchestrator: Orchestrator;
  readonly bus: ProcessBus;
  isReady: boolean;
}

/** A WorkerManager at work. */
interface Crew {
  readonly life: Life;
  readonly manager: WorkerManager;
  readonly ghosts: GhostWorkers;
}

/** The engine's timers and the guard's, one each, with the WorkerManager's and its stop's where they share a process. */
const mostTimers = 4;
const longestDeathMs = 20_000;
const longestLingerMs = 5000;

export class Processes {
  engine: Engine | undefined;
  /** Told of each run of which an engine is given a result. */
  onAnswered: (runId: string) => void = () => {};
  /** Told of each run that asks for an operator. */
  onIncident: (runId: string) => void = () => {};
  /** Told of each run that waits for a time or a signal. */
  onWaiting: (runId: string) => void = () => {};
  /** Told of each run that has ended. */
  onEnded: (runId: string) => void = () => {};
  /** Told of each command that the bus had no room for. */
  onRefused: (commandId: string) => void = () => {};
  private readonly setting: Setting;
  private readonly engineMachine: Machine;
  private readonly crewMachines: readonly Machine[];
  private readonly crews: (Crew | undefined)[];
  private readonly ids: Ids;
  private readonly isEmbedded: boolean;
  private lives = 0;

  constructor(setting: Setting) {
    const { plan, scheduler, dice } = setting;
    this.setting = setting;
    this.isEmbedded = plan.home === "embedded";
    this.engineMachine = new Machine(scheduler);
    this.crewMachines = Array.from({ length: plan.managers }, () =>
      this.isEmbedded ? this.engineMachine : new Machine(scheduler),
    );
    this.crews = this.crewMachines.map(() => undefined);
    this.ids = idsOf(dice.fork(), this.engineMachine);
  }

  /** Starts whoever is not alive. */
  start(): void {
    if (!this.engine) this.startEngine();
    if (!this.isEmbedded) for (const place of this.crews.keys()) if (!this.crews[place]) this.startCrew(place);
  }

  get machines(): readonly Machine[] {
    return this.isEmbedded ? [this.engineMachine] : [this.engineMachine, ...this.crewMachines];
  }

  /** Nothing is set at the clock but the next due time of each part (I16). */
  lookAtTimers(): void {
    const { life, isReady } = this.engine ?? {};
    if (!isReady || !life || life.isOver) return;
    // A publisher that was refused has a timer of its own until there is room.
    const refused = this.setting.plan.weather["bus had no room"] > 0 ? Infinity : 0;
    if (life.timerCount > mostTimers + refused)
      this.setting.oracle.violate(`I16: ${life.name} has ${life.timerCount} timers set`);
  }

  /** `likely` says how likely it dies at any of its calls, `kind` what that is then. */
  private newLife(name: string, machine: Machine, likely: FaultKind, kind: FaultKind): Life {
    const { scheduler, faults, trace } = this.setting;
    const life: Life = new Life(`${name} ${++this.lives}`, scheduler, machine, () => {
      if (!this.setting.isChaos || !faults.happens(likely)) return false;
      this.crash(life, kind);
      return true;
    });
    trace.say(`${life.name} is started`);
    return life;
  }

  private startEngine(): void {
    const { oracle, plan, broker } = this.setting;
    const kind = this.isEmbedded ? "both crashed" : "orchestrator crashed";
    const life = this.newLife("engine", this.engineMachine, "orchestrator crashed", kind);
    const journal = this.openJournal(life);
    const bus = this.busOf(life, this.isEmbedded ? new InProcessBus() : broker.connect(life));
    bus.onStatus(() => {});
    const orchestrator = new Orchestrator({
      ...{ journal, bus, clock: life, ids: this.ids, namespace: "simulated", maxUncommitted: plan.maxUncommitted },
      onFailure: (cause) => this.engineFailed(life, cause),
    });
    const engine: Engine = { life, journal, orchestrator, bus, isReady: false };
    this.engine = engine;
    orchestrator.start(plan.children).then(
      () => {
        if (life.isOver) return;
        engine.isReady = true;
        oracle.times.isReady(life);
        if (this.isEmbedded) this.manageLater(life, bus);
      },
      (cause: unknown) => this.engineFailed(life, cause),
    );
  }

  private openJournal(life: Life): SimJournal {
    const { scheduler, disk, faults, oracle, trace, dice, onRecorded } = this.setting;
    return new SimJournal({
      ...{ disk, life, scheduler, faults, dice: dice.fork() },
      onRecorded: (batch, outcomes) => {
        for (const { id, transition } of batch)
          trace.say(`${id}: ${transition.events.map(({ type }) => type).join(", ")}`, "engine", "journal");
        onRecorded(batch, outcomes);
        oracle.recorded(life, batch, outcomes);
        for (const { id, transition } of batch)
          for (const { type } of transition.events.slice(-1)) if (finalEvents.has(type)) this.onEnded(id);
        for (const { id, transition } of batch)
          if (transition.events.some(({ type }) => type === "IncidentOpened")) this.onIncident(id);
        for (const { id, transition } of batch) if (transition.events.at(-1)?.type === "WaitBegan") this.onWaiting(id);
      },
      onRecordedByTheDead: () => oracle.writtenByTheDead(life),
    });
  }

  private startCrew(place: number): void {
    const machine = this.crewMachines[place] ?? this.engineMachine;
    const life = this.newLife("workers", machine, "workers crashed", "workers crashed");
    this.manage(life, this.busOf(life, this.setting.broker.connect(life)), place);
  }

  private busOf(life: Life, inner: EventBus): ProcessBus {
    const { oracle, faults, trace, dice } = this.setting;
    return new ProcessBus({
      ...{ inner, life, oracle, faults, trace },
      onDelivered: (command) => {
        if (!faults.happens("stranger answered")) return;
        faults.count("stranger answered");
        inner.publishResult(strangersAnswer(dice, command))?.catch(() => {});
      },
      onAnswered: ({ runid }) => this.onAnswered(runid),
      onRefused: (commandId) => {
        for (const crew of this.crews) crew?.ghosts.nudge(commandId);
        this.onRefused(commandId);
      },
    });
  }

  /** Workers may come to an engine that has been at work for a while. */
  private manageLater(life: Life, bus: ProcessBus): void {
    const { scheduler, dice } = this.setting;
    const delayMs = this.setting.isChaos ? dice.pick([0, 0, dice.roll(10_000)]) : 0;
    if (delayMs === 0) return this.manage(life, bus, 0);
    scheduler.in(delayMs, `${life.name}: workers come`, () => {
      if (!life.isOver && !life.isStopping) this.manage(life, bus, 0);
    });
  }

  private manage(life: Life, bus: EventBus, place: number): void {
    const { scheduler, ledger, plan, dice, oracle, trace } = this.setting;
    const workflows = [...plan.runs.map(({ workflow }) => workflow), ...plan.children];
    const ghosts = new GhostWorkers({
      ...{ ledger, scheduler, life, habit: plan.habit, duties: oracle.duties, dice: dice.fork() },
      catalogue: new Map(workflows.flatMap(({ catalogue }) => [...catalogue])),
      unlucky: () => (this.setting.isChaos ? plan.unlucky : 0),
      scriptOf: (runId, step) => this.scriptOf(runId, step),
      trace: (text) => trace.say(text),
    });
    const manager = new WorkerManager({
      ...{ bus, clock: life, namespace: "simulated", instance: life.name.replace(" ", "-") },
      workers: ghosts.workers([...new Set(workflows.flatMap(workerTypesOf))]),
    });
    this.crews[place] = { life, manager, ghosts };
    manager.start();
  }

  private scriptOf(runId: string, step: string): StepScript {
    const run = this.setting.oracle.plannedOf(runId);
    return run?.scripts[run.workflow.places.get(step) ?? -1] ?? byLuck;
  }

  // How they end

  /** Whoever is alive dies at once. */
  crashAll(): void {
    const lives = new Set([this.engine?.life, ...this.crews.map((crew) => crew?.life)]);
    for (const life of lives) if (life) this.crash(life, "both crashed");
  }

  private crash(life: Life, kind: FaultKind): void {
    if (life.isOver) return;
    const uncommitted = this.engine?.life === life ? this.engine.journal.uncommitted : 0;
    const inWork = this.crews.some((crew) => crew?.life === life && crew.manager.openCount > 0);
    if (uncommitted > 0 || inWork) this.setting.faults.count(kind);
    this.setting.trace.say(`${life.name} crashes`);
    this.end(life);
  }

  private engineFailed(life: Life, cause: unknown): void {
    if (life.isOver) return;
    const { oracle, trace, isChaos } = this.setting;
    trace.say(`${life.name} fails: ${cause instanceof Error ? cause.message : String(cause)}`);
    if (!isChaos || !isOfTheJournal(cause)) oracle.violate(`${life.name} failed: ${String(cause)}`);
    this.end(life);
  }

  /** As an operator stops it: workers first where they are at home there, as the library does. */
  stopEngine(graceMs: number): void {
    const { engine, setting } = this;
    if (!engine?.isReady || engine.life.isOver) return;
    if (engine.orchestrator.activeRuns > 0) setting.faults.count("orchestrator restarted");
    const { life, orchestrator, journal } = engine;
    setting.trace.say(`${life.name} is stopped`);
    engine.isReady = false;
    life.isStopping = true;
    const crew = this.crews.find((one) => one?.life === life);
    void Promise.resolve(crew?.manager.stop({ graceMs }))
      .then(() => orchestrator.stop())
      .then(() => journal.close())
      .then(() => this.end(life));
  }

  /** One WorkerManager is replaced by another. */
  stopCrew(place: number, graceMs: number): void {
    const { scheduler, dice } = this.setting;
    const crew = this.crews[place];
    if (!crew || crew.life.isOver || crew.life.isStopping) return;
    const { life, manager } = crew;
    if (manager.openCount > 0) this.setting.faults.count("workers restarted");
    this.setting.trace.say(`the workers of ${life.name} are stopped`);
    life.isStopping = true;
    void manager.stop({ graceMs }).then(() => {
      if (life.isOver) return;
      // What it does besides keeps the process for a while: handlers that did not heed the stop go on.
      if (!this.isEmbedded)
        return void scheduler.in(dice.roll(longestLingerMs), `${life.name} is done`, () => this.end(life));
      const { engine } = this;
      if (engine?.life === life && engine.isReady) this.manage(life, engine.bus, place);
    });
  }

  private end(life: Life): void {
    if (life.isOver) return;
    life.end();
    this.setting.broker.bury(life);
    const delayMs = this.setting.isChaos ? this.setting.dice.roll(longestDeathMs) : 10;
    const again = (name: string) => this.setting.scheduler.in(delayMs, `${name} is started again`, () => this.start());
    if (this.engine?.life === life) {
      this.engine.journal.kill();
      this.engine = undefined;
      again("the engine");
    }
    for (const [place, crew] of this.crews.entries()) {
      if (crew?.life !== life) continue;
      this.crews[place] = undefined;
      if (!this.isEmbedded) again("a crew");
    }
  }
}

const finalEvents: ReadonlySet<SagaEventType> = new Set(["RunCompleted", "RunCompensated", "RunFailed"]);

const isOfTheJournal = (cause: unknown): boolean => {
  const code = String((cause as { readonly code?: unknown } | undefined)?.code);
  return ["journal_failed", "journal_owned", "journal_closed"].includes(code);
};

function idsOf(dice: Dice, machine: Machine): Ids {
  let count = 0;
  return {
    uid: () =>
      uuid7(
        machine.wallMs,
        count++,
        Uint8Array.from({ length: 8 }, () => dice.roll(256)),
      ),
  };
}

/**
 * One world by its seed: the real Orchestrator and WorkerManager, in processes that die and are started again, over a
 * disk and a bus that misbehave. First the chaos, then a phase without faults, in which every run must come to its end or
 * stand blocked.
 */
import { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { Recorded, Recording } from "../../journal/journal.ts";
import { MemoryDisk } from "../../journal/memory/memory-journal.ts";
import { finalStatuses, type Status } from "../../saga/tables.ts";
import { addBlocks } from "./add-blocks.ts";
import { Callers } from "./callers.ts";
import { Dice } from "./dice.ts";
import { type FaultCounts, Faults } from "./faults.ts";
import { enrichWorld } from "./enrich-world.ts";
import { generateWorld, type PlannedRun, type WorldPlan } from "./generate-world.ts";
import { Judgement } from "./judgement.ts";
import { Operators } from "./operators.ts";
import { Oracle } from "./oracle.ts";
import { Processes } from "./processes.ts";
import { Reruns } from "./reruns.ts";
import { Scheduler } from "./scheduler.ts";
import type { Setting } from "./setting.ts";
import { Signallers } from "./signallers.ts";
import { Broker } from "./sim-bus.ts";
import { Trace, type TraceLine } from "./trace.ts";
import { Trials } from "./trials.ts";

export interface WorldOptions {
  readonly seed: number;
  /** Numbers of faults that are left out: how a failure is shrunk. */
  readonly leftOut?: ReadonlySet<number>;
  /** Runs that are left out, by their place in the plan. */
  readonly withoutRuns?: ReadonlySet<number>;
  /** Whether to keep the lines of the trace. */
  readonly isTraced?: boolean;
  /** Told of each batch that the journal has answered. */
  readonly onRecorded?: (batch: readonly Recording[], outcomes: readonly Recorded[]) => void;
}

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly faults: FaultCounts;
  readonly faultsMade: number;
  readonly runs: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** How often what is rare happened: in limits, reruns, blocks, signals and children; and by code, verbs that were refused. */
  readonly rarities: Readonly<Record<string, number>>;
  /** What callers asked for, and how much of it was answered. */
  readonly asked: number;
  readonly answered: number;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly fingerprint: string;
  readonly lines: readonly TraceLine[];
  /** The runs' ids by their uids, of which message ids are made. */
  readonly idsOfRuns: ReadonlyMap<string, string>;
}

/** More is a world that does not come to rest. */
const mostSteps = 150_000;
/** Longer than any run with the longest waits that are generated. */
const longestMs = 60 * 86_400_000;
/** What can be mended ends sooner. */
const mostRounds = 12;
const toHelp: ReadonlySet<Status> = new Set(["blocked", "suspended"]);
const longestSetMs = 3_600_000;
const longestGraceMs = 10_000;
/**
 * Of dice that are rolled only where they change something, so that other worlds stay as they are. Chosen so that the
 * worlds in which bugs were found (docs/simulator.md) are among these.
 */
const ownSalt = 446_524;
/** The same, so that those are not among these. */
const treeSalt = 24_257;

export class World {
  readonly disk = new MemoryDisk();
  readonly plan: WorldPlan;
  private readonly options: WorldOptions;
  private readonly setting: Setting;
  private readonly startedAtMs: number;
  private readonly ledger = new GhostLedger();
  private readonly oracle: Oracle;
  private readonly processes: Processes;
  private readonly callers: Callers;
  private readonly operators: Operators;
  private readonly reruns: Reruns;
  private readonly trials: Trials;

  constructor(options: WorldOptions) {
    const dice = new Dice(options.seed);
    const ownDice = new Dice(options.seed ^ ownSalt);
    const treeDice = new Dice(options.seed ^ treeSalt);
    const plan = addBlocks(enrichWorld(generateWorld(dice.fork()), ownDice), treeDice);
    const { withoutRuns } = options;
    this.options = options;
    this.plan = withoutRuns ? { ...plan, runs: plan.runs.filter((_, at) => !withoutRuns.has(at)) } : plan;
    const faults = new Faults(dice.fork(), plan.weather, options.leftOut);
    const trace: Trace = new Trace(options.isTraced === true, () => this.elapsedMs);
    const scheduler = new Scheduler(dice.fork(), ({ name }) => trace.say(name));
    this.startedAtMs = scheduler.nowMs;
    this.oracle = new Oracle(this.plan, this.ledger, () => scheduler.nowMs);
    this.setting = {
      ...{ plan: this.plan, dice, faults, scheduler, trace, disk: this.disk, ledger: this.ledger, oracle: this.oracle },
      broker: new Broker({ scheduler, faults, dice: dice.fork() }),
      isChaos: true,
      onRecorded: options.onRecorded ?? (() => {}),
    };
    this.processes = new Processes(this.setting);
    this.callers = new Callers(this.setting, this.processes);
    this.operators = new Operators(this.setting, this.callers);
    this.reruns = new Reruns(this.setting, this.callers, ownDice.fork());
    this.trials = new Trials(this.setting, this.callers, ownDice.fork());
    const signallers = new Signallers(this.setting, this.callers, treeDice.fork());
    this.processes.onWaiting = (runId) => signallers.waits(runId);
    this.processes.onEnded = (runId) => this.reruns.ended(runId);
    this.processes.onIncident = (runId) => {
      this.operators.alarm(runId);
      this.trials.alarm(runId);
    };
  }

  async live(): Promise<Outcome> {
    const { scheduler, faults, trace } = this.setting;
    this.processes.start();
    for (const run of this.plan.runs) {
      this.callers.plan(run);
      this.operators.plan(run);
      this.reruns.plan(run);
      this.trials.plan(run);
    }
    for (const atMs of this.plan.upheavalsAtMs) scheduler.in(atMs, "an upheaval", () => this.upheaval());
    scheduler.in(this.plan.chaosMs, "the chaos is over", () => {});
    await this.until(() => this.elapsedMs >= this.plan.chaosMs);
    this.setting.isChaos = false;
    faults.end();
    trace.say("from here on nothing goes wrong");
    this.processes.start();
    await this.until(() => false);
    await this.clearUp();
    if (this.reruns.atRest()) {
      await this.until(() => false);
      await this.clearUp();
    }
    await this.compareMemory();
    // What went wrong on the way says more than what it left behind.
    if (this.oracle.violations.length === 0)
      new Judgement(this.oracle, this.ledger, this.disk, this.plan).judge(this.oracle.runs());
    return this.outcome();
  }

  /** What was planned, what was started again from it, and their children. */
  private allRuns(): readonly PlannedRun[] {
    const again = this.oracle
      .runs()
      .flatMap(({ run, planned }) =>
        (run.rerunOf !== undefined || run.parent !== undefined) && planned ? [planned] : [],
      );
    return [...this.plan.runs, ...again];
  }

  private get elapsedMs(): number {
    return this.setting.scheduler.nowMs - this.startedAtMs;
  }

  private async until(isOver: () => boolean): Promise<void> {
    const { oracle, processes } = this;
    const { scheduler } = this.setting;
    while (!isOver() && oracle.violations.length === 0) {
      if (scheduler.steps > mostSteps) return oracle.violate(`I16: no rest after ${mostSteps} steps`);
      if (this.elapsedMs > longestMs) return oracle.violate("I15: no rest after 60 days");
      if (!(await scheduler.step())) return;
      oracle.outgoing.look();
      oracle.times.look();
      processes.lookAtTimers();
    }
  }

  private upheaval(): void {
    const { faults, broker, dice, trace } = this.setting;
    const { processes } = this;
    if (faults.happens("bus lost everything")) broker.loseEverything();
    if (faults.happens("both crashed")) processes.crashAll();
    if (faults.happens("orchestrator restarted")) processes.stopEngine(dice.roll(longestGraceMs));
    if (faults.happens("workers restarted"))
      processes.stopCrew(dice.roll(this.plan.managers), dice.roll(longestGraceMs));
    for (const [kind, sign] of [["clock set forward", 1] as const, ["clock set back", -1] as const]) {
      if (!faults.happens(kind)) continue;
      const machine = processes.machines[dice.roll(processes.machines.length)];
      if (!machine) continue;
      if ([...machine.lives].some(({ timerCount }) => timerCount > 0)) faults.count(kind);
      const byMs = sign * dice.between(1000, longestSetMs);
      machine.setClock(byMs);
      trace.say(`a clock is set by ${byMs} ms`);
    }
  }

  /** What only an operator can help goes on, and is mended, verb by verb, until it ends; or he gives it up. */
  private async clearUp(): Promise<void> {
    const { clearUp } = this.plan;
    // Whose turn comes when others have ended takes rounds of its own.
    for (let round = 0; round <= mostRounds * 3 && this.oracle.violations.length === 0; round++) {
      const open = this.allRuns().filter(({ id }) => toHelp.has(this.oracle.byId(id)?.status ?? "pending"));
      for (const run of open) {
        if (this.oracle.byId(run.id)?.status === "suspended") this.operators.say(run, { type: "resume" });
        else if (clearUp === "abandon" || (clearUp === "mend" && round >= mostRounds)) this.callers.abandon(run);
        else if (clearUp === "mend") this.operators.mend(run);
      }
      if (open.length === 0) return;
      await this.until(() => false);
    }
  }

  /** What the engine holds and shows, when everything is durable. */
  private async compareMemory(): Promise<void> {
    const { engine } = this.processes;
    if (this.oracle.violations.length > 0 || !engine?.isReady) return;
    if (engine.orchestrator.activeRuns > 0)
      this.oracle.violate(`I16: ${engine.orchestrator.activeRuns} runs stay in memory at rest`);
    for (const { id } of this.allRuns()) {
      let isSeen = false;
      engine.orchestrator.look(id).then(
        (found) => {
          isSeen = true;
          if (found) this.oracle.compare(found.run);
        },
        (error: unknown) => this.oracle.violate(`looking at ${id} failed: ${String(error)}`),
      );
      await this.until(() => isSeen);
    }
  }

  private outcome(): Outcome {
    const { faults, scheduler, trace } = this.setting;
    const runs = this.oracle.runs();
    const statuses: Record<string, number> = {};
    for (const { status } of runs) statuses[status] = (statuses[status] ?? 0) + 1;
    return {
      seed: this.options.seed,
      violations: this.oracle.violations,
      faults: faults.counts,
      faultsMade: faults.made,
      runs: runs.filter(({ status }) => finalStatuses.has(status) || status === "blocked").length,
      statuses,
      rarities: {
        "waited for a place": this.oracle.limits.held,
        "started again": this.oracle.reruns.count,
        ...this.oracle.blocks.counts,
        ...this.oracle.children.counts,
        ...Object.fromEntries(this.oracle.words.refusals),
      },
      asked: this.callers.asked,
      answered: this.callers.answered,
      simulatedMs: this.elapsedMs,
      steps: scheduler.steps,
      fingerprint: trace.fingerprint,
      lines: trace.lines,
      idsOfRuns: new Map(runs.map(({ uid, id }) => [uid, id])),
    };
  }
}

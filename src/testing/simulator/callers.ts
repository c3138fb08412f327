/**
 * Who asks the engine for something: callers who start runs, once or twice, rightly or wrongly; somebody who looks; and
 * operators. Each asks until he is answered; what the engine refuses is an answer, too.
 */
import type { JsonObject } from "../../base/json.ts";
import type { Orchestrator } from "../../orchestrator/orchestrator.ts";
import type { VerbAnswer } from "../../orchestrator/orchestrator-options.ts";
import type { PlannedRun } from "./generate-world.ts";
import { partsOf } from "./kept-run.ts";
import type { Processes } from "./processes.ts";
import type { Setting } from "./setting.ts";

/** How long a caller waits for his answer before he asks again. */
const patienceMs = 30_000;

export class Callers {
  asked = 0;
  answered = 0;
  private readonly setting: Setting;
  private readonly processes: Processes;

  constructor(setting: Setting, processes: Processes) {
    this.setting = setting;
    this.processes = processes;
    processes.onAnswered = (runId) => this.meddle(runId);
    processes.onRefused = (commandId) => this.intervene(commandId);
  }

  /** All that is planned for a run. */
  plan(run: PlannedRun): void {
    const { id, input } = run;
    for (const atMs of [run.startAtMs, ...run.againAtMs]) this.in(atMs, `start ${id}`, () => this.start(run));
    for (const atMs of run.looksAtMs) this.in(atMs, `look at ${id}`, () => this.look(run, () => {}));
    for (const atMs of run.cancelsAtMs) this.in(atMs, `cancel ${id}`, () => this.cancel(run));
    const { abandonAtMs, conflictAtMs, misfitAtMs } = run;
    if (abandonAtMs !== undefined) this.in(abandonAtMs, `abandon ${id}`, () => this.abandon(run));
    if (conflictAtMs !== undefined)
      this.in(conflictAtMs, `start ${id} otherwise`, () => this.startOtherwise(run, { ...input, amount: -1 }));
    if (misfitAtMs !== undefined)
      this.in(misfitAtMs, `start ${id} with a misfit`, () =>
        this.startWrongly("C20", { ...run, id: `${id}-misfit`, input: { ...input, amount: "much" } }),
      );
  }

  /** Somebody asks for a run in the very moment in which the engine hears of it. */
  private meddle(runId: string): void {
    const { plan, dice, isChaos, scheduler } = this.setting;
    // Most of all for one that has left memory, and has to be looked for.
    const isHeld = this.processes.engine?.orchestrator.isUnderWay(runId) === true;
    if (!isChaos || !dice.chance(plan.meddling * (isHeld ? 1 : 5))) return;
    const run = plan.runs.find(({ id }) => id === runId);
    if (!run) return;
    scheduler.in(dice.roll(3), `caller: start ${runId}`, () => this.start(run));
    scheduler.in(dice.roll(3), `caller: look at ${runId}`, () => this.look(run, () => {}));
  }

  /** An operator cancels while a command waits for room on the bus. */
  private intervene(commandId: string): void {
    const { plan, dice, isChaos, scheduler, oracle } = this.setting;
    if (!isChaos || !dice.chance(plan.meddling)) return;
    const run = oracle.byUid(partsOf(commandId).uid)?.planned;
    if (!run || run.scripts.some(({ step }) => step !== "by luck")) return;
    scheduler.in(dice.roll(200), `caller: cancel ${run.id}`, () => this.cancel({ ...run, isCareful: false }));
  }

  private start(run: PlannedRun): void {
    const { id, workflow, input } = run;
    const { answers } = this.setting.oracle;
    this.ask(`start ${id}`, (engine) =>
      engine.startRun({ id, workflow, input }).then(({ existed }) => answers.started(run, existed)),
    );
  }

  /** C23: only where the run exists already is it known which of the two is the other one. */
  private startOtherwise(run: PlannedRun, input: JsonObject): void {
    if (this.setting.oracle.byId(run.id)) this.startWrongly("C23", { ...run, input });
  }

  private startWrongly(rule: string, { id, workflow, input }: PlannedRun): void {
    const { answers } = this.setting.oracle;
    this.ask(`start ${id} wrongly`, (engine) =>
      engine
        .startRun({ id, workflow, input })
        .then(() => answers.startedWrongly(`${rule}: a start of ${id} was accepted that had to be refused`)),
    );
  }

  private look({ id }: PlannedRun, seen: (version: number) => void): void {
    const { answers } = this.setting.oracle;
    this.ask(`look at ${id}`, async (engine) => {
      const found = await engine.look(id);
      if (!found) return;
      answers.looked(found.run);
      seen(found.run.version);
    });
  }

  /** A careful operator cancels only the run that he saw. */
  private cancel(run: PlannedRun): void {
    const cancel = (expected: number | undefined) =>
      this.verb(`cancel ${run.id}`, run, "CancelRequested", expected, (engine) =>
        engine.operate(run.id, { type: "cancel" }, { actor: "operator" }, expected),
      );
    if (!run.isCareful) return cancel(undefined);
    this.look(run, (version) =>
      this.setting.scheduler.in(this.setting.dice.roll(3000), `operator: has seen ${run.id}`, () => cancel(version)),
    );
  }

  abandon(run: PlannedRun): void {
    this.verb(`abandon ${run.id}`, run, "RunAbandoned", undefined, (engine) =>
      engine.operate(run.id, { type: "abandon" }, { actor: "operator" }),
    );
  }

  private verb(
    what: string,
    { id }: PlannedRun,
    type: "CancelRequested" | "RunAbandoned",
    expected: number | undefined,
    call: (engine: Orchestrator) => Promise<VerbAnswer>,
  ): void {
    const { answers } = this.setting.oracle;
    this.ask(what, (engine) =>
      call(engine).then(({ changed, version }) => answers.verb(id, type, changed, version, expected)),
    );
  }

  private ask(what: string, call: (engine: Orchestrator) => Promise<void>): void {
    const { scheduler, dice, trace } = this.setting;
    const { engine } = this.processes;
    const again = () => scheduler.in(dice.between(100, 5000), `caller: ${what} again`, () => this.ask(what, call));
    // Nobody is there to be asked.
    if (!engine?.isReady) return void again();
    this.asked++;
    trace.say(what, "caller", "engine");
    let isDone = false;
    const settle = (isAnswered: boolean) => {
      if (isDone) return;
      isDone = true;
      if (!isAnswered) return void again();
      this.answered++;
      trace.say(`${what}: answered`, "engine", "caller");
    };
    call(engine.orchestrator).then(
      () => settle(!engine.life.isOver),
      (error: unknown) => settle(!engine.life.isOver && isAnswer(error)),
    );
    scheduler.in(patienceMs, `caller: ${what} has waited`, () => settle(false));
  }

  private in(delayMs: number, what: string, run: () => void): void {
    this.setting.scheduler.in(delayMs, `caller: ${what}`, run);
  }
}

const refusals: readonly string[] = ["run_closed", "run_unknown", "version_conflict", "run_exists", "invalid_input"];

/** Whether the caller knows where he stands. */
const isAnswer = (error: unknown): boolean =>
  refusals.includes(String((error as { readonly code?: unknown } | undefined)?.code));

/**
 * Who asks the engine for something: callers who start runs, once or twice, rightly or wrongly; somebody who looks; and
 * operators. Each asks until he is answered; what the engine refuses is an answer, too.
 */
import type { ErrorCode } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Orchestrator } from "../../orchestrator/orchestrator.ts";
import type { Run } from "../../saga/run.ts";
import type { PlannedRun } from "./generate-world.ts";
import { partsOf } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Processes } from "./processes.ts";
import type { Setting } from "./setting.ts";
import type { Said } from "./verb-rules.ts";

/** How long a caller waits for his answer before he asks again. */
const patienceMs = 30_000;

/** How an operator asks. */
interface Manner {
  /** The version at which the run must stand. */
  readonly expected?: number | undefined;
  /** What he does before he asks; `false`: then he does not. */
  readonly prepare?: (() => boolean) | undefined;
}

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
    for (const { atMs, ...signal } of run.signals)
      this.in(atMs, `signal ${id}`, () => this.operate(run, { type: "signal", ...signal }));
    const { abandonAtMs, conflictAtMs, conflict, misfitAtMs } = run;
    if (abandonAtMs !== undefined) this.in(abandonAtMs, `abandon ${id}`, () => this.abandon(run));
    if (conflictAtMs !== undefined)
      this.in(conflictAtMs, `start ${id} otherwise`, () => this.startOtherwise(run, { ...input, ...conflict }));
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
        .then(() => answers.accepted(`${rule}: a start of ${id} was accepted that had to be refused`)),
    );
  }

  look({ id }: PlannedRun, seen: (workflow: Workflow, run: Run) => void): void {
    const { answers } = this.setting.oracle;
    this.ask(`look at ${id}`, async (engine) => {
      const found = await engine.look(id);
      if (!found) return;
      answers.looked(found.run);
      seen(found.workflow, found.run);
    });
  }

  /** A careful operator cancels only the run that he saw. */
  private cancel(run: PlannedRun): void {
    if (!run.isCareful) return this.operate(run, { type: "cancel" });
    this.look(run, (_, { version }) =>
      this.setting.scheduler.in(this.setting.dice.roll(3000), `operator: has seen ${run.id}`, () =>
        this.operate(run, { type: "cancel" }, { expected: version }),
      ),
    );
  }

  abandon(run: PlannedRun): void {
    this.operate(run, { type: "abandon" });
  }

  operate({ id }: PlannedRun, verb: Said, { expected, prepare }: Manner = {}): void {
    const { oracle } = this.setting;
    this.ask(`${verb.type} ${id}`, async (engine, life) => {
      if (prepare?.() === false) return;
      const word = oracle.words.say(life, id, verb, expected);
      const { actor } = word;
      try {
        oracle.words.answered(
          word,
          verb.type === "rerun"
            ? await engine.rerun(id, { actor }, expected)
            : await engine.operate(id, verb, { actor }, expected),
        );
      } catch (error) {
        if (isAnswer(error)) oracle.words.refused(word, codeOf(error) as ErrorCode);
        throw error;
      }
    });
  }

  private ask(what: string, call: (engine: Orchestrator, life: Life) => Promise<void>): void {
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
    call(engine.orchestrator, engine.life).then(
      () => settle(!engine.life.isOver),
      (error: unknown) => {
        if (!engine.life.isOver && !isAnswer(error) && !isExcuse(error))
          this.setting.oracle.violate(`${what} was answered with ${String(error)}`);
        settle(!engine.life.isOver && isAnswer(error));
      },
    );
    scheduler.in(patienceMs, `caller: ${what} has waited`, () => settle(false));
  }

  private in(delayMs: number, what: string, run: () => void): void {
    this.setting.scheduler.in(delayMs, `caller: ${what}`, run);
  }
}

const refusals: ReadonlySet<string> = new Set([
  "run_closed",
  "run_open",
  "run_unknown",
  "run_exists",
  "run_suspended",
  "version_conflict",
  "invalid_input",
  "incident_unknown",
  "incident_ambiguous",
  "verb_unsuitable",
  "step_in_doubt",
  "output_needed",
  "pivot_passed",
  "signal_refused",
] satisfies readonly ErrorCode[]);

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | undefined)?.code);

/** Whether the caller knows where he stands. */
const isAnswer = (error: unknown): boolean => refusals.has(codeOf(error));

/** Whether he is to try again: the engine has no room, or is no more. */
const isExcuse = (error: unknown): boolean =>
  /^(?:overloaded|engine_closed|engine_failed|journal_\w+)$/.test(codeOf(error));

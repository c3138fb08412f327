/** Operators who have a run started again: in the midst of everything, alone or two at once, and when all is quiet. */
import type { Callers } from "./callers.ts";
import type { Dice } from "./dice.ts";
import type { PlannedRun } from "./generate-world.ts";
import type { Setting } from "./setting.ts";

/** In one world: who is started again may be started again. */
const mostReruns = 5;

export class Reruns {
  private readonly setting: Setting;
  private readonly callers: Callers;
  private readonly dice: Dice;

  constructor(setting: Setting, callers: Callers, dice: Dice) {
    this.setting = setting;
    this.callers = callers;
    this.dice = dice;
  }

  plan(run: PlannedRun): void {
    for (const atMs of run.rerunsAtMs) this.in(atMs, run);
  }

  /** A run has ended: somebody is not content. */
  ended(runId: string): void {
    const { plan, isChaos, oracle } = this.setting;
    if (plan.persistence === 0 || !isChaos || !this.dice.chance(plan.persistence)) return;
    const run = oracle.byId(runId)?.run.parent ? undefined : oracle.plannedOf(runId);
    if (run && oracle.reruns.count < mostReruns) this.in(this.dice.pick([0, 5, 20_000]), run);
  }

  /** What has come to its end in the world without faults. Gives whether there was anything. */
  atRest(): boolean {
    const { plan, oracle } = this.setting;
    if (plan.persistence === 0) return false;
    const ended = plan.runs.filter(({ id }) => oracle.byId(id)?.run.phase === "ended" && this.dice.chance(300));
    for (const run of ended) this.in(0, run);
    return ended.length > 0;
  }

  private in(delayMs: number, run: PlannedRun): void {
    const count = this.dice.chance(400) ? 2 : 1;
    for (let one = 0; one < count; one++)
      this.setting.scheduler.in(delayMs + this.dice.roll(10), `operator: has ${run.id} started again`, () =>
        this.ask(run),
      );
  }

  /** A careful operator means the run that he saw. */
  private ask(run: PlannedRun): void {
    if (!run.isCareful) return this.callers.operate(run, { type: "rerun" });
    this.callers.look(run, (_, { version }) => this.callers.operate(run, { type: "rerun" }, { expected: version }));
  }
}

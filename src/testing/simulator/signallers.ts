/** Whoever hears that a run waits, and sends it what it may wait for: at once, twice, or when it is too late. */
import type { Callers } from "./callers.ts";
import type { Dice } from "./dice.ts";
import { signalNames } from "./grow-tree.ts";
import type { Setting } from "./setting.ts";

export class Signallers {
  private readonly setting: Setting;
  private readonly callers: Callers;
  private readonly dice: Dice;
  private sent = 0;

  constructor(setting: Setting, callers: Callers, dice: Dice) {
    this.setting = setting;
    this.callers = callers;
    this.dice = dice;
  }

  waits(runId: string): void {
    const { plan, oracle, isChaos, scheduler } = this.setting;
    const run = oracle.plannedOf(runId);
    if (!run || !isChaos || !this.dice.chance(plan.signalling)) return;
    const id = `answer-${++this.sent}`;
    const verb = { type: "signal", signal: this.dice.pick(signalNames), id, payload: { of: id } } as const;
    const count = this.dice.chance(300) ? 2 : 1;
    for (let one = 0; one < count; one++)
      scheduler.in(this.dice.roll(this.dice.chance(300) ? 20_000 : 500), `caller: signals ${runId}`, () =>
        this.callers.operate(run, verb),
      );
  }
}

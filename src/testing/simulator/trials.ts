/** Operators who say what must be refused: each thing that can be said, by how the run stands that they see. */
import type { Json } from "../../base/json.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Run } from "../../saga/run.ts";
import type { Callers } from "./callers.ts";
import type { Dice } from "./dice.ts";
import type { PlannedRun } from "./generate-world.ts";
import type { Setting } from "./setting.ts";
import { type Said, verdictOf } from "./verb-rules.ts";

export class Trials {
  private readonly setting: Setting;
  private readonly callers: Callers;
  private readonly dice: Dice;

  constructor(setting: Setting, callers: Callers, dice: Dice) {
    this.setting = setting;
    this.callers = callers;
    this.dice = dice;
  }

  plan(run: PlannedRun): void {
    for (const atMs of run.trialsAtMs)
      this.setting.scheduler.in(atMs, `operator: tries ${run.id}`, () => this.tryOut(run));
  }

  alarm(runId: string): void {
    const { plan, isChaos, oracle, scheduler } = this.setting;
    if (plan.obstinacy === 0 || !isChaos || !this.dice.chance(plan.obstinacy)) return;
    const run = oracle.plannedOf(runId);
    if (run)
      scheduler.in(this.dice.roll(5000), `operator: is told of ${runId}, and tries`, () => {
        for (let one = 0; one < 2; one++) this.tryOut(run);
      });
  }

  /** One of what would be refused now, each code as likely as the other; or what is said too late, whatever it is. */
  private tryOut(run: PlannedRun): void {
    if (this.dice.chance(30)) return this.say({ ...run, id: "nobody" }, { type: "cancel" }, undefined);
    this.callers.look(run, (workflow, seen) => {
      const said = this.allThatCanBeSaid(workflow, seen);
      const isLate = this.dice.chance(250);
      if (isLate) return this.say(run, this.oneOf(said), seen.version - 1);
      const byVerdict = Map.groupBy(said, (verb) => verdictOf(workflow, seen, verb, seen.version));
      byVerdict.delete("recorded");
      const verbs = this.oneOf([...byVerdict.values()]);
      if (verbs) this.say(run, this.oneOf(verbs), this.versionFor(seen));
    });
  }

  /** Of what has ended nothing has to be said of its version: it stays. */
  private versionFor({ version, phase }: Run): number | undefined {
    return phase === "ended" && this.dice.chance(300) ? version + 1000 : version;
  }

  private allThatCanBeSaid({ steps, blocks, catalogue }: Workflow, { incidents }: Run): readonly Said[] {
    const named = [...steps.map(({ name }) => name), ...blocks.keys()];
    const repeated = incidents.flatMap(({ step }) => (step === undefined || named.includes(step) ? [] : [step]));
    const names = [undefined, "nowhere", ...named, ...repeated];
    const misfit: Json = catalogue.size > 0 ? 7 : { of: "nothing" };
    const ofSteps = names.flatMap((name): Said[] => {
      const step = name === undefined ? {} : { step: name };
      return [
        { type: "retry", ...step },
        { type: "retry", ...step, input: { edited: "in vain" } },
        { type: "resolve", ...step, outcome: "done", output: misfit },
        { type: "resolve", ...step, outcome: "not_done" },
        { type: "skip", ...step },
      ];
    });
    return [{ type: "cancel" }, { type: "suspend" }, { type: "resume" }, { type: "rerun" }, ...ofSteps];
  }

  private say(run: PlannedRun, verb: Said | undefined, expected: number | undefined): void {
    if (verb) this.callers.operate(run, verb, { expected });
  }

  private oneOf<T>(from: readonly T[]): T | undefined {
    return from[this.dice.roll(from.length || 1)];
  }
}

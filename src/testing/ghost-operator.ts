/**
 * An operator who answers every incident with a verb that it has, chosen at random. A truthful one looks into the ledger
 * first, and puts by hand what he says has been put right; another one says what comes to his mind.
 */
import { forwardKey } from "../saga/keys.ts";
import { nameIn } from "../saga/step-key.ts";
import type { Verb } from "../saga/input.ts";
import type { Incident } from "../saga/run.ts";
import type { GhostWorkers } from "./ghost-workers.ts";
import type { ScriptedRun } from "./scripted-run.ts";

export class GhostOperator {
  /** Of these steps he said what was not so, or may not be. */
  readonly wrongAbout = new Set<string>();
  /** Of these that they were undone by hand. */
  readonly wrongAboutUndo = new Set<string>();
  /** These he did himself, so that their worker may truly say that it did not. */
  readonly didByHand = new Set<string>();
  private readonly run: ScriptedRun;
  private readonly workers: GhostWorkers;
  private readonly isTruthful: boolean;
  private readonly dice: (sides: number) => number;
  private heard = 0;
  private answers = 0;

  constructor(run: ScriptedRun, workers: GhostWorkers, isTruthful: boolean, dice: (sides: number) => number) {
    this.run = run;
    this.workers = workers;
    this.isTruthful = isTruthful;
    this.dice = dice;
  }

  /** Since it was last asked for. That a run is overdue asks for nothing. */
  newIncidents(): readonly Incident[] {
    const fresh = this.run.run.incidents.filter(({ number, kind }) => number > this.heard && kind !== "overdue");
    this.heard = Math.max(this.heard, this.run.run.incidentCount);
    return fresh;
  }

  isOpen(number: number): boolean {
    return this.run.run.incidents.some((incident) => incident.number === number);
  }

  /** `abandon` is left to the world, which asks the bus first. */
  answer(number: number): "abandon" | undefined {
    const incident = this.run.run.incidents.find((open) => open.number === number);
    if (!incident || incident.step === undefined) return undefined;
    const verb = this.choose(incident, incident.step);
    if (verb?.type === "abandon") return "abandon";
    if (verb) this.run.verb(verb, this.run.run.version);
    return undefined;
  }

  /** After many answers he has no patience to try once more. */
  private choose(incident: Incident, step: string): Verb | undefined {
    if (++this.answers > 60) return { type: "abandon", withdrawn: [] };
    const mayRetry = this.answers <= 20 && !this.run.run.suspended;
    if (this.run.workflow.blocks.has(nameIn(step)))
      return this.pick(mayRetry && { type: "retry", step }, { type: "skip", step }, { type: "cancel" });
    switch (incident.kind) {
      case "step":
        return this.pick(
          mayRetry && { type: "retry", step },
          mayRetry && { type: "retry", step, input: { edited: this.answers } },
          () => this.resolve(step),
          { type: "skip", step },
          this.answers > 3 && { type: "cancel" },
        );
      case "pivot":
        return this.pick(mayRetry && { type: "retry", step }, () => this.resolve(step));
      case "compensation":
      case "in_doubt":
        return this.pick(
          mayRetry && { type: "retry", step },
          mayRetry && { type: "retry", step, input: { edited: this.answers } },
          () => this.undo(step),
          { type: "skip", step },
        );
      case "late_effect":
        // What he did himself is meant to stay.
        return this.pick(!this.didByHand.has(step) && (() => this.undo(step)), { type: "skip", step });
      case "overdue":
        return undefined;
    }
  }

  private pick(...verbs: readonly (Verb | (() => Verb) | false)[]): Verb {
    const open = verbs.filter((verb) => verb !== false);
    const picked = open[this.dice(open.length)] ?? { type: "abandon", withdrawn: [] };
    return typeof picked === "function" ? picked() : picked;
  }

  /** Of a step: whether it was done. */
  private resolve(step: string): Verb {
    const key = this.keyOf(step);
    const isFailed = this.run.step(step).state === "failed";
    if (!this.isTruthful) {
      this.wrongAbout.add(step);
      const isDone = this.dice(2) === 0;
      return { type: "resolve", step, ...(isDone ? { output: "as he says" } : { outcome: "not_done" }) };
    }
    const { state } = this.workers.entry(key);
    if (state !== "done" && isFailed && this.dice(2) === 0) {
      this.didByHand.add(step);
      this.workers.doByHand(key);
      return { type: "resolve", step, output: "by hand" };
    }
    if (state === "done") return { type: "resolve", step, output: key };
    this.workers.fenceByHand(key);
    return { type: "resolve", step, outcome: "not_done" };
  }

  /** Of an effect that nothing has undone: it has been undone by hand. */
  private undo(step: string): Verb {
    if (!this.isTruthful && this.dice(2) === 0) {
      this.wrongAbout.add(step);
      this.wrongAboutUndo.add(step);
    } else for (const key of this.meantKeys(step)) this.workers.undoByHand(key);
    return { type: "resolve", step };
  }

  /** Where an earlier key's effect has come to light, it is that which is to be undone. */
  private meantKeys(step: string): readonly string[] {
    const mended = this.run.step(step).mended;
    if (mended?.isStray !== true) return [this.keyOf(step)];
    return Array.from({ length: mended.key - 1 }, (_, place) => forwardKey(this.run.run.uid, step, place + 1));
  }

  private keyOf(step: string): string {
    return forwardKey(this.run.run.uid, step, this.run.step(step).mended?.key);
  }
}

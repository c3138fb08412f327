/**
 * Operators, whose word is true by the ghost ledger: they stop a run for a while, and answer its incidents with every verb
 * that each takes, alone or two at once; and with verbs that must be refused. Before they state something of the world
 * they make sure that it stays so: what they say was not done cannot happen any more, what they say is undone they have
 * undone by hand.
 */
import type { Json, JsonObject } from "../../base/json.ts";
import type { ErrorCode } from "../../base/errors.ts";
import type { Workflow } from "../../definition/workflow.ts";
import { stepsThatNeed } from "../../definition/reference-use.ts";
import { isInDoubt } from "../../saga/attempts.ts";
import { forwardKey } from "../../saga/keys.ts";
import { stepIn } from "../../saga/instances.ts";
import type { Incident, Run } from "../../saga/run.ts";
import { nameIn, planIn } from "../../saga/step-key.ts";
import type { Callers } from "./callers.ts";
import type { PlannedRun } from "./generate-world.ts";
import { isMisfit } from "./outgoing-watch.ts";
import type { Setting } from "./setting.ts";
import type { Said } from "./verb-rules.ts";

/** A verb, and what the operator does with his own hands before he says it. */
interface Move {
  readonly verb: Said;
  /** Gives whether what he is about to say is true. Done each time that he asks. */
  readonly prepare?: () => boolean;
  /** It must be refused so. */
  readonly refusal?: ErrorCode;
}

interface Case {
  readonly workflow: Workflow;
  readonly run: Run;
  readonly incident: Incident;
  readonly step: string;
  readonly key: string;
}

export class Operators {
  private readonly setting: Setting;
  private readonly callers: Callers;

  constructor(setting: Setting, callers: Callers) {
    this.setting = setting;
    this.callers = callers;
  }

  /** All that is planned for a run. */
  plan(run: PlannedRun): void {
    const { scheduler } = this.setting;
    for (const atMs of run.mendsAtMs) scheduler.in(atMs, `operator: mends ${run.id}`, () => this.mend(run));
    for (const { atMs, forMs } of run.suspensions) {
      scheduler.in(atMs, `operator: suspends ${run.id}`, () => this.say(run, { type: "suspend" }));
      scheduler.in(atMs + forMs, `operator: resumes ${run.id}`, () => this.say(run, { type: "resume" }));
    }
  }

  /** An incident was opened: somebody may have been told. */
  alarm(runId: string): void {
    const { plan, dice, isChaos, scheduler, oracle } = this.setting;
    const run = oracle.plannedOf(runId);
    if (!isChaos || !run || !dice.chance(plan.vigilance)) return;
    scheduler.in(dice.roll(20_000), `operator: is told of ${runId}`, () => this.mend(run));
  }

  say(run: PlannedRun, verb: Said): void {
    this.callers.operate(run, verb);
  }

  /** Looks at the run, and answers one of its incidents; perhaps while somebody else does. */
  mend(run: PlannedRun): void {
    this.callers.look(run, (workflow, seen) => {
      const { dice, plan, scheduler } = this.setting;
      const open = seen.incidents.filter(({ kind }) => kind !== "overdue");
      const incident = open[dice.roll(open.length || 1)];
      if (!incident) return this.tryAnyway(run, workflow, seen);
      const { step = "" } = incident;
      const number = stepIn(workflow, seen, step)?.mended?.key;
      const moves = this.movesFor({ workflow, run: seen, incident, step, key: forwardKey(seen.uid, step, number) });
      const count = dice.chance(plan.rivalry) ? 2 : 1;
      for (let one = 0; one < count; one++) {
        const move = moves[dice.roll(moves.length)];
        if (move) scheduler.in(dice.roll(50), `operator: answers ${run.id}`, () => this.ask(run, move, seen.version));
      }
    });
  }

  /** Where nothing is asked, or nothing that this verb answers, it is refused. */
  private tryAnyway(run: PlannedRun, { pivotPlace }: Workflow, seen: Run): void {
    const { dice, isChaos } = this.setting;
    if (!isChaos || seen.phase === "ended") return;
    const isPassed = seen.phase === "forward" && seen.steps[pivotPlace]?.state === "succeeded";
    if (isPassed) return this.ask(run, { verb: { type: "cancel" }, refusal: "pivot_passed" }, seen.version);
    const verb = dice.pick<Said>([{ type: "retry" }, { type: "resolve" }, { type: "skip" }]);
    this.ask(run, { verb, refusal: "incident_unknown" }, seen.version);
  }

  /** His word is about the run that he saw; of what he only wants done he need not say so. */
  private ask(run: PlannedRun, { verb, prepare, refusal }: Move, version: number): void {
    const isFree = verb.type === "retry" && refusal === undefined && this.setting.dice.chance(300);
    this.callers.operate(run, verb, { expected: isFree ? undefined : version, prepare });
  }

  private movesFor(asked: Case): readonly Move[] {
    const { kind, side } = asked.incident;
    if (kind === "step" || kind === "pivot") return this.movesOfStep(asked);
    if (side === "execute") return this.movesOfEffect(asked);
    return this.movesOfUndo(asked);
  }

  private movesOfStep({ workflow, run, incident, step, key }: Case): readonly Move[] {
    const { ledger } = this.setting;
    const [plan, one] = [planIn(workflow, step), stepIn(workflow, run, step)];
    if (!plan || !one) return this.movesOfBlock(workflow, run, step);
    if (plan.act.is !== "work") return this.movesOfOwnAct(workflow, run, step);
    const { done, undone } = ledger.counts(key);
    const given = ledger.outputOf(key) ?? null;
    const isFit = !workflow.catalogue.has(plan.worker) || !isMisfit(given);
    const output = isFit && given !== null ? given : { of: key, by: "hand" };
    const retry: Move = { verb: { type: "retry", step } };
    const edited: Said = { type: "retry", step, input: edit(run, step) };
    const isPassed = run.phase === "forward" && run.steps[workflow.pivotPlace]?.state === "succeeded";
    const isNeeded = stepsThatNeed(workflow, plan.name).length > 0;
    const skip: Said = { type: "skip", step };
    const moves: Move[] = [
      retry,
      isInDoubt(one) ? { verb: edited, refusal: "step_in_doubt" } : { verb: edited },
      incident.kind === "pivot"
        ? { verb: skip, refusal: "verb_unsuitable" }
        : isNeeded
          ? { verb: skip, refusal: "output_needed" }
          : { verb: skip },
    ];
    if (run.suspended) moves.splice(0, 2, { ...retry, refusal: "run_suspended" });
    const isLost = one.state === "failed" && done === 0;
    if (isLost)
      moves.push({ verb: { type: "resolve", step, outcome: "done", output }, prepare: () => this.do(key, output) });
    if (done > undone) moves.push({ verb: { type: "resolve", step, outcome: "done", output } });
    else
      moves.push({
        verb: { type: "resolve", step, outcome: "not_done" },
        prepare: () => ledger.counts(key).done === ledger.counts(key).undone && this.fence(key),
      });
    if (isPassed) moves.push({ verb: { type: "cancel" }, refusal: "pivot_passed" });
    else if (run.phase === "forward") moves.push({ verb: { type: "cancel" } });
    return moves;
  }

  /** Its condition, or its list, could not be computed; or it has gone through its last iteration. */
  private movesOfBlock(workflow: Workflow, run: Run, step: string): readonly Move[] {
    const isNeeded = stepsThatNeed(workflow, nameIn(step)).length > 0;
    const skip: Said = { type: "skip", step };
    return [
      run.suspended ? { verb: { type: "retry", step }, refusal: "run_suspended" } : { verb: { type: "retry", step } },
      { verb: { type: "resolve", step, outcome: "done", output: null }, refusal: "verb_unsuitable" },
      isNeeded ? { verb: skip, refusal: "output_needed" } : { verb: skip },
    ];
  }

  /** What no worker does: a wait, a child, a refusal. */
  private movesOfOwnAct(workflow: Workflow, run: Run, step: string): readonly Move[] {
    const isNeeded = stepsThatNeed(workflow, nameIn(step)).length > 0;
    const skip: Said = { type: "skip", step };
    return [
      { verb: { type: "retry", step }, refusal: run.suspended ? "run_suspended" : "verb_unsuitable" },
      { verb: { type: "resolve", step, outcome: "done", output: { of: step, by: "hand" } } },
      isNeeded ? { verb: skip, refusal: "output_needed" } : { verb: skip },
    ];
  }

  /** From now on nothing happens under this key. */
  private fence(key: string): boolean {
    if (this.setting.ledger.known(key, "").is === "unknown") this.setting.ledger.close(key);
    return true;
  }

  /** What has failed he does himself. */
  private do(key: string, output: Json): boolean {
    const { ledger, oracle } = this.setting;
    if (ledger.counts(key).done === 0) ledger.do(key, output, { undo: key });
    oracle.doneByHand.add(key);
    return true;
  }

  private undo(key: string): boolean {
    const { ledger, oracle } = this.setting;
    if (ledger.undo(key)) oracle.undoneByHand.add(key);
    return true;
  }

  private movesOfUndo({ run, incident, step, key }: Case): readonly Move[] {
    const edited: Said = { type: "retry", step, input: edit(run, step) };
    const isRetried = incident.kind !== "late_effect";
    const refusal: ErrorCode = run.suspended ? "run_suspended" : "verb_unsuitable";
    const how = run.suspended || !isRetried ? { refusal } : {};
    return [
      { verb: { type: "retry", step }, ...how },
      { verb: edited, ...how },
      { verb: { type: "resolve", step, outcome: "done" }, prepare: () => this.undo(key) },
      { verb: { type: "resolve", step, outcome: "not_done" }, refusal: "verb_unsuitable" },
      { verb: { type: "skip", step } },
    ];
  }

  private movesOfEffect({ run, step, key }: Case): readonly Move[] {
    // Where the step itself is asked about, too, the retry is an answer to that.
    const isAskedTwice = run.incidents.filter((open) => open.step === step).length > 1;
    const refusal: ErrorCode = run.suspended ? "run_suspended" : "verb_unsuitable";
    return [
      isAskedTwice ? { verb: { type: "suspend" } } : { verb: { type: "retry", step }, refusal },
      { verb: { type: "resolve", step }, prepare: () => this.undo(key) },
      { verb: { type: "skip", step } },
    ];
  }
}

/** What a worker can be given in place of what the mapping makes. */
const edit = ({ id, version }: Run, step: string): JsonObject => ({ edited: `${id} ${version}`, step });

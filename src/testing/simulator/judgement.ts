/**
 * The end, when nothing goes wrong any more and everything has come to rest: the final word of each run against what
 * really happened (I5 to I7), against its script (I18), and against its row; nothing is waited for in vain (I15).
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { MemoryDisk } from "../../journal/memory/memory-journal.ts";
import { expectedOutput, expectedResult } from "./expected-result.ts";
import { givenIn, isReused } from "./given.ts";
import type { Habit, WorldPlan } from "./generate-world.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Oracle } from "./oracle.ts";

export class Judgement {
  private readonly book: Oracle;
  private readonly ledger: GhostLedger;
  private readonly disk: MemoryDisk;
  private readonly habit: Habit;
  private readonly mayForget: boolean;

  constructor(book: Oracle, ledger: GhostLedger, disk: MemoryDisk, { habit, home }: WorldPlan) {
    this.book = book;
    this.ledger = ledger;
    this.disk = disk;
    this.habit = habit;
    this.mayForget = home === "broker";
  }

  judge(runs: readonly KeptRun[]): void {
    for (const kept of runs) this.judgeRun(kept);
    this.book.words.judge();
    this.book.reruns.judge();
    this.book.children.judge();
    for (const id of this.disk.runs.keys())
      if (!this.book.byId(id)) this.book.violate(`I1: ${id} is in the journal, and nobody started it`);
  }

  private judgeRun(kept: KeptRun): void {
    const { id, status, run } = kept;
    const isHeld = this.book.limits.isHeldRightly(kept);
    const waits = isHeld || this.book.children.isWaitedFor(kept);
    if (run.phase !== "ended" && status !== "blocked" && !waits)
      this.book.violate(`I15: ${id} is ${status}, and nothing will ever move it`);
    else if (run.phase === "ended")
      for (const key of kept.keysOfSteps()) {
        if (kept.planOf(key)?.act.is === "work") this.judgeEffect(kept, key);
        this.judgeUndo(kept, key);
      }
    this.judgeRow(kept);
    if (!isHeld) this.judgeScript(kept);
  }

  /** I5 to I7: the final word against what really happened. What has no effect, or is not declared, is in no word. */
  private judgeEffect(kept: KeptRun, step: string): void {
    const { id, status } = kept;
    const each = kept.keysOf(step).map((key) => this.ledger.counts(key));
    const isTwice = each.some(({ done, undone }) => done > 1 || undone > 1);
    const left = each.reduce((sum, { done, undone }) => sum + done - undone, 0);
    const said = this.saidOf(kept, step);
    const agrees = said === "possible" || left === (said === "done" ? 1 : 0) || this.isOverlooked(kept, step, said);
    if (!isTwice && agrees) return;
    const counts = each.map(({ done, undone }) => `${done} and undone ${undone}`).join(" times, then ");
    this.book.violate(
      `${invariantOf[status] ?? "I7"}: ${id} is ${status}: ${step} was done ${counts} times, the run says ${said}`,
    );
  }

  /** I6: what has a compensation is undone, or somebody has said that it is not to be. */
  private judgeUndo(kept: KeptRun, step: string): void {
    const { state, compensation } = kept.stepOf(step) ?? {};
    const isOwed = kept.planOf(step)?.compensation !== undefined && state === "succeeded" && compensation === undefined;
    if (isOwed) this.book.violate(`I6: ${kept.id} is ${kept.status}, and nobody was to undo ${step}`);
  }

  private saidOf(kept: KeptRun, step: string): "done" | "possible" | "nothing" {
    const { run, status } = kept;
    const { kind, name = step } = kept.planOf(step) ?? {};
    const { state } = kept.stepOf(step) ?? {};
    if (isReused(kept.stepOf(step))) return "nothing";
    // Of what is over and forgotten nothing is left but that it succeeded.
    const isDone = state === "succeeded" || (state === undefined && kept.outputs.has(step));
    if (status === "completed") return isDone ? "done" : "possible";
    if (kind === "readonly") return "possible";
    if (kind === "plain") return run.undeclared.includes(name) ? "possible" : "nothing";
    return run.residue.find((one) => one.step === step)?.certainty ?? "nothing";
  }

  /**
   * Where workers break a duty, the engine can only know what it was told. A sloppy undo overlooks an effect of which
   * nobody heard, and does for a copy what it denied before. Where nothing is fenced, an undo finds nothing before the
   * effect happens. Who has no store promises that nothing happened, before the same command comes to him once more: of a
   * step that cannot be undone, that is written down (C4); of one that has a new key since, in a run that completed, too (C26).
   */
  private isOverlooked(kept: KeptRun, step: string, said: string): boolean {
    const { state, compensation } = kept.stepOf(step) ?? {};
    const isUndone = kept.planOf(step)?.compensation !== undefined;
    // Somebody else was first with his word, and the run goes by what that one said.
    const { doneByHand, undoneByHand } = this.book;
    const isByHand = (key: string) => doneByHand.has(key) || (said === "done" && undoneByHand.has(key));
    if (kept.keysOf(step).some(isByHand)) return true;
    const isDoubtful = state === "in_doubt" || state === "skipped";
    const foundNothing = said === "nothing" && isDoubtful && compensation?.found === false;
    switch (this.habit) {
      case "fenced":
        return false;
      case "unfenced":
        return foundNothing;
      case "storeless":
        // Of a run that was abandoned between two attempts nothing is settled.
        if (this.mayForget && kept.status === "completed" && said === "done") return this.isDoneUnderItsKey(kept, step);
        return this.mayForget && said === "nothing" && (state === "failed" || !isUndone || kept.run.abandoned);
      case "sloppy":
        return said === "nothing" ? foundNothing : (compensation?.lateEffects ?? 0) > 0;
    }
  }

  /** What there is besides was done under a key that an operator has had replaced, because its worker had denied it. */
  private isDoneUnderItsKey(kept: KeptRun, step: string): boolean {
    const { done, undone } = this.ledger.counts(kept.keyOf(step));
    return done - undone === 1 && kept.has("AnomalyRecorded");
  }

  /** What lists show is how it stands. */
  private judgeRow({ id, run, status }: KeptRun): void {
    const row = this.disk.runs.get(id)?.row;
    if (row?.status !== status || row.phase !== run.phase || row.endedAt !== run.endedAt)
      this.book.violate(`I14: ${id} is ${status} and ${run.phase}, its row says ${row?.status} and ${row?.phase}`);
    if (run.phase !== "ended" && row?.parked !== true) this.book.violate(`I16: ${id} is at rest, and not parked`);
    if (row?.wakeAt !== undefined) this.book.violate(`I16: ${id} is at rest, and its row says when to wake it`);
  }

  /** What its script makes of it, whatever went wrong on the way; and the result of every run that completed. */
  private judgeScript(kept: KeptRun): void {
    const { id, uid, run, workflow, planned, status } = kept;
    if (!planned) return;
    // What was skipped, and came to light when the result was made, is not in it.
    if (status === "completed" && !(kept.has("StepSkipped") && kept.has("LateSuccessRecorded"))) {
      const given = givenIn(kept, this.ledger, "");
      const [output, wanted] = [run.output ?? null, expectedOutput(planned, given)].map(canonicalJson);
      if (output !== wanted) this.book.violate(`I5: the result of ${id} is ${output}, and must be ${wanted}`);
    }
    const expected = expectedResult(planned, new Set(Object.keys(run.reuse ?? {})));
    if (!expected) return;
    if (status !== expected.status)
      this.book.violate(`I18: ${id} is ${status}, and its script makes it ${expected.status}`);
    const effects = workflow.steps.map(({ name }) => ({ name, ...this.ledger.counts(`${uid}/${name}`) }));
    const namesOf = (some: typeof effects) => some.map(({ name }) => name).join();
    const done = namesOf(effects.filter((one) => one.done > 0));
    const left = namesOf(effects.filter((one) => one.done > one.undone));
    if (done !== expected.done.join() || left !== expected.left.join())
      this.book.violate(`I18: ${id} did ${done} and left ${left}, its script does ${expected.done.join()}`);
    const blockedAt = run.incidents.flatMap(({ step }) => step ?? []).join();
    if (blockedAt !== (expected.blockedAt ?? ""))
      this.book.violate(`I18: ${id} is blocked at "${blockedAt}", its script at "${expected.blockedAt ?? ""}"`);
  }
}

const invariantOf: Readonly<Record<string, string>> = { completed: "I5", compensated: "I6", failed: "I7" };

/**
 * The end, when nothing goes wrong any more and everything has come to rest: the final word of each run against what
 * really happened (I5 to I7), against its script (I18), and against its row; nothing is waited for in vain (I15).
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { JsonObject } from "../../base/json.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { MemoryDisk } from "../../journal/memory/memory-journal.ts";
import { expectedOutput, expectedResult, type Given } from "./expected-result.ts";
import type { Habit, WorldPlan } from "./generate-world.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Book } from "./oracle.ts";

export class Judgement {
  private readonly book: Book;
  private readonly ledger: GhostLedger;
  private readonly disk: MemoryDisk;
  private readonly habit: Habit;
  private readonly mayForget: boolean;

  constructor(book: Book, ledger: GhostLedger, disk: MemoryDisk, { habit, home }: WorldPlan) {
    this.book = book;
    this.ledger = ledger;
    this.disk = disk;
    this.habit = habit;
    this.mayForget = home === "broker";
  }

  judge(runs: readonly KeptRun[]): void {
    for (const kept of runs) this.judgeRun(kept);
    for (const id of this.disk.runs.keys())
      if (!this.book.byId(id)) this.book.violate(`I1: ${id} is in the journal, and nobody started it`);
  }

  private judgeRun(kept: KeptRun): void {
    const { id, status, run, workflow } = kept;
    if (run.phase !== "ended" && status !== "blocked")
      this.book.violate(`I15: ${id} is ${status}, and nothing will ever move it`);
    else if (run.phase === "ended") for (const { name } of workflow.steps) this.judgeEffect(kept, name);
    this.judgeRow(kept);
    this.judgeScript(kept);
  }

  /** I5 to I7: the final word against what really happened. */
  private judgeEffect(kept: KeptRun, step: string): void {
    const { id, uid, run, status } = kept;
    const { done, undone } = this.ledger.counts(`${uid}/${step}`);
    const listed = run.residue.find((one) => one.step === step)?.certainty;
    const undeclared = run.undeclared.includes(step);
    const said = status === "completed" ? "done" : undeclared ? "possible" : (listed ?? "nothing");
    const left = done - undone;
    const agrees = said === "possible" || left === (said === "done" ? 1 : 0) || this.isOverlooked(kept, step, said);
    if (done > 1 || undone > 1 || !agrees)
      this.book.violate(
        `${invariantOf[status] ?? "I7"}: ${id} is ${status}: ${step} was done ${done} and undone ${undone} times, the run says ${said}`,
      );
  }

  /**
   * Where workers break a duty, the engine can only know what it was told. A sloppy undo overlooks an effect of which
   * nobody heard, and does for a copy what it denied before. Who has no store promises that nothing happened, before the
   * same command comes to him once more: of a step that cannot be undone, that is written down (C4).
   */
  private isOverlooked({ run, workflow }: KeptRun, step: string, said: string): boolean {
    const place = workflow.places.get(step) ?? -1;
    const { state, compensation } = run.steps[place] ?? {};
    switch (this.habit) {
      case "fenced":
        return false;
      case "storeless":
        return this.mayForget && said === "nothing" && (state === "failed" || workflow.steps[place]?.kind === "plain");
      case "sloppy":
        return said === "nothing"
          ? state === "in_doubt" && compensation?.found === false
          : (compensation?.lateEffects ?? 0) > 0;
    }
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
  private judgeScript({ id, uid, run, workflow, planned, status }: KeptRun): void {
    if (!planned) return;
    if (status === "completed") {
      const given: Given = (key) => (this.ledger.outputOf(key) as JsonObject | undefined)?.["of"];
      const [output, wanted] = [run.output ?? null, expectedOutput(planned, uid, given)].map(canonicalJson);
      if (output !== wanted) this.book.violate(`I5: the result of ${id} is ${output}, and must be ${wanted}`);
    }
    const expected = expectedResult(planned);
    if (!expected) return;
    if (status !== expected.status)
      this.book.violate(`I18: ${id} is ${status}, and its script makes it ${expected.status}`);
    const effects = workflow.steps.map(({ name }) => ({ name, ...this.ledger.counts(`${uid}/${name}`) }));
    const namesOf = (some: typeof effects) => some.map(({ name }) => name).join();
    const done = namesOf(effects.filter((one) => one.done > 0));
    const left = namesOf(effects.filter((one) => one.done > one.undone));
    if (done !== expected.done.join() || left !== expected.left.join())
      this.book.violate(`I18: ${id} did ${done} and left ${left}, its script does ${expected.done.join()}`);
    const blockedAt = run.incidents.map(({ step }) => step).join();
    if (blockedAt !== (expected.blockedAt ?? ""))
      this.book.violate(`I18: ${id} is blocked at "${blockedAt}", its script at "${expected.blockedAt ?? ""}"`);
  }
}

const invariantOf: Readonly<Record<string, string>> = { completed: "I5", compensated: "I6", failed: "I7" };

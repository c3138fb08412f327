/**
 * Runs that are started again (semantics.md, 7: `rerun`): of a run that has ended, with its input, one for each time that
 * it was asked for; taken over is what `readonly` and `plain` steps gave and nothing else; each says of the other.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json } from "../../base/json.ts";
import type { SagaEvent, Transition } from "../../saga/event.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";

type Started = Extract<SagaEvent, { type: "RunStarted" }>;

export class RerunWatch {
  private readonly book: Book;
  /** By the uid of the run that they were started from. */
  private readonly startedFrom = new Map<string, KeptRun[]>();
  /** By the uid of a run that was started again: who has started it. */
  private readonly startedBy = new Map<string, Life>();

  constructor(book: Book) {
    this.book = book;
  }

  get count(): number {
    return [...this.startedFrom.values()].reduce((sum, { length }) => sum + length, 0);
  }

  recorded(life: Life, kept: KeptRun, { events }: Transition): void {
    for (const event of events) {
      if (event.type === "RunStarted" && event.rerunOf !== undefined) {
        this.startedBy.set(kept.uid, life);
        this.started(kept, event, event.rerunOf);
      } else if (event.type === "RunRerun") this.linked(kept, event.run);
      else if (event.type === "StepReused" && kept.run.reuse?.[event.step] === undefined)
        this.violate(`${kept.id} takes over ${event.step}, and was not given it`);
      else if (event.type === "StepDispatched" && kept.run.reuse?.[event.step] !== undefined)
        this.violate(`${kept.id} has ${event.step} done, and was given its result`);
    }
  }

  private started(kept: KeptRun, { reuse = {}, input, definition }: Started, of: string): void {
    const origin = this.book.byId(of);
    if (!origin) return this.violate(`${kept.id} was started again from ${of}, which nobody started`);
    if (!hasEnded(origin)) this.violate(`${kept.id} was started again from ${of}, which has not ended`);
    if (canonicalJson(input) !== canonicalJson(origin.run.input) || definition !== origin.workflow.hash)
      this.violate(`${kept.id} is not what ${of} was`);
    const siblings = this.startedFrom.get(origin.uid) ?? [];
    this.startedFrom.set(origin.uid, [...siblings, kept]);
    // Who asks before the one that was started is written down has asked for that one.
    if (siblings.length > origin.run.reruns.length)
      this.violate(`${siblings.at(-1)?.id} and ${kept.id} were started again from ${of}, asked for at once`);
    this.judgeReuse(kept, origin, reuse);
  }

  private judgeReuse(kept: KeptRun, origin: KeptRun, reuse: Readonly<Record<string, Json>>): void {
    for (const { name, kind } of origin.workflow.steps) {
      const { state, output = null } = origin.stepOf(name) ?? {};
      const given = reuse[name];
      const isFree = kind === "readonly" || kind === "plain";
      if (given !== undefined && !isFree) this.violate(`${kept.id} takes over ${name}, which is ${kind}`);
      else if (given !== undefined && (state !== "succeeded" || canonicalJson(given) !== canonicalJson(output)))
        this.violate(`${kept.id} takes over of ${name} what it did not give`);
      // What came late may have come since.
      if (given === undefined && isFree && state === "succeeded" && !origin.has("LateSuccessRecorded"))
        this.violate(`${kept.id} does not take over ${name}, which is ${kind}`);
    }
  }

  private linked(origin: KeptRun, id: string): void {
    const isTwice = origin.run.reruns.filter((one) => one === id).length > 1;
    if (isTwice || this.book.byId(id)?.run.rerunOf !== origin.id)
      this.violate(`${origin.id} says that it was started again as ${id}, which is not so`);
  }

  /** Unless the engine died in between, or the old one has reopened: then who asks again is told so. */
  judge(): void {
    for (const [originUid, started] of this.startedFrom) {
      const origin = this.book.byUid(originUid);
      for (const { id, uid } of started)
        if (!origin?.run.reruns.includes(id) && !this.startedBy.get(uid)?.isOver && !origin?.has("RunReopened"))
          this.violate(`${id} was started again from ${origin?.id}, which does not say so`);
    }
  }

  private violate(what: string): void {
    this.book.violate(`semantics.md, 7: ${what}`);
  }
}

const hasEnded = (kept: KeptRun): boolean =>
  kept.has("RunCompleted") || kept.has("RunCompensated") || kept.has("RunFailed");

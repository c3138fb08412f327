/**
 * Children (semantics.md, C14): one for each step that asks for one, with the input that its mapping gives; parent and
 * child agree on how the child ended and what it left; and none is left behind by a parent that has ended.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json } from "../../base/json.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { SagaEvent, Transition } from "../../saga/event.ts";
import { expectedInput } from "./expected-result.ts";
import { givenIn } from "./given.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Book } from "./oracle.ts";

/** Under which name a parent has its child do something. */
export const parentActor = "parent";

/** A few deaths of the engine may come in between. */
const stopsWithinMs = 60_000;

type Started = Extract<SagaEvent, { type: "RunStarted" }>;

export class ChildWatch {
  private readonly book: Book;
  private readonly ledger: GhostLedger;
  readonly counts: Record<string, number> = {};
  /** By uid: when the run turned. */
  private readonly turnedAt = new Map<string, number>();

  constructor(book: Book, ledger: GhostLedger) {
    this.book = book;
    this.ledger = ledger;
  }

  recorded(kept: KeptRun, { events }: Transition): void {
    for (const event of events) {
      if (event.type === "RunStarted" && event.parent) this.started(kept, event);
      if ("actor" in event && event.actor === parentActor) this.asked(kept, event);
      if (event.type === "RunRecalled") this.recalled(kept);
      if (event.type === "RunTurned") this.turnedAt.set(kept.uid, this.book.nowMs());
      if (event.type === "RunCompleted") this.completed(kept);
      if (event.type === "StepSucceeded") this.succeeded(kept, event);
      if (event.type === "AttemptFailed" && event.side === "execute") this.failed(kept, event.step);
      if (event.type === "StepCompensated") this.isBack(kept, event.step);
    }
  }

  private started(kept: KeptRun, { parent, input }: Started): void {
    this.count("children");
    const above = this.book.byUid(parent?.uid ?? "");
    const step = parent?.step ?? "";
    if (!above || !parent) return this.violate(`${kept.id} is the child of nobody`);
    const act = above.planOf(step)?.act;
    const isRight = act?.is === "child" && act.workflow === kept.workflow.name && parent.run === above.id;
    const root = above.run.parent?.root ?? above.id;
    if (!isRight || kept.id !== `${above.id}.${step}` || parent.root !== root)
      this.violate(`${kept.id} is not what ${step} of ${above.id} asks for`);
    const dispatch = above.dispatchOf({ uid: above.uid, step, action: "execute", attempt: 1 });
    if (!dispatch) return this.violate(`${kept.id} was started before ${above.id} had recorded it`);
    const given = givenIn(above, this.ledger, step);
    const wanted =
      above.planned && expectedInput(above.planned, { step, action: "execute", isKnown: false, given, dispatch });
    if (wanted !== undefined && !above.has("StepSkipped") && textOf(wanted) !== textOf(input))
      this.violate(`${kept.id} was given ${textOf(input)}, not ${textOf(wanted)}`);
  }

  /** A parent stops its child only when it does not go forward itself. */
  private asked(kept: KeptRun, { type }: SagaEvent): void {
    this.count("children stopped");
    const above = this.parentOf(kept);
    const isGoingBack = above !== undefined && above.run.phase !== "forward";
    const isGivenUp = type !== "RunAbandoned" || above?.run.abandoned === true;
    if (!isGoingBack || !isGivenUp) this.violate(`${type} of ${kept.id}, whose parent goes forward`);
  }

  /** C8: the child of a run that was cancelled is asked to stop, if it can be. */
  private completed(kept: KeptRun): void {
    const above = this.parentOf(kept);
    const isPivotPassed = kept.run.steps[kept.workflow.pivotPlace]?.state === "succeeded";
    if (!above || isPivotPassed || kept.has("CancelRequested")) return;
    const { phase, cancelled, isLate } = above.run;
    const isToStop = phase === "draining" && (cancelled || isLate);
    const sinceMs = this.book.nowMs() - (this.turnedAt.get(above.uid) ?? Infinity);
    if (isToStop && sinceMs > stopsWithinMs + 2 * this.book.mostCommitMs)
      this.violate(`${kept.id} has completed, and its parent was to stop for ${sinceMs} ms`);
  }

  private recalled(kept: KeptRun): void {
    this.count("children recalled");
    const above = this.parentOf(kept);
    if (above?.run.phase !== "backward") this.violate(`${kept.id} was recalled, and its parent does not go back`);
  }

  private succeeded(above: KeptRun, { step, output }: Extract<SagaEvent, { type: "StepSucceeded" }>): void {
    const child = this.childOf(above, step);
    if (child === "none") return;
    const isRight = child?.status === "completed" && textOf(child.run.output ?? null) === textOf(output);
    if (!isRight) this.violate(`${step} of ${above.id} succeeded, and its child is ${child?.status}`);
  }

  private failed(above: KeptRun, step: string): void {
    const child = this.childOf(above, step);
    if (child === "none" || child === undefined) return;
    const isBack = child.run.phase === "ended" && child.status !== "completed";
    if (!isBack) this.violate(`${step} of ${above.id} failed, and its child is ${child.status}`);
  }

  private isBack(above: KeptRun, step: string): void {
    if (above.planOf(step)?.compensation?.worker !== "") return;
    const child = this.childOf(above, step);
    if (child === "none") return;
    const isOpen = child !== undefined && (child.run.phase !== "ended" || child.status === "completed");
    if (isOpen) this.violate(`${step} of ${above.id} is undone, and its child is ${child.status}`);
  }

  /** Whether it stands still because a child of it does, and rightly so. */
  isWaitedFor(kept: KeptRun): boolean {
    return kept.run.out.some(({ step, isChild }) => {
      const child = isChild ? this.childOf(kept, step) : undefined;
      if (child === undefined || child === "none" || child.run.phase === "ended") return false;
      return child.status === "blocked" || this.isWaitedFor(child);
    });
  }

  /** When everything has come to rest. */
  judge(): void {
    for (const kept of this.book.runs()) {
      const above = this.parentOf(kept);
      if (above) this.judgeEnd(kept, above, kept.run.parent?.step ?? "");
    }
  }

  private judgeEnd(child: KeptRun, above: KeptRun, step: string): void {
    const hasEnded = child.run.phase === "ended";
    if (above.run.phase === "ended" && !hasEnded)
      this.violate(`${above.id} has ended, and its child ${child.id} is ${child.status}`);
    if (hasEnded && !child.run.isParentTold) this.violate(`${child.id} has ended, and its parent was not told`);
    const isMended = above.events.some(
      (event) => "actor" in event && "step" in event && event.step === step && event.actor !== parentActor,
    );
    // Whoever has given a run up, or has said something of its step, knows more than it does.
    if (above.run.phase !== "ended" || !hasEnded || above.run.abandoned || isMended) return;
    const isKept = above.planOf(step)?.compensation?.worker !== "";
    if (above.status === "completed") {
      if (child.status !== "completed" && above.stepOf(step)?.state === "succeeded")
        this.violate(`${above.id} is completed, and its child ${child.id} is ${child.status}`);
      return;
    }
    if (child.status === "completed" && !isKept)
      this.violate(`${above.id} is ${above.status}, and its child ${child.id} was not called back`);
    const left = above.run.residue.flatMap((one) => (one.step.startsWith(`${step}.`) ? [{ ...one }] : []));
    const wanted = child.run.residue.map((one) => ({ ...one, step: `${step}.${one.step}` }));
    if (textOf(left) !== textOf(wanted))
      this.violate(`${child.id} has left ${textOf(wanted)}, and its parent says ${textOf(left)}`);
  }

  private parentOf({ run }: KeptRun): KeptRun | undefined {
    return this.book.byUid(run.parent?.uid ?? "");
  }

  /** `none`: it is no step that has one. */
  private childOf(above: KeptRun, step: string): KeptRun | "none" | undefined {
    if (above.planOf(step)?.act.is !== "child") return "none";
    return this.book.byId(`${above.id}.${step}`);
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  private violate(what: string): void {
    this.book.violate(`C14: ${what}`);
  }
}

const textOf = (value: Json): string => canonicalJson(value);

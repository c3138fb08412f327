/**
 * What leaves the engine's process: nothing before the commit that covers it, nothing that the run no longer wants, and
 * whatever was promised (C3, C8, C18, I2, I9, I12, I13).
 */
import type { Command, Notice, Result, StatusEvent } from "../../bus/envelope.ts";
import type { CommandRef, SagaEvent, Transition } from "../../saga/event.ts";
import { planIn } from "../../saga/step-key.ts";
import { actionOf, type KeptRun, partsOf } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";
import { stopsTogether } from "./siblings-rule.ts";

/** A command that is to be taken back, or whose worker is to be advised to cancel. */
interface Recall {
  readonly life: Life;
  readonly commandId: string;
  readonly untilMs: number;
  isDone: boolean;
}

/** It follows at once; this is for the way, beside the commit of what may have made it needless. */
const recallWithinMs = 1000;

export class OutgoingWatch {
  private readonly book: Book;
  /** By message id: the life that recorded it, and whether the bus has ever been given it. */
  private readonly recordedBy = new Map<string, string>();
  private readonly published = new Set<string>();
  /** By life and message id: what this life has sent, and of which it has heard since that a worker took it. */
  private readonly sentBy = new Set<string>();
  private readonly heardTaken = new Set<string>();
  /** By life and message id: what this life has been given an answer to. */
  private readonly heardAnswered = new Set<string>();
  /** By life and run: the number of the last status event. */
  private readonly told = new Map<string, number>();
  private readonly recalls = new Map<string, Recall>();

  constructor(book: Book) {
    this.book = book;
  }

  recorded(life: Life, kept: KeptRun, { events }: Transition): void {
    const { run } = kept;
    for (const event of events) {
      const action = actionOf(event);
      if (action && "attempt" in event)
        this.recordedBy.set(`${run.uid}/${event.step}/${action}/${event.attempt}`, life.name);
    }
    for (const event of events) {
      for (const { step, side, attempt } of run.out.filter((ref) => isRecalledBy(kept, event, ref))) {
        const commandId = `${run.uid}/${step}/${side}/${attempt}`;
        if (this.recalls.get(commandId)?.life === life || this.heardAnswered.has(`${life.name} ${commandId}`)) continue;
        this.recalls.set(commandId, {
          life,
          commandId,
          untilMs: this.book.nowMs() + recallWithinMs + this.book.mostCommitMs,
          isDone: false,
        });
      }
    }
  }

  /** After each step of the world. */
  look(): void {
    for (const recall of this.recalls.values()) {
      const { life, commandId, untilMs } = recall;
      if (recall.isDone) continue;
      const isSettled = life.isOver || life.isStopping || !this.isWithAWorker(commandId);
      recall.isDone = isSettled || this.book.nowMs() > untilMs;
      if (recall.isDone && !isSettled)
        this.book.violate(`C8: ${commandId} is not wanted any more, and its worker was not told`);
    }
  }

  /** It may be: it was sent, and nothing that is recorded says that it is over. */
  private isWithAWorker(commandId: string): boolean {
    const parts = partsOf(commandId);
    return this.published.has(commandId) && this.book.byUid(parts.uid)?.isOut(parts) === true;
  }

  /** `envelope` gives the message as its worker would see it. */
  command(life: Life, id: string, envelope: () => Command): void {
    const { violate } = this.saying(id);
    const parts = partsOf(id);
    const kept = this.book.byUid(parts.uid);
    const dispatch = kept?.dispatchOf(parts);
    if (!kept || dispatch === undefined) return violate("C18", "before it was recorded");
    if (kept.run.abandoned) violate("I9", "after the run was abandoned");
    if (kept.run.phase === "ended") violate("I12", "after the run had ended");
    if (kept.run.holder !== undefined) violate("C25", "while its run waits for a place");
    if (!kept.isOut(parts)) violate("I2", "after it was answered");
    if (parts.action === "execute" && kept.run.phase !== "forward" && !dispatch.isAskedOnceMore)
      violate("I9", `while ${kept.run.phase}`);
    if (dispatch.isUnasked) violate("C1", "though it is in doubt, and nobody has asked for its undo");
    if (parts.action === "compensate" && kept.isPivotPassed) violate("I10", "after the pivot had succeeded");
    if (kept.attemptState(parts) === "superseded") violate("I2", "though another attempt has settled it");
    const isAgain = this.published.has(id) || this.recordedBy.get(id) !== life.name;
    this.published.add(id);
    this.sentBy.add(`${life.name} ${id}`);
    if (!isAgain) return;
    // What was decided before may still be on its way; what was published before is held back.
    if (kept.run.suspended) violate("semantics.md, 4", "again, in a run that is suspended");
    if (parts.action === "execute" && kept.planOf(parts.step)?.execution === "at_most_once") violate("C24", "twice");
    if (this.heardTaken.has(`${life.name} ${id}`)) violate("C18", "again, though it is known to be taken");
    if (envelope().data.context.again !== true) violate("C18", "again, and does not say so");
  }

  private saying(commandId: string) {
    const violate = (rule: string, when: string) =>
      this.book.violate(`${rule}: ${commandId} was published ${when} (${this.book.byUid(partsOf(commandId).uid)?.id})`);
    return { violate };
  }

  /** The engine in this process hears of it. */
  taken(life: Life, commandId: string): void {
    if (this.hasSent(life, commandId)) this.heardTaken.add(`${life.name} ${commandId}`);
  }

  /** Whether this engine can know what it hears of: before it has taken up a run, a word about it is lost on it. */
  hasSent(life: Life, commandId: string): boolean {
    return this.sentBy.has(`${life.name} ${commandId}`);
  }

  answered(life: Life, commandId: string): void {
    this.heardAnswered.add(`${life.name} ${commandId}`);
    this.isRecalled(life, commandId);
  }

  notice(life: Life, { data }: Notice): void {
    this.isRecalled(life, data.command);
  }

  /** The bus gave it back, or its worker is told. */
  isRecalled(life: Life, commandId: string): void {
    const recall = this.recalls.get(commandId);
    if (recall?.life === life) recall.isDone = true;
  }

  status({ name }: Life, { runuid, runid, sequence, data }: StatusEvent): void {
    const kept = this.book.byUid(runuid);
    const number = Number(sequence);
    const event = kept?.events[number - 1];
    const standing = kept?.standings[number - 1];
    const violate = (what: string) => this.book.violate(`I13: status ${number} of ${runid} ${what}`);
    if (!event || !standing) return violate("was published before it was recorded");
    const isStanding = data.event === "RunRecovered";
    if (!isStanding && data.event !== event.type) violate(`says ${data.event}, recorded is ${event.type}`);
    if (data.status !== standing.status || data.phase !== standing.phase)
      violate(`says ${data.status} and ${data.phase}, and it was ${standing.status} and ${standing.phase}`);
    const before = this.told.get(`${name} ${runuid}`);
    if (!isStanding && before !== undefined && number !== before + 1) violate(`follows ${before}`);
    this.told.set(`${name} ${runuid}`, number);
  }

  /** The worker was told that its answer is recorded (I2). */
  acknowledged({ runuid, runid, stepkey = "", action = "execute", attempt = 0, data, id }: Result): void {
    const kept = this.book.byId(runid);
    const step = kept?.stepOf(stepkey);
    if (kept?.uid !== runuid || !step || kept.run.abandoned) return;
    const state = kept.attemptState({ uid: runuid, step: stepkey, action, attempt }) ?? "";
    const open = ["live", "superseded"];
    const isPossible = data.outcome === "failed" && data.effect === "possible";
    if (!isPossible) open.push("unanswered");
    if (action === "execute" && data.outcome === "succeeded") open.push("possible");
    const isLost = action === "execute" ? open.includes(state) && step.state !== "succeeded" : state === "live";
    if (isLost && !this.isUnfit(kept, stepkey, state, data))
      this.book.violate(`I2: ${id} was acknowledged, and its attempt is ${state}`);
  }

  /** C20: a success whose output does not fit says `possible`; twice it says nothing new. */
  private isUnfit({ workflow }: KeptRun, step: string, state: string, data: Result["data"]): boolean {
    if (data.outcome !== "succeeded" || state !== "possible") return false;
    const worker = planIn(workflow, step)?.worker ?? "";
    return workflow.catalogue.has(worker) && isMisfit(data.output);
  }
}

/** After which events nobody waits any more for what is out, and for which of it. */
function isRecalledBy(kept: KeptRun, event: SagaEvent, { step, side }: CommandRef): boolean {
  const { phase } = kept.run;
  switch (event.type) {
    case "StepSucceeded":
    case "LateSuccessRecorded":
    case "StepFailed":
      return side !== "compensate" && step === event.step;
    // What was undone by hand was another effect than the one that is asked for.
    case "StepResolved":
      return side === "execute" && step === event.step && event.outcome === "done";
    case "StepCompensated":
    case "CompensationResolved":
    case "CompensationSkipped":
      return side === "compensate" && step === event.step;
    // That going back takes long stops nothing; a branch that fails stops those that are to stop with it (C10).
    case "RunTurned": {
      const isToStop = event.step === undefined || stopsTogether(kept, event.step, step);
      return side === "execute" && phase !== "forward" && isToStop;
    }
    case "RunAbandoned":
      return true;
    default:
      return false;
  }
}

/** What a worker of the simulation gives that does not keep its contract. */
export const isMisfit = (output: unknown): boolean =>
  typeof (output as { readonly of?: unknown } | null)?.of !== "string";

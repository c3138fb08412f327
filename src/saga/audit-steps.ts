/** The auditor reads what happens to one step: commands, answers, doubts, undos (semantics.md, 8). */
import { dependsOn } from "./dependency.ts";
import type { SagaEvent, Side } from "./event.ts";
import { isOfUndo, type RunBook } from "./run-book.ts";
import {
  endOpen,
  isInItsWait,
  isStillWanted,
  isUnknown,
  markAnswered,
  mayTryAgain,
  policyOf,
  type SideBook,
  type StepBook,
} from "./step-book.ts";

/** C20: what ends a step, or opens an incident, before a command was sent. */
const misfits: ReadonlySet<string | undefined> = new Set([
  ...["reference_missing", "expression_type", "expression_number", "expression_limit"],
  ...["payload_too_large", "input_invalid"],
]);
/** Whose end is not what a worker said. */
const isOwnAct = ({ plan }: StepBook): boolean => plan.act.is !== "work" || plan.when !== undefined;

/** Nobody waits any more for what was sent under the key that is replaced. */
function replace(side: SideBook): void {
  for (const attempt of side.open) side.replaced.add(attempt);
  side.open.clear();
}

export class StepAudit {
  /** Whose key was closed in the transition that is read. */
  closed: StepBook[] = [];
  anomaly: Extract<SagaEvent, { type: "AnomalyRecorded" }> | undefined;
  /** Whose effect is known, while its undo found nothing (C5). */
  readonly owing = new Set<StepBook>();
  private readonly run: RunBook;
  /** Whose undo is due; some are so no more. */
  private readonly due = new Set<StepBook>();

  constructor(run: RunBook) {
    this.run = run;
  }

  read(step: StepBook, event: SagaEvent, at: number): void {
    const { key: name } = step;
    const { kind } = step.plan;
    switch (event.type) {
      case "StepReused":
        this.expect(kind === "readonly" || kind === "plain", "I5", `${name} is ${kind}, and was taken over`);
        step.fate = "succeeded";
        return;
      case "StepOmitted":
        this.expect(this.run.phase === "forward", "I9", `${name} was left out while ${this.run.phase}`);
        step.fate = "skipped";
        return;
      case "WaitBegan":
        this.expect(this.run.phase === "forward", "I9", `the wait ${name} began while ${this.run.phase}`);
        step.isWaiting = true;
        step.execute.retryAt = event.dueAt;
        return;
      case "WaitEnded":
        this.expect(step.isWaiting, "I3", `the wait ${name} ended, and had not begun`);
        this.endWait(step, event, at);
        return;
      case "StepDispatched":
        return this.sendStep(step, event.attempt, at);
      case "InquiryDispatched":
        return this.sendInquiry(step, event.attempt, at);
      case "StepSucceeded":
      case "LateSuccessRecorded":
        // A worker's store speaks for the key, whichever attempt asks.
        if (event.by === "inquiry") step.inquire.last = undefined;
        else this.accept(step, "execute", event.attempt, true);
        return this.succeed(step);
      case "InquiryAnswered":
        // A late answer leaves the question to the inquiry that is out, or will be.
        if (step.inquire.open.has(event.attempt)) step.inquire.last = { retryable: false, code: event.outcome };
        this.accept(step, "inquire", event.attempt);
        if (event.outcome === "not_done") this.closeKey(step);
        return;
      case "AttemptFailed":
        return this.failAttempt(step, event);
      case "AttemptTimedOut":
        return this.timeOut(step, event.side, event.attempt);
      case "AttemptWithdrawn":
        this.expect(endOpen(step[event.side], event.attempt), "I3", `attempt ${event.attempt} was not out`);
        step[event.side].last = { retryable: true, code: "withdrawn" };
        return;
      case "ResultRejected":
        if (event.reason === "settled" && event.outcome === "compensated") step.undoneLate = true;
        return markAnswered(step[event.side], event.attempt);
      case "RetryScheduled":
        return this.schedule(step, event.side, event.dueAt, at);
      case "StepFailed":
        step.isWaiting = false;
        this.giveUp(step, event.error.code, at);
        this.expect(step.execute.doubts.size === 0, "I13", `${name} failed though an attempt is in doubt`);
        step.fate = "failed";
        return;
      case "StepInDoubt":
        this.giveUp(step, event.error.code, at);
        this.expect(step.execute.doubts.size > 0, "I13", `${name} is in doubt though no attempt is`);
        this.expect(!step.plan.inquiry || step.isInquired, "I13", `${name} is in doubt, and its worker was not asked`);
        step.fate = "in_doubt";
        return this.armUndo(step);
      case "ChildLeft":
        step.left = event.residue;
        return;
      case "CompensationDispatched":
        return this.sendUndo(step, event.attempt, at);
      case "StepCompensated":
        this.accept(step, "compensate", event.attempt, true);
        this.expect(step.undo === "due", "I3", `${name} was compensated twice`);
        step.undo = "settled";
        step.found = event.found;
        if (step.fate === "succeeded" && !event.found) this.owe(step);
        return;
      case "CompensationUnneeded":
        this.expect(
          step.fate === "failed" || (step.fate === "skipped" && !isUnknown(step)) || step.word === "undone",
          "I6",
          `${name} is ${step.fate}, so its undo is needed`,
        );
        step.undo = "settled";
        return;
      case "AnomalyRecorded":
        this.anomaly = event;
        if (event.anomaly === "stray_effect") return this.stray(step, event);
        if (event.anomaly !== "late_effect") return;
        step.lateEffects++;
        return markAnswered(step.compensate, event.attempt);
      case "IncidentOpened":
        return this.openIncident(step, event);
      case "StepRetried":
        return this.retry(step, event);
      case "StepResolved":
        return this.resolve(step, event);
      case "StepSkipped":
        this.expect(this.run.isAsked(name, "step"), "I13", `${name} was skipped, and nobody was asked`);
        step.fate = "skipped";
        return;
      case "CompensationRetried":
        this.expect(
          this.run.isAsked(name, "compensation", "in_doubt"),
          "I13",
          `nobody was asked to undo ${name} again`,
        );
        Object.assign(step.compensate, { spent: 0, last: undefined });
        // What the engine does not guess a third time an operator may.
        step.lateEffects = Math.min(step.lateEffects, 1);
        return;
      case "CompensationResolved":
      case "CompensationSkipped":
        this.expect(
          this.run.isAsked(name, "compensation", "in_doubt", "late_effect"),
          "I13",
          `nobody was asked about the undo of ${name}`,
        );
        step.undo = event.type === "CompensationResolved" ? "resolved" : "skipped";
        this.settleDebt(step);
        return;
      default:
        return;
    }
  }

  private expect(...claim: Parameters<RunBook["expect"]>): void {
    this.run.expect(...claim);
  }

  private endWait(step: StepBook, { by }: Extract<SagaEvent, { type: "WaitEnded" }>, at: number): void {
    const { act } = step.plan;
    const isDue = step.execute.retryAt !== undefined && at >= step.execute.retryAt;
    this.expect(by === "signal" || isDue, "I17", `the wait ${step.key} ended before its time`);
    this.expect(
      act.is === "wait" && (act.signal !== undefined) === (by !== "time"),
      "I13",
      `${step.key} ended by ${by}`,
    );
    step.isWaiting = false;
    step.fate = "succeeded";
  }

  private succeed(step: StepBook): void {
    const { run } = this;
    this.expect(step.fate !== "succeeded", "I3", `${step.key} succeeded twice`);
    step.fate = "succeeded";
    step.execute.doubts.clear();
    this.armUndo(step);
    if (step.undo === "settled" && step.found === false) this.owe(step);
    if (step === run.pivot && (run.phase === "forward" || run.phase === "draining")) this.discard();
  }

  /** Past the pivot nothing that came before it is undone (I10). */
  private discard(): void {
    for (const step of this.run.steps) if (step.undo === "due") step.undo = "discarded";
    this.due.clear();
  }

  private closeKey(step: StepBook): void {
    step.keyClosed = true;
    this.closed.push(step);
    step.execute.doubts.clear();
  }

  /** C12: another key only where no attempt is in doubt, and whenever the old one can bring nothing any more. */
  private retry(step: StepBook, event: Extract<SagaEvent, { type: "StepRetried" }>): void {
    const { key: name } = step;
    this.expect(this.run.isAsked(name, "step", "pivot"), "I13", `${name} was retried, and nobody was asked`);
    const mustBeNew = step.keyClosed || event.input !== undefined;
    this.expect(
      event.key === step.keyNumber + (mustBeNew ? 1 : 0),
      "I4",
      `${name} has key ${event.key} after ${step.keyNumber}`,
    );
    this.expect(!mustBeNew || step.execute.doubts.size === 0, "I4", `${name} has a new key while it is in doubt`);
    if (mustBeNew) {
      step.earlier = step.execute.sent;
      replace(step.execute);
      replace(step.inquire);
    }
    step.keyNumber = event.key;
    step.keyClosed = false;
    step.fate = "open";
    step.isInquired = false;
    step.begunAt = undefined;
    step.word = undefined;
    Object.assign(step.execute, { spent: 0, last: undefined });
    Object.assign(step.inquire, { spent: 0, last: undefined });
  }

  private resolve(step: StepBook, event: Extract<SagaEvent, { type: "StepResolved" }>): void {
    const { key: name } = step;
    const kinds = event.outcome === "undone" ? (["late_effect"] as const) : (["step", "pivot"] as const);
    this.expect(this.run.isAsked(name, ...kinds), "I13", `${name} was resolved, and nobody was asked`);
    if (event.outcome === "undone" && step.isStray) step.isStray = false;
    else step.word = event.outcome;
    if (event.outcome === "not_done") {
      step.keyClosed = true;
      step.execute.doubts.clear();
      step.fate = "failed";
    } else if (event.outcome === "done") {
      // Its attempts may still say otherwise (C26).
      const doubts = new Set(step.execute.doubts);
      this.succeed(step);
      for (const attempt of doubts) step.execute.doubts.add(attempt);
    }
  }

  private stray(step: StepBook, { side, attempt }: Extract<SagaEvent, { type: "AnomalyRecorded" }>): void {
    this.expect(step.keyNumber > 1, "I3", `${step.key} has had no other key`);
    step.isStray = true;
    markAnswered(step[side], attempt);
  }

  private openIncident(step: StepBook, event: Extract<SagaEvent, { type: "IncidentOpened" }>): void {
    const { key: name } = step;
    this.run.open(event);
    if (!isOfUndo(event)) {
      const { kind } = event;
      this.expect(kind !== "pivot" || step.fate === "in_doubt", "I13", `the pivot ${name} is not in doubt`);
      const isStuck = step.fate === "failed" || step.fate === "in_doubt";
      this.expect(kind !== "step" || isStuck, "I13", `${name} is ${step.fate}, and an operator is asked`);
      return;
    }
    if (event.kind === "compensation") this.giveUpUndoing(step, event.error?.code);
    if (event.kind === "in_doubt") {
      const asks = !step.plan.compensateInDoubt && isUnknown(step);
      this.expect(asks, "I13", `${name} is ${step.fate}, and an operator is asked`);
    }
    step.compensate.retryAt = undefined;
    this.becomeDue(step);
    this.settleDebt(step);
  }

  private sendInquiry(step: StepBook, attempt: number, at: number): void {
    const { key: name } = step;
    const { inquiry } = step.plan;
    const { phase } = this.run;
    this.expect(inquiry !== undefined, "I13", `${name} does not declare that its worker can be asked`);
    this.expect(phase === "forward" || phase === "draining", "I9", `whether ${name} was done was asked while ${phase}`);
    this.expect(
      step.fate === "open" && step.execute.doubts.size > 0,
      "I13",
      `${name} is not in doubt, and it was asked`,
    );
    this.expect(!inquiry || mayTryAgain(step.inquire, inquiry.retry), "I13", `${name} was asked once too often`);
    step.isInquired = true;
    step.execute.retryAt = undefined;
    this.send(step, step.inquire, attempt, at);
  }

  private sendStep(step: StepBook, attempt: number, at: number): void {
    const { key: name } = step;
    const { phase, held } = this.run;
    // An operator may ask a doubtful pivot once more.
    const isPivotAgain = phase === "draining" && step === this.run.pivot && step.execute.spent === 0;
    this.expect(phase === "forward" || (isPivotAgain && attempt > 1), "I9", `${name} was sent while ${phase}`);
    this.expect(!held, "I13", `${name} was sent in a run that waits for its place`);
    this.expect(step.fate !== "succeeded", "I2", `${name} was sent again after its success`);
    this.expect(!step.keyClosed, "I4", `${name} was sent again under a key that is closed`);
    this.expect(mayTryAgain(step.execute, step.plan.retry), "I13", `${name} had no attempt left`);
    step.begunAt ??= at;
    this.send(step, step.execute, attempt, at);
  }

  private schedule(step: StepBook, of: Side, dueAt: number, at: number): void {
    const { key: name } = step;
    const { retry } = step.plan;
    const policy = policyOf(step.plan, of) ?? retry;
    const side = step[of];
    const { phase, suspended } = this.run;
    this.expect(of !== "execute" || phase === "forward", "I9", `${name} is to be tried again, ${phase}`);
    this.expect(mayTryAgain(side, policy), "I13", `${name} has no attempt left to wait for`);
    // A suspended run puts its first inquiry off.
    const isPutOff = of === "inquire" && suspended && side.spent === 0;
    const isInTime = isPutOff ? dueAt === at : isInItsWait(dueAt - at, side, policy);
    this.expect(isInTime, "I17", `${name} waits ${dueAt - at} ms after ${side.spent}`);
    if (of === "inquire") step.execute.retryAt = undefined;
    side.retryAt = dueAt;
  }

  /** A step settles when no retry is left, not before. */
  private giveUp(step: StepBook, code: string, at: number): void {
    const { plan, execute, inquire, fate, keyClosed, isInquired, begunAt } = step;
    if (fate !== "open" || this.run.phase !== "forward" || (isOwnAct(step) && execute.sent === 0)) return;
    const deadlineMs = plan.stepDeadlineMs;
    const isOver =
      isInquired ||
      inquire.retryAt !== undefined ||
      (deadlineMs !== undefined && begunAt !== undefined && at >= begunAt + deadlineMs) ||
      keyClosed ||
      misfits.has(code) ||
      !mayTryAgain(execute, plan.retry);
    this.expect(isOver, "I13", `${plan.name} settled with an attempt left`);
  }

  private giveUpUndoing({ plan, compensate }: StepBook, code: string | undefined): void {
    const policy = plan.compensation?.retry;
    const isOver = misfits.has(code) || !policy || !mayTryAgain(compensate, policy);
    this.expect(isOver, "I13", `the undo of ${plan.name} is blocked with an attempt left`);
  }

  private sendUndo(step: StepBook, attempt: number, at: number): void {
    const { key: name } = step;
    const { phase } = this.run;
    this.expect(phase === "backward", "I13", `the undo of ${name} was sent while ${phase}`);
    this.expect(step.undo !== "discarded", "I10", `${name} is undone though the pivot was passed`);
    const toUndo = step.fate === "succeeded" || isUnknown(step);
    this.expect(toUndo, "I9", `${name} is ${step.fate}: nothing to undo`);
    this.expect(step.undo !== "settled" || step.owed, "I2", `the undo of ${name} was sent again after its success`);
    // An undo that was begun in its turn goes on, though C4 or C5 should bring back a later one.
    const inTurn = step.compensate.sent > 0 || !this.isHeldUp(step);
    this.expect(inTurn, "I8", `the undo of ${name} was sent before that of what depends on it was settled`);
    // C5: it begins anew, once.
    this.expect(step.lateEffects < 2, "I13", `the undo of ${name} found nothing twice, and was sent again`);
    if (step.undo === "settled") Object.assign(step.compensate, { spent: 0, last: undefined });
    const policy = step.plan.compensation?.retry;
    const mayBegin = step.compensate.last === undefined || (policy && mayTryAgain(step.compensate, policy));
    this.expect(mayBegin, "I13", `the undo of ${name} had no attempt left`);
    this.becomeDue(step);
    this.settleDebt(step);
    this.send(step, step.compensate, attempt, at);
  }

  private send(step: StepBook, side: SideBook, attempt: number, at: number): void {
    const { key: name } = step;
    this.expect(!this.run.abandoned, "I12", `a command for ${name} was sent in an abandoned run`);
    this.expect(!this.run.suspended, "I13", `a command for ${name} was sent in a suspended run`);
    this.expect(attempt === side.sent + 1, "I13", `attempt ${attempt} of ${name} follows attempt ${side.sent}`);
    this.expect(side.retryAt === undefined || at >= side.retryAt, "I17", `${name} was sent before its time`);
    side.sent = Math.max(side.sent, attempt);
    side.spent++;
    side.open.add(attempt);
    side.retryAt = undefined;
  }

  private failAttempt(step: StepBook, event: Extract<SagaEvent, { type: "AttemptFailed" }>): void {
    const side = step[event.side];
    const wasOpen = side.open.has(event.attempt);
    this.accept(step, event.side, event.attempt);
    // What a late answer says of its own attempt leaves the side to the attempt that is out; an undo goes by that alone.
    const isHeard = event.side === "execute" ? side.open.size === 0 : wasOpen;
    if (event.side === "inquire") {
      side.last = { retryable: event.retryable, code: event.error.code };
      return;
    }
    if (isHeard) side.last = { retryable: event.retryable, code: event.error.code };
    if (event.effect === "possible") {
      this.expect(!side.possible.has(event.attempt), "I3", `attempt ${event.attempt} failed twice alike`);
      side.possible.add(event.attempt);
      side.doubts.add(event.attempt);
    }
    if (event.side === "execute" && event.scope === "key") {
      this.closeKey(step);
    }
  }

  /** Of an attempt that was superseded nothing is in doubt: another one's answer has settled what it was for. */
  private timeOut(step: StepBook, of: Side, attempt: number): void {
    const superseded = !isStillWanted(step, of) || step[of].replaced.has(attempt);
    this.expect(endOpen(step[of], attempt), "I3", `attempt ${attempt} of ${step.key} was not out`);
    if (superseded) return;
    // Under a key that is closed nothing is in doubt.
    if (of === "compensate" || (of === "execute" && !step.keyClosed)) step[of].doubts.add(attempt);
    step[of].last = { retryable: true, code: "timed_out" };
  }

  /** An answer counts once: while its attempt is out, or to end its doubt; else it was recorded as an anomaly. */
  private accept(step: StepBook, of: Side, attempt: number, forTheKey = false): void {
    const { sent, open, doubts } = step[of];
    const { key: name } = step;
    const first = open.has(attempt) || doubts.has(attempt);
    const undoSent = of === "execute" && (step.compensate.sent > 0 || step.undo === "resolved");
    const excused = forTheKey && (open.size + doubts.size > 0 || undoSent);
    const told = this.anomaly?.step === name && this.anomaly.side === of && this.anomaly.attempt === attempt;
    this.expect(attempt >= 1 && attempt <= sent, "I3", `attempt ${attempt} of ${name} was never sent`);
    const isReplaced = of === "execute" && attempt <= step.earlier;
    this.expect(!isReplaced, "I3", `attempt ${attempt} of ${name} was under an earlier key`);
    this.expect(
      first || excused || told || of === "inquire",
      "I3",
      `attempt ${attempt} of ${name} had its outcome already`,
    );
    markAnswered(step[of], attempt);
  }

  private armUndo(step: StepBook): void {
    const compensated = step.undo === "settled" && step.found !== undefined;
    // What an operator has settled, or a pivot, stays.
    const isLeft = step.undo === "resolved" || step.undo === "skipped" || step.undo === "discarded";
    if (!step.plan.compensation || compensated || isLeft) return;
    if (this.run.isPivotPassed || this.run.completed) return void (step.undo = "discarded");
    // C4: an undo that was unneeded is needed after all.
    if (step.undo === "settled") step.compensate.last = undefined;
    this.becomeDue(step);
  }

  private becomeDue(step: StepBook): void {
    step.undo = "due";
    this.due.add(step);
  }

  /** Whether the undo of what depends on it is due. */
  isHeldUp(step: StepBook): boolean {
    for (const other of this.due) {
      if (other.undo !== "due") this.due.delete(other);
      else if (other !== step && dependsOn(other.levels, step.levels)) return true;
    }
    return false;
  }

  private owe(step: StepBook): void {
    step.owed = true;
    this.owing.add(step);
  }

  private settleDebt(step: StepBook): void {
    step.owed = false;
    this.owing.delete(step);
  }
}

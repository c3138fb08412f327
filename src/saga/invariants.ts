/**
 * The invariants of semantics.md, 8, as far as the recorded history of one run can show them: a second reader of the
 * events, who keeps his own books (`step-book.ts`). With the engine he shares only the tables and the fold: the fold
 * gives the states for I13 (`watched-fold.ts`), and is what a run is compared with for I14.
 *
 * What takes the world or several runs to see (I1, I5 to I7 against a ledger, I17 to I19) is tested elsewhere.
 */
import { assert } from "../base/errors.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Json } from "../base/json.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Residue, SagaEvent, SagaEventType, Side, Transition } from "./event.ts";
import type { Run } from "./run.ts";
import { statusOf } from "./status.ts";
import {
  areLiveTogether,
  isInItsWait,
  isStillWanted,
  isWaitedFor,
  markAnswered,
  mayTryAgain,
  newStepBook,
  residueIn,
  type SideBook,
  type StepBook,
  undeclaredIn,
} from "./step-book.ts";
import { type Phase, phaseExits, type Status } from "./tables.ts";
import { WatchedFold } from "./watched-fold.ts";

/** I10 has no pivot to be about yet. */
type Invariant = `I${2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 11 | 12 | 13 | 14 | 15 | 16 | 17}`;

export interface Violation {
  readonly invariant: Invariant;
  /** The number of the event that shows it; of what a whole transition shows, the last one's. */
  readonly event: number;
  readonly message: string;
}

export function checkInvariants(workflow: Workflow, transitions: Iterable<Transition>): readonly Violation[] {
  const audit = new Audit(workflow);
  return Array.from(transitions).flatMap((transition) => audit.read(transition));
}

/** Throws with all that is violated. With `run` also when it is not the fold of the transitions (I14). */
export function assertInvariants(workflow: Workflow, transitions: Iterable<Transition>, run?: Run): void {
  const audit = new Audit(workflow);
  const violations = Array.from(transitions).flatMap((transition) => audit.read(transition));
  if (run) violations.push(...audit.compare(run));
  assert(violations.length === 0, inWords(violations));
}

export function inWords(violations: readonly Violation[]): string {
  const lines = violations.map(({ invariant, event, message }) => `${invariant} at event ${event}: ${message}`);
  return `semantics.md, 8:\n${lines.join("\n")}`;
}

/** C20: what ends a step, or opens an incident, before a command was sent. */
const misfits: ReadonlySet<string | undefined> = new Set(["reference_missing", "payload_too_large", "input_invalid"]);

const afterTheEnd: ReadonlySet<SagaEventType> = new Set([
  "AttemptFailed",
  "AttemptWithdrawn",
  "LateSuccessRecorded",
  "StepFailed",
  "ResultRejected",
  "AnomalyRecorded",
  "RunReopened",
]);

/** Reads one history, transition by transition, and says of each what it violates; linear in the events. */
export class Audit {
  private readonly workflow: Workflow;
  private readonly watched: WatchedFold;
  private readonly steps: readonly StepBook[];
  private phase: Phase = "forward";
  private started = false;
  private completed = false;
  private abandoned = false;
  private number = 0;
  private incidentsOpened = 0;
  private anomaly: Extract<SagaEvent, { type: "AnomalyRecorded" }> | undefined;
  /** In the transition that is read. */
  private cancelled = false;
  private closed: StepBook[] = [];
  private readonly incidents = new Set<number>();
  private readonly waiting = new Set<SideBook>();
  /** Steps with a command that is out. */
  private readonly out = new Set<StepBook>();
  private readonly owing = new Set<StepBook>();
  /** No undo is due beyond this place. */
  private lastDue = -1;
  private found: Violation[] = [];

  constructor(workflow: Workflow) {
    this.workflow = workflow;
    this.watched = new WatchedFold(workflow);
    this.steps = workflow.steps.map(newStepBook);
  }

  /** The fold of what was read. */
  get run(): Run {
    return this.watched.run;
  }

  read({ at, events }: Transition): readonly Violation[] {
    this.found = [];
    const before = this.phase === "ended" ? statusOf(this.watched.run) : undefined;
    this.anomaly = undefined;
    this.cancelled = false;
    this.closed = [];
    if (events.length === 0) this.report("I13", "a transition has at least one event");
    for (const event of events) {
      if (this.watched.broken) break;
      this.number++;
      this.readEvent(event, at);
    }
    if (!this.watched.broken) this.readRest(before, events);
    return this.found;
  }

  /** I14. Values that are absent and values that are undefined are the same. */
  compare(run: Run): readonly Violation[] {
    this.found = [];
    const names = Object.keys(this.watched.run) as (keyof Run)[];
    const wrong = names.filter((name) => !isSame(run[name], this.watched.run[name]));
    this.expect(wrong.length === 0, "I14", `the run is not the fold of its events: ${wrong.join(", ")}`);
    return this.found;
  }

  private report(invariant: Invariant, message: string): void {
    this.found.push({ invariant, event: this.number, message });
  }

  private expect(claim: boolean | undefined, invariant: Invariant, message: string): void {
    if (!claim) this.report(invariant, message);
  }

  private readEvent(event: SagaEvent, at: number): void {
    this.expect((event.type === "RunStarted") === (this.number === 1), "I13", "a run starts once, first");
    if (this.phase === "ended") {
      this.expect(afterTheEnd.has(event.type), "I12", `${event.type} after the end`);
    }
    const step = "step" in event ? this.steps[this.workflow.places.get(event.step ?? "") ?? -1] : undefined;
    if (step) this.readOfStep(step, event, at);
    else this.readOfRun(event);
    for (const wrong of this.watched.fold(event, at)) this.report("I13", wrong);
    if (!this.watched.broken) this.compareWithFold();
    if (!step) return;
    this.expect(!areLiveTogether(step), "I11", `${step.plan.name} and its undo are live together`);
    this.keep(step);
  }

  private compareWithFold(): void {
    const { phase, version } = this.watched.run;
    this.expect(phase === this.phase, "I13", `the fold is ${phase}, the history ${this.phase}`);
    this.expect(version === this.number, "I13", `event ${this.number} has number ${version}`);
  }

  private readOfRun(event: SagaEvent): void {
    switch (event.type) {
      case "RunStarted":
        this.started = true;
        return;
      case "RunTurned":
        return this.enter("draining");
      case "RollbackBegan":
        for (const step of this.out) {
          this.expect(!isWaitedFor(step), "I13", `the rollback began while ${step.plan.name} was live`);
        }
        return this.enter("backward");
      case "CancelRequested":
        this.cancelled = true;
        return;
      case "RunAbandoned":
        this.abandoned = true;
        for (const side of this.waiting) side.retryAt = undefined;
        this.waiting.clear();
        return;
      case "IncidentClosed":
        this.expect(this.incidents.delete(event.incident), "I13", `incident ${event.incident} is not open`);
        return;
      case "RunCompleted":
        this.completed = true;
        for (const { fate, plan } of this.steps) this.expect(fate === "succeeded", "I5", `${plan.name} is ${fate}`);
        return this.end([], event.type);
      case "RunCompensated":
        this.expect(
          isSame(event.undeclared ?? [], undeclaredIn(this.steps)),
          "I6",
          "undeclared are the plain steps that ran",
        );
        return this.end([], event.type);
      case "RunFailed":
        this.expect(event.residue.length > 0, "I7", "failed without residue is compensated");
        this.expect(
          isSame(event.undeclared ?? [], undeclaredIn(this.steps)),
          "I7",
          "undeclared are the plain steps that ran",
        );
        return this.end(event.residue, event.type);
      default:
        return;
    }
  }

  private readOfStep(step: StepBook, event: SagaEvent, at: number): void {
    switch (event.type) {
      case "StepDispatched":
        return this.sendStep(step, event.attempt, at);
      case "StepSucceeded":
      case "LateSuccessRecorded":
        // A worker's store speaks for the key, whichever attempt asks.
        this.accept(step, "execute", event.attempt, true);
        this.expect(step.fate !== "succeeded", "I3", `${step.plan.name} succeeded twice`);
        step.fate = "succeeded";
        step.execute.doubts.clear();
        this.armUndo(step);
        if (step.undo === "settled" && step.found === false) this.owe(step);
        return;
      case "AttemptFailed":
        return this.failAttempt(step, event);
      case "AttemptTimedOut":
        return this.timeOut(step, event.side, event.attempt);
      case "AttemptWithdrawn":
        this.expect(step[event.side].open.delete(event.attempt), "I3", `attempt ${event.attempt} was not out`);
        step[event.side].last = { retryable: true, code: "withdrawn" };
        return;
      case "ResultRejected":
        if (event.reason === "settled" && event.outcome === "compensated") step.undoneLate = true;
        return markAnswered(step[event.side], event.attempt);
      case "RetryScheduled":
        return this.schedule(step, event.side, event.dueAt, at);
      case "StepFailed":
        this.giveUp(step, event.error.code);
        this.expect(step.execute.doubts.size === 0, "I13", `${step.plan.name} failed though an attempt is in doubt`);
        step.fate = "failed";
        return;
      case "StepInDoubt":
        this.giveUp(step, event.error.code);
        this.expect(step.execute.doubts.size > 0, "I13", `${step.plan.name} is in doubt though no attempt is`);
        step.fate = "in_doubt";
        return this.armUndo(step);
      case "RunTurned":
        return this.enter("draining");
      case "RunReopened":
        this.expect(!this.completed && !this.abandoned, "I12", "a run that completed or was abandoned stays ended");
        return this.enter("backward");
      case "CompensationDispatched":
        return this.sendUndo(step, event.attempt, at);
      case "StepCompensated":
        this.accept(step, "compensate", event.attempt, true);
        this.expect(step.undo === "due", "I3", `${step.plan.name} was compensated twice`);
        step.undo = "settled";
        step.found = event.found;
        if (step.fate === "succeeded" && !event.found) this.owe(step);
        return;
      case "CompensationUnneeded":
        this.expect(step.fate === "failed", "I6", `${step.plan.name} is ${step.fate}, so its undo is needed`);
        step.undo = "settled";
        return;
      case "AnomalyRecorded":
        this.anomaly = event;
        if (event.anomaly !== "late_effect") return;
        step.lateEffects++;
        return markAnswered(step.compensate, event.attempt);
      case "IncidentOpened":
        this.expect(event.incident === ++this.incidentsOpened, "I13", `incident ${event.incident} is out of turn`);
        this.incidents.add(event.incident);
        if (event.kind === "compensation") this.giveUpUndoing(step, event.error?.code);
        step.compensate.retryAt = undefined;
        this.becomeDue(step);
        return this.settleDebt(step);
      default:
        return;
    }
  }

  private sendStep(step: StepBook, attempt: number, at: number): void {
    const { name } = step.plan;
    this.expect(this.phase === "forward", "I9", `${name} was sent while ${this.phase}`);
    this.expect(step.fate !== "succeeded", "I2", `${name} was sent again after its success`);
    this.expect(!step.keyClosed, "I4", `${name} was sent again under a key that is closed`);
    this.expect(mayTryAgain(step.execute, step.plan.retry), "I13", `${name} had no attempt left`);
    this.send(step, step.execute, attempt, at);
  }

  private schedule(step: StepBook, of: Side, dueAt: number, at: number): void {
    const { name, retry, compensation } = step.plan;
    const policy = of === "execute" ? retry : (compensation?.retry ?? retry);
    const side = step[of];
    this.expect(of === "compensate" || this.phase === "forward", "I9", `${name} is to be tried again, ${this.phase}`);
    this.expect(mayTryAgain(side, policy), "I13", `${name} has no attempt left to wait for`);
    this.expect(isInItsWait(dueAt - at, side, policy), "I17", `${name} waits ${dueAt - at} ms after ${side.spent}`);
    side.retryAt = dueAt;
  }

  /** A step settles when no retry is left, not before. */
  private giveUp({ plan, execute, fate, keyClosed }: StepBook, code: string): void {
    if (fate !== "open" || this.phase !== "forward") return;
    const isOver = keyClosed || misfits.has(code) || !mayTryAgain(execute, plan.retry);
    this.expect(isOver, "I13", `${plan.name} settled with an attempt left`);
  }

  private giveUpUndoing({ plan, compensate }: StepBook, code: string | undefined): void {
    const policy = plan.compensation?.retry;
    const isOver = misfits.has(code) || !policy || !mayTryAgain(compensate, policy);
    this.expect(isOver, "I13", `the undo of ${plan.name} is blocked with an attempt left`);
  }

  private sendUndo(step: StepBook, attempt: number, at: number): void {
    const { name } = step.plan;
    this.expect(this.phase === "backward", "I13", `the undo of ${name} was sent while ${this.phase}`);
    const toUndo = step.fate === "succeeded" || step.fate === "in_doubt";
    this.expect(toUndo, "I9", `${name} is ${step.fate}: nothing to undo`);
    this.expect(step.undo !== "settled" || step.owed, "I2", `the undo of ${name} was sent again after its success`);
    // An undo that was begun in its turn goes on, though C4 or C5 should bring back a later one.
    const inTurn = step.compensate.sent > 0 || this.highestDue() <= step.place;
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
    const { name } = step.plan;
    this.expect(!this.abandoned, "I12", `a command for ${name} was sent in an abandoned run`);
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
    if (isHeard) side.last = { retryable: event.retryable, code: event.error.code };
    if (event.effect === "possible") {
      this.expect(!side.possible.has(event.attempt), "I3", `attempt ${event.attempt} failed twice alike`);
      side.possible.add(event.attempt);
      side.doubts.add(event.attempt);
    }
    if (event.side === "execute" && event.scope === "key") {
      step.keyClosed = true;
      this.closed.push(step);
      side.doubts.clear();
    }
  }

  /** Of an attempt that was superseded nothing is in doubt: another one's answer has settled what it was for. */
  private timeOut(step: StepBook, of: Side, attempt: number): void {
    const superseded = !isStillWanted(step, of);
    this.expect(step[of].open.delete(attempt), "I3", `attempt ${attempt} of ${step.plan.name} was not out`);
    if (superseded) return;
    step[of].doubts.add(attempt);
    step[of].last = { retryable: true, code: "timed_out" };
  }

  /** An answer counts once: while its attempt is out, or to end its doubt; else it was recorded as an anomaly. */
  private accept(step: StepBook, of: Side, attempt: number, forTheKey = false): void {
    const { sent, open, doubts } = step[of];
    const { name } = step.plan;
    const first = open.has(attempt) || doubts.has(attempt);
    const undoSent = of === "execute" && step.compensate.sent > 0;
    const excused = forTheKey && (open.size + doubts.size > 0 || undoSent);
    const told = this.anomaly?.step === name && this.anomaly.side === of && this.anomaly.attempt === attempt;
    this.expect(attempt >= 1 && attempt <= sent, "I3", `attempt ${attempt} of ${name} was never sent`);
    this.expect(first || excused || told, "I3", `attempt ${attempt} of ${name} had its outcome already`);
    markAnswered(step[of], attempt);
  }

  private armUndo(step: StepBook): void {
    const compensated = step.undo === "settled" && step.found !== undefined;
    if (!step.plan.compensation || compensated) return;
    // C4: an undo that was unneeded is needed after all.
    if (step.undo === "settled") step.compensate.last = undefined;
    this.becomeDue(step);
  }

  private becomeDue(step: StepBook): void {
    step.undo = "due";
    this.lastDue = Math.max(this.lastDue, step.place);
  }

  private highestDue(): number {
    while (this.lastDue >= 0 && this.steps[this.lastDue]?.undo !== "due") this.lastDue--;
    return this.lastDue;
  }

  private owe(step: StepBook): void {
    step.owed = true;
    this.owing.add(step);
  }

  private settleDebt(step: StepBook): void {
    step.owed = false;
    this.owing.delete(step);
  }

  private enter(phase: Phase): void {
    const allowed = phaseExits.get(this.phase)?.has(phase) ?? false;
    this.expect(allowed, "I13", `a run does not go from ${this.phase} to ${phase}`);
    this.phase = phase;
  }

  private end(residue: readonly Residue[], word: "RunCompleted" | "RunCompensated" | "RunFailed"): void {
    this.enter("ended");
    this.expect(this.waiting.size === 0 && this.watched.run.waits.length === 0, "I16", "the run ended with a timer");
    this.expect(this.incidents.size === 0, "I16", "the run ended with an open incident");
    for (const step of this.out) {
      // What is out in a run that was abandoned is superseded, all of it.
      this.expect(this.abandoned || !isWaitedFor(step), "I16", `the run ended while ${step.plan.name} was live`);
    }
    if (word === "RunCompleted") return;
    const left = residueIn(this.steps);
    const invariant = word === "RunFailed" ? "I7" : "I6";
    this.expect(isSame(residue, left), invariant, `left are ${canonicalJson(left as unknown as Json)}`);
  }

  /** Keeps the sets that the ends of transitions look at. */
  private keep(step: StepBook): void {
    if (step.fate !== "open") step.execute.retryAt = undefined;
    if (step.undo === "settled") step.compensate.retryAt = undefined;
    for (const side of [step.execute, step.compensate]) {
      if (side.retryAt === undefined) this.waiting.delete(side);
      else this.waiting.add(side);
    }
    if (step.execute.open.size + step.compensate.open.size > 0) this.out.add(step);
    else this.out.delete(step);
  }

  /** What only a whole transition can show. */
  private readRest(before: Status | undefined, events: readonly SagaEvent[]): void {
    this.expect(!this.cancelled || this.phase !== "forward", "I13", "a run that is cancelled turns");
    for (const { plan, fate } of this.closed)
      this.expect(fate !== "open", "I13", `the key of ${plan.name} is closed, and it is open`);
    for (const { plan } of this.owing) this.report("I6", `${plan.name} is known, and its undo found nothing`);
    if (this.phase === "ended") {
      const now = statusOf(this.watched.run);
      const stays = before === undefined || before === now || events.some(({ type }) => type === "RunReopened");
      this.expect(stays, "I12", `the status went from ${before} to ${now} after the end`);
      return;
    }
    const waits =
      this.waiting.size > 0 || this.incidents.size > 0 || Array.from(this.out).some((step) => this.holdsUp(step));
    this.expect(waits || !this.started, "I15", `the run is ${this.phase}, and nothing is waited for`);
  }

  /** A superseded command holds up nothing but its own step's undo, when that one's turn has come. */
  private holdsUp(step: StepBook): boolean {
    return isWaitedFor(step) || (this.phase === "backward" && this.highestDue() === step.place);
  }
}

/** Whether two JSON values are equal; what is undefined counts as absent. */
const isSame = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b);
const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : canonicalJson(value as Json));

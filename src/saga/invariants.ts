/**
 * The invariants of semantics.md, 8, as far as the recorded history of one run can show them: a second reader of the
 * events, who keeps his own books (`run-book.ts`, `step-book.ts`, written by `audit-steps.ts`). With the engine he shares
 * only the tables and the fold: the fold gives the states for I13 (`watched-fold.ts`), and is what a run is compared with
 * for I14.
 *
 * What takes the world or several runs to see (I1, I5 to I7 against a ledger, I17 to I19) is tested elsewhere.
 */
import { assert } from "../base/errors.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Json } from "../base/json.ts";
import type { Workflow } from "../definition/workflow.ts";
import { StepAudit } from "./audit-steps.ts";
import type { Residue, SagaEvent, SagaEventType, Transition } from "./event.ts";
import type { Run } from "./run.ts";
import { RunBook, type Violation } from "./run-book.ts";
import { statusOf } from "./status.ts";
import {
  areLiveTogether,
  isWaitedFor,
  residueIn,
  type SideBook,
  sides,
  type StepBook,
  undeclaredIn,
} from "./step-book.ts";
import { nameIn } from "./step-key.ts";
import type { Status } from "./tables.ts";
import { WatchedFold } from "./watched-fold.ts";

export type { Violation };

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

const afterTheEnd: ReadonlySet<SagaEventType> = new Set([
  "AttemptFailed",
  "AttemptWithdrawn",
  "InquiryAnswered",
  "LateSuccessRecorded",
  "StepFailed",
  "ResultRejected",
  "AnomalyRecorded",
  "RunReopened",
  "RunRerun",
  "ChildLeft",
  "ParentTold",
  "RunRecalled",
]);

/** Reads one history, transition by transition, and says of each what it violates; linear in the events. */
export class Audit {
  private readonly workflow: Workflow;
  private readonly watched: WatchedFold;
  private readonly book: RunBook;
  private readonly audit: StepAudit;
  /** In the transition that is read. */
  private cancelled = false;
  private readonly waiting = new Set<SideBook>();
  /** Steps with a command that is out. */
  private readonly out = new Set<StepBook>();
  /** Waits that are open. */
  private readonly signalled = new Set<StepBook>();

  constructor(workflow: Workflow) {
    this.workflow = workflow;
    this.watched = new WatchedFold(workflow);
    this.book = new RunBook(workflow);
    this.audit = new StepAudit(this.book);
  }

  /** The fold of what was read. */
  get run(): Run {
    return this.watched.run;
  }

  read({ at, events }: Transition): readonly Violation[] {
    const { book, audit } = this;
    const before = book.phase === "ended" ? statusOf(this.watched.run) : undefined;
    audit.anomaly = undefined;
    audit.closed = [];
    this.cancelled = false;
    if (events.length === 0) book.report("I13", "a transition has at least one event");
    for (const event of events) {
      if (this.watched.broken) break;
      book.number++;
      this.readEvent(event, at);
    }
    if (!this.watched.broken) this.readRest(before, events);
    return book.take();
  }

  /** I14. Values that are absent and values that are undefined are the same. */
  compare(run: Run): readonly Violation[] {
    const names = Object.keys(this.watched.run) as (keyof Run)[];
    const wrong = names.filter((name) => !isSame(run[name], this.watched.run[name]));
    this.expect(wrong.length === 0, "I14", `the run is not the fold of its events: ${wrong.join(", ")}`);
    return this.book.take();
  }

  private expect(...claim: Parameters<RunBook["expect"]>): void {
    this.book.expect(...claim);
  }

  private readEvent(event: SagaEvent, at: number): void {
    const { book } = this;
    this.expect((event.type === "RunStarted") === (book.number === 1), "I13", "a run starts once, first");
    if (book.phase === "ended") {
      this.expect(afterTheEnd.has(event.type), "I12", `${event.type} after the end`);
    }
    const step = "step" in event ? book.bookOf(event.step ?? "") : undefined;
    this.readOfRun(event, at);
    if (step) this.audit.read(step, event, at);
    else if ("block" in event) book.blocks.read(event);
    for (const wrong of this.watched.fold(event, at)) book.report("I13", wrong);
    if (!this.watched.broken) this.compareWithFold();
    if (event.type === "StepSucceeded" || event.type === "StepResolved") for (const one of book.steps) this.keep(one);
    if (!step) return;
    this.expect(!areLiveTogether(step), "I11", `${step.key} and its undo are live together`);
    this.keep(step);
  }

  private compareWithFold(): void {
    const { phase, version, suspended } = this.watched.run;
    const { book } = this;
    this.expect(phase === book.phase, "I13", `the fold is ${phase}, the history ${book.phase}`);
    this.expect(version === book.number, "I13", `event ${book.number} has number ${version}`);
    this.expect(suspended === book.suspended, "I13", `the fold says suspended: ${suspended}`);
  }

  private readOfRun(event: SagaEvent, at: number): void {
    const { book } = this;
    switch (event.type) {
      case "RunStarted":
        book.startedAt = at;
        return;
      case "RunHeld":
        book.held = true;
        return;
      case "RunAdmitted":
        book.held = false;
        return;
      case "RunSuspended":
        book.suspended = true;
        return;
      case "RunResumed":
        book.suspended = false;
        return;
      case "DeadlinePassed": {
        const { deadlineMs, compensationDeadlineMs } = this.workflow;
        const ms = event.of === "run" ? deadlineMs : compensationDeadlineMs;
        const from = event.of === "run" ? book.startedAt : book.turnedAt;
        const isDue = ms !== undefined && from !== undefined && at >= from + ms;
        this.expect(isDue, "I17", `the deadline of the ${event.of} passed before its time`);
        return;
      }
      case "RunTurned":
        this.expect(!book.isPivotPassed, "I10", "the run turned though its pivot was passed");
        book.cause = event.cause;
        book.turnedAt = at;
        this.endWaits();
        return book.enter("draining");
      case "RunReturned":
        this.expect(book.pivot?.fate === "succeeded", "I13", "a run goes forward again when its pivot has succeeded");
        this.expect(event.refused === book.cause, "I13", `what was refused is ${book.cause}, not ${event.refused}`);
        book.turnedAt = undefined;
        // It was answered: the pivot was passed.
        this.cancelled = false;
        return book.enter("forward");
      case "RunReopened":
        this.expect(!book.completed && !book.abandoned, "I12", "a run that completed or was abandoned stays ended");
        return book.enter("backward");
      case "RunRecalled":
        this.expect(book.completed && !book.isPivotPassed, "I12", "only a run that completed is recalled");
        book.completed = false;
        book.cause = "recalled";
        book.turnedAt = at;
        return book.enter("backward");
      case "RollbackBegan":
        for (const step of this.out) {
          this.expect(!isWaitedFor(step), "I13", `the rollback began while ${step.key} was live`);
        }
        this.expect(book.pivot?.fate !== "succeeded", "I10", "the rollback began though the pivot had succeeded");
        this.expect(book.pivot?.fate !== "in_doubt", "I10", "the rollback began around a doubtful pivot");
        return book.enter("backward");
      case "CancelRequested":
        this.cancelled = true;
        return;
      case "RunAbandoned":
        book.abandoned = true;
        this.endWaits();
        for (const side of this.waiting) side.retryAt = undefined;
        this.waiting.clear();
        return;
      case "IncidentOpened":
        if (event.step === undefined || this.workflow.blocks.has(nameIn(event.step))) book.open(event);
        return;
      case "IncidentClosed":
        this.expect(book.incidents.delete(event.incident), "I13", `incident ${event.incident} is not open`);
        return;
      case "RunCompleted":
        book.completed = true;
        for (const { fate, key } of book.steps) {
          this.expect(fate === "succeeded" || fate === "skipped", "I5", `${key} is ${fate}`);
        }
        for (const open of book.blocks.unfinished()) this.expect(false, "I5", `${open} is not done`);
        return this.end([], event.type);
      case "RunCompensated":
        this.expectUndeclared(event.undeclared, "I6");
        return this.end([], event.type);
      case "RunFailed":
        this.expect(event.residue.length > 0, "I7", "failed without residue is compensated");
        this.expectUndeclared(event.undeclared, "I7");
        return this.end(event.residue, event.type);
      default:
        return;
    }
  }

  /** What is waited for does not matter any more. */
  private endWaits(): void {
    for (const step of this.signalled) {
      step.isWaiting = false;
      step.execute.retryAt = undefined;
      this.waiting.delete(step.execute);
    }
    this.signalled.clear();
  }

  private expectUndeclared(undeclared: readonly string[] = [], invariant: "I6" | "I7"): void {
    const isRight = isSame(undeclared, undeclaredIn(this.book.steps));
    this.expect(isRight, invariant, "undeclared are the plain steps that ran");
  }

  private end(residue: readonly Residue[], word: "RunCompleted" | "RunCompensated" | "RunFailed"): void {
    this.book.enter("ended");
    this.expect(this.waiting.size === 0 && this.watched.run.waits.length === 0, "I16", "the run ended with a timer");
    this.expect(this.book.incidents.size === 0, "I16", "the run ended with an open incident");
    for (const step of this.out) {
      // What is out in a run that was abandoned is superseded, all of it.
      this.expect(this.book.abandoned || !isWaitedFor(step), "I16", `the run ended while ${step.key} was live`);
    }
    if (word === "RunCompleted") return;
    const left = residueIn(this.book.steps);
    const invariant = word === "RunFailed" ? "I7" : "I6";
    this.expect(isSame(residue, left), invariant, `left are ${canonicalJson(left as unknown as Json)}`);
  }

  /** Keeps the sets that the ends of transitions look at. */
  private keep(step: StepBook): void {
    if (step.isWaiting && this.book.phase === "forward") this.signalled.add(step);
    else this.signalled.delete(step);
    if (step.fate !== "open") step.execute.retryAt = undefined;
    if (step.undo !== "due") step.compensate.retryAt = undefined;
    if (step.fate !== "open") step.inquire.retryAt = undefined;
    for (const side of sides.map((name) => step[name])) {
      if (side.retryAt === undefined) this.waiting.delete(side);
      else this.waiting.add(side);
    }
    if (sides.some((name) => step[name].open.size > 0)) this.out.add(step);
    else this.out.delete(step);
  }

  /** What only a whole transition can show. */
  private readRest(before: Status | undefined, events: readonly SagaEvent[]): void {
    const { book, audit } = this;
    this.expect(!this.cancelled || book.phase !== "forward", "I13", "a run that is cancelled turns");
    for (const { key, fate, execute } of audit.closed) {
      const isSettled = fate !== "open" || execute.open.size > 0;
      this.expect(isSettled, "I13", `the key of ${key} is closed, and it is open`);
    }
    if (!book.suspended) {
      for (const { key } of audit.owing) book.report("I6", `${key} is known, and its undo found nothing`);
    }
    for (const { step, kind } of book.idleQuestions())
      book.report("I13", `nobody can answer the incident ${kind} of ${step}: it is settled`);
    if (book.phase === "ended") {
      const now = statusOf(this.watched.run);
      const goesBack = events.some(({ type }) => type === "RunReopened" || type === "RunRecalled");
      const stays = before === undefined || before === now || goesBack;
      this.expect(stays, "I12", `the status went from ${before} to ${now} after the end`);
      return;
    }
    const waits =
      this.waiting.size > 0 ||
      this.signalled.size > 0 ||
      book.incidents.size > 0 ||
      book.suspended ||
      book.held ||
      Array.from(this.out).some((step) => this.holdsUp(step));
    this.expect(waits || book.startedAt === undefined, "I15", `the run is ${book.phase}, and nothing is waited for`);
  }

  /** A superseded command holds up nothing but its own step's undo, when that one's turn has come. */
  private holdsUp(step: StepBook): boolean {
    return isWaitedFor(step) || (this.book.phase === "backward" && !this.audit.isHeldUp(step));
  }
}

/** Whether two JSON values are equal; what is undefined counts as absent. */
const isSame = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b);
const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : canonicalJson(value as Json));

/** What the auditor of `invariants.ts` writes down of a run as a whole, and of what he finds. */
import type { Workflow } from "../definition/workflow.ts";
import type { Cause, SagaEvent } from "./event.ts";
import { BlockBooks } from "./block-books.ts";
import { newStepBook, type StepBook } from "./step-book.ts";
import { planIn } from "./step-key.ts";
import { type Phase, phaseExits } from "./tables.ts";

export type Invariant = `I${2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17}`;

export interface Violation {
  readonly invariant: Invariant;
  /** The number of the event that shows it; of what a whole transition shows, the last one's. */
  readonly event: number;
  readonly message: string;
}

export type Opened = Extract<SagaEvent, { type: "IncidentOpened" }>;

export class RunBook {
  readonly workflow: Workflow;
  /** By key; of steps that repeat those that were told of. */
  private readonly books = new Map<string, StepBook>();
  private inOrder: readonly StepBook[] | undefined;
  readonly blocks: BlockBooks;
  readonly pivot: StepBook | undefined;
  phase: Phase = "forward";
  cause: Cause | undefined;
  startedAt: number | undefined;
  turnedAt: number | undefined;
  completed = false;
  abandoned = false;
  suspended = false;
  held = false;
  /** Of the last event that was read. */
  number = 0;
  incidentsOpened = 0;
  readonly incidents = new Map<number, Opened>();
  private violations: Violation[] = [];

  constructor(workflow: Workflow) {
    this.workflow = workflow;
    for (const [place, plan] of workflow.steps.entries()) {
      if (plan.repeats.length === 0) this.books.set(plan.name, newStepBook(workflow, plan.name, plan, place));
    }
    this.blocks = new BlockBooks(workflow, this);
    this.pivot = this.steps.find(({ plan }) => plan.kind === "pivot");
  }

  /** In the order of the definition, and of those that repeat in the order in which they were first told of. */
  get steps(): readonly StepBook[] {
    return (this.inOrder ??= [...this.books.values()].sort((a, b) => a.place - b.place));
  }

  bookOf(key: string): StepBook | undefined {
    const known = this.books.get(key);
    const plan = planIn(this.workflow, key);
    if (known || !plan || plan.repeats.length === 0) return known;
    const made = newStepBook(this.workflow, key, plan, this.workflow.steps.indexOf(plan));
    this.books.set(key, made);
    this.inOrder = undefined;
    return made;
  }

  get isPivotPassed(): boolean {
    return this.phase === "forward" && this.pivot?.fate === "succeeded";
  }

  report(invariant: Invariant, message: string): void {
    this.violations.push({ invariant, event: this.number, message });
  }

  expect(claim: boolean | undefined, invariant: Invariant, message: string): void {
    if (!claim) this.report(invariant, message);
  }

  /** What was found since it was last taken. */
  take(): readonly Violation[] {
    const found = this.violations;
    this.violations = [];
    return found;
  }

  enter(phase: Phase): void {
    const allowed = phaseExits.get(this.phase)?.has(phase) ?? false;
    this.expect(allowed, "I13", `a run does not go from ${this.phase} to ${phase}`);
    this.phase = phase;
  }

  open(event: Opened): void {
    this.expect(event.incident === ++this.incidentsOpened, "I13", `incident ${event.incident} is out of turn`);
    this.incidents.set(event.incident, event);
  }

  /** Open incidents of what is settled meanwhile. */
  idleQuestions(): readonly Opened[] {
    return [...this.incidents.values()].filter((open) => {
      const step = this.books.get(open.step ?? "");
      if (!step || (open.kind === "late_effect" && !isOfUndo(open))) return false;
      if (isOfUndo(open)) return step.undo !== "due";
      return step.fate !== "in_doubt" && (step.fate !== "failed" || open.kind === "pivot");
    });
  }

  /** Whether an incident of one of these kinds is open on the step. */
  isAsked(step: string, ...kinds: readonly Opened["kind"][]): boolean {
    return [...this.incidents.values()].some((open) => open.step === step && kinds.includes(open.kind));
  }
}

/** Whether it holds up an undo. */
export const isOfUndo = ({ kind, side }: Opened): boolean =>
  side === undefined && kind !== "step" && kind !== "pivot" && kind !== "overdue";

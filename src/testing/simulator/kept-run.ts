/** A run as the journal has it, as the oracle knows it: its events, their fold, and what it was planned to be. */
import type { Workflow } from "../../definition/workflow.ts";
import type { RowChange } from "../../journal/journal.ts";
import type { SagaEvent, SagaEventType, Transition } from "../../saga/event.ts";
import { Audit, type Violation } from "../../saga/invariants.ts";
import type { Run } from "../../saga/run.ts";
import { statusOf } from "../../saga/status.ts";
import type { Phase, Status } from "../../saga/tables.ts";
import type { PlannedRun } from "./generate-world.ts";

/** How a run stood after a transition. */
interface Standing {
  readonly status: Status;
  readonly phase: Phase;
}

export class KeptRun {
  readonly id: string;
  readonly uid: string;
  readonly workflow: Workflow;
  readonly planned: PlannedRun | undefined;
  /** Event n stands at n - 1, and beside it how the run stood when its transition was over. */
  readonly events: SagaEvent[] = [];
  readonly standings: Standing[] = [];
  row: RowChange | undefined;
  private readonly audit: Audit;
  /** Commands in the order of their first record. */
  private readonly dispatched = new Map<string, number>();

  constructor(id: string, uid: string, workflow: Workflow, planned: PlannedRun | undefined) {
    this.id = id;
    this.uid = uid;
    this.workflow = workflow;
    this.planned = planned;
    this.audit = new Audit(workflow);
  }

  /** The fold of what is durable. */
  get run(): Run {
    return this.audit.run;
  }

  get status(): Status {
    return statusOf(this.run);
  }

  read(transition: Transition, row: RowChange | undefined): readonly Violation[] {
    const violations = this.audit.read(transition);
    for (const event of transition.events) {
      this.events.push(event);
      if (event.type === "StepDispatched" || event.type === "CompensationDispatched")
        this.dispatched.set(`${event.step}/${event.type}/${event.attempt}`, this.events.length);
    }
    const standing = { status: this.status, phase: this.run.phase };
    while (this.standings.length < this.events.length) this.standings.push(standing);
    if (row) this.row = row;
    return violations;
  }

  compare(run: Run): readonly Violation[] {
    return this.audit.compare(run);
  }

  has(type: SagaEventType): boolean {
    return this.events.some((event) => event.type === type);
  }

  /** The number of the event that recorded it, if it is durable. */
  dispatchOf({ step, action, attempt }: CommandParts): number | undefined {
    const type = action === "execute" ? "StepDispatched" : "CompensationDispatched";
    return this.dispatched.get(`${step}/${type}/${attempt}`);
  }

  /** What became of a command, as the durable events have it. */
  attemptState({ step, action, attempt }: CommandParts): string | undefined {
    const found = this.run.steps[this.workflow.places.get(step) ?? -1];
    return action === "execute" ? found?.attempts[attempt - 1] : found?.compensation?.attempts[attempt - 1]?.state;
  }

  isOut({ step, action, attempt }: CommandParts): boolean {
    return this.run.out.some((out) => out.step === step && out.side === action && out.attempt === attempt);
  }
}

/** What a command's message id says (events.md, 3). */
export interface CommandParts {
  readonly uid: string;
  readonly step: string;
  readonly action: string;
  readonly attempt: number;
}

export function partsOf(commandId: string): CommandParts {
  const [uid = "", step = "", action = "", attempt = ""] = commandId.split("/");
  return { uid, step, action, attempt: Number(attempt) };
}

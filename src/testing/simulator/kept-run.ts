/** A run as the journal has it, as the oracle knows it: its events, their fold, and what it was planned to be. */
import type { Json } from "../../base/json.ts";
import type { StepPlan, Workflow } from "../../definition/workflow.ts";
import type { RowChange } from "../../journal/journal.ts";
import { foldRun } from "../../saga/evolve.ts";
import type { Action, SagaEvent, SagaEventType, Transition } from "../../saga/event.ts";
import { Audit, type Violation } from "../../saga/invariants.ts";
import type { Run } from "../../saga/run.ts";
import { stepIn } from "../../saga/instances.ts";
import { forwardKey } from "../../saga/keys.ts";
import { planIn } from "../../saga/step-key.ts";
import { statusOf } from "../../saga/status.ts";
import type { Phase, Status } from "../../saga/tables.ts";
import type { PlannedRun } from "./generate-world.ts";

/** How a run stood after a transition. */
interface Standing {
  readonly status: Status;
  readonly phase: Phase;
}

/** What a command was recorded with that an operator may have changed before. */
export interface Dispatch {
  /** The number of the event that recorded it. */
  readonly number: number;
  readonly atMs: number;
  /** The forward key that it is about. */
  readonly key: string;
  /** What an operator has given in place of what the step's, and the undo's, mapping gives. */
  readonly input: Json | undefined;
  readonly undoInput: Json | undefined;
  /** The latest moment to take it. */
  readonly expiresAtMs: number;
  /** It undoes what nobody knows to be done, and what must not be undone unasked; no operator has asked for it. */
  readonly isUnasked: boolean;
  /** It was asked for by an operator, of a pivot, while the run drained. */
  readonly isAskedOnceMore: boolean;
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
  private readonly history: Transition[] = [];
  private readonly audit: Audit;
  private readonly dispatched = new Map<string, Dispatch>();
  /** By the version that a transition left: how many events came before it. */
  readonly transitions = new Map<number, number>();
  /** The pivot has succeeded while it still decided that the run goes forward to its end. */
  isPivotPassed = false;
  /** What each step has given that succeeded, by key; and the `forEach` blocks that have begun, and were not skipped. */
  readonly outputs = new Map<string, Json | undefined>();
  readonly lists = new Set<string>();
  /** When it was last resumed: before that nothing was sent. */
  resumedAtMs = 0;

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
    const before = this.events.length;
    this.history.push(transition);
    const violations = this.audit.read(transition);
    for (const event of transition.events) {
      this.events.push(event);
      const action = actionOf(event);
      if (action) this.dispatch(event as DispatchEvent, action, transition.at);
      else this.keepOutput(event);
    }
    this.transitions.set(this.events.length, before);
    const { phase, steps } = this.run;
    if (phase === "forward" && steps[this.workflow.pivotPlace]?.state === "succeeded") this.isPivotPassed = true;
    const standing = { status: this.status, phase: this.run.phase };
    while (this.standings.length < this.events.length) this.standings.push(standing);
    if (row) this.row = row;
    return violations;
  }

  /** As it stood when it was at this version; a transition left it so. */
  runAt(version: number): Run {
    if (version === this.events.length) return this.run;
    const last = [...this.transitions.keys()].indexOf(version);
    return foldRun(this.workflow, this.history.slice(0, last + 1));
  }

  compare(run: Run): readonly Violation[] {
    return this.audit.compare(run);
  }

  has(type: SagaEventType): boolean {
    return this.events.some((event) => event.type === type);
  }

  private dispatch(event: DispatchEvent, action: Action, atMs: number): void {
    const { step: name, attempt } = event;
    const { state, begunAt = atMs, mended, compensation } = this.stepOf(name) ?? {};
    const { scheduleToStartMs = Infinity, stepDeadlineMs = Infinity, compensateInDoubt } = this.planOf(name) ?? {};
    const isAskedOnceMore = action === "execute" && this.run.phase === "draining";
    const isUnasked = action === "compensate" && state !== "succeeded" && !compensateInDoubt && !this.isAsked(name);
    const latestAtMs = Math.min(atMs + scheduleToStartMs, begunAt + stepDeadlineMs);
    this.dispatched.set(`${name}/${action}/${attempt}`, {
      ...{ number: this.events.length, atMs, isAskedOnceMore, isUnasked },
      expiresAtMs: action === "execute" ? latestAtMs : Infinity,
      ...{ key: this.keyOf(name), input: mended?.input, undoInput: compensation?.input },
    });
  }

  private keepOutput(event: SagaEvent): void {
    switch (event.type) {
      case "StepSucceeded":
      case "LateSuccessRecorded":
      case "StepReused":
      case "WaitEnded":
        this.outputs.set(event.step, event.output);
        return;
      case "StepResolved":
        if (event.outcome === "done") this.outputs.set(event.step, event.output);
        return;
      case "ForEachBegan":
        this.lists.add(event.block);
        return;
      case "BlockSkipped":
        this.lists.delete(event.block);
        return;
      default:
        return;
    }
  }

  private isAsked(name: string): boolean {
    return this.events.some((event) => event.type === "CompensationRetried" && event.step === name);
  }

  planOf(step: string): StepPlan | undefined {
    return planIn(this.workflow, step);
  }

  stepOf(step: string) {
    return stepIn(this.workflow, this.run, step);
  }

  /** All that it ever had, those of iterations that it has forgotten too. */
  keysOfSteps(): readonly string[] {
    const fixed = this.workflow.steps.flatMap(({ name, repeats }) => (repeats.length === 0 ? [name] : []));
    const sent = this.events.flatMap((event) => (event.type === "StepDispatched" ? [event.step] : []));
    return [...new Set([...fixed, ...sent])];
  }

  /** The forward key that a step has now. */
  keyOf(step: string): string {
    return forwardKey(this.uid, step, this.stepOf(step)?.mended?.key);
  }

  /** All that it has had, the first first. */
  keysOf(step: string): readonly string[] {
    const count = this.stepOf(step)?.mended?.key ?? 1;
    return Array.from({ length: count }, (_, at) => forwardKey(this.uid, step, at + 1));
  }

  /** How it was recorded, if it is durable. */
  dispatchOf({ step, action, attempt }: CommandParts): Dispatch | undefined {
    return this.dispatched.get(`${step}/${action}/${attempt}`);
  }

  /** What became of a command, as the durable events have it. */
  attemptState({ step, action, attempt }: CommandParts): string | undefined {
    const found = this.stepOf(step);
    if (action === "execute") return found?.attempts[attempt - 1];
    return action === "inquire"
      ? found?.inquiry?.attempts[attempt - 1]
      : found?.compensation?.attempts[attempt - 1]?.state;
  }

  isOut({ step, action, attempt }: CommandParts): boolean {
    return this.run.out.some((out) => out.step === step && out.side === action && out.attempt === attempt);
  }
}

type DispatchEvent = Extract<SagaEvent, { type: "StepDispatched" | "CompensationDispatched" | "InquiryDispatched" }>;

const actionsOfEvents: Readonly<Record<DispatchEvent["type"], Action>> = {
  StepDispatched: "execute",
  CompensationDispatched: "compensate",
  InquiryDispatched: "inquire",
};

/** What a command is recorded for by this event. */
export const actionOf = (event: SagaEvent): Action | undefined =>
  Object.hasOwn(actionsOfEvents, event.type) ? actionsOfEvents[event.type as DispatchEvent["type"]] : undefined;

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

import type { Workflow } from "../definition/workflow.ts";
import type { SagaEvent } from "./event.ts";
import { evolve } from "./evolve.ts";
import type { Run } from "./run.ts";

/** One decision in the making: each event is folded at once, so that the next one is decided on what is true then. */
export class Draft {
  events: SagaEvent[] = [];
  readonly workflow: Workflow;
  readonly run: Run;
  readonly now: number;

  constructor(workflow: Workflow, run: Run, now: number) {
    this.workflow = workflow;
    this.run = run;
    this.now = now;
  }

  record(event: SagaEvent): void {
    evolve(this.workflow, this.run, event, this.now);
    const { events } = this;
    // Mostly they are two, and lists that grow take room for many.
    if (events.length === 0) this.events = [event];
    else if (events.length === 1) this.events = [events[0] as SagaEvent, event];
    else events.push(event);
  }
}

/** One decision on its way into the journal, and how it left its run; when it is durable, what follows is up to its owner. */
import type { Recording } from "../journal/journal.ts";
import type { SagaEvent } from "../saga/event.ts";
import { statusOf } from "../saga/status.ts";
import type { Phase, Status } from "../saga/tables.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Entry, Settlement } from "./group-commit.ts";

/** How a run stood after one decision; by the time that it is durable, a later one may have been taken. */
export interface Standing {
  readonly status: Status;
  readonly phase: Phase;
  /** The number of the decision's last event. */
  readonly version: number;
  readonly at: number;
}

export interface DecidedOwner {
  recorded(decided: Decided, outcome: Settlement): void;
}

/** One object for all of it: there are as many as transitions, and thousands of them wait at a time. */
export class Decided implements Entry, Standing {
  readonly recording: Recording;
  readonly active: ActiveRun;
  readonly status: Status;
  readonly phase: Phase;
  readonly version: number;
  /** C25: a run that reopens has none any more, and has to give back its place all the same. */
  readonly limitKey: string | undefined;
  private readonly owner: DecidedOwner;
  private readonly waits: ((outcome: Settlement) => void) | undefined;

  constructor(
    owner: DecidedOwner,
    active: ActiveRun,
    recording: Recording,
    waits: ((outcome: Settlement) => void) | undefined,
  ) {
    const { run } = active;
    this.owner = owner;
    this.active = active;
    this.recording = recording;
    this.waits = waits;
    this.status = statusOf(run);
    this.phase = run.phase;
    this.version = run.version;
    this.limitKey = run.limitKey;
  }

  get at(): number {
    return this.recording.transition.at;
  }

  get events(): readonly SagaEvent[] {
    return this.recording.transition.events;
  }

  /** Whether it is the first of its run. */
  get isStart(): boolean {
    return this.recording.version === 0;
  }

  settled(outcome: Settlement): void {
    this.owner.recorded(this, outcome);
    this.waits?.(outcome);
  }
}

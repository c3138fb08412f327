/** The fold of a history, with every move of a state held against the tables (semantics.md, I13). */
import type { Workflow } from "../definition/workflow.ts";
import type { SagaEvent } from "./event.ts";
import { emptyRun, evolve } from "./evolve.ts";
import type { Run } from "./run.ts";
import { compensationExits, type CompensationStateName, stepExits, type StepStateName } from "./tables.ts";

/** Where one step stands. */
interface Standing {
  readonly step: StepStateName;
  /** A compensation is made when it is armed, so before that it stands there too. */
  readonly undo: CompensationStateName;
}

const movesAll: ReadonlySet<SagaEvent["type"]> = new Set(["RunTurned", "RunAbandoned", "RunCompleted"]);

/** A state that one event may pass through on the way to the one that it leads to. */
const passing: ReadonlySet<string> = new Set(["ready", "queued", "dispatched"]);

export class WatchedFold {
  readonly run: Run;
  /** The fold refused an event: what would follow has no meaning. */
  broken = false;
  private readonly workflow: Workflow;

  constructor(workflow: Workflow) {
    this.workflow = workflow;
    this.run = emptyRun(workflow);
  }

  /** Folds the event, and says what no table allows. */
  fold(event: SagaEvent, at: number): readonly string[] {
    const places = this.placesMovedBy(event);
    const before = places.map((place) => this.standingAt(place));
    try {
      evolve(this.workflow, this.run, event, at);
    } catch (error) {
      this.broken = true;
      return [error instanceof Error ? error.message : String(error)];
    }
    return places.flatMap((place, which) => this.wrongMoves(place, before[which]));
  }

  private placesMovedBy(event: SagaEvent): readonly number[] {
    const place = "step" in event ? this.workflow.places.get(event.step ?? "") : undefined;
    // What becomes of the pivot moves the others too.
    if (movesAll.has(event.type) || place === this.workflow.pivotPlace) return this.run.steps.map((_, each) => each);
    return place === undefined ? [] : [place];
  }

  private standingAt(place: number): Standing | undefined {
    const step = this.run.steps[place];
    return step && { step: step.state, undo: step.compensation?.state ?? "armed" };
  }

  private wrongMoves(place: number, from: Standing | undefined): readonly string[] {
    const to = this.standingAt(place);
    if (!from || !to) return [];
    const name = this.workflow.steps[place]?.name ?? "";
    const wrong: string[] = [];
    if (!leads(stepExits, from.step, to.step)) wrong.push(`${name} went from ${from.step} to ${to.step}`);
    if (!leads(compensationExits, from.undo, to.undo)) {
      wrong.push(`the undo of ${name} went from ${from.undo} to ${to.undo}`);
    }
    return wrong;
  }
}

/** By no exit, by one, or by two with a passing state between them. */
function leads<State extends string>(exits: ReadonlyMap<State, ReadonlySet<State>>, from: State, to: State): boolean {
  if (from === to) return true;
  const next = Array.from(exits.get(from) ?? []);
  return next.some((state) => state === to || (passing.has(state) && exits.get(state)?.has(to) === true));
}

/** The fold of a history, with every move of a state held against the tables (semantics.md, I13). */
import type { Workflow } from "../definition/workflow.ts";
import type { SagaEvent } from "./event.ts";
import { emptyRun, evolve } from "./evolve.ts";
import { instancesOf, stepIn } from "./instances.ts";
import type { Run } from "./run.ts";
import { compensationExits, type CompensationStateName, stepExits, type StepStateName } from "./tables.ts";

/** Where one step stands. */
interface Standing {
  readonly step: StepStateName;
  /** A compensation is made when it is armed, so before that it stands there too. */
  readonly undo: CompensationStateName;
}

const movesAll: ReadonlySet<SagaEvent["type"]> = new Set([
  "RunTurned",
  "RunAbandoned",
  "RunCompleted",
  "ChoiceTaken",
  "BlockOmitted",
]);

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
    const keys = this.keysMovedBy(event);
    const before = keys.map((key) => this.standingOf(key));
    try {
      evolve(this.workflow, this.run, event, at);
    } catch (error) {
      this.broken = true;
      return [error instanceof Error ? error.message : String(error)];
    }
    return keys.flatMap((key, which) => this.wrongMoves(key, before[which]));
  }

  private keysMovedBy(event: SagaEvent): readonly string[] {
    const { workflow, run } = this;
    const key = "step" in event ? event.step : undefined;
    // What becomes of the pivot moves the others too.
    const movesOthers = movesAll.has(event.type) || workflow.places.get(key ?? "") === workflow.pivotPlace;
    if (movesOthers) return instancesOf(workflow, run).map((instance) => instance.key);
    return key === undefined ? [] : [key];
  }

  private standingOf(key: string): Standing | undefined {
    const step = stepIn(this.workflow, this.run, key);
    return step && { step: step.state, undo: step.compensation?.state ?? "armed" };
  }

  /** What has not begun has no state, nor what is over and forgotten. */
  private wrongMoves(name: string, from: Standing | undefined): readonly string[] {
    const to = this.standingOf(name);
    if (!from || !to) return [];
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

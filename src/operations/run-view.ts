/** A run as it is shown: plain JSON, for people and programs alike. */
import type { Mutable } from "../base/mutable.ts";
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Cause, Residue } from "../saga/event.ts";
import type { CompensationRun, Incident, Run, StepRun } from "../saga/run.ts";
import { instancesOf } from "../saga/instances.ts";
import { type Waiting, waitsFor, type WouldUndo, wouldLeave, wouldUndo } from "../saga/plain-words.ts";
import { statusOf } from "../saga/status.ts";
import type { Phase, Status } from "../saga/tables.ts";

export interface RunView<Output = Json> {
  readonly id: string;
  readonly uid: string;
  readonly workflow: string;
  readonly workflowVersion: number;
  readonly definition: string;
  readonly status: Status;
  readonly phase: Phase;
  /** The number of its last event; what verbs may expect. */
  readonly version: number;
  /** Milliseconds since 1970, as all times here. */
  readonly startedAt: number;
  readonly changedAt: number;
  readonly endedAt?: number;
  readonly cause?: Cause;
  /** The run that it was started again from. */
  readonly rerunOf?: string;
  readonly input: Json;
  /** Of a completed run. */
  readonly output?: Output;
  readonly steps: readonly StepView[];
  /** Of a run that has not ended: what it waits for, since when, until when, and who can unblock it. */
  readonly waitsFor?: Waiting;
  /** What would be undone if it failed now, in that order; of one that goes back, what is still to be undone. */
  readonly wouldUndo: readonly WouldUndo[];
  /** What would stay in the world, because nothing undoes it. */
  readonly wouldLeave: readonly Residue[];
  readonly incidents: readonly Incident[];
  readonly residue: readonly Residue[];
  readonly undeclared: readonly string[];
}

export interface StepView {
  /** Its key: `ship`, `pick_line[3]`, `track#2`. */
  readonly step: string;
  /** Empty where the engine does it itself: a wait, a child, a fail. */
  readonly worker: string;
  readonly state: string;
  readonly attempts: number;
  readonly output?: Json;
  readonly error?: Problem;
  /** When the next attempt is sent. */
  readonly dueAt?: number;
  readonly compensation?: UndoView;
}

export interface UndoView {
  readonly worker: string;
  readonly state: string;
  readonly attempts: number;
  readonly found?: boolean;
  readonly error?: Problem;
  readonly dueAt?: number;
}

export function viewRun(workflow: Workflow, run: Run): RunView {
  const view: Mutable<RunView> = {
    id: run.id,
    uid: run.uid,
    workflow: run.workflow,
    workflowVersion: run.workflowVersion,
    definition: run.definition,
    status: statusOf(run),
    phase: run.phase,
    version: run.version,
    startedAt: run.startedAt,
    changedAt: run.changedAt,
    input: run.input,
    steps: viewSteps(workflow, run),
    wouldUndo: wouldUndo(workflow, run),
    wouldLeave: wouldLeave(workflow, run),
    incidents: run.incidents,
    residue: run.residue,
    undeclared: run.undeclared,
  };
  const waiting = waitsFor(workflow, run);
  if (waiting) view.waitsFor = waiting;
  if (run.endedAt !== undefined) view.endedAt = run.endedAt;
  if (run.rerunOf !== undefined) view.rerunOf = run.rerunOf;
  if (run.cause !== undefined) view.cause = run.cause;
  if (run.output !== undefined) view.output = run.output;
  return view;
}

/** Each step as often as it has begun; those that have not, once. What is over and forgotten is left out. */
function viewSteps(workflow: Workflow, run: Run): readonly StepView[] {
  const begun = Map.groupBy(instancesOf(workflow, run), ({ plan }) => plan.name);
  return workflow.steps.flatMap((plan) => {
    const instances = begun.get(plan.name) ?? [{ key: plan.name, step: undefined }];
    return instances.map(({ key, step }) => viewStep(key, plan.worker, plan.compensation?.worker, step));
  });
}

function viewStep(step: string, worker: string, undoWorker: string | undefined, run: StepRun | undefined): StepView {
  const view: Mutable<StepView> = {
    step,
    worker,
    state: run?.state ?? "pending",
    attempts: run?.attempts.length ?? 0,
  };
  if (!run) return view;
  if (run.output !== undefined) view.output = run.output;
  if (run.error) view.error = run.error;
  if (run.dueAt !== undefined) view.dueAt = run.dueAt;
  if (run.compensation && undoWorker !== undefined) view.compensation = viewUndo(undoWorker, run.compensation);
  return view;
}

function viewUndo(worker: string, run: CompensationRun): UndoView {
  const view: Mutable<UndoView> = { worker, state: run.state, attempts: run.attempts.length };
  if (run.found !== undefined) view.found = run.found;
  if (run.error) view.error = run.error;
  if (run.dueAt !== undefined) view.dueAt = run.dueAt;
  return view;
}

/** A run as it is shown: plain JSON, for people and programs alike. */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Cause, Residue } from "../saga/event.ts";
import type { Incident, Run, StepRun } from "../saga/run.ts";
import { statusOf } from "../saga/status.ts";
import type { Phase, Status } from "../saga/tables.ts";

export interface RunView {
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
  readonly input: Json;
  readonly output?: Json;
  readonly steps: readonly StepView[];
  readonly incidents: readonly Incident[];
  readonly residue: readonly Residue[];
  readonly undeclared: readonly string[];
}

export interface StepView {
  readonly step: string;
  readonly worker: string;
  readonly state: string;
  readonly attempts: number;
  readonly output?: Json;
  readonly error?: Problem;
  /** When the next attempt is sent. */
  readonly dueAt?: number;
  readonly compensation?: {
    readonly worker: string;
    readonly state: string;
    readonly attempts: number;
    readonly found?: boolean;
    readonly error?: Problem;
    readonly dueAt?: number;
  };
}

export function viewRun(workflow: Workflow, run: Run): RunView {
  return {
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
    ...given("endedAt", run.endedAt),
    ...given("cause", run.cause),
    input: run.input,
    ...given("output", run.output),
    steps: workflow.steps.map((plan, place) =>
      viewStep(plan.name, plan.worker, plan.compensation?.worker, run.steps[place]),
    ),
    incidents: run.incidents,
    residue: run.residue,
    undeclared: run.undeclared,
  };
}

function viewStep(step: string, worker: string, undoWorker: string | undefined, run: StepRun | undefined): StepView {
  const compensation = run?.compensation;
  return {
    step,
    worker,
    state: run?.state ?? "pending",
    attempts: run?.attempts.length ?? 0,
    ...given("output", run?.output),
    ...given("error", run?.error),
    ...given("dueAt", run?.dueAt),
    ...(compensation && undoWorker !== undefined
      ? {
          compensation: {
            worker: undoWorker,
            state: compensation.state,
            attempts: compensation.attempts.length,
            ...given("found", compensation.found),
            ...given("error", compensation.error),
            ...given("dueAt", compensation.dueAt),
          },
        }
      : {}),
  };
}

function given<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}

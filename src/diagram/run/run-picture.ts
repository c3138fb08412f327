/**
 * What pictures show of a run: plain data, so that they do not depend on how a run is kept. A step that is gone through
 * several times stands here once for each time, under its key (semantics.md, C12): `pick_line[3]`, `track#2`.
 */
import type { Problem } from "../../base/problem.ts";
import type { StepPlan, Workflow } from "../../definition/workflow.ts";
import type { Cause, IncidentKind, Residue, SagaEvent, Transition } from "../../saga/event.ts";
import { instancesOf, stepIn } from "../../saga/instances.ts";
import { type Waiting, waitsFor, wouldLeave, wouldUndo } from "../../saga/plain-words.ts";
import type { CompensationRun, Run, StepRun } from "../../saga/run.ts";
import { statusOf } from "../../saga/status.ts";
import {
  type CompensationStateName,
  type Phase,
  settledCompensationStates,
  settledStepStates,
  type Status,
  type StepStateName,
} from "../../saga/tables.ts";
import { undoneAfter } from "./undo-after.ts";

export interface RunPicture {
  readonly id: string;
  readonly status: Status;
  readonly phase: Phase;
  readonly cause?: Cause;
  /** The key of the step that turned it. */
  readonly turnedBy?: string;
  /** Milliseconds since 1970, as all times here. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly steps: readonly StepPicture[];
  /** What would be undone if it failed now; of a run that goes back, what is still to be undone. */
  readonly undoing: readonly UndoingPicture[];
  /** What would stay in the world, because nothing undoes it. */
  readonly staying: readonly Residue[];
  readonly incidents: readonly IncidentPicture[];
  /** `step` is a key, here and in `undeclared`. */
  readonly residue: readonly Residue[];
  readonly undeclared: readonly string[];
  readonly waits: readonly Waiting[];
}

export interface StepPicture {
  readonly key: string;
  /** As the definition has it. */
  readonly name: string;
  readonly state: StepStateName;
  readonly attempts: number;
  readonly startedAt?: number;
  readonly settledAt?: number;
  readonly error?: Problem;
  readonly compensation?: CompensationPicture;
}

export interface CompensationPicture {
  readonly worker: string;
  readonly state: CompensationStateName;
  readonly attempts: number;
  readonly found?: boolean;
  readonly startedAt?: number;
  readonly settledAt?: number;
  readonly error?: Problem;
  /** Keys of the steps that must be undone before. */
  readonly after: readonly string[];
}

interface UndoingPicture {
  readonly key: string;
  readonly worker: string;
  readonly certainty: Residue["certainty"];
  readonly after: readonly string[];
}

interface IncidentPicture {
  readonly number: number;
  readonly kind: IncidentKind;
  /** A key. */
  readonly step?: string;
  readonly error?: Problem;
}

/** `transitions` are all that were recorded, in order: from them come the times. */
export function pictureOf(workflow: Workflow, run: Run, transitions: readonly Transition[]): RunPicture {
  const times = timesOf(transitions);
  const turnedBy = turnOf(transitions);
  const waiting = waitsFor(workflow, run);
  const undoing = wouldUndo(workflow, run);
  const ofAll = undoneAfter(workflow, run, (key) => stepIn(workflow, run, key)?.compensation !== undefined);
  const toDo = new Set(undoing.map(({ step }) => step));
  const ofThose = undoneAfter(workflow, run, (key) => toDo.has(key));
  return {
    id: run.id,
    status: statusOf(run),
    phase: run.phase,
    ...(run.cause === undefined ? {} : { cause: run.cause }),
    ...(turnedBy === undefined ? {} : { turnedBy }),
    startedAt: run.startedAt,
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
    steps: instancesOf(workflow, run).map(({ key, plan, step }) =>
      stepPicture(key, plan, step, times, some(ofAll.get(key))),
    ),
    undoing: undoing.map(({ step, worker, certainty }) => ({
      key: step,
      worker: worker === "" ? itself : worker,
      certainty,
      after: some(ofThose.get(step)),
    })),
    staying: wouldLeave(workflow, run),
    incidents: run.incidents.map(({ number, kind, step, error }) => ({
      number,
      kind,
      ...(step === undefined ? {} : { step }),
      ...(error === undefined ? {} : { error }),
    })),
    residue: run.residue,
    undeclared: run.undeclared,
    waits: waiting ? [waiting] : [],
  };
}

function turnOf(transitions: Iterable<Transition>): string | undefined {
  let step: string | undefined;
  for (const { events } of transitions) {
    for (const event of events) {
      if (event.type === "RunTurned") step = event.step;
      if (event.type === "RunReturned") step = undefined;
    }
  }
  return step;
}

/** Where very many stand side by side, some of them tell enough. */
const some = (after: readonly string[] = []): readonly string[] => after.slice(0, 20);

/** A child that goes back needs no other worker. */
const itself = "the child itself";

function stepPicture(
  key: string,
  plan: StepPlan,
  { state, attempts, error, compensation }: StepRun,
  times: Times,
  after: readonly string[],
): StepPicture {
  const undoWorker = plan.compensation?.worker === "" ? itself : plan.compensation?.worker;
  return {
    key,
    name: plan.name,
    state,
    attempts: attempts.length,
    ...spent(times, key, settledStepStates.has(state)),
    ...(error === undefined ? {} : { error }),
    ...(compensation && undoWorker !== undefined
      ? { compensation: compensationPicture(key, compensation, undoWorker, times, after) }
      : {}),
  };
}

function compensationPicture(
  name: string,
  { state, attempts, found, error }: CompensationRun,
  worker: string,
  times: Times,
  after: readonly string[],
): CompensationPicture {
  return {
    worker,
    state,
    attempts: attempts.length,
    ...(found === undefined ? {} : { found }),
    ...spent(times, undoOf(name), settledCompensationStates.has(state)),
    ...(error === undefined ? {} : { error }),
    after,
  };
}

/** When something was first sent, and when it last settled. */
type Times = ReadonlyMap<string, { readonly startedAt: number; readonly settledAt: number | undefined }>;

const undoOf = (step: string): string => `${step}!undo`;

function spent(times: Times, of: string, isSettled: boolean): { startedAt?: number; settledAt?: number } {
  const time = times.get(of);
  if (!time) return {};
  const { startedAt, settledAt } = time;
  return isSettled && settledAt !== undefined ? { startedAt, settledAt } : { startedAt };
}

function timesOf(transitions: Iterable<Transition>): Times {
  const times = new Map<string, { startedAt: number; settledAt: number | undefined }>();
  for (const { at, events } of transitions) {
    for (const event of events) {
      if ((event.type === "StepDispatched" || event.type === "WaitBegan") && !times.has(event.step))
        times.set(event.step, { startedAt: at, settledAt: undefined });
      if (event.type === "CompensationDispatched" && !times.has(undoOf(event.step)))
        times.set(undoOf(event.step), { startedAt: at, settledAt: undefined });
      const settled = settledBy(event);
      const time = settled === undefined ? undefined : times.get(settled);
      if (time) time.settledAt = at;
    }
  }
  return times;
}

function settledBy(event: SagaEvent): string | undefined {
  switch (event.type) {
    case "StepSucceeded":
    case "WaitEnded":
    case "LateSuccessRecorded":
    case "StepFailed":
    case "StepInDoubt":
    case "StepResolved":
    case "StepSkipped":
      return event.step;
    case "StepCompensated":
    case "CompensationUnneeded":
    case "CompensationResolved":
    case "CompensationSkipped":
      return undoOf(event.step);
    default:
      return undefined;
  }
}

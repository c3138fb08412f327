/** Recordings for the tests of journals: runs of a small workflow, described by what matters to a journal. */
import type { Json } from "../base/json.ts";
import type { Definition } from "../definition/definition.ts";
import type { Journal, Recorded, Recording, RowChange } from "../journal/journal.ts";
import type { SagaEvent } from "../saga/event.ts";

export const running: RowChange = { status: "running", phase: "forward", parked: false };
export const parkedUntil = (wakeAt: number): RowChange => ({
  status: "waiting",
  phase: "forward",
  parked: true,
  wakeAt,
});
export const parkedForGood: RowChange = { status: "waiting", phase: "forward", parked: true };
export const completedAt = (endedAt: number): RowChange => ({
  status: "completed",
  phase: "ended",
  parked: false,
  endedAt,
});
/** Ended at 5, and to be kept until then. */
export const keptUntil = (expiresAt: number): RowChange => ({ ...completedAt(5), expiresAt });

export const uidOf = (id: string): string => `uid-of-${id}`;

export interface Started {
  readonly uid?: string;
  readonly at?: number;
  readonly row?: RowChange;
  readonly workflow?: string;
  readonly version?: number;
  readonly definition?: string;
  readonly input?: Json;
}

export function start(id: string, given: Started = {}): Recording {
  const { uid = uidOf(id), at = 1000, row = running, workflow = "order", version = 1, input = null } = given;
  const hash = given.definition ?? `hash-of-${workflow}-${version}`;
  const event: SagaEvent = { type: "RunStarted", id, uid, workflow, version, definition: hash, input };
  const definition: Definition = { workflow, version, steps: [{ step: hash, worker: "any" }] };
  return { id, uid, version: 0, transition: { at, events: [event] }, row, definition: { hash, definition } };
}

export interface Continued {
  readonly uid?: string;
  readonly at?: number;
  readonly row?: RowChange;
  /** How many; default 1. */
  readonly events?: number;
  readonly output?: Json;
}

/** A transition of the run `id` that stands at `version`. */
export function transition(id: string, version: number, given: Continued = {}): Recording {
  const { uid = uidOf(id), at = 2000, row, events: count = 1, output = null } = given;
  const events = Array.from({ length: count }, (_, place): SagaEvent => {
    return { type: "StepSucceeded", step: `step_${version + place + 1}`, attempt: 1, output };
  });
  const recording = { id, uid, version, transition: { at, events } };
  return row ? { ...recording, row } : recording;
}

/** How many runs were deleted. */
export async function expire(journal: Journal, now: number, limit: number): Promise<number> {
  return (await journal.expire(now, limit)).runs;
}

/** One recording in a batch of its own. */
export async function commitOne(journal: Journal, recording: Recording): Promise<Recorded | undefined> {
  const [recorded] = await journal.commit([recording]);
  return recorded;
}

/**
 * A batch on its way to the thread, by columns: to clone a few long arrays costs the sending thread half of what as
 * many objects cost, and the events as text less than as objects (measured; the engine lives on the sending thread).
 */
import type { Recorded, Recording, RowChange } from "../journal.ts";
import { definitionText, type Start, startOf } from "../recording.ts";

export interface Batch {
  readonly ids: readonly string[];
  readonly uids: readonly string[];
  readonly versions: readonly number[];
  readonly times: readonly number[];
  readonly eventCounts: readonly number[];
  /** JSON arrays. */
  readonly events: readonly string[];
  readonly rows: readonly (RowChange | undefined)[];
  /** At the place of each start. */
  readonly starts: readonly (BatchStart | undefined)[];
}

export interface BatchStart {
  readonly workflow: string;
  readonly workflowVersion: number;
  readonly definition: string;
  /** Left out where the journal is known to hold it. */
  readonly definitionText?: string;
}

/** One transition, taken out of the columns again. */
export interface BatchTransition {
  readonly id: string;
  readonly uid: string;
  readonly version: number;
  readonly at: number;
  readonly eventCount: number;
  readonly events: string;
  readonly row: RowChange | undefined;
  readonly start: BatchStart | undefined;
}

/** What was not recorded, by its place in the batch: mostly nothing, so that the answer is small. */
export type Refusals = readonly (readonly [place: number, refused: Exclude<Recorded, "recorded">])[];

export function batchOf(recordings: readonly Recording[], known: ReadonlySet<string>): Batch {
  const starts = recordings.map((recording) => batchStart(recording, startOf(recording), known));
  return {
    ids: recordings.map(({ id }) => id),
    uids: recordings.map(({ uid }) => uid),
    versions: recordings.map(({ version }) => version),
    times: recordings.map(({ transition }) => transition.at),
    eventCounts: recordings.map(({ transition }) => transition.events.length),
    events: recordings.map(({ transition }) => JSON.stringify(transition.events)),
    rows: recordings.map(({ row }) => row),
    starts,
  };
}

export function* transitionsOf(batch: Batch): Generator<readonly [place: number, transition: BatchTransition]> {
  for (const [place, id] of batch.ids.entries()) {
    const transition = {
      id,
      uid: batch.uids[place],
      version: batch.versions[place],
      at: batch.times[place],
      eventCount: batch.eventCounts[place],
      events: batch.events[place],
      row: batch.rows[place],
      start: batch.starts[place],
    };
    yield [place, transition as BatchTransition];
  }
}

export function recordedOf(length: number, refusals: Refusals): Recorded[] {
  const recorded = new Array<Recorded>(length).fill("recorded");
  for (const [place, refused] of refusals) recorded[place] = refused;
  return recorded;
}

function batchStart(
  recording: Recording,
  start: Start | undefined,
  known: ReadonlySet<string>,
): BatchStart | undefined {
  if (!start) return undefined;
  const { workflow, version: workflowVersion, definition } = start.event;
  const text = known.has(definition) ? undefined : definitionText(recording);
  const named = { workflow, workflowVersion, definition };
  return text === undefined ? named : { ...named, definitionText: text };
}

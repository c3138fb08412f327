/**
 * A batch on its way to the thread, packed: the ids are one text, the numbers one array of doubles, and what only few
 * transitions have goes by its place. To clone a few things costs the sending thread a fraction of what thousands of
 * small ones cost, and the engine lives on the sending thread. The events stay texts of their own: as one text they
 * are a large object, whose fresh pages cost more than the copies (measured).
 */
import type { Recorded, Recording, RowChange } from "../journal.ts";
import { checkIn, type Payload } from "./claim-check.ts";
import { definitionText, keptRow, type Start, startOf } from "../recording.ts";

export interface Batch {
  readonly size: number;
  /** Ids hold no line break: a column is its lines. */
  readonly ids: string;
  /** Left out where each is the id, as of runs whose callers give none. */
  readonly uids: string | undefined;
  /** JSON arrays. */
  readonly events: readonly string[];
  /** Version, time and number of events, one transition after the other. */
  readonly numbers: Float64Array;
  readonly rows: readonly (readonly [place: number, row: RowChange])[];
  readonly starts: readonly (readonly [place: number, start: BatchStart])[];
  /** What is too large for a row (`claim-check.ts`). */
  readonly payloads: readonly (readonly [place: number, payloads: readonly Payload[]])[];
}

const separator = "\n";
const numbersEach = 3;

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
  readonly payloads: readonly Payload[] | undefined;
}

/** What was not recorded, by its place in the batch: mostly nothing, so that the answer is small. */
export type Refusals = readonly (readonly [place: number, refused: Exclude<Recorded, "recorded">])[];

export function batchOf(recordings: readonly Recording[], known: ReadonlySet<string>): Batch {
  const size = recordings.length;
  const ids = new Array<string>(size);
  const uids = new Array<string>(size);
  const events = new Array<string>(size);
  let areUids = true;
  const numbers = new Float64Array(size * numbersEach);
  const rows: [number, RowChange][] = [];
  const starts: [number, BatchStart][] = [];
  const payloads: [number, readonly Payload[]][] = [];
  for (let place = 0; place < size; place++) {
    const recording = recordings[place] as Recording;
    const { id, uid, version, transition, row } = recording;
    const start = startOf(recording);
    ids[place] = id;
    uids[place] = uid;
    areUids &&= id === uid;
    const text = JSON.stringify(transition.events);
    const checked = checkIn(transition.events, text);
    events[place] = checked?.events ?? text;
    if (checked) payloads.push([place, checked.payloads]);
    numbers[place * numbersEach] = version;
    numbers[place * numbersEach + 1] = transition.at;
    numbers[place * numbersEach + 2] = transition.events.length;
    if (row) rows.push([place, keptRow(row)]);
    if (start) starts.push([place, batchStart(recording, start, known)]);
  }
  return {
    size,
    ids: ids.join(separator),
    uids: areUids ? undefined : uids.join(separator),
    events,
    numbers,
    rows,
    starts,
    payloads,
  };
}

export function transitionsOf(batch: Batch): readonly BatchTransition[] {
  if (batch.size === 0) return [];
  const { numbers } = batch;
  const ids = batch.ids.split(separator);
  const uids = batch.uids?.split(separator) ?? ids;
  const rows = new Map(batch.rows);
  const starts = new Map(batch.starts);
  const payloads = new Map(batch.payloads);
  return ids.map((id, place) => ({
    id,
    uid: uids[place] ?? "",
    version: numbers[place * numbersEach] ?? 0,
    at: numbers[place * numbersEach + 1] ?? 0,
    eventCount: numbers[place * numbersEach + 2] ?? 0,
    events: batch.events[place] ?? "",
    row: rows.get(place),
    start: starts.get(place),
    payloads: payloads.get(place),
  }));
}

export function recordedOf(length: number, refusals: Refusals): Recorded[] {
  const recorded = new Array<Recorded>(length).fill("recorded");
  for (const [place, refused] of refusals) recorded[place] = refused;
  return recorded;
}

function batchStart(recording: Recording, start: Start, known: ReadonlySet<string>): BatchStart {
  const { workflow, version: workflowVersion, definition } = start.event;
  const text = known.has(definition) ? undefined : definitionText(recording);
  const named = { workflow, workflowVersion, definition };
  return text === undefined ? named : { ...named, definitionText: text };
}

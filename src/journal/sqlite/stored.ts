/**
 * The stored forms and their way back. Events cross the thread's border as the text that lies in the database:
 * parsing text is cheaper for the thread that receives it than being handed objects.
 */
import type { Catalogue, WorkerContract } from "../../definition/catalogue.ts";
import type { Definition } from "../../definition/definition.ts";
import type { SagaEvent } from "../../saga/event.ts";
import type { NumberedTransition, RunRecord } from "../journal.ts";
import type { RunKey } from "./run-reads.ts";

export interface StoredTransition {
  /** The run's version before it. */
  readonly version: number;
  readonly at: number;
  /** A JSON array. */
  readonly events: string;
}

export interface StoredContract {
  readonly type: string;
  /** JSON. */
  readonly contract: string;
}

export interface StoredRun extends RunKey {
  readonly transitions: readonly StoredTransition[];
}

export function recordFrom({ id, uid, definition, transitions }: StoredRun): RunRecord {
  const decoded = transitions.map(({ at, events }) => ({ at, events: eventsFrom(events) }));
  const version = decoded.reduce((count, { events }) => count + events.length, 0);
  return { id, uid, definition, transitions: decoded, version };
}

/** What of the stored transitions reaches to event `from` or behind it: the first may end before. */
export function numberedFrom(stored: readonly StoredTransition[], from: number): readonly NumberedTransition[] {
  return stored
    .map(({ version, at, events }) => ({ number: version + 1, at, events: eventsFrom(events) }))
    .filter(({ number, events }) => number + events.length > from);
}

export const definitionFrom = (text: string | undefined): Definition | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Definition);

export const contractsFrom = (stored: readonly StoredContract[]): Catalogue =>
  new Map(stored.map(({ type, contract }) => [type, JSON.parse(contract) as WorkerContract]));

const eventsFrom = (text: string): readonly SagaEvent[] => JSON.parse(text) as readonly SagaEvent[];

/** What a recording must fulfil before any journal looks at it: assumptions about the engine, not about users. */
import { broken } from "../base/errors.ts";
import type { SagaEvent } from "../saga/event.ts";
import type { Recording, RowChange } from "./journal.ts";

/** A start: its event, and what lists show of the new run. */
export interface Start {
  readonly event: Extract<SagaEvent, { type: "RunStarted" }>;
  readonly row: RowChange;
}

/** `undefined` where the recording is no start. */
export function startOf({ id, uid, version, transition, row, definition }: Recording): Start | undefined {
  const event = transition.events[0];
  if (!event) broken(`a transition of run ${id} holds no event`);
  if (!Number.isSafeInteger(transition.at)) broken(`a transition of run ${id} has no time in whole milliseconds`);
  if (!(Number.isSafeInteger(version) && version >= 0)) broken(`run ${id} cannot stand at version ${version}`);
  if (!((event.type === "RunStarted") === (version === 0)))
    broken(`run ${id} starts with its first event and nowhere else`);
  if (event.type !== "RunStarted") return undefined;
  if (!(event.id === id && event.uid === uid)) broken(`the start of run ${id} names another run`);
  if (!row) broken(`the start of run ${id} has no row`);
  if ((definition?.hash ?? event.definition) !== event.definition) broken(`run ${id} is given another definition`);
  return { event, row };
}

/** A row as it is kept: a copy that nobody else holds, and the same whatever a journal is made of. */
export function keptRow(row: RowChange): RowChange {
  // Nearly all rows are of runs to which nothing has happened.
  if (!row.error && !row.incidents && !row.attention && !row.attributes) return { ...row };
  const { cause, error, incidents, attention, attributes, ...standing } = row;
  const named = Object.entries(attributes ?? {});
  return {
    ...standing,
    ...(cause === undefined ? {} : { cause }),
    ...(error === undefined ? {} : { error: error.toWellFormed() }),
    ...(incidents && incidents.length > 0 ? { incidents: [...incidents] } : {}),
    ...(attention && attention.length > 0 ? { attention: [...attention] } : {}),
    ...(named.length > 0 ? { attributes: keptAttributes(named) } : {}),
  };
}

function keptAttributes(named: readonly (readonly [name: string, value: string])[]): Readonly<Record<string, string>> {
  const wellFormed = named.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const);
  return Object.fromEntries(wellFormed.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of a start: its definition as it is kept. */
export const definitionText = (recording: Recording): string | undefined =>
  recording.definition && JSON.stringify(recording.definition.definition);

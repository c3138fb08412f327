/** What a recording must fulfil before any journal looks at it: assumptions about the engine, not about users. */
import { assert } from "../base/errors.ts";
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
  assert(event, `a transition of run ${id} holds no event`);
  assert(Number.isSafeInteger(transition.at), `a transition of run ${id} has no time in whole milliseconds`);
  assert(Number.isSafeInteger(version) && version >= 0, `run ${id} cannot stand at version ${version}`);
  assert((event.type === "RunStarted") === (version === 0), `run ${id} starts with its first event and nowhere else`);
  if (event.type !== "RunStarted") return undefined;
  assert(event.id === id && event.uid === uid, `the start of run ${id} names another run`);
  assert(row, `the start of run ${id} has no row`);
  assert((definition?.hash ?? event.definition) === event.definition, `run ${id} is given another definition`);
  return { event, row };
}

/** Of a start: its definition as it is kept. */
export const definitionText = (recording: Recording): string | undefined =>
  recording.definition && JSON.stringify(recording.definition.definition);

/**
 * Claim check (architecture.md, 4): a payload above a limit does not lie in the journal's row but in the table of
 * payloads, once for each content, and the row holds its hash. Rows thus stay small for whoever reads many of them, and
 * an input that a hundred runs share is stored once.
 *
 * An event names what was checked in under `payloadRefs`, which no event has otherwise.
 */
import { createHash } from "node:crypto";
import { assert } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import type { SagaEvent } from "../../saga/event.ts";

/** In characters of JSON text. */
const claimCheckFrom = 64 * 1024;

/** The fields of events that hold payloads. */
const payloadFields = ["input", "output", "undo"] as const;
type PayloadField = (typeof payloadFields)[number];

export interface Payload {
  readonly hash: string;
  /** JSON text. */
  readonly text: string;
}

export interface CheckedIn {
  /** A JSON array. */
  readonly events: string;
  readonly payloads: readonly Payload[];
}

/** `undefined` where the events hold no large payload: `text`, their JSON, is stored as it is. */
export function checkIn(events: readonly SagaEvent[], text: string): CheckedIn | undefined {
  if (text.length <= claimCheckFrom) return undefined;
  const payloads: Payload[] = [];
  const small = events.map((event) => withoutPayloads(event, payloads));
  return payloads.length === 0 ? undefined : { events: JSON.stringify(small), payloads };
}

type Fields = Readonly<Partial<Record<PayloadField, Json>>>;

function withoutPayloads(event: SagaEvent, payloads: Payload[]): object {
  const refs: Partial<Record<PayloadField, string>> = {};
  for (const field of payloadFields) {
    const value = (event as Fields)[field];
    const text = value === undefined ? "" : JSON.stringify(value);
    if (text.length <= claimCheckFrom) continue;
    const hash = createHash("sha256").update(text).digest("hex");
    payloads.push({ hash, text });
    refs[field] = hash;
  }
  const isOut = (field: string) => Object.hasOwn(refs, field);
  const rest = Object.entries(event).filter(([field]) => !isOut(field));
  return Object.keys(refs).length === 0 ? event : { ...Object.fromEntries(rest), payloadRefs: refs };
}

/** The events with their payloads again. `find` gives a payload's text by its hash. */
export function redeem(events: string, find: (hash: string) => string | undefined): string {
  if (!events.includes('"payloadRefs":')) return events;
  const stored = JSON.parse(events) as readonly { readonly payloadRefs?: Readonly<Record<string, string>> }[];
  const whole = stored.map((event) => {
    if (!event.payloadRefs) return event;
    const { payloadRefs, ...rest } = event;
    const found = Object.entries(payloadRefs).map(([field, hash]): [string, unknown] => {
      const text = find(hash);
      assert(text !== undefined, `the journal holds the payload ${hash} that an event refers to`);
      return [field, JSON.parse(text)];
    });
    return { ...rest, ...Object.fromEntries(found) };
  });
  return JSON.stringify(whole);
}

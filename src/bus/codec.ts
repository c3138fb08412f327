/**
 * An envelope as text: structured CloudEvents JSON (events.md, 2). What comes in is checked through and through, once;
 * it is trusted afterwards. In process no text is made at all.
 */
import { ClewError } from "../base/errors.ts";
import { deepFreeze } from "../base/json.ts";
import { type AnyEnvelope, checkEnvelope } from "./check-envelope.ts";
import { duplicateKey } from "../base/duplicate-key.ts";

/** What NATS and most brokers take in one message. */
export const largestEnvelopeBytes = 1024 * 1024;

/** Deeper than any data that people model, and shallow enough for every walk over it. */
const deepestData = 100;

/** Throws `payload_too_large` above `largestEnvelopeBytes`. */
export function encodeEnvelope(envelope: AnyEnvelope): string {
  const text = JSON.stringify(envelope);
  if (isTooLarge(text)) {
    const message = `sending ${envelope.id}: it is larger than ${largestEnvelopeBytes} bytes`;
    throw new ClewError("payload_too_large", message, { mend: "Pass a reference to the data instead of the data." });
  }
  return text;
}

/** Throws `envelope_invalid`, with the path of what does not fit in `details.attribute`. */
export function decodeEnvelope(text: string): AnyEnvelope {
  if (isTooLarge(text)) throw unreadable(`it is larger than ${largestEnvelopeBytes} bytes`);
  const value = parse(text);
  const twice = duplicateKey(text);
  if (twice !== undefined) throw unreadable(`it has the key ${JSON.stringify(twice.slice(0, 100))} twice`);
  checkShape(value, 0);
  return deepFreeze(checkEnvelope(withoutNulls(value)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable("it is not JSON", cause);
  }
}

/** Before anything else walks over it: no key that means something to the language, and a bounded depth. */
function checkShape(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > deepestData) throw unreadable(`it is nested deeper than ${deepestData}`);
  if (Object.hasOwn(value, "__proto__")) throw unreadable("it has the key __proto__");
  for (const inner of Object.values(value)) checkShape(inner, depth + 1);
}

/** In CloudEvents' JSON an attribute that is `null` is one that is not there. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}

/** One UTF-16 unit is at most three bytes of UTF-8, so most texts need no second look. */
const isTooLarge = (text: string): boolean =>
  text.length > largestEnvelopeBytes / 3 && Buffer.byteLength(text) > largestEnvelopeBytes;

function unreadable(what: string, cause?: unknown): ClewError {
  return new ClewError("envelope_invalid", `reading an event: ${what}`, {
    mend: "Send the event as events.md, 2 says.",
    details: { attribute: "envelope" },
    cause,
  });
}

/** The official SDK as a judge of our envelopes: theirs is the specification, ours only a reading of it. */
import { isDeepStrictEqual } from "node:util";
import { CloudEvent, HTTP } from "cloudevents";
import type { AnyEnvelope } from "../bus/check-envelope.ts";
import { encodeEnvelope } from "../bus/codec.ts";

/**
 * Whether the SDK takes the envelope in its strict mode, as an object and as structured JSON, and reads from both
 * exactly what we wrote. Throws the SDK's own error where it refuses.
 */
export function acceptedByCloudEvents(envelope: AnyEnvelope): boolean {
  const made = new CloudEvent<unknown>({ ...envelope }, true);
  const headers = { "content-type": "application/cloudevents+json" };
  const read = HTTP.toEvent({ headers, body: encodeEnvelope(envelope) });
  return isSame(made, envelope) && !Array.isArray(read) && isSame(read, envelope);
}

/** The SDK's object has all its optional attributes, unset ones as `undefined`: compared as the JSON that it gives. */
const isSame = (event: unknown, envelope: AnyEnvelope): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(event)), JSON.parse(JSON.stringify(envelope)));

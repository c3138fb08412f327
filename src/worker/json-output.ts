/** What a handler gives back, as JSON: copied, frozen, and small enough for one message. */
import { JsonCopier, NotJson } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import { WorkFailed } from "./worker.ts";

/** Output and undo together: with the attributes around them they fit one message of a mebibyte. */
export const largestOutputBytes = 1024 * 1024 - 16 * 1024;

export interface Output {
  readonly output: Json;
  readonly undo: Json | undefined;
}

/** `undefined` as output is `null`. Throws `WorkFailed`, code `output_invalid`, effect possible, not retryable. */
export function jsonOutput(output: unknown, undo: unknown): Output {
  const copier = new JsonCopier();
  const copied = copiedBy(copier, output, undo);
  // The exact size is worth its price only where the bound may be reached.
  if (copier.bytesAtMost > largestOutputBytes && bytesOf(copied) > largestOutputBytes)
    throw invalid(`the output has more than ${largestOutputBytes} bytes`);
  return copied;
}

function copiedBy(copier: JsonCopier, output: unknown, undo: unknown): Output {
  try {
    return {
      output: output === undefined ? null : copier.copy(output, "output"),
      undo: undo === undefined ? undefined : copier.copy(undo, "undo"),
    };
  } catch (error) {
    throw error instanceof NotJson ? invalid(error.message) : error;
  }
}

const bytesOf = ({ output, undo }: Output): number =>
  Buffer.byteLength(JSON.stringify(output)) + (undo === undefined ? 0 : Buffer.byteLength(JSON.stringify(undo)));

const invalid = (title: string): WorkFailed => new WorkFailed({ code: "output_invalid", title, retryable: false });

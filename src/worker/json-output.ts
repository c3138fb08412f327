/** What a handler gives back, as JSON: copied, frozen, and small enough for one message. */
import { JsonCopier, NotJson } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import { largestPayloadBytes, sizeFault } from "../base/payload-size.ts";
import { WorkFailed } from "./worker.ts";

export interface Output {
  readonly output: Json;
  readonly undo: Json | undefined;
}

/** `undefined` as output is `null`. Throws `WorkFailed`, code `output_invalid`, effect possible, not retryable. */
export function jsonOutput(output: unknown, undo: unknown): Output {
  const copier = new JsonCopier();
  const copied = copiedBy(copier, output, undo);
  // The exact size is worth its price only where the bound may be reached.
  const fault = copier.bytesAtMost > largestPayloadBytes ? faultOf(copied) : undefined;
  if (fault !== undefined) throw invalid(fault);
  return copied;
}

function faultOf({ output, undo }: Output): string | undefined {
  const fault = undo === undefined ? sizeFault(output, "output") : sizeFault({ output, undo }, "");
  return fault && `the output${undo === undefined ? "" : " with its undo"} ${fault}`;
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

const invalid = (title: string): WorkFailed => new WorkFailed({ code: "output_invalid", title, retryable: false });

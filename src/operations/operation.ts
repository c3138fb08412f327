/**
 * What one can do with an engine, each thing declared once: its name, the shapes of what goes in and comes out, who
 * may do it, and what it changes. The command line, the owner's local socket and the library are made from these
 * declarations, later HTTP too, so that they cannot differ.
 */
import type { Clock } from "../base/clock.ts";
import { ClewError } from "../base/errors.ts";
import { longestRunId } from "../base/ids.ts";
import type { JsonObject } from "../base/json.ts";
import { validate } from "../definition/json-schema/validate.ts";
import type { JournalReader } from "../journal/journal.ts";
import type { Actor } from "../saga/event.ts";
import type { OperatorVerb, VerbAnswer } from "../orchestrator/orchestrator-options.ts";

export interface Operation<Input, Output> {
  readonly name: string;
  /** One sentence, for help texts and contract documents. */
  readonly summary: string;
  readonly permission: "read" | "operate";
  /** `nothing` may be answered from the journal alone; `run` needs the process that owns it. */
  readonly changes: "nothing" | "run";
  readonly input: JsonObject;
  readonly output: JsonObject;
  perform(access: Access, input: Input): Promise<Output>;
}

/** What an operation works on: the journal to read, and the engine where this process is its owner. */
export interface Access {
  readonly journal: JournalReader;
  readonly engine: Engine | undefined;
  /** What "an hour ago" in a filter counts from. */
  readonly clock: Pick<Clock, "now">;
}

export interface Engine {
  operate(id: string, verb: OperatorVerb, actor: Actor, expectedVersion?: number): Promise<VerbAnswer>;
  rerun(id: string, actor: Actor, expectedVersion?: number): Promise<VerbAnswer>;
}

export type AnyOperation = Operation<never, unknown>;

/** How a run is named in an operation's input. */
export const runId = { type: "string", minLength: 1, maxLength: longestRunId, description: "the run's id" };

export function objectSchema(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: "object", properties, required, additionalProperties: false };
}

/** Checks the input against the declaration, then performs. Throws `invalid_argument` with the field's path. */
export async function perform<Input, Output>(
  operation: Operation<Input, Output>,
  access: Access,
  input: unknown,
): Promise<Output> {
  const [mismatch] = validate(operation.input, input as never);
  if (mismatch) {
    const where = mismatch.path === "" ? "its input" : mismatch.path;
    throw new ClewError("invalid_argument", `cannot perform ${operation.name}: ${where} ${mismatch.message}`, {
      mend: "See the operation's input schema.",
    });
  }
  return operation.perform(access, input as Input);
}

export function engineOf(access: Access, operation: string): Engine {
  if (access.engine) return access.engine;
  throw new ClewError("owner_unreachable", `${operation} needs the process that owns the journal`, {
    mend: "Run it where no other process owns the journal, or while the owner is reachable.",
  });
}

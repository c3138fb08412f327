/**
 * The one catalogue of errors: each code with its consequence, from which exit codes (and later HTTP statuses) follow.
 * A message says what was attempted on what, what stood in the way, and what to do next.
 */
export type Consequence =
  | "invalid" // the caller's request is wrong; the same request fails again
  | "invalid_definition" // the workflow is wrong
  | "not_found"
  | "conflict" // somebody or something else was first
  | "retryable" // the same request may succeed later
  | "unavailable" // something that is needed is out of reach
  | "not_allowed"
  | "timed_out"
  | "found_wrong"; // what was asked for was done, and the answer is no

/** What a process that ends by an error of this consequence gives back. 0, 9 and 130 are no errors. */
export const exitCodeOf: Readonly<Record<Consequence, number>> = {
  found_wrong: 1,
  invalid: 2,
  invalid_definition: 3,
  not_found: 4,
  conflict: 5,
  unavailable: 6,
  retryable: 6,
  not_allowed: 7,
  timed_out: 8,
};

interface CatalogueEntry {
  readonly consequence: Consequence;
  /** When it is thrown, for the reference; each error's own message says more. */
  readonly meaning: string;
}

const entry = (consequence: Consequence, meaning: string): CatalogueEntry => ({ consequence, meaning });

export const errorCatalogue = {
  usage: entry("invalid", "The command line was not called as it wants to be."),
  invalid_definition: entry("invalid_definition", "A workflow or a catalogue is wrong; `problems` says all of it."),
  invalid_input: entry("invalid_definition", "A run's input does not fit its workflow, or JSON cannot say it."),
  invalid_argument: entry("invalid", "An argument of a call cannot be."),
  invalid_filter: entry("invalid", "A filter of runs cannot be read; `details` has the place."),
  schema_unusable: entry("invalid_definition", "A schema cannot say itself as JSON Schema."),
  reference_misused: entry("invalid_definition", "A reference was used as if it were a value."),
  contract_conflict: entry("conflict", "One worker type is declared twice, and not alike."),
  file_unreadable: entry("not_found", "A file is not there, or may not be read."),
  file_exists: entry("conflict", "A file that is to be written is there already."),
  workflow_unknown: entry(
    "not_found",
    "There is no such workflow in the journal, in the module, or among those that the engine was opened with.",
  ),
  run_unknown: entry("not_found", "There is no run of that id."),
  run_exists: entry("conflict", "A run of that id has another workflow or another input."),
  run_open: entry("conflict", "The run has not ended."),
  run_closed: entry("conflict", "The run has ended."),
  version_conflict: entry("conflict", "The run was changed since it was looked at."),
  pivot_passed: entry("conflict", "The run has passed its point of no return, and only goes forward."),
  run_suspended: entry("conflict", "The run is suspended: no command is sent."),
  incident_unknown: entry("conflict", "Nothing waits for an operator there, or not any more."),
  incident_ambiguous: entry("invalid", "Several steps of the run wait for an operator."),
  signal_refused: entry("invalid", "The run keeps no more signals, or the payload is too large."),
  verb_unsuitable: entry("invalid", "The verb does not answer this kind of incident."),
  step_in_doubt: entry(
    "conflict",
    "The step may have been done: another input needs another key, which waits for certainty.",
  ),
  output_needed: entry("conflict", "The step cannot be skipped: others need its output."),
  journal_owned: entry("conflict", "Another process owns the journal."),
  journal_missing: entry("not_found", "There is no journal at that place."),
  journal_newer: entry("unavailable", "The journal was written by a newer version."),
  journal_unsafe: entry(
    "unavailable",
    "The journal's place cannot keep what is promised, such as a network file system.",
  ),
  journal_failed: entry("unavailable", "The journal failed: what was not answered may be recorded or not."),
  journal_closed: entry("unavailable", "The journal was closed."),
  owner_unreachable: entry("unavailable", "The process that owns the journal does not answer."),
  overloaded: entry(
    "retryable",
    "More is under way than there is room for, or the journal may not grow; nothing of the request was done.",
  ),
  engine_closed: entry("unavailable", "The engine is closed, or was never opened."),
  worker_unknown: entry("invalid", "A worker type that nobody knows, or that nobody works for."),
  payload_too_large: entry("invalid", "A payload is larger than a mebibyte allows; the field is named."),
  envelope_invalid: entry("invalid", "A message on the bus is no envelope."),
  engine_failed: entry("unavailable", "The engine stopped because its journal failed; opening it again goes on."),
  wait_timed_out: entry("timed_out", "What was waited for did not come in time."),
  ledger_unbalanced: entry("found_wrong", "The books of the demo do not balance."),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorOptions {
  /** How to mend it, as one sentence. */
  readonly mend?: string;
  /** Facts for programs: printed under `--json`, never needed to understand the message. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Every error of the library: a stable code, what was attempted and what stood in the way, and how to mend it. */
export class ClewError extends Error {
  readonly code: ErrorCode;
  readonly mend: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ClewError";
    this.code = code;
    this.mend = options.mend;
    this.details = options.details;
  }

  get consequence(): Consequence {
    return errorCatalogue[this.code].consequence;
  }

  get exitCode(): number {
    return exitCodeOf[this.consequence];
  }
}

/** A broken assumption of the engine itself: a bug, never a user's mistake. */
export class BrokenAssumption extends Error {
  constructor(message: string) {
    super(`broken assumption: ${message}`);
    this.name = "BrokenAssumption";
  }
}

/** Where things go as they should, the message of an assertion costs too much on a hot path: `if (…) broken(…)` there. */
export function broken(message: string): never {
  throw new BrokenAssumption(message);
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BrokenAssumption(message);
}

/** Makes the compiler prove that a union was handled to its end. */
export function unreachable(value: never): never {
  throw new BrokenAssumption(`unexpected ${JSON.stringify(value)}`);
}

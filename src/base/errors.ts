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
const exitCodeOf: Readonly<Record<Consequence, number>> = {
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

export const errorCatalogue = {
  usage: "invalid",
  invalid_definition: "invalid_definition",
  invalid_input: "invalid_definition",
  invalid_argument: "invalid",
  file_unreadable: "not_found",
  workflow_unknown: "not_found",
  run_unknown: "not_found",
  run_exists: "conflict",
  run_closed: "conflict",
  version_conflict: "conflict",
  journal_owned: "conflict",
  journal_missing: "not_found",
  journal_newer: "unavailable",
  journal_unsafe: "unavailable",
  journal_failed: "unavailable",
  journal_closed: "unavailable",
  owner_unreachable: "unavailable",
  overloaded: "retryable",
  engine_closed: "unavailable",
  worker_unknown: "invalid",
  payload_too_large: "invalid",
  envelope_invalid: "invalid",
  engine_failed: "unavailable",
  wait_timed_out: "timed_out",
  ledger_unbalanced: "found_wrong",
} as const satisfies Record<string, Consequence>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorOptions {
  /** How to mend it, as one sentence. */
  readonly mend?: string;
  /** Facts for programs: printed under `--json`, never needed to understand the message. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

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
    return errorCatalogue[this.code];
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

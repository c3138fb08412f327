/**
 * What the owner's thread and the journal's thread say to each other. Each call is answered, in the order of the
 * calls, so that neither side numbers them.
 */
import { ClewError, type ErrorCode } from "../../base/errors.ts";
import type { Expired } from "../journal.ts";
import type { Batch, Refusals } from "./batch.ts";
import type { JournalReads } from "./journal-reads.ts";
import type { Ownership } from "./owned-database.ts";
import type { WalStanding } from "./wal.ts";

/** The thread's verbs, each with what it is given and what it answers. `open` is the first and `close` the last. */
export interface Verbs extends Pick<JournalReads, keyof JournalReads> {
  open(file: string, ownership: Omit<Ownership, "onWal">): void;
  commit(batch: Batch): Refusals;
  declare(contracts: readonly (readonly [type: string, contract: string])[]): void;
  tellSocket(socket: string | undefined): void;
  tryToEmptyWal(): void;
  expire(now: number, limit: number): Expired;
  close(): void;
}

export type Verb = keyof Verbs;

export type Call = { readonly [V in Verb]: { readonly verb: V; readonly given: Parameters<Verbs[V]> } }[Verb];

/** An answer, or what the thread tells unasked. */
export type Reply = { readonly answer: unknown } | { readonly error: ErrorText } | { readonly wal: WalStanding };

/** An error as data: a class does not survive the way between threads. */
export interface ErrorText {
  readonly code: ErrorCode;
  readonly message: string;
  readonly mend: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly cause: string | undefined;
}

export function textOfError(error: ClewError): ErrorText {
  const { code, message, mend, details, cause } = error;
  return { code, message, mend, details, cause: cause instanceof Error ? cause.stack : undefined };
}

export function errorFrom({ code, message, mend, details, cause }: ErrorText): ClewError {
  return new ClewError(code, message, {
    ...(mend === undefined ? {} : { mend }),
    ...(details === undefined ? {} : { details }),
    ...(cause === undefined ? {} : { cause }),
  });
}

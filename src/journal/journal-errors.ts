/** The errors that every journal throws, each in one place so that all of them say the same. */
import { ClewError } from "../base/errors.ts";

export function closedError(journal: string): ClewError {
  return new ClewError("journal_closed", `${journal} is closed`, {
    mend: "Open the journal again; nothing is read or recorded after close().",
  });
}

/** `held` says who stands in the way. */
export function ownedError(journal: string, held: string, details: Readonly<Record<string, unknown>> = {}): ClewError {
  return new ClewError("journal_owned", `cannot own ${journal}: ${held}`, {
    mend: "Send what you want to that owner (lists can be read beside it), or stop it and open again.",
    details,
  });
}

/** The outcome of what was under way is unknown: it may be recorded, or not. */
export function failedError(journal: string, what: string, cause: unknown): ClewError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ClewError("journal_failed", `${journal} failed while it ${what}: ${reason}`, {
    mend: "Whether it was recorded is unknown. Look at the disk, then open the journal again: what is in it counts.",
    cause,
  });
}

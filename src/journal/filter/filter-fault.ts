/** What is wrong with a filter's text, with the place that is wrong: whoever shows it can point there. */
import { ClewError } from "../../base/errors.ts";

/** A part of the filter's text, in the units of JavaScript's strings. */
export interface FilterPlace {
  readonly offset: number;
  readonly length: number;
}

export interface FilterFault extends FilterPlace {
  readonly filter: string;
}

/** `what` is a clause without a full stop, `mend` whole sentences. */
export function filterFault(filter: string, { offset, length }: FilterPlace, what: string, mend: string): ClewError {
  const details: FilterFault & Readonly<Record<string, unknown>> = { filter, offset, length };
  return new ClewError("invalid_filter", `the filter is wrong at character ${offset + 1}: ${what}`, { mend, details });
}

/** What stands at the wrong place, for a message: cut where it is long. */
export const inQuotes = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/**
 * The marks of the WAL, all of them shares of its one bound (reliability.md, 2). Below the first it is emptied by
 * SQLite itself, whenever no reader is in the way.
 */
import type { RowChange } from "../journal.ts";
import type { Batch } from "./batch.ts";

/** Measured: with 8 KiB pages a batch of 1,000 transitions costs a quarter less than with 4 KiB, a single one the same. */
export const pageBytes = 8192;
/** A page in the WAL, with its header. */
const frameBytes = pageBytes + 24;

/** Its file is never larger. */
export const usualWalBoundBytes = 256 * 1024 * 1024;

export interface WalMarks {
  /** The WAL is copied into the database when it has grown so far. */
  readonly checkpointPages: number;
  /** To what it is cut back after it was longer. */
  readonly keptBytes: number;
  /** From here on no run is started, so that those that are open have room to end. */
  readonly startsRefusedFrom: number;
  /** No commit may take it further; the rest is for what the owner writes beside its commits. */
  readonly commitsUpTo: number;
  /** What one flush may add; a batch that may need more is flushed in parts. */
  readonly flushUpTo: number;
}

export function walMarksOf(boundBytes: number): WalMarks {
  return {
    checkpointPages: Math.floor(boundBytes / 8 / pageBytes),
    keptBytes: boundBytes / 4,
    startsRefusedFrom: boundBytes / 2,
    commitsUpTo: boundBytes - boundBytes / 64,
    flushUpTo: (boundBytes / 8) * 3,
  };
}

/** In UTF-8; mostly it is one. */
const mostBytesOfCharacter = 3;
/** Pages that every flush touches: the first, those above the leaves, the last ones of each table. */
const pagesOfFlush = 32;
/** The leaf of the key's index, and now and then one that it is split into; the rows themselves are appended. */
const pagesOfTransition = 1.25;
/** The leaves of its id and its workflow; in all else a start is appended. */
const pagesOfStart = 2;
/** The row, and four indexes in which it leaves one place for another; to those of what has ended it is appended. */
const pagesOfRowChange = 11;
/** The indexes of what only few runs have: a cause, an error, an incident, a need for attention. */
const pagesOfDetails = 4;
/** Its leaf and that of its index, and again for the value that it takes the place of. */
const pagesOfAttribute = 4;

/** What flushing the batch adds to the WAL, at most. */
export function walBytesAtMost(batch: Batch): number {
  let characters = 0;
  for (const events of batch.events) characters += events.length;
  for (const [, payloads] of batch.payloads) for (const { text } of payloads) characters += text.length;
  for (const [, { definitionText }] of batch.starts) characters += definitionText?.length ?? 0;
  let detailPages = 0;
  for (const [, row] of batch.rows) {
    if (!hasDetails(row)) continue;
    const attributes = Object.entries(row.attributes ?? {});
    detailPages += pagesOfDetails + attributes.length * pagesOfAttribute;
    characters += row.error?.length ?? 0;
    for (const [name, value] of attributes) characters += 2 * (name.length + value.length);
  }
  const starts = batch.starts.length;
  const pages =
    pagesOfFlush +
    batch.size * pagesOfTransition +
    starts * pagesOfStart +
    (batch.rows.length - starts) * pagesOfRowChange +
    detailPages;
  return Math.ceil(pages) * frameBytes + characters * mostBytesOfCharacter;
}

const hasDetails = ({ cause, error, incidents, attention, attributes }: RowChange): boolean =>
  (cause ?? error ?? incidents ?? attention ?? attributes) !== undefined;

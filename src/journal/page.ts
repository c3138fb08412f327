/**
 * Pages and their cursors. A cursor is the position of the last run that was shown: the run's number in the order of
 * the start. It stays valid while runs are added, because a run never changes its number.
 */
import { ClewError } from "../base/errors.ts";
import type { Page, PageOf } from "./journal.ts";

/** So that one answer stays small enough to hold; whoever wants more asks again. */
const longestPage = 1000;

/** A page, checked and with its cursor read. */
export interface Span {
  readonly limit: number;
  /** The last position that was shown. */
  readonly after: number | undefined;
  readonly newestFirst: boolean;
}

/** Something that stands at a position. */
export interface Placed {
  readonly position: number;
}

export function spanOf(page: Page): Span {
  return {
    limit: limitOf(page.limit),
    after: page.after === undefined ? undefined : positionOf(page.after),
    newestFirst: page.newestFirst ?? false,
  };
}

export function limitOf(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= longestPage) return limit;
  throw new ClewError("invalid_argument", `cannot read ${limit} entries of the journal at a time`, {
    mend: `Ask for a whole number from 1 to ${longestPage}, and page on from there.`,
  });
}

/** A page out of up to `limit + 1` entries: the one too many only says that there is more. */
export function pageFrom<E extends Placed, T>(found: readonly E[], span: Span, show: (entry: E) => T): PageOf<T> {
  const shown = found.slice(0, span.limit);
  const last = shown.at(-1);
  const items = shown.map(show);
  return found.length > span.limit && last ? { items, next: cursorAt(last.position) } : { items };
}

const cursorAt = (position: number): string => Buffer.from(String(position)).toString("base64url");

function positionOf(cursor: string): number {
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  if (/^[1-9]\d{0,14}$/.test(text) && cursorAt(Number(text)) === cursor) return Number(text);
  throw new ClewError(
    "invalid_argument",
    `the cursor ${JSON.stringify(cursor.slice(0, 64))} is none of this journal's`,
    {
      mend: "Give the `next` of the page before, unchanged, or begin with the first page.",
    },
  );
}

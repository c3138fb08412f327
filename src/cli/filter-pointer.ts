/** The filter that is wrong, with a caret under the place. */
import type { ClewError } from "../base/errors.ts";
import type { FilterFault } from "../journal/filter/filter-fault.ts";
import { terminalText } from "./terminal-text.ts";

/** What is shown on either side, so that both lines stay lines. */
const mostBefore = 50;
const mostMarked = 40;
const mostBehind = 20;

/** Two lines; `undefined` for an error that points nowhere. */
export function filterPointer({ code, details }: Pick<ClewError, "code" | "details">): string | undefined {
  if (code !== "invalid_filter" || !isFault(details)) return undefined;
  const { filter, offset, length } = details;
  const before = clean(filter.slice(0, offset));
  const shownBefore = before.length > mostBefore ? `…${before.slice(-mostBefore)}` : before;
  const marked = terminalText(filter.slice(offset, offset + length), mostMarked);
  const behind = terminalText(filter.slice(offset + length), mostBehind);
  const carets = "^".repeat(Math.max(1, [...marked].length));
  return `  ${shownBefore}${marked}${behind}\n  ${" ".repeat([...shownBefore].length)}${carets}`;
}

const clean = (text: string): string => terminalText(text, Infinity);

function isFault(details: ClewError["details"]): details is ClewError["details"] & FilterFault {
  return typeof details?.["filter"] === "string" && typeof details["offset"] === "number";
}

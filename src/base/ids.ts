/** Names and ids: their grammar (events.md, 1) and the port that makes new ones. */

declare const brand: unique symbol;
type Branded<T, B> = T & { readonly [brand]?: B };

/** Given by the caller or made here; unique among the runs that a journal holds. */
export type RunId = Branded<string, "RunId">;
/** Made by the engine, never used again; the form of a UUID version 7, so that it sorts by time. */
export type RunUid = Branded<string, "RunUid">;

export const namePattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const runIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export const isName = (text: string): boolean => namePattern.test(text);
/** A child's id says whose step it is: `<parent id>.<stepkey>` (semantics.md, C14). */
const childIdPattern =
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:\.[a-z0-9][a-z0-9_-]{0,63}(?:\[\d{1,9}\]|#\d{1,9}){0,32}){0,16}$/;
/** Of a caller's run or of a child. */
export const isAnyRunId = (text: string): text is RunId => text.length <= longestRunId && childIdPattern.test(text);
/** A child whose id would be longer does not begin. */
export const longestRunId = 512;

export const isRunId = (text: string): text is RunId => runIdPattern.test(text);

/** The engine's only source of new identities; a simulator gives its own. */
export interface Ids {
  /** A new run's uid; later calls sort after earlier ones within one process. */
  uid(): RunUid;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** UUID version 7 (RFC 9562, 5.7, method 1): milliseconds, a counter within them, then random bits. */
export function uuid7(nowMs: number, counter: number, random: Uint8Array): string {
  const high = Math.floor(nowMs / 0x10000)
    .toString(16)
    .padStart(8, "0");
  const low = (nowMs % 0x10000).toString(16).padStart(4, "0");
  const variant = hex[0x80 | ((random[0] ?? 0) & 0x3f)] ?? "80";
  const count = (0x7000 | (counter & 0xfff)).toString(16);
  let rest = "";
  for (let at = 2; at < 8; at++) rest += hex[random[at] ?? 0] ?? "00";
  return `${high}-${low}-${count}-${variant}${hex[random[1] ?? 0] ?? "00"}-${rest}`;
}

/**
 * What the traced server says to the outside, and the tokens by which its transitions are found in the journal's bytes:
 * `start-…` stands first in the transition that starts a run and sends its command, `end-…` in the one that ends it.
 */
export const promises = ["started", "worked", "ended"] as const;
export type Promised = (typeof promises)[number];

/** A pipe of its own: Node makes standard output one that refuses a write (EAGAIN) while nobody reads. */
export const saidOn = 3;

const digits = 6;
const numbered = (word: string, request: number): string => `${word}-${String(request).padStart(digits, "0")}`;
export const startOf = (request: number): string => numbered("start", request);
export const endOf = (request: number): string => numbered("end", request);

export const lineOf = (promised: Promised, token: string): string => `${promised} ${token}\n`;

/**
 * In text as strace writes it, without undoing its escapes: letters, digits and `-` stand for themselves, and no escape
 * looks like the beginning of a token.
 */
const token = `(?:start|end)-\\d{${digits}}`;
const tokens = new RegExp(token, "g");
const line = new RegExp(String.raw`^(${promises.join("|")}) (${token})\\n$`);

export const tokensIn = (text: string): readonly string[] => text.match(tokens) ?? [];

export function promiseIn(text: string): { readonly promised: Promised; readonly token: string } | undefined {
  const [, promised, named] = line.exec(text) ?? [];
  return promised === undefined || named === undefined ? undefined : { promised: promised as Promised, token: named };
}

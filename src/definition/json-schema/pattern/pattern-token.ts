/** The smallest parts of a pattern's text. All are sticky: `takeToken` sets where they look. */

/** Two escapes that are the halves of one code point are one. What needs no case of its own is one character long. */
export const escapeToken =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|[upP]\{[^}]*\}|x[\da-fA-F]{2}|c[A-Za-z]|[^])/y;
export const codePointToken = /[^]/uy;

export function takeToken(token: RegExp, source: string, at: number): RegExpExecArray | undefined {
  token.lastIndex = at;
  return token.exec(source) ?? undefined;
}

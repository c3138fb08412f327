/**
 * Text from outside on its way to something that obeys it, or to an eye that is deceived by it: a terminal follows
 * escape sequences, and characters that turn the direction of writing make one name look like another.
 */

/** Control, formatting (bidirectional ones among them) and half characters; line and paragraph separators. */
export const unsafeCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const blank = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/** Almost all text is of this kind, and needs no more than a look. */
const isPlain = /^[ -~]*$/;

/** One line without anything of that sort; cut where it is longer than `longest`. */
export function cleanLine(text: string, longest = Infinity): string {
  const clean = isPlain.test(text) ? text : text.replace(blank, " ").replace(unsafeCharacters, "");
  if (clean.length <= longest) return clean;
  return `${clean.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…`;
}

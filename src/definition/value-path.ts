/** Where a value stands inside a JSON value, from the outside in: keys and indices. */
export type ValuePath = readonly (string | number)[];

const plainKey = /^[A-Za-z_$@][\w$@-]*$/;

/** As one would write it in code: `steps[1].input["two words"]`; the whole value is an empty text. */
export function formatPath(path: ValuePath): string {
  return path.map(formatSegment).join("").replace(/^\./, "");
}

function formatSegment(segment: string | number): string {
  if (typeof segment === "number") return `[${segment}]`;
  return plainKey.test(segment) && segment.length <= longestShown
    ? `.${segment}`
    : `[${JSON.stringify(shown(segment))}]`;
}

const longestShown = 80;
/** Control, surrogate and formatting characters (bidirectional ones among them), and line separators. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A stranger's text cut and cleaned, so that a message stays one line and says what it shows. */
export function shown(text: string): string {
  const cut = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
  return cut.replace(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

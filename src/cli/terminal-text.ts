/**
 * Text from outside on its way to a terminal: ids, error titles, file names, whatever a worker or a file said. A
 * terminal obeys escape sequences, so control characters never reach it raw.
 */
import { cleanLine, unsafeCharacters } from "../base/clean-line.ts";

/** Long enough for any sentence, short enough that a stranger's text does not push everything else off the screen. */
const longestText = 500;

/** One line without anything that a terminal would obey; cut where it is longer than `longest`. */
export function terminalText(text: string, longest = longestText): string {
  return cleanLine(text, longest);
}

/** Several lines, each clean and whole. */
export function terminalLines(text: string): string {
  return text
    .split("\n")
    .map((line) => terminalText(line, Infinity))
    .join("\n");
}

/** JSON text that says exactly the value, with everything that a terminal would obey written as `\uXXXX`. */
export function terminalJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? "null").replace(unsafeCharacters, (character) =>
    character === "\n" ? character : escaped(character),
  );
}

/** `JSON.stringify` escapes the controls below a space inside texts, so that a bare line break is always its own. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** How many columns a text takes in a terminal, and how it is broken into lines. */
import { cleanLine } from "../../base/clean-line.ts";

const isAscii = /^[ -~]*$/;
const combining = /\p{M}/u;
/** East Asian characters and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export function columnsOf(text: string): number {
  if (isAscii.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += combining.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** Lines of at most `most`, broken at spaces where there are any; at least one line, and never more than `lines`. */
export function wrapped(
  text: string,
  most: number,
  measure: (text: string) => number = columnsOf,
  lines = longestText,
): readonly string[] {
  const clean = cleanLine(text, 2000);
  if (measure(clean) <= most) return [clean];
  const all: string[] = [];
  let line = "";
  for (const word of clean.split(" ").flatMap((one) => fragments(one, most, measure))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (measure(longer) <= most) line = longer;
    else {
      if (line !== "") all.push(line);
      line = word;
    }
  }
  all.push(line);
  return all.length <= lines ? all : [...all.slice(0, lines - 1), shortened(all[lines - 1] ?? "", most, measure)];
}

/** In a picture; the whole text stands in the run, or in the definition. */
const longestText = 8;

/** A word that is too long for a line, after `_`, `-`, `.` or `/` where it has them. */
function fragments(word: string, most: number, measure: (text: string) => number): readonly string[] {
  if (measure(word) <= most) return [word];
  const found: string[] = [];
  let fragment = "";
  for (const piece of word.split(/(?<=[_\-./,])/).flatMap((one) => (measure(one) <= most ? [one] : Array.from(one)))) {
    if (fragment !== "" && measure(fragment + piece) > most) {
      found.push(fragment);
      fragment = "";
    }
    fragment += piece;
  }
  return [...found, fragment];
}

function shortened(text: string, most: number, measure: (text: string) => number): string {
  let characters = Array.from(text);
  while (characters.length > 0 && measure(`${characters.join("")}…`) > most) characters = characters.slice(0, -1);
  return `${characters.join("")}…`;
}

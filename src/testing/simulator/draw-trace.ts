/** A trace as a sequence diagram in text: a column a part, time goes down. */
import { type Part, parts, type TraceLine } from "./trace.ts";
import type { Outcome } from "./world.ts";

const columnWidth = 10;

export function drawTrace({ lines, idsOfRuns, violations }: Outcome): string {
  const head = `${" ".repeat(11)}${parts.map((part) => part.padEnd(columnWidth)).join("")}`;
  const named = (text: string) => {
    let shown = text;
    for (const [uid, id] of idsOfRuns) shown = shown.replaceAll(uid, id);
    return shown;
  };
  const told = lines.filter(isTelling).map((line) => `${time(line)}  ${arrow(line)}${named(line.text)}`);
  return [head.trimEnd(), ...told, "", ...violations.map((violation) => `violated: ${named(violation)}`), ""].join(
    "\n",
  );
}

/** The engine's own wheels, and the bus's, tell nobody anything. */
const isTelling = ({ from, text }: TraceLine): boolean =>
  from !== undefined ||
  !/^(?:engine|workers) \d+: (?:soon|works|timer)$|^journal: |^bus: |^(?:caller|operator): /.test(text);

const time = ({ atMs }: TraceLine): string => `${(atMs / 1000).toFixed(3)}s`.padStart(9);

/** `│    ├────────▶│    ` between two columns; of what is no message the columns alone. */
function arrow({ from, to }: TraceLine): string {
  const cells: string[] = Array.from({ length: parts.length * columnWidth }, (_, at) =>
    at % columnWidth === 0 ? "│" : " ",
  );
  if (from && to) {
    const [start, end] = [placeOf(from), placeOf(to)];
    const [left, right] = start < end ? [start, end] : [end, start];
    for (let at = left + 1; at < right; at++) cells[at] = "─";
    cells[start < end ? right - 1 : left + 1] = start < end ? "▶" : "◀";
  }
  return cells.join("");
}

const placeOf = (part: Part): number => parts.indexOf(part) * columnWidth;

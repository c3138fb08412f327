/**
 * The characters that one part of a pattern takes (`[a-z]`, `\d`, `.`, `ä`). Ranges are looked up; classes with names
 * (`\s`, `\p{L}`), of which only Unicode knows what is in them, are asked of the native `RegExp`, each by itself on a
 * text of one character, where it cannot take long. A whole `[…]` is never given to it: it would put it together out of
 * all its classes once more, which takes a tenth of a second for a long one.
 *
 * Remembers the answers for ASCII, and the last one: many states of an automaton ask about the same character.
 */
import type { Work } from "../work.ts";
import { codePointToken, escapeToken, takeToken } from "./pattern-token.ts";

/** From the first to the last code point. */
type Range = readonly [from: number, to: number];

const asciiSize = 128;
const [unknown, outside, inside] = [0, 1, 2] as const;
/** A call of `RegExp` takes about 60 nanoseconds. */
const stepsOfAsking = 1 / 8;

const lineEnds: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

export class CharacterSet {
  /** Of most sets, which are characters that mean themselves; they have no use for the rest. */
  private readonly only: number | undefined;
  /** In order, none touching another. */
  private readonly ranges: readonly Range[];
  private readonly classes: readonly RegExp[];
  private readonly isNegated: boolean;
  private readonly ascii: Uint8Array;
  private lastPoint = -1;
  private lastAnswer = false;

  /** `source` is a character, an escape, a class or `.`, well-formed. */
  constructor(source: string) {
    const isClass = source.startsWith("[");
    this.isNegated = source === "." || (isClass && source[1] === "^");
    const members = isClass ? source.slice(this.isNegated ? 2 : 1, -1) : source;
    const { ranges, classes } = source === "." ? { ranges: lineEnds, classes: [] } : readMembers(members);
    this.ranges = merged(ranges);
    this.classes = classes;
    const [first, second] = this.ranges;
    const isOne = first && !second && first[0] === first[1] && classes.length === 0 && !this.isNegated;
    this.only = isOne ? first[0] : undefined;
    this.ascii = new Uint8Array(this.only === undefined ? asciiSize : 0);
  }

  has(point: number, work: Work): boolean {
    if (this.only !== undefined) return point === this.only;
    if (point < asciiSize) return this.hasAscii(point);
    // Also where the answer is known: the same text takes the same work each time.
    work.spend(this.classes.length * stepsOfAsking);
    if (point !== this.lastPoint) {
      this.lastAnswer = this.decide(point);
      this.lastPoint = point;
    }
    return this.lastAnswer;
  }

  private hasAscii(point: number): boolean {
    const known = this.ascii[point];
    if (known !== unknown) return known === inside;
    const answer = this.decide(point);
    this.ascii[point] = answer ? inside : outside;
    return answer;
  }

  private decide(point: number): boolean {
    const character = String.fromCodePoint(point);
    const isMember = isInRanges(this.ranges, point) || this.classes.some((one) => one.test(character));
    return isMember !== this.isNegated;
  }
}

function isInRanges(ranges: readonly Range[], point: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [from, to] = ranges[middle] ?? [0, 0];
    if (point < from) high = middle;
    else if (point > to) low = middle + 1;
    else return true;
  }
  return false;
}

function merged(ranges: readonly Range[]): readonly Range[] {
  const found: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

function readMembers(source: string) {
  const ranges: Range[] = [];
  const classes = new Map<string, RegExp>();
  let at = 0;
  const take = (): string => {
    const token = (takeToken(escapeToken, source, at) ?? takeToken(codePointToken, source, at))?.[0] ?? "";
    at += token.length;
    return token;
  };
  while (at < source.length) {
    const first = take();
    if (/^\\[dDsSwWpP]/.test(first)) {
      classes.set(first, new RegExp(`^${first}$`, "u"));
      continue;
    }
    let last = first;
    // A `-` at the end means itself.
    if (source[at] === "-" && at + 1 < source.length) {
      at++;
      last = take();
    }
    ranges.push([codePointOf(first), codePointOf(last)]);
  }
  return { ranges, classes: [...classes.values()] };
}

const controls: ReadonlyMap<string, number> = new Map([
  ["0", 0x00],
  ["b", 0x08],
  ["t", 0x09],
  ["n", 0x0a],
  ["v", 0x0b],
  ["f", 0x0c],
  ["r", 0x0d],
]);

function codePointOf(token: string): number {
  if (!token.startsWith("\\") || token.length === 1) return token.codePointAt(0) ?? 0;
  const kind = token[1] ?? "";
  if (token.length === 2) return controls.get(kind) ?? kind.charCodeAt(0);
  if (kind === "c") return token.charCodeAt(2) % 32;
  const [lead = 0, trail] = [...token.matchAll(/[\da-fA-F]+/g)].map(([digits]) => Number.parseInt(digits, 16));
  return trail === undefined ? lead : (String.fromCharCode(lead, trail).codePointAt(0) ?? 0);
}

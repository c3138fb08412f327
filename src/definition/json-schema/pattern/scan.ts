/**
 * Reads one text with the automata of one pattern. Keeps all the states together in which an automaton can be at one
 * place of the text, so that a place costs at most as many visits as there are states: the time is linear in the text.
 */
import type { Work } from "../work.ts";
import { type Automata, type Automaton, code } from "./automaton.ts";
import type { CharacterSet } from "./character-set.ts";

/** A visit to a state takes some 20 nanoseconds. */
const stepsOfVisit = 1 / 16;
/** What is done once, however short the text. */
const stepsOfText = 1;
/** What is done with a character before any state sees it. */
const stepsOfCharacter = 1 / 128;

/** Whether the text has a match anywhere. Throws `OutOfWork`. */
export function hasMatch({ main, looks, sets }: Automata, text: string, work: Work): boolean {
  work.spend(stepsOfText + text.length * stepsOfCharacter);
  const scan: Scan = { points: codePointsOf(text), sets, held: [], work };
  for (const look of looks) {
    work.spend(text.length * stepsOfVisit);
    const places = new Uint8Array(scan.points.length + 1);
    new Reading(look, scan).findAll(places);
    scan.held.push(places);
  }
  return new Reading(main, scan).findOne();
}

interface Scan {
  readonly points: Uint32Array;
  readonly sets: readonly CharacterSet[];
  /** By look, the places of the text where it holds: 1, from before the first character to after the last. */
  readonly held: Uint8Array[];
  readonly work: Work;
}

/** What the `u` flag takes for characters: half of a surrogate pair is one only where the other is missing. */
function codePointsOf(text: string): Uint32Array {
  const points = new Uint32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0;
    points[count++] = point;
    if (point > 0xffff) at++;
  }
  return points.subarray(0, count);
}

/** One automaton on its way through the text. A place is the number of characters before it. */
class Reading {
  private readonly automaton: Automaton;
  private readonly scan: Scan;
  /** Each place is a round, from 1. */
  private round = 1;
  /** By state, the last round in which it was entered. */
  private readonly enteredIn: Uint32Array;
  /** Entered in this round, and not looked at yet. */
  private readonly open: Uint32Array;
  private openCount = 0;
  /** Looked at in this round, and waiting for the next character. */
  private readonly waiting: Uint32Array;
  private waitingCount = 0;

  constructor(automaton: Automaton, scan: Scan) {
    const size = automaton.codes.length;
    scan.work.spend(size * stepsOfVisit);
    this.automaton = automaton;
    this.scan = scan;
    this.enteredIn = new Uint32Array(size);
    this.open = new Uint32Array(size);
    this.waiting = new Uint32Array(size);
    this.enter(automaton.start);
  }

  findOne(): boolean {
    do {
      if (this.settle()) return true;
    } while (this.proceed());
    return false;
  }

  /** Marks each place where a match ends; of a backward automaton, where one begins. */
  findAll(places: Uint8Array): void {
    do {
      if (this.settle()) places[this.place] = 1;
    } while (this.proceed());
  }

  private get place(): number {
    return this.automaton.isBackward ? this.scan.points.length - (this.round - 1) : this.round - 1;
  }

  private enter(state: number): void {
    if (this.enteredIn[state] === this.round) return;
    this.enteredIn[state] = this.round;
    this.open[this.openCount++] = state;
  }

  /** Goes wherever one can without a character. Gives whether there is a match here. */
  private settle(): boolean {
    const { codes, nexts, operands } = this.automaton;
    const place = this.place;
    let visits = 0;
    let matches = false;
    this.waitingCount = 0;
    while (this.openCount > 0) {
      const state = this.open[--this.openCount] ?? 0;
      const [does, next, operand] = [codes[state] ?? 0, nexts[state] ?? 0, operands[state] ?? 0];
      visits++;
      if (does === code.character) this.waiting[this.waitingCount++] = state;
      else if (does === code.match) matches = true;
      else if (does === code.fork) {
        this.enter(next);
        this.enter(operand);
      } else if (this.holds(does, operand, place)) this.enter(next);
    }
    this.scan.work.spend(visits * stepsOfVisit);
    return matches;
  }

  private holds(does: number, operand: number, place: number): boolean {
    const { held, points } = this.scan;
    switch (does) {
      case code.look:
        return held[operand]?.[place] === 1;
      case code.negated_look:
        return held[operand]?.[place] !== 1;
      case code.start:
        return place === 0;
      case code.end:
        return place === points.length;
      default:
        return (isWord(points[place - 1]) !== isWord(points[place])) === (does === code.word_edge);
    }
  }

  /** Takes the next character, if there is one. A match may begin anywhere, so every place is a start, too. */
  private proceed(): boolean {
    const { automaton, scan, waiting, waitingCount } = this;
    if (this.round > scan.points.length) return false;
    const point = scan.points[automaton.isBackward ? this.place - 1 : this.place] ?? 0;
    this.round++;
    for (let at = 0; at < waitingCount; at++) {
      const state = waiting[at] ?? 0;
      if (scan.sets[automaton.operands[state] ?? 0]?.has(point, scan.work)) this.enter(automaton.nexts[state] ?? 0);
    }
    if (!automaton.isAnchored) this.enter(automaton.start);
    return this.openCount > 0;
  }
}

/** As `\w` has it: letters of ASCII, digits, `_`. */
function isWord(point: number | undefined): boolean {
  if (point === undefined) return false;
  const isDigit = point >= 0x30 && point <= 0x39;
  const isUpper = point >= 0x41 && point <= 0x5a;
  const isLower = point >= 0x61 && point <= 0x7a;
  return isDigit || isUpper || isLower || point === 0x5f;
}

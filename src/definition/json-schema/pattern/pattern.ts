/**
 * A regular expression out of a schema (ECMA-262 with the `u` flag, without back references), ready to be held against
 * texts in time linear in each. The user's expression is never run by `RegExp`, which backtracks: `^(a+)+$` and thirty
 * letters would hold the engine for minutes.
 */
import type { Work } from "../work.ts";
import { type Automata, makeAutomata } from "./automaton.ts";
import { parsePattern, propertiesIn } from "./parse-pattern.ts";
import { hasMatch } from "./scan.ts";

export class Pattern {
  readonly source: string;
  private readonly automata: Automata;

  /** Throws `PatternFault`. */
  constructor(source: string) {
    this.source = source;
    this.automata = makeAutomata(parsePattern(source));
  }

  /** What it takes in memory and to make, in states: a class of Unicode's counts as a hundred. */
  get size(): number {
    return this.automata.stateCount + 100 * propertiesIn(this.source);
  }

  /** Whether it matches anywhere in the text, as `RegExp.test` says. Throws `OutOfWork`. */
  matches(text: string, work: Work): boolean {
    return hasMatch(this.automata, text, work);
  }
}

/**
 * Makes of a pattern a non-deterministic automaton (Thompson's), and one more for each look ahead or behind. What a
 * quantifier repeats is written out as often, so all of it together is bounded.
 *
 * Which of several ways a backtracking engine would try first is lost here, and no loss: without back references it
 * decides which match is found, never whether there is one. For the same reason a round of a loop that takes nothing,
 * for which ECMA-262 has a rule of its own, is just one more way to where one is already.
 */
import { CharacterSet } from "./character-set.ts";
import type { Edge, Look, PatternNode } from "./parse-pattern.ts";
import { PatternFault } from "./pattern-fault.ts";

/** States, in numbers of `codes`. Each but a match has a next one; what `operands` holds depends on the code. */
export interface Automaton {
  readonly codes: Uint8Array;
  readonly nexts: Uint32Array;
  /** Of a fork the other next state; of a character its set; of a look its number, and so of one negated. */
  readonly operands: Uint32Array;
  readonly start: number;
  /** It reads the text from its end to its beginning. */
  readonly isBackward: boolean;
  /** It can only match from where it begins to read: every way through it passes that edge of the text. */
  readonly isAnchored: boolean;
}

export const code = {
  match: 0,
  character: 1,
  fork: 2,
  look: 3,
  negated_look: 4,
  start: 5,
  end: 6,
  word_edge: 7,
  no_word_edge: 8,
} as const satisfies Record<Edge, number> & Record<string, number>;
type Code = (typeof code)[keyof typeof code];

export interface Automata {
  /** Finds whether the text has a match anywhere. */
  readonly main: Automaton;
  /** Each finds every place where its look holds, or would if it were not negated. Inner looks come first. */
  readonly looks: readonly Automaton[];
  readonly sets: readonly CharacterSet[];
  readonly stateCount: number;
}

/** Of one pattern, its looks included. */
export const mostStates = 5000;

/** Throws `PatternFault`. */
export function makeAutomata(pattern: PatternNode): Automata {
  const making = new Making();
  const main = making.automaton(pattern, false);
  return { main, looks: making.looks, sets: making.sets, stateCount: making.stateCount };
}

class Making {
  readonly looks: Automaton[] = [];
  readonly sets: CharacterSet[] = [];
  stateCount = 0;
  private readonly setNumbers = new Map<string, number>();
  /** A look inside a quantifier is written out often, and made once. */
  private readonly lookNumbers = new Map<Look, number>();

  automaton(pattern: PatternNode, isBackward: boolean): Automaton {
    const states = new States(this, isBackward);
    const start = states.into(pattern, states.add(code.match, 0, 0));
    const isAnchored = passes(pattern, isBackward ? "end" : "start");
    return { ...states.packed(), start, isBackward, isAnchored };
  }

  countState(): void {
    if (++this.stateCount <= mostStates) return;
    throw new PatternFault(
      `this pattern is too large: with its quantifiers written out, more than ${mostStates} states`,
      "Use smaller numbers in `{…}`; `maxLength` bounds the length of a text.",
    );
  }

  setNumber(source: string): number {
    const number = this.setNumbers.get(source) ?? this.sets.push(new CharacterSet(source)) - 1;
    this.setNumbers.set(source, number);
    return number;
  }

  /** A look ahead is read backward, from all places where it may end at once: then one reading does for the text. */
  lookNumber(look: Look): number {
    const number = this.lookNumbers.get(look) ?? this.looks.push(this.automaton(look.of, look.ahead)) - 1;
    this.lookNumbers.set(look, number);
    return number;
  }
}

/** The states of one automaton, made from the last that a reader meets to the first. */
class States {
  private readonly making: Making;
  private readonly isBackward: boolean;
  private readonly codes: Code[] = [];
  private readonly nexts: number[] = [];
  private readonly operands: number[] = [];

  constructor(making: Making, isBackward: boolean) {
    this.making = making;
    this.isBackward = isBackward;
  }

  packed() {
    const [codes, nexts, operands] = [this.codes, this.nexts, this.operands];
    return { codes: new Uint8Array(codes), nexts: new Uint32Array(nexts), operands: new Uint32Array(operands) };
  }

  add(does: Code, next: number, operand: number): number {
    this.making.countState();
    this.nexts.push(next);
    this.operands.push(operand);
    return this.codes.push(does) - 1;
  }

  /** Gives the state from which a match of the node leads to `next`; `next` itself where the node takes nothing. */
  into(node: PatternNode, next: number): number {
    switch (node.is) {
      case "character":
        return this.add(code.character, next, this.making.setNumber(node.source));
      case "sequence":
        return this.isBackward
          ? node.parts.reduce((after, part) => this.into(part, after), next)
          : node.parts.reduceRight((after, part) => this.into(part, after), next);
      case "choice":
        return node.options
          .map((option) => this.into(option, next))
          .reduceRight((other, way) => this.add(code.fork, way, other));
      case "repeat":
        return this.intoRepeat(node.of, node.least, node.most, next);
      case "look":
        return this.add(node.negated ? code.negated_look : code.look, next, this.making.lookNumber(node));
      default:
        return this.add(code[node.is], next, 0);
    }
  }

  private intoRepeat(of: PatternNode, least: number, most: number, next: number): number {
    let first = most === Infinity ? this.intoLoop(of, next) : next;
    const optional = most === Infinity ? 0 : most - least;
    for (let round = 0; round < optional; round++) {
      const way = this.into(of, first);
      // Nothing, however often, is nothing; and as it adds no states, their number would never stop it.
      if (way === first) return next;
      first = this.add(code.fork, way, next);
    }
    for (let round = 0; round < least; round++) {
      const way = this.into(of, first);
      if (way === first) return first;
      first = way;
    }
    return first;
  }

  private intoLoop(of: PatternNode, next: number): number {
    const fork = this.add(code.fork, next, next);
    this.nexts[fork] = this.into(of, fork);
    return fork;
  }
}

/** Whether every match of the node has this edge of the text at its own edge, or in it. */
function passes(node: PatternNode, edge: "start" | "end"): boolean {
  switch (node.is) {
    case "sequence":
      return node.parts.some((part) => passes(part, edge));
    case "choice":
      return node.options.every((option) => passes(option, edge));
    case "repeat":
      return node.least > 0 && passes(node.of, edge);
    default:
      return node.is === edge;
  }
}

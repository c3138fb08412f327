/**
 * The structure of a regular expression of ECMA-262 with the `u` flag. Whether it is one is for `RegExp` to say, which
 * is only constructed here, never run; so the parser meets well-formed text and need know only where parts begin and
 * end. What one character has to be (a class, an escape, a letter) stays source text: `CharacterSet` decides it.
 */
import { assert } from "../../../base/errors.ts";
import { shown } from "../../value-path.ts";
import { PatternFault } from "./pattern-fault.ts";
import { codePointToken, escapeToken, takeToken } from "./pattern-token.ts";

export type PatternNode =
  | { readonly is: "character"; readonly source: string }
  | { readonly is: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly is: "choice"; readonly options: readonly PatternNode[] }
  | { readonly is: "repeat"; readonly of: PatternNode; readonly least: number; readonly most: number }
  | { readonly is: Edge }
  | Look;

/** A place between two characters. */
export type Edge = "start" | "end" | "word_edge" | "no_word_edge";

/** Whether the text from here on, or up to here, is of a form. */
export interface Look {
  readonly is: "look";
  readonly ahead: boolean;
  readonly negated: boolean;
  readonly of: PatternNode;
}

/** UTF-16 units. */
export const longestPattern = 4096;
/** Uses of `\p{…}`: each takes `RegExp` up to a tenth of a millisecond, though it is only constructed. */
const mostProperties = 40;
/** Groups inside one another; each takes a few frames of the stack, here and when the automaton is made. */
export const deepestPattern = 100;

/** Throws `PatternFault`. */
export function parsePattern(source: string): PatternNode {
  if (source.length > longestPattern) {
    throw new PatternFault(
      `a pattern has at most ${longestPattern} characters, and this has ${source.length}`,
      "Make the pattern shorter, or check it in a worker.",
    );
  }
  if (propertiesIn(source) > mostProperties) {
    throw new PatternFault(
      `a pattern has at most ${mostProperties} \`\\p{…}\`, and this has ${propertiesIn(source)}`,
      "Make the pattern simpler, or check it in a worker.",
    );
  }
  refuseBadSyntax(source);
  return new PatternParser(source).parse();
}

/** How often it names a class by a property of Unicode, or a few more. */
export const propertiesIn = (source: string): number => source.match(/\\[pP]\{/g)?.length ?? 0;

function refuseBadSyntax(source: string): void {
  try {
    new RegExp(source, "u");
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const reason = message.slice(message.lastIndexOf("/u: ") + "/u: ".length);
    throw new PatternFault(
      `this is no regular expression with the \`u\` flag: ${shown(reason)}`,
      'Write what `new RegExp(pattern, "u")` takes; it refuses a `\\` before what needs none.',
    );
  }
}

/** The `?` that makes one lazy changes how a text is searched, never whether it fits. */
const quantifier = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;
/** How a group begins, but for those that change flags. */
const groupStart = /\((?:\?(?:(<?)([=!])|:|<[^>]*>))?/y;
const characterClass = /\[(?:[^\]\\]|\\[^])*\]/y;
const backReference = /\\(?:k<[^>]*>|[1-9]\d*)/y;
const edge = /\^|\$|\\b|\\B/y;

const edges: ReadonlyMap<string, Edge> = new Map([
  ["^", "start"],
  ["$", "end"],
  ["\\b", "word_edge"],
  ["\\B", "no_word_edge"],
]);

class PatternParser {
  private readonly source: string;
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = source;
  }

  parse(): PatternNode {
    const node = this.choice();
    assert(this.at === this.source.length, `a pattern ends at ${this.at} of ${this.source.length}`);
    return node;
  }

  private choice(): PatternNode {
    const options = [this.sequence()];
    while (this.source[this.at] === "|") {
      this.at++;
      options.push(this.sequence());
    }
    return options.length === 1 && options[0] ? options[0] : { is: "choice", options };
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.at < this.source.length && !"|)".includes(this.source[this.at] ?? "")) parts.push(this.term());
    return parts.length === 1 && parts[0] ? parts[0] : { is: "sequence", parts };
  }

  private term(): PatternNode {
    const of = this.factor();
    const found = this.take(quantifier);
    if (!found) return of;
    const [, sign, least, comma, most] = found;
    switch (sign) {
      case "*":
        return { is: "repeat", of, least: 0, most: Infinity };
      case "+":
        return { is: "repeat", of, least: 1, most: Infinity };
      case "?":
        return { is: "repeat", of, least: 0, most: 1 };
      default:
        // More digits than a number has give Infinity, which is what they mean.
        return { is: "repeat", of, least: Number(least), most: Number(comma ? most || Infinity : least) };
    }
  }

  private factor(): PatternNode {
    const place = edges.get(this.take(edge)?.[0] ?? "");
    if (place !== undefined) return { is: place };
    if (this.source[this.at] === "(") return this.group();
    const reference = this.take(backReference);
    if (reference) {
      throw new PatternFault(
        `a pattern cannot refer back to what a group has matched, as \`${shown(reference[0])}\` does`,
        "Write the alternatives out, or check it in a worker: no bounded time is enough for back references.",
      );
    }
    const character = this.take(escapeToken) ?? this.take(characterClass) ?? this.take(codePointToken);
    assert(character, "a pattern is read past its end");
    return { is: "character", source: character[0] };
  }

  private group(): PatternNode {
    const [, behind, sign] = this.take(groupStart) ?? [];
    const of = this.inside();
    if (sign === undefined) return of;
    return { is: "look", ahead: behind === "", negated: sign === "!", of };
  }

  private inside(): PatternNode {
    // Of all that begins with `(?`, only a change of flags is not taken by now.
    if (this.source[this.at] === "?") {
      throw new PatternFault(
        "a pattern cannot change its flags, as `(?i:` does",
        "Write both cases out, such as `[Aa]`, and `[^]` for any character.",
      );
    }
    if (++this.depth > deepestPattern) {
      throw new PatternFault(
        `groups lie more than ${deepestPattern} deep inside one another`,
        "Make the pattern flatter.",
      );
    }
    const node = this.choice();
    this.depth--;
    // The bracket that closes the group.
    this.at++;
    return node;
  }

  private take(token: RegExp): RegExpExecArray | undefined {
    const found = takeToken(token, this.source, this.at);
    if (found) this.at += found[0].length;
    return found;
  }
}

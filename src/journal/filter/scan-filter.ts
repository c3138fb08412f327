/**
 * A filter's text, taken apart: terms with their names and values, each with its place. What names and values mean is
 * none of its business. Linear, and bounded before anything is looked at.
 */
import { filterFault, type FilterPlace, inQuotes } from "./filter-fault.ts";

/** As long as a line that somebody types can sensibly be. */
export const longestFilter = 1000;
const mostTerms = 32;

export interface ScannedValue extends FilterPlace {
  readonly text: string;
  readonly isQuoted: boolean;
}

export interface ScannedTerm extends FilterPlace {
  readonly negated: boolean;
  /** What stands before the colon; without it the term is a text to search for, its only value. */
  readonly name: ScannedValue | undefined;
  readonly values: readonly ScannedValue[];
}

const blank = /\s/;
const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const joiners: ReadonlySet<string> = new Set(["AND", "OR", "NOT"]);

export function scanFilter(text: string): readonly ScannedTerm[] {
  if (text.length > longestFilter) {
    const tooMuch = { offset: longestFilter, length: text.length - longestFilter };
    throw filterFault(text, tooMuch, `it has ${text.length} characters`, `Write at most ${longestFilter} characters.`);
  }
  const terms: ScannedTerm[] = [];
  const scanner = new FilterScanner(text);
  for (let term = scanner.next(); term; term = scanner.next()) {
    if (terms.length === mostTerms) {
      const mend = `Write at most ${mostTerms} terms; several values of one field are one term: status:blocked,failed.`;
      throw filterFault(text, term, `it has more than ${mostTerms} terms`, mend);
    }
    terms.push(term);
  }
  return terms;
}

class FilterScanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(): ScannedTerm | undefined {
    while (this.at < this.text.length && this.isBlank) this.at++;
    if (this.at === this.text.length) return undefined;
    const offset = this.at;
    const negated = this.take("-");
    if (negated && (this.isOver || this.here === "-")) {
      throw this.fault({ offset, length: 1 }, "nothing stands behind this `-`", {
        mend: "Write what it denies right behind it, such as -status:completed; a text that begins with `-` in quotes.",
      });
    }
    const { name, values } = this.here === '"' ? { name: undefined, values: [this.quotedTerm()] } : this.bareTerm();
    return { offset, length: this.at - offset, negated, name, values };
  }

  private quotedTerm(): ScannedValue {
    const value = this.quoted();
    if (value.text === "") {
      throw this.fault(value, "there is no text between the quotation marks", { mend: 'Write one: "card declined".' });
    }
    if (!this.isOver) throw this.stuck();
    return value;
  }

  private bareTerm(): Pick<ScannedTerm, "name" | "values"> {
    const word = this.bare((character) => character === ":");
    if (this.take(":")) return { name: this.nameOf(word), values: this.values(word.text) };
    if (!this.isOver) throw this.strayMark();
    if (joiners.has(word.text)) throw this.joiner(word);
    if (word.text.startsWith("(")) {
      throw this.fault({ offset: word.offset, length: 1 }, "there are no brackets", {
        mend: "All terms must hold; write several values of one field with commas, status:blocked,failed, and a text in quotes.",
      });
    }
    return { name: undefined, values: [word] };
  }

  private nameOf(word: ScannedValue): ScannedValue {
    if (namePattern.test(word.text)) return word;
    const what = word.text === "" ? "no name stands before this colon" : `${inQuotes(word.text)} is no name of a field`;
    throw this.fault(word.text === "" ? { offset: word.offset, length: 1 } : word, what, {
      mend: "Write a field, such as status:blocked, or an attribute's name: at most 64 letters, digits, `_`, `-`, `.`. A text with a colon goes in quotes.",
    });
  }

  private values(name: string): readonly ScannedValue[] {
    const values: ScannedValue[] = [];
    do {
      const value = this.here === '"' ? this.quoted() : this.bare((character) => character === ",");
      if (value.text === "" && !value.isQuoted) throw this.missing(name);
      values.push(value);
    } while (this.take(","));
    if (!this.isOver) throw values.at(-1)?.isQuoted ? this.stuck() : this.strayMark();
    return values;
  }

  private bare(ends: (character: string) => boolean): ScannedValue {
    const offset = this.at;
    while (!this.isOver && this.here !== '"' && !ends(this.here)) this.at++;
    return { offset, length: this.at - offset, text: this.text.slice(offset, this.at), isQuoted: false };
  }

  /** `\"` and `\\` are the two characters that need a backslash; any other one stands for itself. */
  private quoted(): ScannedValue {
    const offset = this.at++;
    let text = "";
    while (this.here !== '"') {
      if (this.at >= this.text.length) {
        throw this.fault({ offset, length: 1 }, "this quotation mark is never closed", {
          mend: 'Put one behind the text; write one that belongs to it as \\".',
        });
      }
      if (/^\\["\\]/.test(this.text.slice(this.at, this.at + 2))) this.at++;
      text += this.here;
      this.at++;
    }
    this.at++;
    return { offset, length: this.at - offset, text, isQuoted: true };
  }

  private get here(): string {
    return this.text[this.at] ?? "";
  }

  private get isBlank(): boolean {
    return blank.test(this.here);
  }

  /** The end of a term. */
  private get isOver(): boolean {
    return this.at >= this.text.length || this.isBlank;
  }

  private take(character: string): boolean {
    if (this.here !== character) return false;
    this.at++;
    return true;
  }

  private missing(name: string) {
    const place = this.at < this.text.length ? { offset: this.at, length: 1 } : { offset: this.at - 1, length: 1 };
    const mend = `Write it right behind, without a blank: ${name}:value; an empty text is "".`;
    return this.fault(place, `a value of ${name} is missing here`, { mend });
  }

  private stuck() {
    return this.fault({ offset: this.at, length: 1 }, "this stands right behind a closing quotation mark", {
      mend: "Put a blank between two terms, and a comma between two values.",
    });
  }

  private strayMark() {
    return this.fault({ offset: this.at, length: 1 }, "a quotation mark stands inside a word", {
      mend: 'Put the whole word in quotes, and write a quotation mark that belongs to it as \\".',
    });
  }

  private joiner(word: ScannedValue) {
    return this.fault(word, `there is no ${word.text}`, {
      mend: `All terms must hold as they stand; for "or" write a comma, status:blocked,failed, for "not" a minus sign, -status:completed; a text in quotes.`,
    });
  }

  private fault(place: FilterPlace, what: string, { mend }: { readonly mend: string }) {
    return filterFault(this.text, place, what, mend);
  }
}

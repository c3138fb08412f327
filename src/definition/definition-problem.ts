/** What can be wrong with a definition: the catalogue of codes, and how problems are gathered. */
import type { ValuePath } from "./value-path.ts";

/** Stable codes with what they mean. K1 and K2 are the two families of definition.md, 4. */
export const definitionProblemCatalogue = {
  too_large: "K1: the text, or the number of its parts, is above the limit.",
  too_deep: "K1: values lie deeper inside one another than the limit.",
  syntax: "K1: the text is not well-formed YAML or JSON.",
  many_documents: "K1: the text holds more than one document.",
  forbidden_tag: "K1: a YAML tag, which could make other things than plain data.",
  forbidden_alias: "K1: a YAML anchor or alias, which could make a small text huge.",
  forbidden_directive: "K1: a YAML directive, which would change how the rest is read.",
  forbidden_merge: "K1: a YAML merge key, which is no part of YAML 1.2.",
  forbidden_key: "K1: a key that JavaScript gives a meaning of its own.",
  duplicate_key: "K1: one mapping holds the same key twice.",
  bad_number: "K1: a number that JSON cannot say, or not exactly.",
  bad_text: "K1: a text that UTF-8 cannot say.",
  not_json: "K1: a value of the program that is not plain data.",
  wrong_type: "K1: a value of another kind than the key asks for.",
  unknown_key: "K1: a key that is not in the vocabulary.",
  key_not_built: "K1: a key of the design that this version does not build.",
  missing_key: "K1: a key without which nothing can be made of the rest.",
  bad_name: "K1: a name against the grammar of names.",
  bad_duration: "K1: not a duration, or one out of range.",
  out_of_range: "K1: a number or a length outside its bounds.",
  contradiction: "K1: two values that cannot both be meant.",
  duplicate_step: "K1: two steps or blocks have the same name.",
  no_steps: "K1: a sequence without a step, of the workflow or in a block.",
  too_many_steps: "K1: more steps and blocks than the limit.",
  unknown_worker: "K1: a worker type that the catalogue does not know.",
  bad_schema: "K1: a JSON Schema keyword with a value that it does not take.",
  bad_expression: "K1: an expression that is no CEL, or asks for what is not offered.",
  bad_reference: "K2: a reference against the grammar of references.",
  unknown_reference: "K2: a reference to something that does not exist.",
} as const satisfies Record<string, string>;

export type DefinitionProblemCode = keyof typeof definitionProblemCatalogue;

export interface DefinitionProblem {
  readonly code: DefinitionProblemCode;
  readonly file: string;
  /** From 1, of the key or value that is wrong; only where the definition came as text. */
  readonly line?: number;
  /** From 1, in UTF-16 units. */
  readonly column?: number;
  /** Such as `steps[1].timeout`; empty for the whole, and for what is wrong with the text itself. */
  readonly path: string;
  readonly message: string;
  /** What to write instead, as one sentence. */
  readonly mend: string;
}

/** A problem before it is known where in a text it stands. */
export interface Finding {
  readonly code: DefinitionProblemCode;
  readonly path: ValuePath;
  /** Whether the key at the end of `path` is wrong, or what stands under it. */
  readonly at: "key" | "value";
  /** Where within a text that is the value, in UTF-16 units. */
  readonly within?: { readonly text: string; readonly offset: number };
  readonly message: string;
  readonly mend: string;
}

/** Enough to mend by; a text of a megabyte can hold a hundred thousand. */
export const mostProblems = 100;

/** Takes findings up to `mostProblems` and drops the rest. */
export class Findings {
  readonly all: Finding[] = [];

  /** Nothing more is taken, so nobody need look for the right word to a wrong one. */
  get isFull(): boolean {
    return this.all.length >= mostProblems;
  }

  atKey(code: DefinitionProblemCode, path: ValuePath, message: string, mend: string): void {
    this.add({ code, path, at: "key", message, mend });
  }

  atValue(code: DefinitionProblemCode, path: ValuePath, message: string, mend: string): void {
    this.add({ code, path, at: "value", message, mend });
  }

  inText(
    code: DefinitionProblemCode,
    path: ValuePath,
    within: { readonly text: string; readonly offset: number },
    message: string,
    mend: string,
  ): void {
    this.add({ code, path, at: "value", within, message, mend });
  }

  add(finding: Finding): void {
    if (!this.isFull) this.all.push(finding);
  }
}

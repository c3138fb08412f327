/** Why there is no value. Values of their own and no exceptions, because `||` goes on after one, perhaps for each item. */

/**
 * `reference_missing`: what is read is not there. `expression_type`: a value of another kind than is asked for.
 * `expression_number`: a result that is no number of JSON's. `expression_limit`: more than the fence allows.
 */
export type RefusalCode = "reference_missing" | "expression_type" | "expression_number" | "expression_limit";

export class Refusal {
  readonly code: RefusalCode;
  /** Without its subject, such as `is a text, which has no fields`; never with a value in it. */
  readonly what: string;
  /** Where in the expression, once somebody who knows it has said so. */
  readonly place: Place | undefined;

  constructor(code: RefusalCode, what: string, place?: Place) {
    this.code = code;
    this.what = what;
    this.place = place;
  }

  /** What is nearer to the cause has said its place already. */
  at(place: Place): Refusal {
    return this.place ? this : new Refusal(this.code, this.what, place);
  }

  /** A limit ends the evaluation; the others may still turn out not to matter, as in `true || 1 / 0 > 1`. */
  get isFinal(): boolean {
    return this.code === "expression_limit";
  }
}

/** UTF-16 units from the beginning of the expression. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

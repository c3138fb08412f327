/** What is wrong with a pattern, as a sentence, and how to mend it. */
export class PatternFault extends Error {
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}

/** Checks the patterns of one schema when its definition is loaded: each by itself, and how large they are together. */
import type { Finding, Findings } from "../definition-problem.ts";
import type { ValuePath } from "../value-path.ts";
import { PatternFault } from "./pattern/pattern-fault.ts";
import { Pattern } from "./pattern/pattern.ts";

/** The sizes of all patterns of a schema together, in states: their automata are kept as long as it is. */
const largestPatterns = 200_000;

export class PatternCheck {
  private readonly findings: Findings;
  private size = 0;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  /** `at` says whether the pattern is the key at the end of `path` or the value there. */
  check(source: string, path: ValuePath, at: Finding["at"]): void {
    // What is beyond the bound is told once, and costs no more work.
    if (this.findings.isFull || this.size > largestPatterns) return;
    try {
      this.size += new Pattern(source).size;
    } catch (error) {
      if (!(error instanceof PatternFault)) throw error;
      this.findings.add({ code: "bad_schema", path, at, message: error.message, mend: error.mend });
    }
    if (this.size <= largestPatterns) return;
    const message = `the patterns of this schema are too large together: more than ${largestPatterns} states`;
    this.findings.add({
      code: "bad_schema",
      path,
      at,
      message,
      mend: "Use fewer patterns, or smaller numbers in `{…}`.",
    });
  }
}

/** Thrown where a caller wants a workflow and the definition has problems: it carries all of them. */
import { ClewError } from "../base/errors.ts";
import type { DefinitionProblem } from "./definition-problem.ts";

/** A workflow or a catalogue that is wrong, with everything that is wrong with it. */
export class InvalidDefinition extends ClewError {
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
    super("invalid_definition", `the definition ${first?.file ?? ""} is invalid: ${first?.message ?? ""}${more}`, {
      ...(first ? { mend: first.mend } : {}),
      details: { problems },
    });
    this.problems = problems;
  }
}

/** What is wrong with a text as such: it has a place of its own there, and a path only once the text is a tree. */
import type { DefinitionProblemCode } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import type { ValuePath } from "./value-path.ts";

export interface TextFault {
  readonly code: DefinitionProblemCode;
  /** UTF-16 units from the beginning. */
  readonly offset: number;
  readonly path: ValuePath;
  readonly message: string;
  readonly mend: string;
}

export const tooLarge = (offset: number, message: string): TextFault => ({
  code: "too_large",
  offset,
  path: [],
  message,
  mend: "Split the workflow, and keep data out of the definition: hand it over as input.",
});

export const tooDeep = (offset: number): TextFault => ({
  code: "too_deep",
  offset,
  path: [],
  message: `values lie more than ${limits.depth} deep inside one another`,
  mend: "Make the structure flatter.",
});

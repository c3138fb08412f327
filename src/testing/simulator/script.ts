/**
 * How a step ends whenever its worker decides it. What a script says overrules luck: such a step always comes to the
 * same end, however often it is asked and whatever goes wrong on the way, so the end of its run is known beforehand.
 */

/**
 * - `works`
 * - `refuses`: promises that nothing happened, for good
 * - `closes`: the same for every attempt under the key
 * - `doubts`: cannot say whether it happened, for good; it did not
 * - `misfits`: it happened, and the output does not fit the worker's contract
 * - `silent`: says nothing until its time is over, the first few times; nothing happened
 * - `unmapped`: it is never asked, because its input lacks what its mapping needs
 */
export type Script = "works" | "refuses" | "closes" | "doubts" | "misfits" | "silent" | "unmapped" | "by luck";

/** `cannot`: says that it is not possible, for good; then only an operator can help. */
export type UndoScript = "undoes" | "cannot" | "by luck";

export interface StepScript {
  readonly step: Script;
  readonly undo: UndoScript;
}

export const byLuck: StepScript = { step: "by luck", undo: "by luck" };

/** `clew runs skip`. */
import { skipRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, stepOf, stepOption, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsSkip: Command = {
  name: "runs skip",
  summary: "Goes on without a step whose output nothing needs, or leaves an effect as residue instead of undoing it.",
  usage: "clew runs skip (<id> | --filter <text>) --reason <text>",
  options: { ...verbOptions, ...stepOption },
  arguments: verbArguments,
  more: `
An effect that is left so stands in the run's residue, and the run ends as failed.

${verbOfMany}`,
  run: (context) => performVerb(context, skipRun, stepOf(context)),
};

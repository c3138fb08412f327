/** `clew runs rerun`. */
import { rerunRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsRerun: Command = {
  name: "runs rerun",
  summary: "Starts a run that has ended once more, as a new one with the same input.",
  usage: "clew runs rerun (<id> | --filter <text>) --reason <text>",
  options: verbOptions,
  arguments: verbArguments,
  more: `
The new run keeps the definition of the old one, and takes over what its readonly and plain steps gave; all else is done
again, under keys of its own. Working on it needs an engine with workers, such as \`clew run\`.

${verbOfMany}`,
  run: (context) => performVerb(context, rerunRun),
};

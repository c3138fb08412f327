/** `clew runs cancel`. */
import { cancelRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsCancel: Command = {
  name: "runs cancel",
  summary: "Stops a run, or many, and undoes what they did.",
  usage: "clew runs cancel (<id> | --filter <text>) --reason <text>",
  options: verbOptions,
  arguments: verbArguments,
  more: `
The process that owns the journal does it; where there is none, it is recorded, and the next one goes on from there.
Undoing needs the workers of the compensations.

${verbOfMany}`,
  run: (context) => performVerb(context, cancelRun),
};

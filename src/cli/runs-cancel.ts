/** `clew runs cancel`. */
import { cancelRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbOptions } from "./run-verb.ts";

export const runsCancel: Command = {
  name: "runs cancel",
  summary: "Stops a run and undoes what it did.",
  usage: "clew runs cancel <id> --reason <text>",
  options: verbOptions,
  arguments: { least: 1, most: 1 },
  more: `
The process that owns the journal does it; where there is none, it is recorded, and the next one goes on from there.
Undoing needs the workers of the compensations.`,
  run: (context) => performVerb(context, cancelRun, {}),
};

/** `clew runs abandon`. */
import { abandonRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsAbandon: Command = {
  name: "runs abandon",
  summary: "Ends a run, or many, as they stand: nothing more is sent, and what may be left in the world is listed.",
  usage: "clew runs abandon (<id> | --filter <text>) --reason <text>",
  options: verbOptions,
  arguments: verbArguments,
  more: `
It cannot be taken back. \`clew runs show\` then lists what is left in the world.

${verbOfMany}`,
  run: (context) => performVerb(context, abandonRun),
};

/** `clew runs resume`. */
import { resumeRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsResume: Command = {
  name: "runs resume",
  summary: "Lets a suspended run go on.",
  usage: "clew runs resume (<id> | --filter <text>) --reason <text>",
  options: verbOptions,
  arguments: verbArguments,
  more: verbOfMany,
  run: (context) => performVerb(context, resumeRun),
};

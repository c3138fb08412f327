/** `clew runs resume`. */
import { resumeRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbOptions } from "./run-verb.ts";

export const runsResume: Command = {
  name: "runs resume",
  summary: "Lets a suspended run go on.",
  usage: "clew runs resume <id> --reason <text>",
  options: verbOptions,
  arguments: { least: 1, most: 1 },
  run: (context) => performVerb(context, resumeRun, {}),
};

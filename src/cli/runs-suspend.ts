/** `clew runs suspend`. */
import { suspendRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsSuspend: Command = {
  name: "runs suspend",
  summary: "Holds a run: no command is sent until it is resumed.",
  usage: "clew runs suspend (<id> | --filter <text>) --reason <text>",
  options: verbOptions,
  arguments: verbArguments,
  more: `
What is out is still answered and recorded, and its timers run.

${verbOfMany}`,
  run: (context) => performVerb(context, suspendRun),
};

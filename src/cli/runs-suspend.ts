/** `clew runs suspend`. */
import { suspendRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbOptions } from "./run-verb.ts";

export const runsSuspend: Command = {
  name: "runs suspend",
  summary: "Holds a run: no command is sent until it is resumed.",
  usage: "clew runs suspend <id> --reason <text>",
  options: verbOptions,
  arguments: { least: 1, most: 1 },
  more: "What is out is still answered and recorded, and its timers run.",
  run: (context) => performVerb(context, suspendRun, {}),
};

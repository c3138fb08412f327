/** `clew runs resolve`. */
import { resolveRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { jsonOf, performVerb, stepOf, stepOption, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsResolve: Command = {
  name: "runs resolve",
  summary: "States of a step that it was done, or was not, or of a compensation that it has been done by hand.",
  usage: "clew runs resolve (<id> | --filter <text>) --reason <text> [--not-done | --output <json>|@file.json]",
  options: {
    ...verbOptions,
    ...stepOption,
    "not-done": { type: "boolean", about: "the step was not done, and will not be" },
    output: { type: "string", value: "<json>|@file", about: "what the step gave; default null" },
  },
  arguments: verbArguments,
  more: `
What you state is taken for the truth: find it out first, where the effect would be.

${verbOfMany}`,
  run(context) {
    const { given } = context;
    const output = jsonOf(context, "output");
    const isNotDone = given.flag("not-done");
    if (isNotDone && output !== undefined)
      throw given.wrong("--output and --not-done contradict each other", "Keep one of the two.");
    return performVerb(context, resolveRun, {
      ...stepOf(context),
      ...(isNotDone ? { outcome: "not_done" as const } : {}),
      ...(output === undefined ? {} : { output }),
    });
  },
};

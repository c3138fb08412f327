/** `clew runs retry`. */
import { retryRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { jsonOf, performVerb, stepOf, stepOption, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsRetry: Command = {
  name: "runs retry",
  summary: "Has a step or a compensation that waits for an operator done again, perhaps with another input.",
  usage: "clew runs retry (<id> | --filter <text>) --reason <text> [-i <json>|@file.json]",
  options: {
    ...verbOptions,
    ...stepOption,
    input: { type: "string", short: "i", value: "<json>|@file", about: "in place of what the mapping gives" },
  },
  arguments: verbArguments,
  more: `
The whole retry policy begins anew. A step is asked for under the same idempotency key, but with another input under
a new one, which is refused while it may have been done. A compensation keeps its key.

${verbOfMany}`,
  run(context) {
    const input = jsonOf(context, "input");
    return performVerb(context, retryRun, { ...stepOf(context), ...(input === undefined ? {} : { input }) });
  },
};

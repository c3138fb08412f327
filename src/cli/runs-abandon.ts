/** `clew runs abandon`. */
import { abandonRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { performVerb, verbOptions } from "./run-verb.ts";

export const runsAbandon: Command = {
  name: "runs abandon",
  summary: "Ends a run as it stands: nothing more is sent, and what may be left in the world is listed.",
  usage: "clew runs abandon <id> --reason <text>",
  options: verbOptions,
  arguments: { least: 1, most: 1 },
  more: "It cannot be taken back. `clew runs show` then lists what is left in the world.",
  run: (context) => performVerb(context, abandonRun, {}),
};

/** `clew runs signal`. */
import { signalRun } from "../operations/run-verbs.ts";
import type { Command } from "./command.ts";
import { jsonOf, performVerb, verbArguments, verbOfMany, verbOptions } from "./run-verb.ts";

export const runsSignal: Command = {
  name: "runs signal",
  summary: "Tells a run what it waits for, or will wait for.",
  usage: "clew runs signal (<id> | --filter <text>) --name <signal> [--payload <json>|@file.json] [--signal-id <id>]",
  options: {
    ...verbOptions,
    name: { type: "string", value: "<signal>", about: "the signal that the workflow's wait names" },
    payload: { type: "string", value: "<json>|@file", about: "the output of the wait; default null" },
    "signal-id": {
      type: "string",
      value: "<id>",
      about: "who sends a signal twice with one id has sent it once; default: a new one",
    },
  },
  arguments: verbArguments,
  more: `
A signal that comes before the run has come to its wait is kept for it, as long as the workflow's \`signals\` says.

${verbOfMany}`,
  run(context) {
    const { given } = context;
    const payload = jsonOf(context, "payload");
    const signalId = given.text("signal-id");
    return performVerb(context, signalRun, {
      signal: given.required("name", "Write the name that the wait gives under `signal`: --name manager_approval."),
      ...(payload === undefined ? {} : { payload }),
      ...(signalId === undefined ? {} : { signalId }),
    });
  },
};

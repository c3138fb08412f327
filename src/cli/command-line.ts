/** From what was typed to an exit code. Nothing here ends the process. */
import { parseArguments } from "./arguments.ts";
import { CommandContext, globalOptions } from "./command.ts";
import { calledCommand } from "./commands.ts";
import { renderHelp, renderOverview } from "./help.ts";
import type { Interruption } from "./interruption.ts";
import type { Look } from "./look.ts";
import type { Sink } from "./output.ts";
import { printError } from "./print-error.ts";

export interface Surroundings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
}

export async function runCommandLine(argv: readonly string[], around: Surroundings): Promise<number> {
  try {
    return await dispatch(argv, around);
  } catch (error) {
    // What was typed may be just what is wrong, so the error's looks are read off it without any parsing.
    const json = argv.includes("--json");
    return printError(error, { look: lookOf(argv, around), json, write: (text) => void around.stderr.write(text) });
  }
}

async function dispatch(argv: readonly string[], around: Surroundings): Promise<number> {
  const [first, ...others] = argv;
  if (first === undefined || first === "--help" || first === "-h") return say(around, await renderOverview());
  if (first === "help") {
    return say(around, others.length === 0 ? await renderOverview() : renderHelp(await calledCommand(others).load()));
  }
  const called = calledCommand(argv);
  const command = await called.load();
  const options = { ...globalOptions, ...command.options };
  if (called.rest.some((word) => word === "--help" || word === "-h")) return say(around, renderHelp(command));
  const given = parseArguments({ ...command, options }, called.rest);
  return command.run(new CommandContext({ ...around, given }));
}

function say({ stdout }: Surroundings, text: string): number {
  stdout.write(text);
  return 0;
}

function lookOf(argv: readonly string[], { stderr, env }: Surroundings): Look {
  const colour = argv.includes("--color") || (stderr.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb");
  return { colour: colour && !argv.includes("--no-color"), ascii: argv.includes("--ascii") };
}

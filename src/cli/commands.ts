/** All commands, by the words that call them. Each is loaded only when it is called or helped with. */
import type { Command } from "./command.ts";
import { meant, quoted, usageError } from "./arguments.ts";

export type Load = () => Promise<Command>;

/** In the order in which help lists them. */
export const commands: ReadonlyMap<string, Load> = new Map<string, Load>([
  ["demo", async () => (await import("./demo.ts")).demo],
  ["init", async () => (await import("./init.ts")).init],
  ["check", async () => (await import("./check.ts")).check],
  ["draw", async () => (await import("./draw.ts")).draw],
  ["schema", async () => (await import("./schema.ts")).schema],
  ["run", async () => (await import("./run.ts")).run],
  ["runs ls", async () => (await import("./runs-ls.ts")).runsLs],
  ["runs show", async () => (await import("./runs-show.ts")).runsShow],
  ["runs events", async () => (await import("./runs-events.ts")).runsEvents],
  ["runs retry", async () => (await import("./runs-retry.ts")).runsRetry],
  ["runs resolve", async () => (await import("./runs-resolve.ts")).runsResolve],
  ["runs skip", async () => (await import("./runs-skip.ts")).runsSkip],
  ["runs signal", async () => (await import("./runs-signal.ts")).runsSignal],
  ["runs suspend", async () => (await import("./runs-suspend.ts")).runsSuspend],
  ["runs resume", async () => (await import("./runs-resume.ts")).runsResume],
  ["runs rerun", async () => (await import("./runs-rerun.ts")).runsRerun],
  ["runs cancel", async () => (await import("./runs-cancel.ts")).runsCancel],
  ["runs abandon", async () => (await import("./runs-abandon.ts")).runsAbandon],
]);

export interface Called {
  readonly name: string;
  readonly load: Load;
  /** What was typed behind the command's words. */
  readonly rest: readonly string[];
}

/** Throws `usage` with the nearest command where there is none of that name. */
export function calledCommand(argv: readonly string[]): Called {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(" ");
    const load = argv.length >= words ? commands.get(name) : undefined;
    if (load) return { name, load, rest: argv.slice(words) };
  }
  throw unknownCommand(argv);
}

function unknownCommand([first = "", second]: readonly string[]): Error {
  const verbs = [...commands.keys()]
    .filter((name) => name.startsWith(`${first} `))
    .map((name) => name.split(" ")[1] ?? "");
  if (verbs.length === 0) {
    const words = new Set([...commands.keys(), "help"].map((name) => name.split(" ")[0] ?? ""));
    return usageError(
      "",
      `there is no command ${quoted(first)}`,
      `${meant(first, words, "clew ")}\`clew help\` lists all.`,
    );
  }
  const missing = second === undefined || second.startsWith("-");
  const what = missing ? `clew ${first} needs a verb` : `there is no command ${quoted(`${first} ${second}`)}`;
  const near = missing ? "" : meant(second, verbs, `clew ${first} `);
  return usageError("", what, `${near}Its verbs are ${verbs.join(", ")}.`);
}

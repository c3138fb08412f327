/**
 * The process of the command line. It owns the signals, the two streams and the end: it exits by itself when the
 * command is done, because a module of workers may hold connections that would keep the process alive for ever.
 */
import { readFileSync } from "node:fs";
import { interruptedExitCode, Interruption } from "./interruption.ts";

// Whoever waits for what never comes, such as a module that never finishes to load, has done nothing well.
process.exitCode = 6;
process.once("beforeExit", () => {
  if (process.exitCode === 6)
    process.stderr.write("clew: nothing is left that could end this command: a module waits for ever\n");
});

const interruption = new Interruption(() => process.exit(interruptedExitCode));
process.on("SIGINT", () => interruption.come());
process.on("SIGTERM", () => interruption.come());

/** Whoever read our output has seen enough, as `head` does: no error, but the end of what is there to write. */
let isRead = true;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (!isRead) return;
  if (error.code !== "EPIPE") throw error;
  isRead = false;
  if (interruption.isHandled) interruption.come();
  else process.exit(0);
});
// Nobody reads the notes: the work goes on.
process.stderr.on("error", () => {});

// Not awaited here: the package's command (bin/clew.cjs) requires this module, and what is required awaits nothing.
void runToTheEnd();

async function runToTheEnd(): Promise<void> {
  const code = await commandLine(process.argv.slice(2));
  if (isRead) await new Promise((written) => process.stdout.write("", written));
  process.exit(code);
}

/** The version is asked for by scripts, before anything else and often: nothing is loaded for it. */
async function commandLine(argv: readonly string[]): Promise<number> {
  const { stdout, stderr, env } = process;
  if (argv[0] === "--version") {
    stdout.write(`clew ${version()}\n`);
    return 0;
  }
  const { runCommandLine } = await import("./command-line.ts");
  return runCommandLine(argv, { stdout, stderr, env, interruption });
}

function version(): string {
  const text = readFileSync(new URL(import.meta.resolve("clew/package.json")), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/**
 * Where a command writes: data on standard output, everything else on standard error, so that either can be piped
 * away without the other. Text from outside must have passed `terminal-text.ts` before it comes here.
 */
import type { Arguments } from "./arguments.ts";
import type { Look } from "./look.ts";
import { terminalJson } from "./terminal-text.ts";

/** A stream of Node's, as far as it is used here. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Gives false where the reader is behind; then `drain` follows. */
  write(text: string): boolean;
  once(event: "drain", call: () => void): unknown;
}

export type Format = "text" | "json" | "jsonl";

export interface OutputOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  readonly given: Arguments;
}

export class Output implements Look {
  /** Of standard output. */
  readonly colour: boolean;
  readonly ascii: boolean;
  readonly format: Format;
  readonly onStderr: Look;
  readonly stderr: Sink;
  private readonly stdout: Sink;
  private behind: Promise<void> | undefined;

  constructor({ stdout, stderr, env, given }: OutputOptions) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.format = formatOf(given);
    this.ascii = given.flag("ascii");
    this.colour = isColoured(stdout, env, given);
    this.onStderr = { ascii: this.ascii, colour: isColoured(stderr, env, given) };
  }

  /** Whether people see standard output as it is written. */
  get isTerminal(): boolean {
    return this.stdout.isTTY === true;
  }

  /** Of standard output, where it is a terminal; it changes when its window does. */
  get screen(): { readonly columns: number; readonly rows: number } {
    return { columns: this.stdout.columns || 80, rows: this.stdout.rows || 24 };
  }

  out(text: string): void {
    if (this.stdout.write(text) || this.behind) return;
    this.behind = new Promise((resolve) => {
      this.stdout.once("drain", () => {
        this.behind = undefined;
        resolve();
      });
    });
  }

  /** For people only: progress, hints, what is being done. */
  note(text: string): void {
    this.stderr.write(text);
  }

  /** A JSON document with line breaks, the only one of the command. */
  document(value: unknown): void {
    this.out(`${terminalJson(value, 2)}\n`);
  }

  /** A JSON document on a line of its own. */
  line(value: unknown): void {
    this.out(`${terminalJson(value)}\n`);
  }

  /** Resolves when the reader of standard output has caught up: whoever writes much waits for it. */
  async drained(): Promise<void> {
    await this.behind;
  }
}

function formatOf(given: Arguments): Format {
  const chosen = given.oneOf<Format>("output", ["text", "json", "jsonl"]);
  if (!given.flag("json")) return chosen ?? "text";
  if (chosen === undefined || chosen === "json") return "json";
  throw given.wrong(`--json and --output ${chosen} cannot both be meant`, "Keep one of the two.");
}

/** https://no-color.org: the variable counts when it is not empty; what the command line says counts more. */
function isColoured(stream: Sink, env: NodeJS.ProcessEnv, given: Arguments): boolean {
  if (given.flag("no-color")) return false;
  if (given.flag("color")) return true;
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

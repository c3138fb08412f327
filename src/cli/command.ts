/** The shape of a command of `clew`, and what it is given to run with. */
import type { Arguments } from "./arguments.ts";
import type { Interruption } from "./interruption.ts";
import { Output, type OutputOptions } from "./output.ts";

export interface CommandOption {
  readonly type: "string" | "boolean";
  /** One letter: `-i`. */
  readonly short?: string;
  /** How help names the value, such as `<file>`; only of a `string`. */
  readonly value?: string;
  readonly about: string;
}

export type CommandOptions = Readonly<Record<string, CommandOption>>;

export interface Command {
  /** As it is typed: `runs ls`. */
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: CommandOptions;
  /** How many arguments it takes that are no options. Default: none. */
  readonly arguments?: { readonly least: number; readonly most: number };
  /** What help says below the options. */
  readonly more?: string;
  /** Gives the exit code; throws what is printed as an error. */
  run(context: CommandContext): Promise<number>;
}

/** Everything that a command may know of its surroundings. */
export class CommandContext extends Output {
  readonly given: Arguments;
  readonly interruption: Interruption;
  readonly env: NodeJS.ProcessEnv;

  constructor(options: OutputOptions & { readonly given: Arguments; readonly interruption: Interruption }) {
    super(options);
    this.given = options.given;
    this.interruption = options.interruption;
    this.env = options.env;
  }
}

/** Options of several commands, each said once. */
export const sharedOptions = {
  journal: {
    type: "string",
    value: "<file>",
    about: "the journal; default CLEW_JOURNAL, else .clew/journal.db in this folder",
  },
  filter: {
    type: "string",
    value: "<text>",
    about:
      'only these, in the filter language: status:blocked customer:c42 started:<1h "card declined" (docs/filter.md)',
  },
  output: { type: "string", value: "<format>", about: "text (default), json or jsonl: one JSON document a line" },
} as const satisfies CommandOptions;

/** What every command understands. */
export const globalOptions = {
  json: { type: "boolean", about: "one JSON document on standard output; errors as JSON on standard error" },
  color: { type: "boolean", about: "colours even where the output is no terminal" },
  "no-color": { type: "boolean", about: "no colours; as the variable NO_COLOR" },
  ascii: { type: "boolean", about: "no characters but those of ASCII in pictures and marks" },
  help: { type: "boolean", short: "h", about: "this text" },
} as const satisfies CommandOptions;

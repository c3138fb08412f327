/** What was typed behind a command's name, checked against what the command takes. Nothing wrong becomes a default. */
import { parseArgs } from "node:util";
import { longestDurationMs, parseDuration } from "../base/duration.ts";
import { ClewError } from "../base/errors.ts";
import { nearest } from "../definition/nearest.ts";
import type { Command, CommandOptions } from "./command.ts";
import { terminalText } from "./terminal-text.ts";

export type Taking = Pick<Command, "name" | "options" | "arguments">;

export class Arguments {
  private readonly command: string;
  private readonly options: ReadonlyMap<string, string | true>;
  /** What is no option, in order. */
  readonly plain: readonly string[];

  constructor(command: string, options: ReadonlyMap<string, string | true>, plain: readonly string[]) {
    this.command = command;
    this.options = options;
    this.plain = plain;
  }

  flag(name: string): boolean {
    return this.options.has(name);
  }

  text(name: string): string | undefined {
    const given = this.options.get(name);
    return given === true ? undefined : given;
  }

  required(name: string, mend: string): string {
    const given = this.text(name);
    if (given === undefined || given === "") throw this.wrong(`--${name} is missing`, mend);
    return given;
  }

  whole(name: string, from: number, to: number): number | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw this.wrong(`--${name} is ${quoted(given)}`, `Write a whole number from ${from} to ${to}.`);
  }

  durationMs(name: string): number | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const ms = parseDuration(given);
    if (ms !== undefined) return ms;
    const longest = `${longestDurationMs / 86_400_000}d`;
    throw this.wrong(
      `--${name} is ${quoted(given)}`,
      `Write a number and a unit, such as 500ms, 30s, 2m, 24h; at most ${longest}.`,
    );
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const choice = choices.find((known) => known === given);
    if (choice !== undefined) return choice;
    throw this.wrong(`--${name} is ${quoted(given)}`, `${meant(given, choices)}Write one of ${choices.join(", ")}.`);
  }

  /** The argument at `place`, which the command's declaration says is there. */
  at(place: number): string {
    const given = this.plain[place];
    if (given === undefined) throw this.wrong(`argument ${place + 1} is missing`, "Give it.");
    return given;
  }

  /** For the command to throw: what was typed cannot be meant. */
  wrong(what: string, mend: string): ClewError {
    return usageError(this.command, what, mend);
  }
}

/** Throws `usage` for an unknown option, one without its value, one given twice, too few or too many arguments. */
export function parseArguments(taking: Taking, argv: readonly string[]): Arguments {
  const { name, options } = taking;
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(options).map(([key, { type, short }]) => [key, short === undefined ? { type } : { type, short }]),
    ),
    // Its own errors name no option that was meant, and its codes are not ours.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string | true>();
  const plain: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") plain.push(token.value);
    if (token.kind !== "option") continue;
    const { name: option, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(options, option)) throw unknownOption(name, rawName, options);
    if (given.has(option)) throw usageError(name, `${rawName} is given twice`, "Keep one of the two.");
    given.set(
      option,
      options[option]?.type === "boolean" ? flagOf(name, rawName, value) : valueOf(name, rawName, value, inlineValue),
    );
  }
  checkCount(taking, plain);
  return new Arguments(name, given, plain);
}

function flagOf(command: string, rawName: string, value: string | undefined): true {
  if (value === undefined) return true;
  throw usageError(command, `${rawName} takes no value, and is given ${quoted(value)}`, `Write ${rawName} alone.`);
}

function valueOf(command: string, rawName: string, value: string | undefined, isInline: boolean | undefined): string {
  if (value === undefined)
    throw usageError(command, `${rawName} needs a value`, `Write it behind: ${rawName} <value>.`);
  // `--journal --json` is a forgotten value far more often than a file called `--json`.
  if (!isInline && /^-./.test(value)) {
    const mend = `If ${quoted(value)} is the value, write ${rawName}${rawName.startsWith("--") ? "=" : ""}${terminalText(value, 40)}.`;
    throw usageError(command, `${rawName} needs a value, and ${quoted(value)} looks like an option`, mend);
  }
  return value;
}

function unknownOption(command: string, rawName: string, options: CommandOptions): ClewError {
  const word = rawName.replace(/^-+/, "");
  return usageError(
    command,
    `there is no option ${terminalText(rawName, 60)}`,
    `${meant(word, Object.keys(options), "--")}See \`clew help ${command}\`.`,
  );
}

function checkCount({ name, arguments: count = { least: 0, most: 0 } }: Taking, plain: readonly string[]): void {
  const extra = plain[count.most];
  if (extra !== undefined) throw usageError(name, `${quoted(extra)} is one argument too many`, seeHelp(name));
  if (plain.length < count.least) throw usageError(name, "an argument is missing", seeHelp(name));
}

const seeHelp = (command: string): string => `See \`clew help ${command}\`.`;

/** `Did you mean --journal? `, or nothing where nothing is near. */
export function meant(word: string, known: Iterable<string>, prefix = ""): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `Did you mean ${prefix}${near}? `;
}

export const quoted = (text: string): string => JSON.stringify(terminalText(text, 80));

export function usageError(command: string, what: string, mend: string): ClewError {
  return new ClewError("usage", command === "" ? what : `clew ${command}: ${what}`, { mend });
}

/**
 * What an operator does to a run, or to all runs that a filter finds. The process that owns the journal does it; where
 * there is none, it is recorded, and the next owner goes on from there.
 */
import { hostname, userInfo } from "node:os";
import type { Json } from "../base/json.ts";
import { type Operation, perform } from "../operations/operation.ts";
import { signalRun, type VerbInput } from "../operations/run-verbs.ts";
import { showRun } from "../operations/runs.ts";
import type { VerbAnswer } from "../orchestrator/orchestrator-options.ts";
import { performBulk } from "./bulk-verb.ts";
import { type Command, type CommandContext, type CommandOptions, sharedOptions } from "./command.ts";
import { inputSource } from "./input-source.ts";
import { interruptedExitCode } from "./interruption.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { worded } from "./look.ts";
import { withOwner } from "./owner-access.ts";
import { readJson } from "./run-input.ts";
import { waitingText } from "./show-run.ts";
import { terminalText } from "./terminal-text.ts";

/** Of one run or of many: a verb's own options stand beside these. */
export const verbOptions: CommandOptions = {
  filter: sharedOptions.filter,
  "dry-run": {
    type: "boolean",
    about: "with --filter: says how many runs these are and shows some, and changes nothing",
  },
  yes: { type: "boolean", about: "with --filter: does it without asking" },
  reason: { type: "string", value: "<text>", about: "why; recorded with who does it and when" },
  "expected-version": {
    type: "string",
    value: "<n>",
    about: "refuses if the run stands at another version than `clew runs show` said",
  },
  journal: sharedOptions.journal,
};

/** Its id, or none where a filter says which are meant. */
export const verbArguments: NonNullable<Command["arguments"]> = { least: 0, most: 1 };

/** What help says of the second way of calling a verb. */
export const verbOfMany = `With --filter it is done to all runs that the filter finds, at most 10,000 at a time, each as it stands: one that refuses
stops none of the others. It asks first, or wants --yes. The exit code is 5 where any run refused.`;

/** Of the verbs that answer an incident. */
export const stepOption: CommandOptions = {
  step: { type: "string", value: "<name>", about: "which step, where several of the run wait for an operator" },
};

export const stepOf = ({ given }: CommandContext): { readonly step?: string } => {
  const step = given.text("step");
  return step === undefined ? {} : { step };
};

/** JSON that an operator gives with a verb: itself, or `@file`. Throws `invalid_input`. */
export function jsonOf({ given }: CommandContext, name: string): Json | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const source = inputSource(text);
  if (source.kind !== "one") throw given.wrong(`--${name} is a list of lines`, "Give one JSON value, or @file.json.");
  return readJson(source.text, `--${name}`);
}

/** What a verb takes beside that which all take. */
type MoreOf<Input> = Omit<Input, keyof VerbInput>;
/** An argument of its own where the verb cannot do without. */
type MoreArgument<Input> = Record<never, never> extends MoreOf<Input> ? [more?: MoreOf<Input>] : [more: MoreOf<Input>];

export async function performVerb<Input extends VerbInput>(
  context: CommandContext,
  verb: Operation<Input, VerbAnswer>,
  ...[more]: MoreArgument<Input>
): Promise<number> {
  const { given } = context;
  const isOfMany = given.text("filter") !== undefined;
  checkKind(context, isOfMany);
  // Without an id and what all verbs take, that is what the verb itself takes; the operation checks the whole.
  const inputFor = (id: string) => ({ ...verbInput(context, verb.name), ...more, id }) as unknown as Input;
  if (!isOfMany) return performOne(context, verb, inputFor(given.at(0)));
  // What cannot be meant is said before anything is read.
  if (!given.flag("dry-run")) verbInput(context, verb.name);
  const word = verb.name.replace(/^runs\./, "");
  return performBulk(context, { word, take: (access, id) => access.perform(verb, inputFor(id)) });
}

function checkKind({ given }: CommandContext, isOfMany: boolean): void {
  const [id] = given.plain;
  if (isOfMany && id !== undefined) {
    throw given.wrong("an id and --filter cannot both be meant", `Keep one of the two, or write --filter 'id:…'.`);
  }
  if (isOfMany && given.text("expected-version") !== undefined) {
    throw given.wrong(
      "--expected-version is of one run",
      "With --filter each run is taken as it stands: leave it out.",
    );
  }
  if (isOfMany) return;
  if (id === undefined) throw given.wrong("no run is named", "Write its id, or --filter <text> for many.");
  for (const option of ["dry-run", "yes"]) {
    if (given.flag(option)) throw given.wrong(`--${option} is of many runs`, "Leave it out, or write --filter.");
  }
}

/** Whoever mends a run says why; a signal says so itself. */
function verbInput({ given }: CommandContext, verb: string): Omit<VerbInput, "id"> {
  const isSignal = verb === signalRun.name;
  const reason = isSignal
    ? given.text("reason")
    : given.required("reason", "Say why: --reason <text>. It is recorded with the run.");
  const expectedVersion = given.whole("expected-version", 1, Number.MAX_SAFE_INTEGER);
  return {
    actor: actor(),
    ...(reason === undefined ? {} : { reason }),
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  };
}

/** Who is at the keyboard, as far as the system knows. */
function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}

async function performOne<Input extends VerbInput>(
  context: CommandContext,
  verb: Operation<Input, VerbAnswer>,
  input: Input,
): Promise<number> {
  const journal = journalOf(context);
  const answer = await withOwner(context, { journal }, (access) => access.perform(verb, input));
  if (answer === "interrupted") return interruptedExitCode;
  await print(context, journal, input.id, answer);
  return 0;
}

async function print(context: CommandContext, journal: string, id: string, answer: VerbAnswer): Promise<void> {
  if (context.format === "json") return context.document({ id, ...answer });
  const view = await reading(journal, (reader) => perform(showRun, reader.access, { id }));
  const begun = answer.changed && answer.run !== undefined ? `, and started ${terminalText(answer.run)}` : "";
  const what = answer.changed ? `recorded${begun}` : `nothing changed: ${terminalText(answer.why)}`;
  context.out(`${terminalText(id)} ${worded(context, view.status)}, version ${view.version}; ${what}\n`);
  const { waitsFor } = view;
  if (!waitsFor) return;
  const help = waitsFor.who === "worker" || waitsFor.who === "time" || waitsFor.who === "engine" ? needsEngine : "";
  context.note(`It waits ${waitingText(waitsFor)}.${help}\n`);
}

const needsEngine = " An engine with workers must own the journal, such as `clew run`.";

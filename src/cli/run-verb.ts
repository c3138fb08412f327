/**
 * What an operator does to a run. The process that owns the journal does it, over its local socket; where there is
 * none, this command becomes the owner for as long as it takes to record it. Without workers it moves nothing else.
 */
import { hostname, userInfo } from "node:os";
import { ClewError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { perform } from "../operations/operation.ts";
import type { Operation } from "../operations/operation.ts";
import type { VerbInput } from "../operations/run-verbs.ts";
import { showRun } from "../operations/runs.ts";
import type { VerbAnswer } from "../orchestrator/orchestrator-options.ts";
import { type CommandContext, type CommandOptions, sharedOptions } from "./command.ts";
import { withEngine } from "./engine.ts";
import { inputSource } from "./input-source.ts";
import { readJson } from "./run-input.ts";
import { interruptedExitCode } from "./interruption.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { worded } from "./look.ts";
import { waitingText } from "./show-run.ts";
import { terminalText } from "./terminal-text.ts";

type RunVerb<Input extends VerbInput> = Operation<Input, VerbAnswer>;

export const verbOptions: CommandOptions = {
  reason: { type: "string", value: "<text>", about: "why; recorded with who does it and when" },
  "expected-version": {
    type: "string",
    value: "<n>",
    about: "refuses if the run stands at another version than `clew runs show` said",
  },
  journal: sharedOptions.journal,
};

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

/** `more`: what the verb takes besides. */
export async function performVerb<Input extends VerbInput>(
  context: CommandContext,
  verb: RunVerb<Input>,
  more: Omit<Input, keyof VerbInput>,
): Promise<number> {
  const journal = journalOf(context);
  const input = { ...more, ...inputOf(context) } as Input;
  const answer = (await askOwner(journal, verb, input)) ?? (await asOwner(context, journal, verb, input));
  if (answer === "interrupted") return interruptedExitCode;
  await print(context, journal, input.id, answer);
  return 0;
}

function inputOf({ given }: CommandContext): VerbInput {
  const reason = given.required("reason", "Say why: --reason <text>. It is recorded with the run.");
  const expectedVersion = given.whole("expected-version", 1, Number.MAX_SAFE_INTEGER);
  return { id: given.at(0), actor: actor(), reason, ...(expectedVersion === undefined ? {} : { expectedVersion }) };
}

/** Who is at the keyboard, as far as the system knows. */
function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}

/** `undefined` where nobody answers: whoever is named there may have been killed. */
async function askOwner<Input extends VerbInput>(
  journal: string,
  verb: RunVerb<Input>,
  input: Input,
): Promise<VerbAnswer | undefined> {
  const owner = await reading(journal, (reader) => reader.owner());
  if (owner?.socket === undefined) return undefined;
  const { ask } = await import("../operations/local-socket.ts");
  const { SystemClock } = await import("../clew.ts");
  try {
    return (await ask(owner.socket, verb.name, input, new SystemClock())) as VerbAnswer;
  } catch (error) {
    if (error instanceof ClewError && error.code === "owner_unreachable") return undefined;
    throw error;
  }
}

/** Throws `journal_owned` where there is an owner after all. */
function asOwner<Input extends VerbInput>(
  context: CommandContext,
  journal: string,
  verb: RunVerb<Input>,
  input: Input,
): Promise<VerbAnswer | "interrupted"> {
  return withEngine(context, { journal, workers: [] }, (clew) => clew.perform(verb, input));
}

async function print(context: CommandContext, journal: string, id: string, answer: VerbAnswer): Promise<void> {
  if (context.format === "json") return context.document({ id, ...answer });
  const view = await reading(journal, (reader) => perform(showRun, reader.access, { id }));
  const what = answer.changed ? "recorded" : `nothing changed: ${terminalText(answer.why)}`;
  context.out(`${terminalText(id)} ${worded(context, view.status)}, version ${view.version}; ${what}\n`);
  const { waitsFor } = view;
  if (!waitsFor) return;
  const help = waitsFor.who === "worker" || waitsFor.who === "time" || waitsFor.who === "engine" ? needsEngine : "";
  context.note(`It waits ${waitingText(waitsFor)}.${help}\n`);
}

const needsEngine = " An engine with workers must own the journal, such as `clew run`.";

/**
 * What an operator does to a run. The process that owns the journal does it, over its local socket; where there is
 * none, this command becomes the owner for as long as it takes to record it. Without workers it moves nothing else.
 */
import { hostname, userInfo } from "node:os";
import { ClewError } from "../base/errors.ts";
import { perform } from "../operations/operation.ts";
import type { Operation } from "../operations/operation.ts";
import { type abandonRun, showRun } from "../operations/runs.ts";
import { finalStatuses } from "../saga/tables.ts";
import { type CommandContext, type CommandOptions, sharedOptions } from "./command.ts";
import { withEngine } from "./engine.ts";
import { interruptedExitCode } from "./interruption.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { worded } from "./look.ts";
import { terminalText } from "./terminal-text.ts";

type RunVerb = typeof abandonRun;
type VerbInput = RunVerb extends Operation<infer Input, infer _> ? Input : never;
type VerbAnswer = RunVerb extends Operation<infer _, infer Output> ? Output : never;

export const verbOptions: CommandOptions = {
  reason: { type: "string", value: "<text>", about: "why; recorded with who does it and when" },
  "expected-version": {
    type: "string",
    value: "<n>",
    about: "refuses if the run stands at another version than `clew runs show` said",
  },
  journal: sharedOptions.journal,
};

export async function performVerb(context: CommandContext, verb: RunVerb): Promise<number> {
  const journal = journalOf(context);
  const input = inputOf(context);
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
async function askOwner(journal: string, verb: RunVerb, input: VerbInput): Promise<VerbAnswer | undefined> {
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
function asOwner(
  context: CommandContext,
  journal: string,
  verb: RunVerb,
  input: VerbInput,
): Promise<VerbAnswer | "interrupted"> {
  return withEngine(context, { journal, workers: [] }, (clew) => clew.perform(verb, input));
}

async function print(context: CommandContext, journal: string, id: string, answer: VerbAnswer): Promise<void> {
  if (context.format === "json") return context.document({ id, ...answer });
  const view = await reading(journal, (reader) => perform(showRun, reader.access, { id }));
  const what = answer.changed ? "recorded" : `nothing changed: ${terminalText(answer.why)}`;
  context.out(`${terminalText(id)} ${worded(context, view.status)}, version ${view.version}; ${what}\n`);
  if (!finalStatuses.has(view.status)) context.note(`${waitsFor(view.steps)}\n`);
}

/** What has to answer before the run can go on. */
function waitsFor(steps: Awaited<ReturnType<typeof showRun.perform>>["steps"]): string {
  const out = steps.flatMap(({ worker, state, compensation }) => [
    ...(state === "dispatched" ? [worker] : []),
    ...(compensation && compensation.state !== "armed" && unsettled.has(compensation.state)
      ? [compensation.worker]
      : []),
  ]);
  const whom = out.length === 0 ? "its engine" : `the worker ${out.map((worker) => terminalText(worker)).join(", ")}`;
  return `It goes on when ${whom} answers: an engine with workers must own the journal, such as \`clew run\`.`;
}

const unsettled: ReadonlySet<string> = new Set(["queued", "dispatched", "retry_wait", "blocked"]);

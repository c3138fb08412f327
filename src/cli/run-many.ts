/** `clew run` with a file of inputs: a run for each line, so many at a time. */
import { forPeople } from "../base/duration.ts";
import { ClewError } from "../base/errors.ts";
import type { Clock } from "../base/clock.ts";
import type { Clew, RunView } from "../clew.ts";
import type { CommandContext } from "./command.ts";
import { withEngine } from "./engine.ts";
import { renderStatusEvent } from "./follow.ts";
import type { InputSource } from "./input-source.ts";
import { interruptedExitCode } from "./interruption.ts";
import { LiveTable } from "./live-table.ts";
import { worded } from "./look.ts";
import { counted } from "./print-error.ts";
import { restOf } from "./rest.ts";
import type { RunPlan } from "./run-plan.ts";
import { type InputRule, readInput } from "./run-input.ts";
import { renderTable } from "./table.ts";
import { Tally } from "./tally.ts";
import { LineWork, type WorkLine } from "./work-lines.ts";

export type Lines = Extract<InputSource, { readonly kind: "lines" }>;

/** Reads all of a file before anything is started, and gives how many runs it asks for. */
export async function checkLines(source: Lines, rule: InputRule): Promise<number> {
  let count = 0;
  for await (const { number, text } of source.lines()) {
    readInput(text, `${source.name}:${number}`, rule);
    count++;
  }
  return count;
}

export async function runMany(
  context: CommandContext,
  plan: RunPlan,
  source: Lines,
  rule: InputRule,
  total: number | undefined,
): Promise<number> {
  const { SystemClock } = await import("../clew.ts");
  const clock = new SystemClock();
  const startedAtMs = clock.now();
  const tally = new Tally(startedAtMs, total);
  const progress = showsProgress(context, plan)
    ? new LiveTable({ stream: context.stderr, look: context.onStderr, clock })
    : undefined;
  const change = () => progress?.show(tally.frame(clock.now()));
  const rest = async (view: RunView) => {
    tally.rest(view.status);
    change();
    if (context.format === "jsonl") context.line(restOf(view));
    await context.drained();
  };
  const start = () => {
    tally.open();
    change();
  };
  try {
    const done = await withEngine(context, { ...plan, onInterrupt: () => progress?.end() }, (clew) => {
      if (plan.follow) clew.onStatus((event) => context.note(`${renderStatusEvent(event, context.onStderr)}\n`));
      return workAll(clew, plan, workLines(source, rule), start, rest);
    });
    progress?.end();
    return finish(context, tally, done === "interrupted", elapsed(clock, startedAtMs));
  } catch (error) {
    progress?.end();
    context.note(`${ended(tally)}\n`);
    throw error;
  }
}

/** A table that is drawn over again and lines of data cannot share a terminal. */
function showsProgress(context: CommandContext, plan: RunPlan): boolean {
  return !plan.follow && !(context.format === "jsonl" && context.isTerminal);
}

async function workAll(
  engine: Clew,
  { workflow, inFlight, waits }: RunPlan,
  lines: AsyncIterable<WorkLine>,
  onStart: () => void,
  onRest: (view: RunView) => Promise<void>,
): Promise<"done"> {
  await new LineWork({ engine, workflow, mostOpen: inFlight, waits, onStart, onRest }).work(lines);
  return "done";
}

async function* workLines(source: Lines, rule: InputRule): AsyncGenerator<WorkLine> {
  for await (const { number, text } of source.lines()) {
    const where = `${source.name}:${number}`;
    yield { ...readInput(text, where, rule), located: (error) => located(error, where) };
  }
}

function located(error: unknown, where: string): unknown {
  if (!(error instanceof ClewError)) return error;
  const { code, message, mend, details } = error;
  return new ClewError(code, `${where}: ${message}`, {
    ...(mend === undefined ? {} : { mend }),
    ...(details === undefined ? {} : { details }),
    cause: error,
  });
}

function finish(context: CommandContext, tally: Tally, isInterrupted: boolean, durationMs: number): number {
  if (isInterrupted) {
    context.note(`${ended(tally)}\n`);
    return interruptedExitCode;
  }
  if (context.format === "json") context.document({ runs: tally.done, byStatus: tally.byStatus, durationMs });
  else if (context.format === "text") context.out(`${summary(context, tally)}\n`);
  context.note(`${counted(tally.done, "run")} in ${forPeople(durationMs)}\n`);
  return tally.exitCode;
}

function summary(context: CommandContext, tally: Tally): string {
  const rows = Object.entries(tally.byStatus).map(([status, count]) => [
    worded(context, status),
    count.toLocaleString("en-US"),
  ]);
  return renderTable(["status", "runs"], rows, ["left", "right"]);
}

function ended(tally: Tally): string {
  const open = tally.stillOpen;
  const rest = open === 0 ? "" : ` ${counted(open, "run")} still open: opening the journal again goes on with them.`;
  return `${counted(tally.done, "run")} at rest.${rest}`;
}

const elapsed = (clock: Clock, sinceMs: number): number => clock.now() - sinceMs;

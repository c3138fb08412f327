/**
 * A verb for all runs that a filter finds. Which runs these are is read first, and written down; then each is taken as it
 * stands, over one connection or by one engine, and what becomes of it is counted. One that refuses stops nobody.
 */
import type { Clock } from "../base/clock.ts";
import { printFilter } from "../journal/filter/print-filter.ts";
import type { RunFilter, RunRow } from "../journal/journal.ts";
import { filterOf } from "../operations/runs.ts";
import type { VerbAnswer } from "../orchestrator/orchestrator-options.ts";
import { BulkTally } from "./bulk-tally.ts";
import type { CommandContext } from "./command.ts";
import { isConfirmed, type Keyboard } from "./confirm.ts";
import { interruptedExitCode } from "./interruption.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { LiveTable } from "./live-table.ts";
import { type OwnerAccess, withOwner } from "./owner-access.ts";
import { counted } from "./print-error.ts";
import { renderRows } from "./run-rows.ts";
import { terminalText } from "./terminal-text.ts";

/** So many runs at a time; whoever means more asks again. */
const mostRuns = 10_000;
const pageRuns = 500;
const sampleRuns = 10;
const shownRefusals = 5;

export interface BulkVerb {
  /** As it is said: `cancel`. */
  readonly word: string;
  /** One run, as it stands. */
  readonly take: (access: OwnerAccess, id: string) => Promise<VerbAnswer>;
}

interface Matched {
  readonly filter: RunFilter;
  readonly rows: readonly RunRow[];
  /** Beyond the bound. */
  readonly isMore: boolean;
}

/** `keyboard`: where somebody can be asked. */
export async function performBulk(
  context: CommandContext,
  verb: BulkVerb,
  keyboard: Keyboard | undefined = keyboardOf(context),
): Promise<number> {
  const { SystemClock } = await import("../clew.ts");
  const clock = new SystemClock();
  const filter = filterOf({ filter: filterText(context) }, clock.now());
  const isDry = context.given.flag("dry-run");
  const isSure = context.given.flag("yes");
  if (isDry && isSure) {
    throw context.given.wrong("--dry-run and --yes cannot both be meant", "Keep one of the two.");
  }
  const journal = journalOf(context);
  const matched = await match(journal, filter);
  if (isDry) return showDry(context, verb, matched);
  if (matched.rows.length > 0 && !isSure && !(await isWanted(context, verb, matched, keyboard))) return 0;
  return takeAll(context, journal, verb, matched, clock);
}

/** An empty text is far more often a variable that was not set than a wish for all runs that there are. */
function filterText({ given }: CommandContext): string {
  const filter = given.text("filter") ?? "";
  if (filter.trim() !== "") return filter;
  throw given.wrong("--filter is empty", "Say which runs are meant, such as --filter 'status:blocked workflow:order'.");
}

function keyboardOf({ stderr }: CommandContext): Keyboard | undefined {
  if (!process.stdin.isTTY || !stderr.isTTY) return undefined;
  return { input: process.stdin, say: (text) => void stderr.write(text) };
}

/** Oldest first, page by page, so that no page takes long. */
function match(journal: string, filter: RunFilter): Promise<Matched> {
  return reading(journal, async (reader) => {
    const rows: RunRow[] = [];
    let after: string | undefined;
    do {
      const page = await reader.journal.list(filter, { limit: pageRuns, ...(after === undefined ? {} : { after }) });
      rows.push(...page.items);
      after = page.next;
    } while (after !== undefined && rows.length < mostRuns);
    return { filter, rows, isMore: after !== undefined };
  });
}

function showDry(context: CommandContext, { word }: BulkVerb, { filter, rows, isMore }: Matched): number {
  const sample = rows.slice(0, sampleRuns);
  if (context.format !== "text") {
    context.document({ filter: printFilter(filter), matched: rows.length, isMore, sample });
    return 0;
  }
  context.out(`${terminalText(word)} ${numberOf(rows, isMore)}${byStatus(rows)}\n`);
  context.out(sampleText(context, rows));
  context.note(`Nothing was changed: --yes in place of --dry-run does it.\n`);
  return 0;
}

async function isWanted(
  context: CommandContext,
  { word }: BulkVerb,
  { rows, isMore }: Matched,
  keyboard: Keyboard | undefined,
): Promise<boolean> {
  if (!keyboard) {
    throw context.given.wrong(
      `${word} ${numberOf(rows, isMore)} is not done without being asked for twice`,
      "Write --yes to do it, or --dry-run to see which runs these are.",
    );
  }
  keyboard.say(sampleText(context.onStderr, rows));
  if (await isConfirmed(`${word} ${numberOf(rows, isMore)}?`, keyboard)) return true;
  keyboard.say("Nothing was changed.\n");
  return false;
}

async function takeAll(
  context: CommandContext,
  journal: string,
  verb: BulkVerb,
  matched: Matched,
  clock: Clock,
): Promise<number> {
  const { rows } = matched;
  const tally = new BulkTally(rows.length, clock.now());
  if (rows.length === 0) return finish(context, matched, tally);
  const live = context.stderr.isTTY
    ? new LiveTable({ stream: context.stderr, look: context.onStderr, clock })
    : undefined;
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    live?.end();
  };
  const takeOne = async (access: OwnerAccess, place: number, { id }: RunRow) => {
    try {
      tally.answered(await verb.take(access, id));
    } catch (error) {
      if (isStopped) return;
      tally.failed(place, id, error);
    }
    live?.show(tally.frame(clock.now()));
  };
  try {
    await withOwner(context, { journal, onInterrupt: stop }, async (access) => {
      let place = 0;
      const takeOn = async () => {
        for (let row = rows[place]; row && !isStopped; row = rows[place]) await takeOne(access, place++, row);
      };
      await Promise.all(Array.from({ length: access.atOnce }, takeOn));
    });
  } catch (error) {
    stop();
    context.note(`${summary(tally)}\n`);
    throw error;
  }
  const wasInterrupted = isStopped;
  stop();
  const code = finish(context, matched, tally);
  return wasInterrupted ? interruptedExitCode : code;
}

function finish(context: CommandContext, { filter, rows, isMore }: Matched, tally: BulkTally): number {
  if (context.format !== "text") {
    const { refusals, counts } = tally;
    context.document({ filter: printFilter(filter), matched: rows.length, isMore, ...counts, refusals });
    return tally.exitCode;
  }
  if (rows.length === 0) context.note(`No runs match ${terminalText(printFilter(filter))}\n`);
  else context.out(`${summary(tally)}\n`);
  for (const { id, code, message } of tally.refusals.slice(0, shownRefusals)) {
    context.note(`${terminalText(id)} ${code}: ${terminalText(message)}\n`);
  }
  const unsaid = tally.refusals.length - shownRefusals;
  if (unsaid > 0) context.note(`… and ${unsaid.toLocaleString("en-US")} more; --json gives all of them\n`);
  if (isMore)
    context.note(`There are more than ${counted(mostRuns, "run")}: the same command goes on with the others.\n`);
  return tally.exitCode;
}

function summary({ counts }: BulkTally): string {
  const { changed, unchanged, refused, conflicts, left } = counts;
  const said: readonly (readonly [count: number, what: string])[] = [
    [unchanged, "with nothing to do"],
    [refused, "refused"],
    [conflicts, "changed by somebody else meanwhile"],
    [left, "not answered for"],
  ];
  const others = said.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en-US")} ${what}`);
  return [`${counted(changed, "run")} changed`, ...others].join(", ");
}

const numberOf = (rows: readonly RunRow[], isMore: boolean): string =>
  isMore ? `the first ${counted(rows.length, "run")}` : counted(rows.length, "run");

function byStatus(rows: readonly RunRow[]): string {
  const counts = [...Map.groupBy(rows, ({ status }) => status)].map(
    ([status, some]) => `${some.length.toLocaleString("en-US")} ${status}`,
  );
  return counts.length === 0 ? "" : `: ${counts.join(", ")}`;
}

function sampleText(look: Parameters<typeof renderRows>[1], rows: readonly RunRow[]): string {
  if (rows.length === 0) return "";
  const more = rows.length - sampleRuns;
  const rest = more > 0 ? `… and ${more.toLocaleString("en-US")} more\n` : "";
  return `${renderRows(rows.slice(0, sampleRuns), look)}\n${rest}`;
}

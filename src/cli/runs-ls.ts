/** `clew runs ls`: a page of runs, read from the journal's file. */
import { parseFilter } from "../journal/filter/parse-filter.ts";
import { printFilter } from "../journal/filter/print-filter.ts";
import type { PageOf } from "../journal/journal.ts";
import { perform } from "../operations/operation.ts";
import { type ListedRun, listRuns } from "../operations/runs.ts";
import { type Status, statuses } from "../saga/tables.ts";
import { meant, quoted } from "./arguments.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { renderRows } from "./run-rows.ts";
import { terminalText } from "./terminal-text.ts";
import { watchRuns } from "./watch-runs.ts";

export const runsLs: Command = {
  name: "runs ls",
  summary: "Lists runs in the order of their start, page by page.",
  usage: "clew runs ls [options]",
  options: {
    filter: sharedOptions.filter,
    status: { type: "string", value: "<status,…>", about: `only these: ${statuses.join(", ")}` },
    workflow: { type: "string", value: "<name>", about: "only runs of this workflow" },
    limit: { type: "string", value: "<n>", about: "how many, 1 to 1000; default 100" },
    after: { type: "string", value: "<cursor>", about: "goes on behind the page before, with the cursor that it gave" },
    newest: { type: "boolean", about: "the newest first" },
    watch: { type: "boolean", about: "reads the list again each second, until it is interrupted" },
    journal: sharedOptions.journal,
    output: sharedOptions.output,
  },
  more: `
What --filter, --status and --workflow say must all hold.
On a terminal --watch draws the list over itself; elsewhere each run is a line when it comes into the list or has changed.`,
  async run(context) {
    const input = inputOf(context);
    const isWatched = context.given.flag("watch");
    if (isWatched && context.format === "json") {
      throw context.given.wrong("--watch is no single document", "Write --output jsonl: a document for each change.");
    }
    const { SystemClock } = await import("../clew.ts");
    const clock = new SystemClock();
    const none = noneOf(input.filter ?? "", clock.now());
    return reading(journalOf(context), async ({ access }) => {
      const read = () => perform(listRuns, access, input);
      if (isWatched) return watchRuns(context, { read, none, clock });
      print(context, await read(), none);
      return 0;
    });
  },
};

function inputOf({ given }: CommandContext) {
  const filter = given.text("filter");
  const status = given.text("status");
  const workflow = given.text("workflow");
  const limit = given.whole("limit", 1, 1000);
  const after = given.text("after");
  return {
    newestFirst: given.flag("newest"),
    explain: true,
    ...(filter === undefined ? {} : { filter }),
    ...(status === undefined ? {} : { status: status.split(",").map((word) => statusOf(word, given)) }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
  };
}

function statusOf(word: string, given: CommandContext["given"]): Status {
  const status = statuses.find((known) => known === word.trim());
  if (status !== undefined) return status;
  throw given.wrong(
    `there is no status ${quoted(word)}`,
    `${meant(word, statuses)}Write some of ${statuses.join(", ")}.`,
  );
}

/** Whoever finds nothing sees how the filter was understood. */
function noneOf(filter: string, now: number): string {
  const understood = printFilter(parseFilter(filter, now));
  return understood === "" ? "No runs." : `No runs match ${terminalText(understood)}`;
}

function print(context: CommandContext, page: PageOf<ListedRun>, none: string): void {
  if (context.format === "json") return context.document(page);
  if (context.format === "jsonl") for (const row of page.items) context.line(row);
  else if (page.items.length > 0) context.out(`${renderRows(page.items, context)}\n`);
  else context.note(`${none}\n`);
  if (page.next !== undefined) context.note(`There are more: --after ${page.next}\n`);
}

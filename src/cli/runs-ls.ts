/** `clew runs ls`: a page of runs, read from the journal's file. */
import { forPeople } from "../base/duration.ts";
import type { PageOf, RunRow } from "../journal/journal.ts";
import { perform } from "../operations/operation.ts";
import { listRuns } from "../operations/runs.ts";
import { type Status, statuses } from "../saga/tables.ts";
import { meant, quoted } from "./arguments.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { localTime } from "./local-time.ts";
import { type Look, worded } from "./look.ts";
import { renderTable } from "./table.ts";
import { terminalText } from "./terminal-text.ts";

export const runsLs: Command = {
  name: "runs ls",
  summary: "Lists runs in the order of their start, page by page.",
  usage: "clew runs ls [options]",
  options: {
    status: { type: "string", value: "<status,…>", about: `only these: ${statuses.join(", ")}` },
    workflow: { type: "string", value: "<name>", about: "only runs of this workflow" },
    limit: { type: "string", value: "<n>", about: "how many, 1 to 1000; default 100" },
    after: { type: "string", value: "<cursor>", about: "goes on behind the page before, with the cursor that it gave" },
    newest: { type: "boolean", about: "the newest first" },
    journal: sharedOptions.journal,
    output: sharedOptions.output,
  },
  async run(context) {
    const input = inputOf(context);
    const page = await reading(journalOf(context), ({ access }) => perform(listRuns, access, input));
    print(context, page);
    return 0;
  },
};

function inputOf({ given }: CommandContext) {
  const status = given.text("status");
  const workflow = given.text("workflow");
  const limit = given.whole("limit", 1, 1000);
  const after = given.text("after");
  return {
    newestFirst: given.flag("newest"),
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

function print(context: CommandContext, page: PageOf<RunRow>): void {
  if (context.format === "json") return context.document(page);
  if (context.format === "jsonl") for (const row of page.items) context.line(row);
  else if (page.items.length > 0) context.out(`${renderRows(page.items, context)}\n`);
  else context.note("No runs.\n");
  if (page.next !== undefined) context.note(`There are more: --after ${page.next}\n`);
}

export function renderRows(rows: readonly RunRow[], look: Look): string {
  return renderTable(
    ["run", "workflow", "status", "started", "took"],
    rows.map(({ id, workflow, workflowVersion, status, startedAt, endedAt }) => [
      terminalText(id),
      `${terminalText(workflow)}@${workflowVersion}`,
      worded(look, status),
      localTime(startedAt),
      endedAt === undefined ? "" : forPeople(endedAt - startedAt),
    ]),
    ["left", "left", "left", "left", "right"],
  );
}

/** `clew runs events`: what is recorded of a run, read from the journal's file. */
import { perform } from "../operations/operation.ts";
import { type EventsPage, runEvents } from "../operations/runs.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { renderEvents } from "./show-run.ts";

export const runsEvents: Command = {
  name: "runs events",
  summary: "Gives what is recorded of a run, event by event.",
  usage: "clew runs events <id> [--from <n>] [--limit <n>]",
  options: {
    from: { type: "string", value: "<n>", about: "the number of the first event; default 1" },
    limit: {
      type: "string",
      value: "<n>",
      about: "how many transitions, each of one event or more, 1 to 1000; default 200",
    },
    journal: sharedOptions.journal,
    output: sharedOptions.output,
  },
  arguments: { least: 1, most: 1 },
  more: "The text leaves payloads out; --json and --output jsonl give them whole.",
  async run(context) {
    const input = inputOf(context);
    const page = await reading(journalOf(context), ({ access }) => perform(runEvents, access, input));
    print(context, page);
    return 0;
  },
};

function inputOf({ given }: CommandContext) {
  const from = given.whole("from", 1, Number.MAX_SAFE_INTEGER);
  const limit = given.whole("limit", 1, 1000);
  return {
    id: given.at(0),
    ...(from === undefined ? {} : { from }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function print(context: CommandContext, page: EventsPage): void {
  if (context.format === "json") return context.document(page);
  if (context.format === "jsonl") for (const event of page.events) context.line(event);
  else if (page.events.length > 0) context.out(`${renderEvents(page.events, context)}\n`);
  if (page.next !== undefined) context.note(`There are more: --from ${page.next}\n`);
}

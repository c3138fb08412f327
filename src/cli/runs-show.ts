/** `clew runs show`: a run as it stands, read from the journal's file. */
import { perform } from "../operations/operation.ts";
import { showRun } from "../operations/runs.ts";
import { type Command, sharedOptions } from "./command.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { renderRun } from "./show-run.ts";

export const runsShow: Command = {
  name: "runs show",
  summary: "Shows a run as it stands: status, steps, what was undone, what is left, what waits for a person.",
  usage: "clew runs show <id>",
  options: { journal: sharedOptions.journal },
  arguments: { least: 1, most: 1 },
  async run(context) {
    const view = await reading(journalOf(context), ({ access }) =>
      perform(showRun, access, { id: context.given.at(0) }),
    );
    if (context.format === "json") context.document(view);
    else context.out(`${renderRun(view, context)}\n`);
    return 0;
  },
};

/** `clew draw`: pictures of a workflow, as text. */
import { views, type ViewName } from "../diagram/views.ts";
import { meant, quoted } from "./arguments.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { journalOf } from "./journal-choice.ts";
import { loadWorkflow } from "./workflow-source.ts";

const viewNames = views.map(({ name }) => name);
/** Of the design, not built yet: refused by name. */
const notBuilt = { view: ["run", "undo"], format: ["mermaid", "svg", "dot"] } as const;

export const draw: Command = {
  name: "draw",
  summary: "Draws a workflow: its steps, its events, or both.",
  usage: "clew draw <workflow> [--view workflow|events|architecture]",
  options: {
    view: { type: "string", value: "<view>", about: `${viewNames.join(", ")}; default workflow` },
    format: { type: "string", value: "<format>", about: "text" },
    journal: sharedOptions.journal,
  },
  arguments: { least: 1, most: 1 },
  more: [
    "<workflow> is a file, or name@version of one that the journal knows from a run.",
    ...views.map(({ name, shows }) => `--view ${name}: ${shows}.`),
  ].join("\n"),
  async run(context) {
    const name = chosen(context, "view", viewNames) ?? "workflow";
    chosen(context, "format", ["text"]);
    const workflow = await loadWorkflow(context.given.at(0), journalOf(context));
    const picture = drawn(name, workflow);
    if (context.format === "json")
      context.document({ workflow: workflow.name, version: workflow.version, view: name, picture });
    else context.out(context.ascii ? inAscii(picture) : picture);
    return 0;
  },
};

function drawn(name: ViewName, workflow: Parameters<(typeof views)[number]["draw"]>[0]): string {
  return views.find((view) => view.name === name)?.draw(workflow) ?? "";
}

function chosen<Choice extends string>(
  { given }: CommandContext,
  option: "view" | "format",
  built: readonly Choice[],
): Choice | undefined {
  const text = given.text(option);
  const choice = built.find((known) => known === text);
  if (text === undefined || choice !== undefined) return choice;
  const later = notBuilt[option].some((known) => known === text);
  const what = later ? `the ${option} ${text} is not built in this version` : `there is no ${option} ${quoted(text)}`;
  throw given.wrong(what, `${meant(text, built)}Write one of ${built.join(", ")}.`);
}

const asciiFor: Readonly<Record<string, string>> = { "─": "-", "│": "|", "▼": "v", "▶": ">", "◀": "<", "•": "*" };

/** What is left over are corners and crossings. */
function inAscii(picture: string): string {
  return picture.replace(/[^\n -~]/gu, (character) => asciiFor[character] ?? "+");
}

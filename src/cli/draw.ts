/** `clew draw`: pictures of a workflow. */
import { pictureFormats, viewNames, views } from "../diagram/views.ts";
import { meant, quoted } from "./arguments.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { journalOf } from "./journal-choice.ts";
import { loadWorkflow } from "./workflow-source.ts";

/** Of the design, not built yet: refused by name. */
const notBuilt = { view: ["run", "undo"], format: ["svg", "dot"] } as const;

export const draw: Command = {
  name: "draw",
  summary: "Draws a workflow: its steps, its events, or both.",
  usage: `clew draw <workflow> [--view ${viewNames.join("|")}] [--format ${pictureFormats.join("|")}]`,
  options: {
    view: { type: "string", value: "<view>", about: `${viewNames.join(", ")}; default workflow` },
    format: { type: "string", value: "<format>", about: `${pictureFormats.join(", ")}; default text` },
    journal: sharedOptions.journal,
  },
  arguments: { least: 1, most: 1 },
  more: [
    "<workflow> is a file, or name@version of one that the journal knows from a run.",
    ...viewNames.map((name) => `--view ${name}: ${views[name].shows}.`),
    "--format mermaid: what GitHub and many editors draw, in a code block that is marked mermaid.",
  ].join("\n"),
  async run(context) {
    const view = chosen(context, "view", viewNames) ?? "workflow";
    const format = chosen(context, "format", pictureFormats) ?? "text";
    const workflow = await loadWorkflow(context.given.at(0), journalOf(context));
    const picture = views[view].drawings[format](workflow);
    if (context.format === "json")
      context.document({ workflow: workflow.name, version: workflow.version, view, format, picture });
    else context.out(context.ascii ? inAscii(picture) : picture);
    return 0;
  },
};

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

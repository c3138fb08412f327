/** `clew draw`: pictures of a workflow, of a run, or of what two versions of a workflow differ in. */
import { existsSync } from "node:fs";
import { ClewError } from "../base/errors.ts";
import { isRunId } from "../base/ids.ts";
import type { Workflow } from "../definition/workflow.ts";
import { type PictureFormat, pictureFormats } from "../diagram/formats.ts";
import { inAscii } from "../diagram/text/in-ascii.ts";
import { drawDifference, runViewNames, runViews, viewNames, views } from "../diagram/views.ts";
import { perform } from "../operations/operation.ts";
import { drawRun } from "../operations/runs.ts";
import { quoted } from "./arguments.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { journalOf, reading } from "./journal-choice.ts";
import { loadWorkflow, workflowForms } from "./workflow-source.ts";

const allViews = [...viewNames, ...runViewNames];

export const draw: Command = {
  name: "draw",
  summary: "Draws a workflow, a run, or what two versions of a workflow differ in.",
  usage: `clew draw <workflow|run> [--view ${allViews.join("|")}] [--format ${pictureFormats.join("|")}] [--diff <workflow>]`,
  options: {
    view: { type: "string", value: "<view>", about: `${allViews.join(", ")}; default workflow` },
    format: { type: "string", value: "<format>", about: `${pictureFormats.join(", ")}; default text` },
    diff: { type: "string", value: "<workflow>", about: "draws what has changed since this one" },
    journal: sharedOptions.journal,
  },
  arguments: { least: 1, most: 1 },
  more: [
    workflowForms,
    ...viewNames.map((name) => `--view ${name}: ${views[name].shows}.`),
    ...runViewNames.map((name) => `--view ${name}: ${runViews[name].shows}; <run> is its id.`),
    "--diff old.yaml: what is added, removed, changed and moved in <workflow>, with the keys that changed.",
    "--format mermaid: what GitHub and many editors draw, in a code block that is marked mermaid.",
    "--format svg: a file of its own, for light and dark pages; --format dot: for Graphviz.",
  ].join("\n"),
  async run(context) {
    const { given } = context;
    const view = given.oneOf("view", allViews);
    const format = given.oneOf("format", pictureFormats) ?? "text";
    const runView = runViewNames.find((name) => name === view);
    const diff = given.text("diff");
    if (diff !== undefined) {
      if (view !== undefined && view !== "workflow")
        throw given.wrong(`--diff and --view ${view} cannot both be meant`, "Keep one of the two.");
      await difference(context, diff, format);
    } else if (runView) await run(context, runView, format);
    else await workflow(context, viewNames.find((name) => name === view) ?? "workflow", format);
    return 0;
  },
};

async function workflow(
  context: CommandContext,
  view: (typeof viewNames)[number],
  format: PictureFormat,
): Promise<void> {
  const source = context.given.at(0);
  const drawn = await workflowNamed(context, source);
  show(context, { ...named(drawn), view, format, picture: views[view].drawings[format](drawn) });
}

async function difference(context: CommandContext, other: string, format: PictureFormat): Promise<void> {
  const after = await workflowNamed(context, context.given.at(0));
  const before = await workflowNamed(context, other);
  const picture = drawDifference(format, before, after);
  show(context, { ...named(after), since: named(before), view: "diff", format, picture });
}

async function run(context: CommandContext, view: (typeof runViewNames)[number], format: PictureFormat): Promise<void> {
  const { given } = context;
  const id = given.at(0);
  if (!isRunId(id)) {
    const mend = `Write the id of a run, which \`clew runs ls\` lists; of a workflow draw ${viewNames.join(", ")}.`;
    throw given.wrong(`--view ${view} draws a run, and ${quoted(id)} is no run's id`, mend);
  }
  const drawing = await reading(journalOf(context), ({ access }) => perform(drawRun, access, { id, view, format }));
  show(context, drawing);
}

const named = ({ name, version }: Workflow) => ({ workflow: name, version });

/** Whoever names a run is told how runs are drawn. */
async function workflowNamed(context: CommandContext, source: string): Promise<Workflow> {
  try {
    return await loadWorkflow(source, journalOf(context));
  } catch (error) {
    if (!(error instanceof ClewError) || error.code !== "file_unreadable" || !isRunId(source) || existsSync(source))
      throw error;
    const mend = `Write --view ${runViewNames.join(" or --view ")} if ${source} is a run.`;
    throw new ClewError(error.code, error.message, { mend, cause: error });
  }
}

interface Drawing {
  readonly format: PictureFormat;
  readonly picture: string;
}

function show<Shown extends Drawing>(context: CommandContext, drawing: Shown): void {
  const picture = context.ascii ? asciiPicture(drawing) : drawing.picture;
  if (context.format === "json") context.document({ ...drawing, picture });
  else context.out(picture);
}

/** The other formats are ASCII anyway. */
function asciiPicture({ format, picture }: Drawing): string {
  if (format === "text") return inAscii(picture);
  return picture.replace(/[^\n -~]/gu, (character) => `&#${character.codePointAt(0)};`);
}

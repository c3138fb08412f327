/** `clew check`: what is wrong with workflow files and catalogues, all of it. */
import { mergeCatalogues } from "../definition/catalogue.ts";
import { InvalidDefinition } from "../definition/invalid-definition.ts";
import type { Parsed, ParsedCatalogue } from "../definition/parse-definition.ts";
import { type Command, type CommandContext, type CommandOption } from "./command.ts";
import { type Look, worded } from "./look.ts";
import { counted, renderProblem } from "./print-error.ts";
import { terminalText } from "./terminal-text.ts";
import { isCatalogueFile, parseCatalogueFile, parseWorkflowFile } from "./workflow-source.ts";

const format: CommandOption = { type: "string", value: "<format>", about: "text (default) or json" };

interface Checked {
  readonly file: string;
  readonly parsed: Parsed | ParsedCatalogue;
}

export const check: Command = {
  name: "check",
  summary: "Says what is wrong with workflow files: all of it, with line, column, code and remedy.",
  usage: "clew check <file>… [--format text|json]",
  options: { format },
  arguments: { least: 1, most: 1000 },
  more: `A file is YAML, JSON, or a module that exports a workflow. Files named *.workers.yaml are catalogues of worker types:
the workflows beside them may then name no other type.
Ends with 0 where every file is as it should be, with 3 where one is not.`,
  async run(context) {
    const checked = await checkFiles(context.given.plain);
    if (isJson(context)) context.document({ files: checked.map(documentOf) });
    else for (const file of checked) context.out(`${textOf(file, context)}\n`);
    return exitCodeOf(checked);
  },
};

/** In the order of the files. */
async function checkFiles(files: readonly string[]): Promise<readonly Checked[]> {
  const catalogues = new Map(files.filter(isCatalogueFile).map((file) => [file, parseCatalogueFile(file)]));
  const known = mergeCatalogues([...catalogues.values()].flatMap((parsed) => (parsed.ok ? [parsed.catalogue] : [])));
  const checked: Checked[] = [];
  for (const file of files)
    checked.push({ file, parsed: catalogues.get(file) ?? (await parseWorkflowFile(file, known)) });
  return checked;
}

function isJson({ given, format: common }: CommandContext): boolean {
  return given.oneOf("format", ["text", "json"]) === "json" || common === "json";
}

function documentOf({ file, parsed }: Checked) {
  if (!parsed.ok) return { file, ok: false, problems: parsed.problems };
  if ("catalogue" in parsed) return { file, ok: true, workers: [...parsed.catalogue.keys()] };
  const { name, version, hash } = parsed.workflow;
  return { file, ok: true, workflow: name, version, hash };
}

function textOf({ file, parsed }: Checked, look: Look): string {
  if (!parsed.ok) return parsed.problems.map((problem) => renderProblem(problem, look)).join("\n");
  const ok = `${terminalText(file)} ${worded(look, "ok")}`;
  if ("catalogue" in parsed) return `${ok} ${counted(parsed.catalogue.size, "worker type")}`;
  const { name, version, steps } = parsed.workflow;
  return `${ok} ${name}@${version}, ${counted(steps.length, "step")}`;
}

function exitCodeOf(checked: readonly Checked[]): number {
  return checked.every(({ parsed }) => parsed.ok) ? 0 : new InvalidDefinition([]).exitCode;
}

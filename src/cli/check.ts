/** `clew check`: what is wrong with workflow files and catalogues, all of it. */
import { ClewError } from "../base/errors.ts";
import { emptyCatalogue, mergeCatalogues } from "../definition/catalogue.ts";
import { InvalidDefinition } from "../definition/invalid-definition.ts";
import type { Parsed, ParsedCatalogue } from "../definition/parse-definition.ts";
import { type Command, type CommandContext, type CommandOption } from "./command.ts";
import { type Look, worded } from "./look.ts";
import { counted, errorDocument, renderError, renderProblem } from "./print-error.ts";
import { terminalText } from "./terminal-text.ts";
import { isCatalogueFile, parseCatalogueFile, parseWorkflowFile } from "./workflow-source.ts";

const format: CommandOption = { type: "string", value: "<format>", about: "text (default) or json" };

interface Checked {
  readonly file: string;
  readonly parsed: Parsed | ParsedCatalogue | Unread;
}

/** A file that cannot be read at all, or a catalogue that contradicts another: the others are checked all the same. */
interface Unread {
  readonly ok: false;
  readonly error: ClewError;
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
    const unread = checked.flatMap(({ parsed }) => ("error" in parsed ? [parsed.error] : []));
    if (unread[0] && unread.length === checked.length) throw unread[0];
    if (isJson(context)) context.document({ files: checked.map(documentOf) });
    else {
      for (const { file, parsed } of checked)
        if (!("error" in parsed)) context.out(`${textOf(file, parsed, context)}\n`);
      for (const error of unread) context.note(`${renderError(error, context.onStderr)}\n`);
    }
    return exitCodeOf(checked);
  },
};

/** In the order of the files. */
async function checkFiles(files: readonly string[]): Promise<readonly Checked[]> {
  const catalogues = new Map<string, ParsedCatalogue | Unread>();
  let known = emptyCatalogue;
  for (const file of files.filter(isCatalogueFile)) {
    const parsed = await attempt(async () => {
      const catalogue = parseCatalogueFile(file);
      if (catalogue.ok) known = mergeCatalogues([known, catalogue.catalogue]);
      return catalogue;
    });
    catalogues.set(file, parsed);
  }
  const checked: Checked[] = [];
  for (const file of files) {
    const parsed = catalogues.get(file) ?? (await attempt(() => parseWorkflowFile(file, known)));
    checked.push({ file, parsed });
  }
  return checked;
}

async function attempt<T>(parse: () => Promise<T>): Promise<T | Unread> {
  try {
    return await parse();
  } catch (error) {
    if (error instanceof ClewError) return { ok: false, error };
    throw error;
  }
}

function isJson({ given, format: common }: CommandContext): boolean {
  return given.oneOf("format", ["text", "json"]) === "json" || common === "json";
}

function documentOf({ file, parsed }: Checked) {
  if ("error" in parsed) return { file, ok: false, error: errorDocument(parsed.error) };
  if (!parsed.ok) return { file, ok: false, problems: parsed.problems };
  if ("catalogue" in parsed) return { file, ok: true, workers: [...parsed.catalogue.keys()] };
  const { name, version, hash } = parsed.workflow;
  return { file, ok: true, workflow: name, version, hash };
}

function textOf(file: string, parsed: Parsed | ParsedCatalogue, look: Look): string {
  if (!parsed.ok) return parsed.problems.map((problem) => renderProblem(problem, look)).join("\n");
  const ok = `${terminalText(file)} ${worded(look, "ok")}`;
  if ("catalogue" in parsed) return `${ok} ${counted(parsed.catalogue.size, "worker type")}`;
  const { name, version, steps } = parsed.workflow;
  return `${ok} ${name}@${version}, ${counted(steps.length, "step")}`;
}

/** What is wrong with a definition says more than a file that is not there. */
function exitCodeOf(checked: readonly Checked[]): number {
  const wrong = checked.filter(({ parsed }) => !parsed.ok);
  const [first] = wrong;
  if (!first) return 0;
  if (wrong.some(({ parsed }) => "problems" in parsed)) return new InvalidDefinition([]).exitCode;
  return "error" in first.parsed ? first.parsed.error.exitCode : 0;
}

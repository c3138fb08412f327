/** `clew check`: what is wrong with workflow files, all of it. */
import { InvalidDefinition } from "../definition/invalid-definition.ts";
import type { Parsed } from "../definition/parse-definition.ts";
import { type Command, type CommandContext, type CommandOption } from "./command.ts";
import { type Look, worded } from "./look.ts";
import { counted, renderProblem } from "./print-error.ts";
import { terminalText } from "./terminal-text.ts";
import { parseWorkflowFile } from "./workflow-source.ts";

const format: CommandOption = { type: "string", value: "<format>", about: "text (default) or json" };

interface Checked {
  readonly file: string;
  readonly parsed: Parsed;
}

export const check: Command = {
  name: "check",
  summary: "Says what is wrong with workflow files: all of it, with line, column, code and remedy.",
  usage: "clew check <file>… [--format text|json]",
  options: { format },
  arguments: { least: 1, most: 1000 },
  more: "Ends with 0 where every file is a workflow, with 3 where one is not.",
  async run(context) {
    const checked = context.given.plain.map((file) => ({ file, parsed: parseWorkflowFile(file) }));
    if (isJson(context)) context.document({ files: checked.map(documentOf) });
    else for (const file of checked) context.out(`${textOf(file, context)}\n`);
    return exitCodeOf(checked);
  },
};

function isJson({ given, format: common }: CommandContext): boolean {
  return given.oneOf("format", ["text", "json"]) === "json" || common === "json";
}

function documentOf({ file, parsed }: Checked) {
  if (!parsed.ok) return { file, ok: false, problems: parsed.problems };
  const { name, version, hash } = parsed.workflow;
  return { file, ok: true, workflow: name, version, hash };
}

function textOf({ file, parsed }: Checked, look: Look): string {
  if (!parsed.ok) return parsed.problems.map((problem) => renderProblem(problem, look)).join("\n");
  const { name, version, steps } = parsed.workflow;
  return `${terminalText(file)} ${worded(look, "ok")} ${name}@${version}, ${counted(steps.length, "step")}`;
}

function exitCodeOf(checked: readonly Checked[]): number {
  return checked.every(({ parsed }) => parsed.ok) ? 0 : new InvalidDefinition([]).exitCode;
}

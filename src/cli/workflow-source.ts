/** The `<workflow>` of the command line: a file, or `name@version` of one that the journal knows from a run. */
import { existsSync } from "node:fs";
import { ClewError } from "../base/errors.ts";
import { isName } from "../base/ids.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { DefinitionProblemCode } from "../definition/definition-problem.ts";
import { InvalidDefinition } from "../definition/invalid-definition.ts";
import { limits } from "../definition/limit.ts";
import { type Parsed, parseDefinition } from "../definition/parse-definition.ts";
import type { Workflow } from "../definition/workflow.ts";
import { readBounded } from "./bounded-file.ts";
import { reading } from "./journal-choice.ts";
import { terminalText } from "./terminal-text.ts";

/** Throws `invalid_definition` with all problems, `file_unreadable`, `workflow_unknown`, `journal_missing`. */
export async function loadWorkflow(source: string, journal: string): Promise<Workflow> {
  const named = namedVersion(source);
  if (named && !existsSync(source)) return recordedWorkflow(named, journal);
  const parsed = parseWorkflowFile(source);
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.workflow;
}

/** Throws `file_unreadable`; whatever is wrong with the content is a problem. */
export function parseWorkflowFile(file: string): Parsed {
  const read = readBounded(file, limits.textBytes);
  if ("text" in read) return parseDefinition({ text: read.text, file });
  return read.flaw === "too_large"
    ? problem(
        file,
        "too_large",
        `the file is larger than ${limits.textBytes} bytes`,
        "Keep data out of the definition: hand it over as input.",
      )
    : problem(file, "bad_text", "the file is not UTF-8", "Save it as UTF-8.");
}

function problem(file: string, code: DefinitionProblemCode, message: string, mend: string): Parsed {
  return { ok: false, problems: [{ code, file, path: "", message, mend }] };
}

interface NamedVersion {
  readonly name: string;
  readonly version: number;
}

function namedVersion(source: string): NamedVersion | undefined {
  const match = /^([^@]*)@([1-9]\d{0,14})$/.exec(source);
  if (!match?.[1] || !isName(match[1])) return undefined;
  return { name: match[1], version: Number(match[2]) };
}

async function recordedWorkflow({ name, version }: NamedVersion, journal: string): Promise<Workflow> {
  const definition = await reading(journal, ({ journal: reader }) => reader.definitionNamed(name, version));
  if (definition) return loadDefinition(definition);
  throw new ClewError("workflow_unknown", `the journal ${terminalText(journal)} knows no workflow ${name}@${version}`, {
    mend: "A journal knows a workflow from its first run on; name its file instead.",
  });
}

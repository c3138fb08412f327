/**
 * The `<workflow>` of the command line: a file of YAML or JSON, a module that exports one, or `name@version` of one that
 * the journal knows from a run.
 */
import { existsSync } from "node:fs";
import { ClewError } from "../base/errors.ts";
import { isName } from "../base/ids.ts";
import { type Catalogue, emptyCatalogue } from "../definition/catalogue.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { DefinitionProblem, DefinitionProblemCode } from "../definition/definition-problem.ts";
import { InvalidDefinition } from "../definition/invalid-definition.ts";
import { limits } from "../definition/limit.ts";
import { parseCatalogue, type Parsed, type ParsedCatalogue, parseDefinition } from "../definition/parse-definition.ts";
import { type Workflow, workerTypesOf } from "../definition/workflow.ts";
import { readBounded } from "./bounded-file.ts";
import { reading } from "./journal-choice.ts";
import { terminalText } from "./terminal-text.ts";
import { importModule, isModule, type UserModule } from "./user-module.ts";

/** What help says of a `<workflow>`. */
export const workflowForms =
  "<workflow> is a YAML or JSON file, a module that exports a workflow (order.ts, or order.ts#name where it exports\nseveral), or name@version of one that the journal knows from a run.";

/** Throws `invalid_definition` with all problems, `file_unreadable`, `workflow_unknown`, `journal_missing`. */
export async function loadWorkflow(source: string, journal: string, catalogue?: Catalogue): Promise<Workflow> {
  const named = namedVersion(source);
  if (named && !existsSync(source)) return recordedWorkflow(named, journal);
  const parsed = await parseWorkflowFile(source, catalogue);
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.workflow;
}

/** Throws `file_unreadable`; whatever is wrong with the content is a problem. */
export async function parseWorkflowFile(source: string, catalogue: Catalogue = emptyCatalogue): Promise<Parsed> {
  const [file, exported] = existsSync(source) ? [source, undefined] : fileAndExport(source);
  if (isModule(file)) return parseModule(file, exported, catalogue);
  const text = readText(source);
  return "problems" in text ? text : parseDefinition({ text: text.text, file: source }, catalogue);
}

/** At the last `#`: a folder's name may hold one, an export's cannot. */
function fileAndExport(source: string): readonly [file: string, exported: string | undefined] {
  const at = source.lastIndexOf("#");
  return at < 0 ? [source, undefined] : [source.slice(0, at), source.slice(at + 1)];
}

/** A file `*.workers.yaml`. */
export const isCatalogueFile = (file: string): boolean => /\.workers\.(?:ya?ml|json)$/i.test(file);

/** Throws `file_unreadable`. */
export function parseCatalogueFile(file: string): ParsedCatalogue {
  const text = readText(file);
  return "problems" in text ? text : parseCatalogue({ text: text.text, file });
}

/** What `--catalogue` names; `undefined` where it is not given. Throws `invalid_definition`, `file_unreadable`. */
export function loadCatalogue(file: string | undefined): Catalogue | undefined {
  if (file === undefined) return undefined;
  const parsed = parseCatalogueFile(file);
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.catalogue;
}

interface Refused {
  readonly ok: false;
  readonly problems: readonly DefinitionProblem[];
}

function readText(file: string): { readonly text: string } | Refused {
  const read = readBounded(file, limits.textBytes);
  if ("text" in read) return read;
  return read.flaw === "too_large"
    ? problem(
        file,
        "too_large",
        `the file is larger than ${limits.textBytes} bytes`,
        "Keep data out of the definition: hand it over as input.",
      )
    : problem(file, "bad_text", "the file is not UTF-8", "Save it as UTF-8.");
}

function problem(file: string, code: DefinitionProblemCode, message: string, mend: string): Refused {
  return { ok: false, problems: [{ code, file, path: "", message, mend }] };
}

async function parseModule(file: string, exported: string | undefined, catalogue: Catalogue): Promise<Parsed> {
  let module: UserModule;
  try {
    module = await importModule(file, "the workflow of");
  } catch (error) {
    const problems = (error as Partial<InvalidDefinition>).problems;
    if (problems) return { ok: false, problems };
    throw error;
  }
  const workflow = chosenWorkflow(file, module, exported);
  // Read again, whoever made it: what is run has passed this program's own checks.
  const own = workflow.catalogue;
  const object = { ...workflow.definition, workers: Object.fromEntries(own) };
  return parseDefinition({ object: own.size === 0 ? workflow.definition : object, name: file }, catalogue);
}

function chosenWorkflow(file: string, module: UserModule, exported: string | undefined): Workflow {
  const found = Object.entries(module).filter((entry): entry is [string, Workflow] => isWorkflow(entry[1]));
  const names = found.map(([name]) => name);
  const wanted = exported ?? (names.includes("default") ? "default" : undefined);
  const [only, ...others] = wanted === undefined ? found : found.filter(([name]) => name === wanted);
  if (only && others.length === 0) return only[1];
  const there = names.length === 0 ? "no workflow" : names.map((name) => terminalText(name)).join(", ");
  throw new ClewError("workflow_unknown", `cannot choose a workflow of ${terminalText(file)}: it exports ${there}`, {
    mend: `Export one with \`export default defineWorkflow(…)\`, or name one: ${terminalText(file)}#${terminalText(names[0] ?? "name")}.`,
  });
}

/** By its shape: another copy of this package may have made it. */
function isWorkflow(value: unknown): value is Workflow {
  if (typeof value !== "object" || value === null) return false;
  const { definition, hash, catalogue } = value as Partial<Workflow>;
  return typeof definition === "object" && typeof hash === "string" && catalogue instanceof Map;
}

interface NamedVersion {
  readonly name: string;
  readonly version: number;
}

/** What the journal knows of the worker types of a workflow that it knows; `undefined` of one that is a file. */
export async function recordedContracts(
  source: string,
  workflow: Workflow,
  journal: string,
): Promise<Catalogue | undefined> {
  if (!namedVersion(source) || existsSync(source)) return undefined;
  const known = await reading(journal, ({ journal: reader }) => reader.contracts());
  const own = workerTypesOf(workflow).flatMap((type) => {
    const contract = known.get(type);
    return contract ? [[type, contract] as const] : [];
  });
  return new Map(own.map(([type, { formerly: _, ...contract }]) => [type, contract]));
}

function namedVersion(source: string): NamedVersion | undefined {
  const match = /^([^@]*)@([1-9]\d{0,14})$/.exec(source);
  if (!match?.[1] || !isName(match[1])) return undefined;
  return { name: match[1], version: Number(match[2]) };
}

async function recordedWorkflow({ name, version }: NamedVersion, journal: string): Promise<Workflow> {
  const definition = await reading(journal, ({ journal: reader }) => reader.definitionNamed(name, version));
  // Without the contracts that the journal knows: whoever runs it has those of his workers, and the engine the journal's.
  if (definition) return loadDefinition(definition);
  throw new ClewError("workflow_unknown", `the journal ${terminalText(journal)} knows no workflow ${name}@${version}`, {
    mend: "A journal knows a workflow from its first run on; name its file instead.",
  });
}

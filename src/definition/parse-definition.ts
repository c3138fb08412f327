/** The one way in for definitions that somebody wrote: YAML, JSON or an object (definition.md, 3). */
import { canonicalJson } from "../base/canonical-json.ts";
import type { Json } from "../base/json.ts";
import { loadDefinition } from "./content-hash.ts";
import type { Definition } from "./definition.ts";
import { type DefinitionProblem, type Finding, Findings, mostProblems } from "./definition-problem.ts";
import { plainJson } from "./plain-json.ts";
import { readDefinition } from "./read-definition.ts";
import { readText, type SourceText } from "./source-text.ts";
import { formatPath, type ValuePath } from "./value-path.ts";
import type { Workflow } from "./workflow.ts";

export type DefinitionSource =
  /** YAML or JSON; `file` is said in problems, and `.yaml` or `.yml` that people wrote it. */
  | { readonly text: string; readonly file: string }
  /** Plain data that a program made; `name` is said in problems in place of a file. */
  | { readonly object: unknown; readonly name?: string };

/**
 * At most `mostProblems` problems; those of a text in the order of their places. Where there are more, the rest shows
 * when these are mended.
 */
export type Parsed =
  | { readonly ok: true; readonly workflow: Workflow; readonly definition: Definition }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** Does not throw: whatever is wrong with the source is a problem. */
export function parseDefinition(source: DefinitionSource): Parsed {
  return "text" in source
    ? parseText(source.text, source.file)
    : parseObject(source.object, source.name ?? "definition");
}

function parseObject(object: unknown, file: string): Parsed {
  const read = readValue(object, [], false);
  if (read.value === undefined) {
    const problems = read.findings.map(({ code, path, message, mend }) => ({
      code,
      file,
      path: formatPath(path),
      message,
      mend,
    }));
    return { ok: false, problems };
  }
  return accepted(read.value);
}

function parseText(text: string, file: string): Parsed {
  const source = readText(text);
  if (source.value === undefined) return { ok: false, problems: locate(source, [], file) };
  const faulty = source.faults.map(({ path }) => path);
  const read = readValue(source.value, faulty, /\.ya?ml$/i.test(file));
  if (read.value !== undefined && source.faults.length === 0) return accepted(read.value);
  return { ok: false, problems: locate(source, read.findings, file) };
}

/** Problems of the text and of its values, in one order: that of their places. */
function locate(source: SourceText, findings: readonly Finding[], file: string): readonly DefinitionProblem[] {
  const found = findings.map((finding) => ({ ...finding, offset: source.offsetOf(finding.path, finding.at) }));
  return [...source.faults, ...found]
    .sort((a, b) => a.offset - b.offset)
    .slice(0, mostProblems)
    .map(({ code, offset, path, message, mend }) => ({
      code,
      file,
      ...source.positionOf(offset),
      path: formatPath(path),
      message,
      mend,
    }));
}

interface Read {
  /** The canonical definition, if nothing is wrong. */
  readonly value?: Json;
  readonly findings: readonly Finding[];
}

/** `faulty` are places whose values are known to be wrong, so that nothing more is said about them. */
function readValue(value: unknown, faulty: readonly ValuePath[], byHand: boolean): Read {
  const ofData = new Findings();
  const json = plainJson(value, ofData);
  if (json === undefined) return { findings: ofData.all };
  const ofReading = new Findings();
  const definition = readDefinition(json, ofReading, byHand);
  const wrong = [...faulty, ...ofData.all.map(({ path }) => path)];
  const findings = [...ofData.all, ...ofReading.all.filter(({ path }) => !wrong.some((place) => within(path, place)))];
  return findings.length === 0 ? { value: definition, findings } : { findings };
}

const within = (path: ValuePath, place: ValuePath): boolean => place.every((segment, depth) => path[depth] === segment);

function accepted(read: Json): Parsed {
  // Sorts the keys: the canonical form is one text.
  const definition = JSON.parse(canonicalJson(read)) as Definition;
  const workflow = loadDefinition(definition);
  return { ok: true, workflow, definition: workflow.definition };
}

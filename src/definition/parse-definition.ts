/** The one way in for definitions and catalogues that somebody wrote: YAML, JSON or an object (definition.md, 3). */
import { canonicalJson } from "../base/canonical-json.ts";
import { deepFreeze, type Json, type JsonObject } from "../base/json.ts";
import { type Catalogue, emptyCatalogue, type WorkerContract } from "./catalogue.ts";
import { loadDefinition } from "./content-hash.ts";
import type { Definition } from "./definition.ts";
import { type DefinitionProblem, type Finding, Findings, mostProblems } from "./definition-problem.ts";
import { plainJson } from "./plain-json.ts";
import { readCatalogue, readDefinition } from "./read-definition.ts";
import type { Circumstances } from "./reading.ts";
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
interface Refused {
  readonly ok: false;
  readonly problems: readonly DefinitionProblem[];
}

export type Parsed = { readonly ok: true; readonly workflow: Workflow; readonly definition: Definition } | Refused;

export type ParsedCatalogue = { readonly ok: true; readonly catalogue: Catalogue } | Refused;

/**
 * Does not throw: whatever is wrong with the source is a problem. `catalogue` is what is known of worker types besides
 * what the workflow itself declares; with either, the workflow may name none that is in neither.
 */
export function parseDefinition(source: DefinitionSource, catalogue: Catalogue = emptyCatalogue): Parsed {
  const read = readSource(source, readDefinition, catalogue);
  if (!read.ok) return read;
  const { workers, ...rest } = read.value as JsonObject;
  // Sorts the keys: the canonical form is one text.
  const definition = JSON.parse(canonicalJson(rest)) as unknown as Definition;
  const workflow = loadDefinition(definition, new Map([...catalogue, ...contractsOf(workers)]));
  return { ok: true, workflow, definition: workflow.definition };
}

/** A catalogue alone, `{ workers: … }`. Does not throw either. */
export function parseCatalogue(source: DefinitionSource): ParsedCatalogue {
  const read = readSource(source, readCatalogue, emptyCatalogue);
  return read.ok ? { ok: true, catalogue: contractsOf((read.value as JsonObject)["workers"]) } : read;
}

const contractsOf = (workers: Json | undefined): Catalogue =>
  new Map(Object.entries((deepFreeze(workers) ?? {}) as Readonly<Record<string, WorkerContract>>));

type Reader = (value: Json, circumstances: Circumstances) => Json;
type Read = { readonly ok: true; readonly value: Json } | Refused;

function readSource(source: DefinitionSource, reader: Reader, catalogue: Catalogue): Read {
  if (!("text" in source)) return readObject(source.object, source.name ?? "definition", reader, catalogue);
  const { text, file } = source;
  const written = readText(text);
  if (written.value === undefined) return { ok: false, problems: locate(written, [], file) };
  const faulty = written.faults.map(({ path }) => path);
  const { value, findings } = readValue(written.value, faulty, reader, /\.ya?ml$/i.test(file), catalogue);
  if (value !== undefined && written.faults.length === 0) return { ok: true, value };
  return { ok: false, problems: locate(written, findings, file) };
}

function readObject(object: unknown, file: string, reader: Reader, catalogue: Catalogue): Read {
  const { value, findings } = readValue(object, [], reader, false, catalogue);
  if (value !== undefined) return { ok: true, value };
  const problems = findings.map((finding) => ({
    code: finding.code,
    file,
    path: formatPath(finding.path),
    message: inWords(finding),
    mend: finding.mend,
  }));
  return { ok: false, problems };
}

/** Problems of the text and of its values, in one order: that of their places. */
function locate(source: SourceText, findings: readonly Finding[], file: string): readonly DefinitionProblem[] {
  const found = findings.map((finding) => {
    const offset = source.offsetOf(finding.path, finding.at);
    const exact = finding.within && source.offsetWithin(offset, finding.within);
    return exact === undefined ? { ...finding, offset, message: inWords(finding) } : { ...finding, offset: exact };
  });
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

/** Where the place within the value cannot be pointed at, the message says it. */
function inWords({ within, message }: Finding): string {
  return within ? `${message} (at character ${within.offset + 1} of the text)` : message;
}

interface ReadValue {
  /** In canonical form, if nothing is wrong. */
  readonly value?: Json;
  readonly findings: readonly Finding[];
}

/** `faulty` are places whose values are known to be wrong, so that nothing more is said about them. */
function readValue(
  value: unknown,
  faulty: readonly ValuePath[],
  reader: Reader,
  byHand: boolean,
  catalogue: Catalogue,
): ReadValue {
  const ofData = new Findings();
  const json = plainJson(value, ofData);
  if (json === undefined) return { findings: ofData.all };
  const findings = new Findings();
  const read = reader(json, { findings, byHand, catalogue });
  const wrong = [...faulty, ...ofData.all.map(({ path }) => path)];
  const all = [...ofData.all, ...findings.all.filter(({ path }) => !wrong.some((place) => within(path, place)))];
  return all.length === 0 ? { value: read, findings: all } : { findings: all };
}

const within = (path: ValuePath, place: ValuePath): boolean => place.every((segment, depth) => path[depth] === segment);

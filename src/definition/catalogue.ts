/**
 * The catalogue (definition.md, 1: `workers`): what each worker type takes and gives. It belongs to the engine, not to
 * a definition: it is outside the content hash, and a run is held against what the engine knows when it decides.
 */
import { canonicalJson } from "../base/canonical-json.ts";
import { ClewError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { hasSensitive } from "./json-schema/redact.ts";

export interface WorkerContract {
  /** JSON Schema of a command's input. Default: any. */
  readonly input?: JsonObject;
  /** JSON Schema of the output of a success. Default: any. */
  readonly output?: JsonObject;
  /** The error codes that its failures carry. */
  readonly errors?: readonly string[];
  /** Whether the same command twice has the effect of one. */
  readonly idempotent?: boolean;
  /** What it works on: two workers with one resource stand in each other's way. */
  readonly resource?: string;
  /**
   * What was declared of it before, as far as that marked anything as sensitive, latest first: runs of that time are still
   * printed by it. Written by the engine alone; nobody declares it.
   */
  readonly formerly?: readonly WorkerContract[];
}

/** By the worker type's name. */
export type Catalogue = ReadonlyMap<string, WorkerContract>;

export const emptyCatalogue: Catalogue = new Map();

/** The types that `declared` says something else of than `known` does. */
export function contradictions(known: Catalogue, declared: Catalogue): readonly string[] {
  return [...declared].flatMap(([type, contract]) => {
    const other = known.get(type);
    return other === undefined || isSameContract(other, contract) ? [] : [type];
  });
}

const isSameContract = (a: WorkerContract, b: WorkerContract): boolean => a === b || textOf(a) === textOf(b);

const textOf = ({ formerly: _, ...contract }: WorkerContract): string => canonicalJson(contract);

/** Earlier contracts that are kept for one worker type. */
const mostFormer = 20;

/** A contract in place of another, which it remembers if that marked anything. */
export function succeeding(contract: WorkerContract, before: WorkerContract | undefined): WorkerContract {
  if (!before || isSameContract(contract, before)) return before ?? contract;
  const { formerly = [], ...last } = before;
  const marked = [last.input, last.output].some((schema) => schema !== undefined && hasSensitive(schema));
  const kept = (marked ? [last, ...formerly] : formerly).slice(0, mostFormer);
  return kept.length === 0 ? contract : { ...contract, formerly: kept };
}

/** One catalogue of several. Throws `contract_conflict` where two say something else of one worker type. */
export function mergeCatalogues(catalogues: Iterable<Catalogue>): Catalogue {
  const merged = new Map<string, WorkerContract>();
  for (const catalogue of catalogues) {
    const [type] = contradictions(merged, catalogue);
    if (type !== undefined) throw contractConflict(type);
    for (const [name, contract] of catalogue) merged.set(name, contract);
  }
  return merged;
}

export const contractConflict = (type: string): ClewError =>
  new ClewError("contract_conflict", `the worker type ${type} is declared twice, and not alike`, {
    mend: "Declare it once, with `workerType` or in one catalogue, and use that everywhere.",
  });

/**
 * The words of a definition (definition.md, 1), each once: the reader takes its checks from here, and
 * `workflow-schema.ts` the JSON Schema that editors complete by. A key enters with the work that builds it; until then
 * it is refused by name.
 */

import { stepKinds } from "./definition.ts";

/** The kinds of mappings that have keys of their own. */
export const termHolders = [
  "workflow",
  "limit",
  "step",
  "inquiry",
  "compensation",
  "retry",
  "catalogue",
  "contract",
] as const;
export type TermHolder = (typeof termHolders)[number];

/** What may stand under a key. */
export type Form =
  /** events.md, 1: the grammar of names. */
  | { readonly is: "name" }
  | { readonly is: "duration" }
  | { readonly is: "whole"; readonly from: number; readonly to: number }
  | { readonly is: "number"; readonly from: number; readonly to: number }
  /** A list of error codes. */
  | { readonly is: "codes" }
  /** Data with references. */
  | { readonly is: "mapping" }
  /** A JSON Schema. */
  | { readonly is: "schema" }
  | { readonly is: "steps" }
  /** One of these words. */
  | { readonly is: "choice"; readonly of: readonly string[] }
  /** Mappings by name. */
  | { readonly is: "mappings" }
  | { readonly is: "limit" }
  /** `true`, `false`, or a mapping. */
  | { readonly is: "inquiry" }
  | { readonly is: "compensation" }
  | { readonly is: "retry" }
  | { readonly is: "boolean" }
  /** Worker types by name, each with its contract. */
  | { readonly is: "contracts" };

export interface Term {
  readonly key: string;
  readonly form: Form;
  readonly required?: true;
  readonly meaning: string;
}

const choice = (...of: readonly string[]): Form => ({ is: "choice", of });
const name: Form = { is: "name" };
const duration: Form = { is: "duration" };
const mapping: Form = { is: "mapping" };
const whole = (from: number, to: number): Form => ({ is: "whole", from, to });
const number = (from: number, to: number): Form => ({ is: "number", from, to });

const timeout: Term = {
  key: "timeout",
  form: duration,
  meaning: "How long one attempt may take, from the moment that a worker takes it. Default 30s.",
};

export const vocabulary: Readonly<Record<TermHolder, readonly Term[]>> = {
  workflow: [
    { key: "workflow", form: name, required: true, meaning: "The workflow's name." },
    {
      key: "version",
      form: whole(1, Number.MAX_SAFE_INTEGER),
      required: true,
      meaning: "The workflow's version, for people. Open runs keep the definition that they began with.",
    },
    { key: "inputSchema", form: { is: "schema" }, meaning: "JSON Schema (2020-12) of the input. Default: any." },
    { key: "output", form: mapping, meaning: "Mapping of the run's result. Default: null." },
    {
      key: "retention",
      form: duration,
      meaning:
        "How long a run is kept after its end. Then it is deleted, and its id may be used again. Default 30d; give more than callers repeat a start, and than results come late.",
    },
    {
      key: "deadline",
      form: duration,
      meaning: "How long the whole run may take, from its start; then it turns back. Default: none.",
    },
    {
      key: "onDeadline",
      form: choice("compensate", "incident"),
      meaning: "`incident`: the deadline turns nothing back, it only tells an operator. Default: compensate.",
    },
    {
      key: "onFailure",
      form: choice("compensate", "incident"),
      meaning:
        "`incident`: when a step has failed the run stands still before it turns back, so that an operator can try again. Default: compensate.",
    },
    {
      key: "compensationDeadline",
      form: duration,
      meaning: "How long going back may take before an operator is told. Default: none.",
    },
    {
      key: "cancelGrace",
      form: duration,
      meaning: "How long a step that is asked to stop may go on; then its outcome is in doubt. Default 30s.",
    },
    {
      key: "attributes",
      form: { is: "mappings" },
      meaning: "References by name, into the input or outputs: by them runs are found. Default: none.",
    },
    {
      key: "limit",
      form: { is: "limit" },
      meaning: "At most so many open runs for each value of a key; the others wait. Default: none.",
    },
    {
      key: "workers",
      form: { is: "contracts" },
      meaning: "The catalogue: what each worker type takes and gives. Default: none, and then anything fits.",
    },
    {
      key: "steps",
      form: { is: "steps" },
      required: true,
      meaning: "What is done, first to last. What is to be undone is undone last to first.",
    },
  ],
  limit: [
    { key: "key", form: mapping, required: true, meaning: "Mapping of the input: whose runs are counted together." },
    { key: "runs", form: whole(1, 10_000), required: true, meaning: "How many of them may be open at a time." },
  ],
  step: [
    { key: "step", form: name, required: true, meaning: "The step's name, unique in the workflow." },
    { key: "worker", form: name, meaning: "The worker type that does it. Default: the step's name." },
    {
      key: "kind",
      form: choice(...stepKinds),
      meaning:
        "What becomes of its effect when the run goes back. `pivot`: the point of no return. Default: compensatable with a compensation, retriable after a pivot, else plain.",
    },
    { key: "input", form: mapping, meaning: "Mapping of what the worker is given. Default: the workflow's input." },
    timeout,
    {
      key: "scheduleToStart",
      form: duration,
      meaning: "How long a command may wait until a worker takes it; then the attempt is over. Default: none.",
    },
    {
      key: "stepDeadline",
      form: duration,
      meaning: "How long all attempts and the waits between them may take. Default: none.",
    },
    {
      key: "heartbeat",
      form: duration,
      meaning: "How long a worker may be silent while it works; then it counts as lost. Default: none.",
    },
    {
      key: "execution",
      form: choice("at_least_once", "at_most_once"),
      meaning: "`at_most_once`: one attempt, never sent twice; interrupted means in doubt. Default: at_least_once.",
    },
    {
      key: "retry",
      form: { is: "retry" },
      meaning: "When to try again. Default: 3 attempts, initial 1s, factor 2, max 30s, jitter 0.2.",
    },
    {
      key: "inquire",
      form: { is: "inquiry" },
      meaning:
        "Whether the worker is asked, before the step settles in doubt, if it was done: true, or a mapping. Default: false.",
    },
    { key: "compensation", form: { is: "compensation" }, meaning: "What undoes it: a worker type, or a mapping." },
    {
      key: "compensateInDoubt",
      form: { is: "boolean" },
      meaning:
        "Whether it is undone although nobody knows that it was done; false: an operator is asked. Default: true.",
    },
  ],
  inquiry: [
    timeout,
    {
      key: "retry",
      form: { is: "retry" },
      meaning: "When to ask again. Default: 3 attempts, initial 1s, factor 2, max 30s, jitter 0.2.",
    },
  ],
  compensation: [
    { key: "worker", form: name, required: true, meaning: "The worker type that undoes the step." },
    { key: "input", form: mapping, meaning: "Mapping of what the worker is given. Default: what the step was given." },
    timeout,
    {
      key: "retry",
      form: { is: "retry" },
      meaning: "When to try again. Default: 12 attempts, initial 1s, factor 2, max 5m, jitter 0.2.",
    },
  ],
  retry: [
    { key: "attempts", form: whole(1, 100), meaning: "How many attempts in all, the first included." },
    { key: "initial", form: duration, meaning: "The wait before the second attempt." },
    { key: "factor", form: number(1, 10), meaning: "By how much each wait is longer than the one before." },
    { key: "max", form: duration, meaning: "The longest wait; not less than `initial`." },
    { key: "jitter", form: number(0, 1), meaning: "The share of each wait that is left to chance, 0 to 1." },
    { key: "on", form: { is: "codes" }, meaning: "Error codes: try again only on these." },
    { key: "not", form: { is: "codes" }, meaning: "Error codes: never try again on these." },
  ],
  catalogue: [
    {
      key: "workers",
      form: { is: "contracts" },
      required: true,
      meaning: "The worker types by name, each with what it takes and gives.",
    },
  ],
  contract: [
    { key: "input", form: { is: "schema" }, meaning: "JSON Schema (2020-12) of a command's input. Default: any." },
    { key: "output", form: { is: "schema" }, meaning: "JSON Schema (2020-12) of its output. Default: any." },
    { key: "errors", form: { is: "codes" }, meaning: "The error codes that its failures carry." },
    {
      key: "idempotent",
      form: { is: "boolean" },
      meaning: "Whether the same command twice has the effect of one. Default: not known.",
    },
    {
      key: "resource",
      form: name,
      meaning: "What it works on; two workers with one resource stand in each other's way.",
    },
  ],
};

/** Keys of the design that this version refuses by name. */
export const keysNotBuilt: Readonly<Record<TermHolder, readonly string[]>> = {
  workflow: ["signals", "accept", "invariants"],
  limit: [],
  step: ["when", "accept"],
  inquiry: [],
  compensation: [],
  retry: [],
  catalogue: [],
  contract: [],
};

/** Blocks of the design that this version refuses by name: the key that makes a mapping such a block. */
export const blocksNotBuilt: readonly string[] = ["parallel", "choose", "forEach", "loop", "wait", "child", "fail"];

/** Error codes that workers give: any short text without white space. */
export const longestErrorCode = 64;
export const errorCodePattern = `^\\S{1,${longestErrorCode}}$`;
/** Attributes of a workflow. */
export const mostAttributes = 16;
/** Longest list of error codes. */
export const mostErrorCodes = 100;
/** How durations are written; `base/duration.ts` reads them. */
export const durationPattern = "^\\d{1,15}(\\.\\d{1,3})?(ms|s|m|h|d)$";

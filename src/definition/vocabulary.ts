/**
 * The words of a definition (definition.md, 1), each once: the reader takes its checks from here, and
 * `workflow-schema.ts` the JSON Schema that editors complete by. A key enters with the work that builds it; until then
 * it is refused by name.
 */

import { stepKinds } from "./definition.ts";

/** What stands in a sequence: the key that names it is the word for it. */
export const nodeKinds = ["step", "parallel", "choose", "forEach", "loop", "wait", "child", "fail"] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** The kinds of mappings that have keys of their own. */
export const termHolders = [
  "workflow",
  "signals",
  "limit",
  "step",
  "inquiry",
  "compensation",
  "retry",
  "parallel",
  "choose",
  "case",
  "forEach",
  "loop",
  "wait",
  "child",
  "fail",
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
  | { readonly is: "code" }
  /** A list of error codes. */
  | { readonly is: "codes" }
  /** Data with references. */
  | { readonly is: "mapping" }
  /** A JSON Schema. */
  | { readonly is: "schema" }
  /** A sequence; of a case it may be empty. */
  | { readonly is: "steps"; readonly from: 0 | 1 }
  /** Sequences by name. */
  | { readonly is: "branches" }
  | { readonly is: "cases" }
  /** CEL that gives true or false. */
  | { readonly is: "condition" }
  /** A mapping that gives a list. */
  | { readonly is: "items" }
  /** A mapping that gives a moment. */
  | { readonly is: "moment" }
  /** The name of a block's variable. */
  | { readonly is: "variable" }
  | { readonly is: "true" }
  /** One of these words. */
  | { readonly is: "choice"; readonly of: readonly string[] }
  /** Mappings by name. */
  | { readonly is: "mappings" }
  | { readonly is: "limit" }
  | { readonly is: "signals" }
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

const unique = "unique in the workflow among steps and blocks";
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

const when: Term = {
  key: "when",
  form: { is: "condition" },
  meaning: "CEL, true or false: if false it is skipped. Default: it always runs.",
};

const body: Term = { key: "steps", form: { is: "steps", from: 1 }, required: true, meaning: "" };

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
      key: "signals",
      form: { is: "signals" },
      meaning: "What is kept of signals that come before the wait for them. Default: 1,000 of them, for 7d.",
    },
    {
      key: "workers",
      form: { is: "contracts" },
      meaning: "The catalogue: what each worker type takes and gives. Default: none, and then anything fits.",
    },
    {
      ...body,
      meaning: "What is done, first to last. What is to be undone is undone last to first.",
    },
  ],
  signals: [
    { key: "maxAge", form: duration, meaning: "How long a signal is kept for a wait that has not begun. Default 7d." },
    { key: "max", form: whole(1, 10_000), meaning: "How many are kept; one above is refused. Default 1,000." },
  ],
  limit: [
    { key: "key", form: mapping, required: true, meaning: "Mapping of the input: whose runs are counted together." },
    { key: "runs", form: whole(1, 10_000), required: true, meaning: "How many of them may be open at a time." },
  ],
  step: [
    { key: "step", form: name, required: true, meaning: `The step's name, ${unique}.` },
    when,
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
  parallel: [
    { key: "parallel", form: name, required: true, meaning: `The block's name, ${unique}.` },
    when,
    {
      key: "siblings",
      form: choice("drain", "cancel"),
      meaning:
        "What becomes of the other branches when one fails: their open steps are waited for (`drain`), or asked to stop (`cancel`). Default: drain.",
    },
    {
      key: "branches",
      form: { is: "branches" },
      required: true,
      meaning: "Sequences by name; all are gone through, side by side.",
    },
  ],
  choose: [
    { key: "choose", form: name, required: true, meaning: `The block's name, ${unique}.` },
    when,
    {
      key: "cases",
      form: { is: "cases" },
      required: true,
      meaning: "Of these the first one whose condition holds is gone through; if none does, nothing is.",
    },
  ],
  case: [
    { key: "when", form: { is: "condition" }, meaning: "CEL, true or false." },
    { key: "otherwise", form: { is: "true" }, meaning: "In place of `when`: the last case, taken if no other is." },
    { ...body, form: { is: "steps", from: 0 }, meaning: "What is done in this case; may be empty." },
  ],
  forEach: [
    { key: "forEach", form: name, required: true, meaning: `The block's name, ${unique}.` },
    when,
    { key: "in", form: { is: "items" }, required: true, meaning: "Mapping that gives the list of items." },
    {
      key: "as",
      form: { is: "variable" },
      required: true,
      meaning: "By this name the item begins paths inside: letters, digits and `_`.",
    },
    { key: "concurrency", form: whole(1, 1000), meaning: "How many items at a time. Default 1." },
    { ...body, meaning: "What is done for each item. The block's output is the list of their last outputs." },
  ],
  loop: [
    { key: "loop", form: name, required: true, meaning: `The block's name, ${unique}.` },
    when,
    {
      key: "until",
      form: { is: "condition" },
      required: true,
      meaning: "CEL, true or false, asked at the end of each iteration: if true it was the last.",
    },
    {
      key: "max",
      form: whole(1, 100_000),
      required: true,
      meaning: "The most iterations; if `until` does not hold even then, the block has failed.",
    },
    { ...body, meaning: "What is done in each iteration. The block's output is the last one's." },
  ],
  wait: [
    { key: "wait", form: name, required: true, meaning: `The wait's name, ${unique}.` },
    when,
    { key: "for", form: duration, meaning: "How long it waits." },
    {
      key: "until",
      form: { is: "moment" },
      meaning: "Mapping that gives the moment: a text such as 2026-01-31T09:00:00Z, or milliseconds since 1970.",
    },
    { key: "signal", form: name, meaning: "Which signal it waits for. The wait's output is what the signal carries." },
    { key: "timeout", form: duration, meaning: "How long it waits for the signal. Default: for ever." },
    {
      key: "onTimeout",
      form: choice("fail", "continue"),
      meaning: "`fail`: without the signal the wait has failed. Default: continue, without an output.",
    },
  ],
  child: [
    { key: "child", form: name, required: true, meaning: `The child's name here, ${unique}.` },
    when,
    { key: "workflow", form: name, required: true, meaning: "The workflow that is run as a step of this one." },
    {
      key: "kind",
      form: choice("compensatable", "irreversible", "pivot", "retriable"),
      meaning:
        "What becomes of it when the run goes back; whether it has effects at all its own steps say. Default: compensatable, and after a pivot retriable.",
    },
    { key: "input", form: mapping, meaning: "Mapping of the child's input. Default: the workflow's input." },
    {
      key: "compensation",
      form: { is: "compensation" },
      meaning: "What undoes it, in place of its own going back: a worker type, or a mapping.",
    },
  ],
  fail: [
    { key: "fail", form: name, required: true, meaning: `A name, ${unique}. Here the run turns back.` },
    when,
    { key: "code", form: { is: "code" }, meaning: "The error code that the run carries. Default: refused." },
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
export const keysNotBuilt: Readonly<Partial<Record<TermHolder, readonly string[]>>> = {
  workflow: ["accept", "invariants"],
  step: ["accept"],
};

/** Error codes that workers give: any short text without white space. */
export const longestErrorCode = 64;
export const errorCodePattern = `^\\S{1,${longestErrorCode}}$`;
/** Attributes of a workflow. */
export const mostAttributes = 16;
/** Branches of a parallel block, and cases of a choice. */
export const mostBranches = 100;
/** Longest list of error codes. */
export const mostErrorCodes = 100;
/** How durations are written; `base/duration.ts` reads them. */
export const durationPattern = "^\\d{1,15}(\\.\\d{1,3})?(ms|s|m|h|d)$";
/** A moment as RFC 3339 writes it. */
export const momentPattern = "^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$";
/** The last moment that a program can name, in milliseconds since 1970. */
export const lastMomentMs = 8.64e15;
export const variablePattern = "^[A-Za-z_][A-Za-z0-9_]{0,63}$";
/** What else paths and expressions begin with, and the words that CEL keeps for itself. */
export const notVariables: readonly string[] = [
  ...["input", "steps", "run", "effects", "undone", "true", "false", "null", "in", "as", "break", "const", "continue"],
  ...[
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
  ],
];

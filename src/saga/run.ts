/**
 * A run as it stands: the fold of its events (semantics.md, I14). Plain data, so that it can be compared, copied and
 * printed. `evolve` is the only writer; it changes the object in place, because a copy for each event would be the
 * greater part of the engine's work.
 */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Cause, CommandRef, IncidentKind, Neglect, Parent, Residue, Side, Statement } from "./event.ts";
import type { CompensationStateName, Phase, StepStateName } from "./tables.ts";

export interface Run {
  id: string;
  uid: string;
  workflow: string;
  workflowVersion: number;
  /** The hash of the definition that the run keeps to its end (C17). */
  definition: string;
  /** The number of its last event; 0 before the first. */
  version: number;
  input: Json;
  phase: Phase;
  startedAt: number;
  /** The time of the last transition. */
  changedAt: number;
  /** When it left forward; the grace of a cancelled step runs from here. */
  turnedAt: number | undefined;
  endedAt: number | undefined;
  /** Why it turned, or was abandoned: the first in the order of `causes`. */
  cause: Cause | undefined;
  cancelled: boolean;
  abandoned: boolean;
  /** By an operator: no command is sent. */
  suspended: boolean;
  /** C25: under a limit, and whose place it waits for. */
  limitKey: string | undefined;
  holder: string | undefined;
  /** C16: which deadlines are over. */
  isLate: boolean;
  isRollbackLate: boolean;
  /** C21: the step whose command nobody takes, why, and since when that is known. */
  unattended: { readonly step: string; readonly need: Neglect; readonly at: number } | undefined;
  /** The last verb: who came first is told to who comes second. */
  lastVerb: PerformedVerb | undefined;
  /** Of a child: whose step it is, and whether it is recorded there how it ended (C14). */
  parent: Parent | undefined;
  isParentTold: boolean;
  /** How often it has ended, or what is known of its end has changed: what its parent was told is of one of them. */
  ends: number;
  rerunOf: string | undefined;
  /** The runs that were started again from this one. */
  reruns: readonly string[];
  /** Outputs that are taken over from the run that this one was started from, by step. */
  reuse: Readonly<Record<string, Json>> | undefined;
  /** In the order of the definition; nothing where a step stands in a block that repeats. */
  steps: (StepRun | undefined)[];
  /** Of those, by key, in the order in which they began. */
  repeated: Record<string, StepRun> | undefined;
  /** Blocks that have begun, by key. */
  blocks: Record<string, BlockRun> | undefined;
  /** Plain steps that ran and of which nothing is kept, because their iteration is over. */
  forgotten: readonly string[];
  /** How much of the outermost sequence is done or skipped: the place of what is open, next, or in question. */
  place: number;
  /** What failed and so turned it: the key of a step or block. */
  turnedBy: string | undefined;
  /** Commands that were sent and neither answered nor ended: attempts that are `live` or `superseded`. */
  out: OutRef[];
  /** What is in `retry_wait`, or put off; and the waits of the definition. */
  waits: { step: string; side: Side; of: "retry" | "wait" }[];
  /** C22: that came before the wait for them, oldest first. */
  signals: KeptSignal[];
  /** The ids of signals that came, the last ones: the same id is dropped. */
  heard: string[];
  /** Open ones only. */
  incidents: Incident[];
  /** How many incidents were ever opened. */
  incidentCount: number;
  /** How many anomalies were ever recorded; contradictions beyond a bound are dropped. */
  anomalyCount: number;
  output: Json | undefined;
  /** Of an ended run that did not complete. */
  residue: readonly Residue[];
  /** Plain steps that ran, in a run that did not complete. */
  undeclared: readonly string[];
}

export interface KeptSignal {
  readonly signal: string;
  readonly id: string;
  readonly payload: Json;
  readonly at: number;
}

export type BlockRun = OmittedBlock | FailedBlock | ParallelRun | ChooseRun | ForEachRun | LoopRun;

/** Its condition did not hold, or an operator has skipped it. */
export interface OmittedBlock {
  is: "omitted";
  isDone: true;
}

/** Its condition or its list could not be computed. */
export interface FailedBlock {
  is: "failed";
  isDone: false;
  error: Problem;
}

/** How much of a sequence is done is its place, as in the run. */
export interface ParallelRun {
  is: "parallel";
  isDone: boolean;
  /** Of each branch. */
  places: number[];
}

export interface ChooseRun {
  is: "choose";
  isDone: boolean;
  /** Which case; -1: none. */
  arm: number;
  place: number;
}

export interface ForEachRun {
  is: "forEach";
  isDone: boolean;
  items: readonly Json[];
  /** How many have begun. */
  begun: number;
  /** Those that have begun and are not done. */
  open: { item: number; place: number }[];
  /** What the last of each item's sequence gave; a hole where it is not done. */
  outputs: (Json | undefined)[];
  owing: Owing[];
  /** Something of an item that is done is not forgotten. */
  isKept: boolean;
}

export interface LoopRun {
  is: "loop";
  isDone: boolean;
  /** From 1. */
  iteration: number;
  place: number;
  /** By name: what each step and block in it gave when it last ran in an iteration that is over. */
  carried: Record<string, Json>;
  /** The same as iterations that are not forgotten saw it, by their number. */
  seen: Record<number, Record<string, Json>>;
  /** What the last of its sequence gave in the last iteration that is over. */
  output: Json;
  /** Whether it is over could not be computed, or it has gone through its last iteration. */
  error: Problem | undefined;
  owing: Owing[];
  /** Something of an iteration that is over is not forgotten. */
  isKept: boolean;
}

/** How many compensations of one item or iteration are not settled; in the order of the indices, and only those with any. */
export interface Owing {
  readonly index: number;
  count: number;
}

/** A command that is out, and when it was recorded. */
export interface OutRef extends CommandRef {
  readonly at: number;
  /** It is for another run, not for a worker. */
  readonly isChild?: true;
  /** And that run has recorded it: there is nothing to be done but to wait. */
  readonly isBegun?: true;
}

export interface PerformedVerb {
  readonly verb: string;
  readonly actor: string;
  readonly at: number;
  /** The run's version after it. */
  readonly version: number;
}

export interface StepRun {
  state: StepStateName;
  /** Attempt n stands at n - 1. */
  attempts: AttemptState[];
  /** Attempts that count against the budget. */
  spent: number;
  output: Json | undefined;
  /** What the worker said about how to undo its effect (C11). */
  undo: Json | undefined;
  /** The last failure. */
  error: Problem | undefined;
  /** In `retry_wait`: when the next attempt is sent. */
  dueAt: number | undefined;
  /** When its first command was sent, since it was last asked for; `stepDeadline` runs from here. */
  begunAt: number | undefined;
  /** From the moment that its worker was asked whether it was done. */
  inquiry: InquiryRun | undefined;
  /** From the moment that an operator, or a closed key, made it special. */
  mended: Mended | undefined;
  /** What its child has left in the world (C14). */
  left: readonly Residue[] | undefined;
  /** From the moment that it is armed. */
  compensation: CompensationRun | undefined;
}

/** What is rare of a step: hardly one has it. */
export interface Mended {
  /** The number of its key (C12). */
  key: number;
  /** Attempts, and inquiries, up to these were under an earlier key. */
  earlier: number;
  earlierInquiries: number;
  /** What was done under an earlier key has come to light, and nobody has undone it (C26). */
  isStray: boolean;
  /** Its worker has said that nothing will come under this key any more. */
  isClosed: boolean;
  /** In place of what the mapping gives. */
  input: Json | undefined;
  /** What an operator stated of its effect (C26). */
  word: Statement | undefined;
  /** An operator has had it sent once more while the run drained: a doubtful pivot. */
  isAskedOnceMore: boolean;
}

export interface InquiryRun {
  attempts: InquiryState[];
  spent: number;
  dueAt: number | undefined;
}

/**
 * - `live`, `superseded`, `unanswered`: as of an attempt
 * - `unknown`: it answered that, or failed; asked once more its worker may know
 * - `not_done`, `done`: it answered so
 * - `closed`: was superseded or unanswered, and nothing that it may still say counts but `done`, where nobody knew of it
 */
export type InquiryState = "live" | "superseded" | "unanswered" | "unknown" | "not_done" | "done" | "closed";

/**
 * - `live`: sent, and the step waits for it
 * - `superseded`: sent, and another attempt has settled the step; live until it answers or its time is over
 * - `unanswered`: the timer ended it; in doubt
 * - `possible`: it answered failed, effect possible; in doubt
 * - `none`: it had no effect, by its worker's promise or because nobody took it
 * - `succeeded`
 * - `closed`: was superseded, and has answered or run out of time; or its doubt ended with its key (`scope: key`)
 */
export type AttemptState = "live" | "superseded" | "unanswered" | "possible" | "none" | "succeeded" | "closed";

export interface CompensationRun {
  state: CompensationStateName;
  attempts: UndoAttempt[];
  spent: number;
  error: Problem | undefined;
  dueAt: number | undefined;
  /** Of the answer that settled it: whether the worker knew an effect to undo. */
  found: boolean | undefined;
  /** How often an undo found nothing although the step's success was known (C5). */
  lateEffects: number;
  /** C5: it must be sent once more, as soon as the run may send anything. */
  isOwed: boolean;
  /** An operator's, in place of what the mapping gives. */
  input: Json | undefined;
}

export interface UndoAttempt {
  state: UndoAttemptState;
  /** Whether the step's success was recorded when it was sent (C5). */
  informed: boolean;
}

/**
 * - `live`: sent, waited for
 * - `superseded`: sent, and another answer settled the compensation
 * - `unanswered`: the timer ended it
 * - `possible`, `none`: it answered failed, with this effect
 * - `compensated`
 * - `late`: it answered compensated when the compensation was settled already; should the step's success come to light
 *   after all (C4), its effect may be undone
 * - `closed`: was superseded, and has answered or run out of time
 */
export type UndoAttemptState =
  | "live"
  | "superseded"
  | "unanswered"
  | "possible"
  | "none"
  | "compensated"
  | "late"
  | "closed";

export interface Incident {
  /** Numbered from 1 in its run. */
  number: number;
  kind: IncidentKind;
  /** `overdue` is about the whole run. */
  step: string | undefined;
  /** `execute`: it is about the effect, not about an undo that it holds up. */
  side: "execute" | "compensate";
  openedAt: number;
  error: Problem | undefined;
}

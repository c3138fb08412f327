/**
 * A run as it stands: the fold of its events (semantics.md, I14). Plain data, so that it can be compared, copied and
 * printed. `evolve` is the only writer; it changes the object in place, because a copy for each event would be the
 * greater part of the engine's work.
 */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Cause, CommandRef, IncidentKind, Neglect, Residue, Side, Statement } from "./event.ts";
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
  rerunOf: string | undefined;
  /** The runs that were started again from this one. */
  reruns: readonly string[];
  /** Outputs that are taken over from the run that this one was started from, by step. */
  reuse: Readonly<Record<string, Json>> | undefined;
  /** In the order of the definition. */
  steps: StepRun[];
  /** How many steps from the first on are done or skipped: the place of the one that is open, next, or in question. */
  place: number;
  /** Commands that were sent and neither answered nor ended: attempts that are `live` or `superseded`. */
  out: OutRef[];
  /** What is in `retry_wait`. */
  waits: { step: string; side: Side }[];
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

/** A command that is out, and when it was recorded. */
export interface OutRef extends CommandRef {
  readonly at: number;
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

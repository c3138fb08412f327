/** The causes that a run can be given (architecture.md, 1: intake). Each is decided on its own, with the time. */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Action, Actor, CommandRef, Effect, Neglect, Parent, Residue, Scope, Side } from "./event.ts";

export type SagaInput =
  | {
      readonly type: "start";
      readonly id: string;
      readonly uid: string;
      readonly input: Json;
      readonly rerun?: Rerun;
      /** Under a limit: its key, and a run that has a place where none is free (C25). */
      readonly limitKey?: string;
      readonly holder?: string;
      /** Of a child (C14). */
      readonly parent?: Parent;
    }
  /** C21: what the engine sees of the queue in which the step's command waits; nothing: somebody has taken it. */
  | { readonly type: "attention"; readonly step: string; readonly need: Neglect | undefined; readonly worker: string }
  /** C25: a place is free. */
  | { readonly type: "admit" }
  | {
      readonly type: "result";
      readonly step: string;
      readonly action: Action;
      readonly attempt: number;
      readonly outcome: Outcome;
    }
  /** The bus confirmed that nobody took this command and that nobody will. */
  | { readonly type: "withdrawn"; readonly step: string; readonly side: Side; readonly attempt: number }
  | { readonly type: "timer"; readonly timer: SagaTimer }
  /** C14: a child of this run has ended, or cannot begin, or will not go back. */
  | { readonly type: "child"; readonly step: string; readonly ended: ChildEnd }
  /** C14: the child has recorded what this run asks of it. */
  | { readonly type: "childBegan"; readonly step: string; readonly side: Side }
  /** C14: the parent goes back. */
  | { readonly type: "recall" }
  /** C14: the parent has recorded how this run ended, the so many-th time. */
  | { readonly type: "told"; readonly end: number }
  | (Verb & Actor & { readonly expectedVersion?: number });

/** What an operator asks for (semantics.md, 7). `step` says which of several open incidents is meant. */
export type Verb =
  | { readonly type: "cancel" }
  | { readonly type: "suspend" }
  | { readonly type: "resume" }
  /** `input`: edited, in place of what the mapping gives. */
  | { readonly type: "retry"; readonly step?: string; readonly input?: Json }
  | {
      readonly type: "resolve";
      readonly step?: string;
      /** Of a step; of a compensation there is only that it is done. Default `done`. */
      readonly outcome?: "done" | "not_done";
      readonly output?: Json;
    }
  | { readonly type: "skip"; readonly step?: string }
  | { readonly type: "rerun"; readonly run: string }
  /** For a wait that is open, or the first that begins; the same id twice is once (C22). */
  | { readonly type: "signal"; readonly signal: string; readonly id: string; readonly payload: Json }
  | {
      readonly type: "abandon";
      /** Live commands that the bus gave back before this was decided. */
      readonly withdrawn: readonly CommandRef[];
    };

export type ChildEnd =
  | { readonly word: "completed"; readonly output: Json }
  /** Also of one that could not begin. */
  | { readonly word: "compensated"; readonly error: Problem }
  | { readonly word: "failed"; readonly error: Problem; readonly residue: readonly Residue[] }
  | { readonly word: "stays"; readonly error: Problem };

/** What a new run takes over from another one. */
export interface Rerun {
  readonly of: string;
  /** Outputs by step. */
  readonly reuse: Readonly<Record<string, Json>>;
}

/** A worker's answer (events.md, 2: result data). */
export type Outcome =
  | { readonly outcome: "succeeded"; readonly output: Json; readonly undo?: Json }
  | {
      readonly outcome: "failed";
      readonly error: Problem;
      readonly retryable: boolean;
      readonly effect: Effect;
      readonly scope: Scope;
    }
  | { readonly outcome: "compensated"; readonly found: boolean }
  | { readonly outcome: "done"; readonly output?: Json; readonly undo?: Json }
  | { readonly outcome: "not_done" }
  | { readonly outcome: "unknown" };

/**
 * A timer that is due. `timeout` carries when the command was taken and when its worker was last heard of, which no event
 * records: after a crash the clock of an open attempt starts again (semantics.md, 2).
 */
export type SagaTimer =
  | ({ readonly kind: "timeout" } & CommandRef & CommandClock)
  | { readonly kind: "retry"; readonly step: string; readonly side: Side }
  | { readonly kind: "deadline" };

/** What the engine knows of a command that is out. */
export interface CommandClock {
  readonly takenAt: number | undefined;
  /** When its worker last gave a sign of life. */
  readonly heardAt?: number | undefined;
  /** It is being taken back: nothing ends it meanwhile. */
  readonly isRecalled?: boolean;
}

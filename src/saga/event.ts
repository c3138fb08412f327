/**
 * What is recorded of a run: facts, past tense. `evolve` folds them into a `Run`; they are numbered from 1 without
 * gaps (semantics.md, I13). What follows from the definition or from earlier events is left out, because bytes are
 * the journal's bill: keys, inputs of commands, default timeouts. The time stands on the transition.
 */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";

export type Action = "execute" | "compensate" | "inquire";
/** What commands are sent for: to do a step, to undo it, to ask whether it was done. Each counts its own attempts. */
export type Side = Action;
export type Effect = "none" | "possible";
/** How far a worker's promise of `none` reaches: this attempt, or every attempt under the key (semantics.md, 2). */
export type Scope = "attempt" | "key";

/** Why a run did not complete; of several the first in this order (semantics.md, 4). */
export const causes = ["step_failed", "deadline", "cancelled", "refused", "abandoned", "recalled"] as const;
export type Cause = (typeof causes)[number];

export const incidentKinds = ["step", "pivot", "compensation", "in_doubt", "late_effect", "overdue"] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** One attempt of one side of a step: a command. */
export interface CommandRef {
  readonly step: string;
  readonly side: Side;
  readonly attempt: number;
}

/** The step of another run that a run is (C14), and the run that all of it began with. */
export interface Parent {
  readonly run: string;
  readonly uid: string;
  readonly step: string;
  readonly root: string;
}

/** An effect that a run left in the world: known, or possible. */
export interface Residue {
  /** A step's key; what a child left has the key of the parent's step before it: `invoice.charge`. */
  readonly step: string;
  readonly certainty: "done" | "possible";
}

/** Who did something, and why; recorded with every verb of an operator. */
export interface Actor {
  readonly actor: string;
  readonly reason?: string;
}

/** Why a command that waits is taken by nobody. */
export type Neglect = "no_worker" | "queue_stands";

/** What an operator states of a step: it was done, it was not done, or what it did has been undone by hand. */
export type Statement = "done" | "not_done" | "undone";

export type SagaEvent =
  | {
      readonly type: "RunStarted";
      readonly id: string;
      readonly uid: string;
      readonly workflow: string;
      /** The workflow's version, for people; the run is bound to `definition`. */
      readonly version: number;
      /** The definition's content hash. */
      readonly definition: string;
      readonly input: Json;
      /** Of a run that was started again from another one: whose, and what is taken over from it. */
      readonly rerunOf?: string;
      readonly reuse?: Readonly<Record<string, Json>>;
      /** Of a child: whose step it is (C14). */
      readonly parent?: Parent;
      /** Under a limit: whose runs are counted together (C25). */
      readonly limitKey?: string;
    }
  /** C25: as many runs as the limit allows are open, `holder` among them. */
  | { readonly type: "RunHeld"; readonly holder: string }
  | { readonly type: "RunAdmitted" }
  /** `rerun`: what the earlier run's step gave is taken over. */
  | { readonly type: "StepReused"; readonly step: string; readonly output: Json }
  /** A step's `when` does not hold. */
  | { readonly type: "StepOmitted"; readonly step: string }
  /** A block's `when` does not hold. */
  | { readonly type: "BlockOmitted"; readonly block: string }
  /** Which case of a `choose`, from 0; -1: none holds. */
  | { readonly type: "ChoiceTaken"; readonly block: string; readonly arm: number }
  | { readonly type: "ForEachBegan"; readonly block: string; readonly items: readonly Json[] }
  /** Of a loop, from 1; with it the iteration before is over. */
  | { readonly type: "IterationBegan"; readonly block: string; readonly iteration: number }
  /** Its condition holds at the end of an iteration. */
  | { readonly type: "LoopEnded"; readonly block: string }
  /** C20: a condition or a list could not be computed; or a loop has gone through its last iteration. */
  | { readonly type: "BlockFailed"; readonly block: string; readonly error: Problem }
  | ({ readonly type: "BlockRetried"; readonly block: string } & Actor)
  | ({ readonly type: "BlockSkipped"; readonly block: string } & Actor)
  /** Without a moment it waits for its signal for ever. */
  | { readonly type: "WaitBegan"; readonly step: string; readonly dueAt?: number }
  | {
      readonly type: "WaitEnded";
      readonly step: string;
      readonly by: "time" | "signal" | "timeout";
      /** The signal's id, and its payload. */
      readonly signal?: string;
      readonly output?: Json;
    }
  /** C22: kept until a wait for it begins, unless one is open. */
  | ({ readonly type: "SignalReceived"; readonly signal: string; readonly id: string; readonly payload: Json } & Actor)
  | { readonly type: "StepDispatched"; readonly step: string; readonly attempt: number }
  | {
      readonly type: "StepSucceeded";
      readonly step: string;
      readonly attempt: number;
      readonly output: Json;
      readonly undo?: Json;
      /** The attempt is an inquiry's. */
      readonly by?: "inquiry";
    }
  | { readonly type: "InquiryDispatched"; readonly step: string; readonly attempt: number }
  /** `not_done` closes the key: whoever says so has fenced it. */
  | {
      readonly type: "InquiryAnswered";
      readonly step: string;
      readonly attempt: number;
      readonly outcome: "done" | "not_done" | "unknown";
    }
  /** An answer `failed` to a live attempt, or to one that had ended without an answer. */
  | {
      readonly type: "AttemptFailed";
      readonly step: string;
      readonly side: Side;
      readonly attempt: number;
      readonly error: Problem;
      readonly effect: Effect;
      readonly scope: Scope;
      readonly retryable: boolean;
    }
  /** The engine's timer ended the attempt: no answer, so its effect is in doubt. */
  | { readonly type: "AttemptTimedOut"; readonly step: string; readonly side: Side; readonly attempt: number }
  /** The bus confirmed that nobody took the command: it had no effect. */
  | { readonly type: "AttemptWithdrawn"; readonly step: string; readonly side: Side; readonly attempt: number }
  | { readonly type: "RetryScheduled"; readonly step: string; readonly side: Side; readonly dueAt: number }
  | { readonly type: "StepFailed"; readonly step: string; readonly error: Problem }
  | { readonly type: "StepInDoubt"; readonly step: string; readonly error: Problem }
  /** semantics.md, C4: a success of a step that had settled otherwise. */
  | {
      readonly type: "LateSuccessRecorded";
      readonly step: string;
      readonly attempt: number;
      readonly output: Json;
      readonly undo?: Json;
      readonly by?: "inquiry";
    }
  /** A result that changed nothing but that its attempt is no longer live, or that contradicts what is known. */
  | {
      readonly type: "ResultRejected";
      readonly step: string;
      readonly side: Side;
      readonly attempt: number;
      readonly outcome: string;
      readonly reason: RejectionReason;
    }
  | {
      readonly type: "AnomalyRecorded";
      readonly anomaly: Anomaly;
      readonly step: string;
      readonly side: Side;
      readonly attempt: number;
    }
  | ({ readonly type: "CancelRequested" } & Actor)
  | ({ readonly type: "RunAbandoned" } & Actor)
  | ({ readonly type: "RunSuspended" } & Actor)
  | ({ readonly type: "RunResumed" } & Actor)
  /** The whole policy again; `key` is the number of the key that it is asked under from now on (C12). */
  | ({ readonly type: "StepRetried"; readonly step: string; readonly key: number; readonly input?: Json } & Actor)
  | ({
      readonly type: "StepResolved";
      readonly step: string;
      readonly outcome: Statement;
      readonly output?: Json;
    } & Actor)
  | ({ readonly type: "StepSkipped"; readonly step: string } & Actor)
  | ({ readonly type: "CompensationRetried"; readonly step: string; readonly input?: Json } & Actor)
  | ({ readonly type: "CompensationResolved"; readonly step: string } & Actor)
  | ({ readonly type: "CompensationSkipped"; readonly step: string } & Actor)
  /** An operator has looked at it, and leaves it as it is. */
  | ({ readonly type: "EffectAccepted"; readonly step: string } & Actor)
  /** Another run was started from what this one was given. */
  | ({ readonly type: "RunRerun"; readonly run: string } & Actor)
  /** Nobody works for the step's worker type, or its queue does not move (C21). Cleared when somebody takes the command. */
  | { readonly type: "AttentionRaised"; readonly step: string; readonly need: Neglect; readonly worker: string }
  | { readonly type: "AttentionCleared"; readonly step: string }
  /** The time of the run, or of going back, is over. */
  | { readonly type: "DeadlinePassed"; readonly of: "run" | "rollback" }
  /** draining → forward: the pivot has succeeded, so what turned the run is refused (`pivot_passed`). */
  | { readonly type: "RunReturned"; readonly step: string; readonly refused: Cause }
  /** forward → draining: steps not begun become `not_run`. */
  | { readonly type: "RunTurned"; readonly cause: Cause; readonly step?: string }
  /** C14: the child has begun, or begun to go back, or knows that it is to stop. */
  | { readonly type: "ChildBegan"; readonly step: string; readonly side: Side }
  /** C14: effects that the child has left, in place of what it had left before. */
  | { readonly type: "ChildLeft"; readonly step: string; readonly residue: readonly Residue[] }
  /** C14: the parent has recorded how this run ended. */
  | { readonly type: "ParentTold" }
  /** C14: ended → backward: the parent goes back, and this run completed. */
  | { readonly type: "RunRecalled" }
  /** draining → backward: what is armed waits for its turn. */
  | { readonly type: "RollbackBegan" }
  | { readonly type: "CompensationDispatched"; readonly step: string; readonly attempt: number }
  | {
      readonly type: "StepCompensated";
      readonly step: string;
      readonly attempt: number;
      readonly found: boolean;
    }
  | { readonly type: "CompensationUnneeded"; readonly step: string }
  | {
      readonly type: "IncidentOpened";
      /** Numbered from 1 in its run. */
      readonly incident: number;
      readonly kind: IncidentKind;
      /** `overdue` is about the whole run. */
      readonly step?: string;
      /** `execute`: it is about the effect, not about an undo that would be held up. */
      readonly side?: "execute";
      readonly error?: Problem;
    }
  | {
      readonly type: "IncidentClosed";
      readonly incident: number;
      readonly by: "late_result" | "abandon" | "operator" | "turn" | "end";
    }
  /** ended → backward: a late effect must still be undone. */
  | { readonly type: "RunReopened"; readonly step: string }
  /** `error` where the output could not be kept. */
  | { readonly type: "RunCompleted"; readonly output: Json; readonly error?: Problem }
  | { readonly type: "RunCompensated"; readonly cause: Cause; readonly undeclared?: readonly string[] }
  | {
      readonly type: "RunFailed";
      readonly cause: Cause;
      readonly residue: readonly Residue[];
      readonly undeclared?: readonly string[];
    };

export type SagaEventType = SagaEvent["type"];

export type RejectionReason =
  | "superseded" // another attempt under the same key had settled the step already
  | "settled" // the compensation was settled by another attempt
  | "key_replaced" // an operator has had the step asked for under another key since
  | "uninformed" // it answers an undo that was sent before the step's success was known (C5)
  | "abandoned"; // the run was abandoned; the answer is kept, nothing follows from it

export type Anomaly =
  | "late_effect" // C5: a success is known and the undo found nothing
  | "broken_promise" // C4: a success after `effect: none`
  | "word_contradicted" // C26: an operator had stated otherwise
  | "stray_effect" // C26: a success under a key that another one has replaced
  | "contradiction"; // C6: a second answer to one attempt that says something else

/** What one input did to one run: recorded whole or not at all. One row of the journal. */
export interface Transition {
  /** When it was decided, milliseconds since 1970. */
  readonly at: number;
  /** At least one. */
  readonly events: readonly SagaEvent[];
}

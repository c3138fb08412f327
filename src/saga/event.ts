/**
 * What is recorded of a run: facts, past tense. `evolve` folds them into a `Run`; they are numbered from 1 without
 * gaps (semantics.md, I13). What follows from the definition or from earlier events is left out, because bytes are
 * the journal's bill: keys, inputs of commands, default timeouts. The time stands on the transition.
 */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";

export type Action = "execute" | "compensate" | "inquire";
/** The two sides of a step that commands are sent for; an inquiry belongs to `execute`'s side. */
export type Side = "execute" | "compensate";
export type Effect = "none" | "possible";
/** How far a worker's promise of `none` reaches: this attempt, or every attempt under the key (semantics.md, 2). */
export type Scope = "attempt" | "key";

/** Why a run did not complete; of several the first in this order (semantics.md, 4). */
export const causes = ["step_failed", "deadline", "cancelled", "refused", "abandoned"] as const;
export type Cause = (typeof causes)[number];

export type IncidentKind = "step" | "pivot" | "compensation" | "in_doubt" | "late_effect" | "overdue";

/** One attempt of one side of a step: a command. */
export interface CommandRef {
  readonly step: string;
  readonly side: Side;
  readonly attempt: number;
}

/** An effect that a run left in the world: known, or possible. */
export interface Residue {
  readonly step: string;
  readonly certainty: "done" | "possible";
}

/** Who did something, and why; recorded with every verb of an operator. */
export interface Actor {
  readonly actor: string;
  readonly reason?: string;
}

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
    }
  | { readonly type: "StepDispatched"; readonly step: string; readonly attempt: number }
  | {
      readonly type: "StepSucceeded";
      readonly step: string;
      readonly attempt: number;
      readonly output: Json;
      readonly undo?: Json;
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
  /** forward → draining: steps not begun become `not_run`. */
  | { readonly type: "RunTurned"; readonly cause: Cause; readonly step?: string }
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
      readonly step: string;
      readonly error?: Problem;
    }
  | { readonly type: "IncidentClosed"; readonly incident: number; readonly by: "late_result" | "abandon" }
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
  | "uninformed" // it answers an undo that was sent before the step's success was known (C5)
  | "abandoned"; // the run was abandoned; the answer is kept, nothing follows from it

export type Anomaly =
  | "late_effect" // C5: a success is known and the undo found nothing
  | "broken_promise" // C4: a success after `effect: none`
  | "contradiction"; // C6: a second answer to one attempt that says something else

/** What one input did to one run: recorded whole or not at all. One row of the journal. */
export interface Transition {
  /** When it was decided, milliseconds since 1970. */
  readonly at: number;
  /** At least one. */
  readonly events: readonly SagaEvent[];
}

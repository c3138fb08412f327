/** The causes that a run can be given (architecture.md, 1: intake). Each is decided on its own, with the time. */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import type { Action, Actor, CommandRef, Effect, Scope, Side } from "./event.ts";

export type SagaInput =
  | { readonly type: "start"; readonly id: string; readonly uid: string; readonly input: Json }
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
  | ({ readonly type: "cancel"; readonly expectedVersion?: number } & Actor)
  | ({
      readonly type: "abandon";
      readonly expectedVersion?: number;
      /** Live commands that the bus gave back before this was decided. */
      readonly withdrawn: readonly CommandRef[];
    } & Actor);

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
 * A timer that is due. `timeout` carries when the command was taken, which no event records: after a crash the clock
 * of an open attempt starts again (semantics.md, 2).
 */
export type SagaTimer =
  | ({ readonly kind: "timeout"; readonly takenAt: number | undefined } & CommandRef)
  | { readonly kind: "retry"; readonly step: string; readonly side: Side };

/** What an Orchestrator is made with, and what it answers. */
import type { Clock } from "../base/clock.ts";
import type { Ids } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import type { EventBus } from "../bus/event-bus.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verb } from "../saga/input.ts";
import type { Run } from "../saga/run.ts";
import type { Standing } from "./decided.ts";
import type { Declared } from "./workflows.ts";

export interface OrchestratorOptions {
  readonly journal: Journal;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly namespace: string;
  /** What this process says of worker types. Default: nothing. */
  readonly catalogue?: Declared;
  /** Called once when the engine has to stop: the journal failed, and what it holds must be read again. */
  readonly onFailure: (cause: unknown) => void;
  /** Called after each commit, with how the run stood after that decision. Must not throw. */
  readonly onChange?: (run: Run, standing: Standing, workflow: Workflow) => void;
  /** Decided and not yet durable transitions beyond which starts are refused. Default 50,000. */
  readonly maxUncommitted?: number;
  /** Runs with commands that the bus has no room for, beyond which starts are refused. Default 10,000. */
  readonly maxPutOff?: number;
}

export interface Started {
  readonly id: string;
  /** Whether a run of that id, workflow and input was there already (semantics.md, C23). */
  readonly existed: boolean;
}

/** What became of a verb. `changed: false` says in `why` that nothing was to do. */
export type VerbAnswer =
  | {
      readonly changed: true;
      readonly version: number;
      /** Of `rerun`: the run that was started. */
      readonly run?: string;
    }
  | { readonly changed: false; readonly version: number; readonly why: string };

/** A verb as an operator gives it. */
export type OperatorVerb =
  | Exclude<Verb, { type: "abandon" | "signal" }>
  | { readonly type: "abandon" }
  /** Without an id it is a new one. */
  | { readonly type: "signal"; readonly signal: string; readonly id?: string; readonly payload: Json };

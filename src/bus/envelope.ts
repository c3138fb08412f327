/** What travels on the bus: CloudEvents 1.0 (events.md, 2). Envelopes are frozen and handed over, never copied. */
import type { Json, JsonObject } from "../base/json.ts";
import type { Action } from "../saga/event.ts";
import type { Outcome } from "../saga/input.ts";

export interface Envelope<Data = Json | object> {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly dataschema: string;
  readonly data: Data;
  /** The root run's id. */
  readonly correlationid: string;
  /** On a result: the id of the command that it answers. */
  readonly causationid?: string;
  readonly partitionkey: string;
  readonly sequence?: string;
  readonly expirytime?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly dataref?: string;
  readonly runid: string;
  readonly runuid: string;
  readonly stepkey?: string;
  readonly attempt?: number;
  readonly action?: Action;
  readonly idempotencykey?: string;
  /** On a compensation and an inquiry: the forward key whose effect is meant. */
  readonly undoes?: string;
  readonly definitionhash?: string;
  readonly home?: string;
  readonly version?: number;
}

export interface CommandData {
  readonly input: Json;
  readonly context: {
    readonly timeoutMs: number;
    readonly heartbeatMs?: number;
    readonly execution: "at_least_once" | "at_most_once";
    /** Counts from 1; more than 1 after the bus delivered it again. */
    readonly delivery: number;
    /** Published again by a restart or a guard: an earlier delivery may have been worked on. */
    readonly again?: true;
  };
  /** What the worker said about how to undo its effect; only where the success is known. */
  readonly undo?: Json;
  readonly forward?: { readonly outcome: "succeeded" | "in_doubt"; readonly output?: Json };
}

/** A worker's answer, as the saga reads it. */
export type ResultData = Outcome;

export type ProgressData =
  | { readonly phase: "taken" }
  | { readonly phase: "heartbeat" }
  | { readonly phase: "working"; readonly percent?: number; readonly text?: string };

export interface NoticeData {
  readonly advice: "cancel";
  /** The id of the command that the advice is about. */
  readonly command: string;
}

/** One recorded event of a run as the outside hears of it. */
export interface StatusData {
  readonly status: string;
  readonly phase: string;
  /** The recorded event's type, and what it says. */
  readonly event: string;
  readonly detail: JsonObject;
}

export type Command = Envelope<CommandData>;
export type Result = Envelope<ResultData>;
export type Progress = Envelope<ProgressData>;
export type Notice = Envelope<NoticeData>;
export type StatusEvent = Envelope<StatusData>;

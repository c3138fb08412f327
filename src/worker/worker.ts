/**
 * What a user writes to do a step's work: a handler for a worker type, and the answers that it may give.
 * Outcomes and their meaning: semantics.md, 2; duties: events.md, 5.
 */
import type { Json } from "../base/json.ts";
import type { WorkerContract } from "../definition/catalogue.ts";
import type { WorkerType } from "../definition/typed/worker-type.ts";
import type { Problem } from "../base/problem.ts";
import type { Action, Effect, Scope } from "../saga/event.ts";

/** What a handler knows of the command it works on. */
export interface WorkContext {
  readonly action: Action;
  /** The idempotency key: the same for every attempt that asks for the same effect. Hand it to a payment provider. */
  readonly key: string;
  /** On `compensate` and `inquire`: the forward key whose effect is meant. */
  readonly undoes: string | undefined;
  readonly runId: string;
  readonly runUid: string;
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** From 1; more than 1 where the bus delivered this attempt again. */
  readonly delivery: number;
  /** Whether this command was published again, so that an earlier delivery may have been worked on. */
  readonly again: boolean;
  /** Aborts at the deadline, when the engine advises to cancel, and when the WorkerManager stops. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970: when the engine stops waiting for this attempt. */
  readonly deadline: number;
  /** On `compensate` and `inquire`, where the step's success is known: what its worker said and gave. */
  readonly forward: { readonly outcome: "succeeded" | "in_doubt"; readonly output?: Json } | undefined;
  readonly undo: Json | undefined;
  /** Tells whoever listens how far the work is; may be lost. */
  readonly progress: (percent: number | undefined, text?: string) => void;
}

/**
 * Answers with a JSON value (the output; on `compensate` any value means `compensated`), with an `Answer`, or by
 * throwing: `WorkFailed` says what is known of the effect, anything else is failed, effect possible, retryable.
 */
export type Handler<Input = Json, Output = unknown> = ((
  input: Input,
  context: WorkContext,
) => Output | Answer<Output> | PromiseLike<Output | Answer<Output>>) & {
  /**
   * What the worker's own store knows of this command without any work: asked when the command came too late to begin
   * (events.md, 5, duty 3). Nothing known: `undefined`. A worker without a store leaves it out.
   */
  readonly recall?: (context: WorkContext) => Answer | undefined;
};

export interface WorkerOptions {
  /** How many commands are worked on at a time, 1 to 10,000. Default 32. */
  readonly room?: number;
}

export interface Worker {
  readonly type: string;
  readonly handler: Handler;
  readonly room: number;
  /** What its type takes and gives, where it was declared with a `WorkerType`. */
  readonly contract?: WorkerContract;
}

const defaultRoom = 32;

/** By these, and not by its class, a thing is known that another copy of this package has made. */
const answerBrand = Symbol.for("clew.answer");
const workFailedBrand = Symbol.for("clew.work-failed");

const isBranded = (value: unknown, brand: symbol): boolean =>
  typeof value === "object" && value !== null && (value as Readonly<Record<symbol, unknown>>)[brand] === true;

export const isAnswer = (value: unknown): value is Answer => isBranded(value, answerBrand);
export const isWorkFailed = (value: unknown): value is WorkFailed => isBranded(value, workFailedBrand);

/** An explicit answer, where a plain output does not say enough. Made by the functions below. */
export class Answer<out Output = unknown> {
  readonly [answerBrand] = true;
  readonly content: AnswerContent<Output>;
  constructor(content: AnswerContent<Output>) {
    this.content = content;
  }
}

export type AnswerContent<Output = unknown> =
  | { readonly outcome: "succeeded"; readonly output: Output; readonly undo?: unknown }
  | { readonly outcome: "compensated"; readonly found: boolean }
  | { readonly outcome: "done"; readonly output?: Output; readonly undo?: unknown }
  | { readonly outcome: "not_done" }
  | { readonly outcome: "unknown" };

/** The step's effect is done; `undo` is kept by the engine and handed to the compensation. */
export const succeeded = <const Output>(output: Output, undo?: unknown): Answer<Output> =>
  new Answer(undo === undefined ? { outcome: "succeeded", output } : { outcome: "succeeded", output, undo });

/** The undo is done; `found` says whether there was an effect to undo. */
export const compensated = (found: boolean): Answer<never> => new Answer({ outcome: "compensated", found });

export interface Failure {
  /** Stable, what a retry policy names. Default `worker_failed`. */
  readonly code?: string;
  readonly title: string;
  readonly detail?: string;
  /** Default `possible`: only say `none` where it is known that nothing happened (events.md, 5, duty 2). */
  readonly effect?: Effect;
  /** Default `true`; `false` where trying again cannot help. */
  readonly retryable?: boolean;
  /** How far `effect: none` reaches. Default `attempt`; `key` implies `none` and not retryable. */
  readonly scope?: Scope;
}

/** Anything can be given; a text, a number or a boolean says something. */
function textOr(otherwise: string, value: unknown): string {
  if (typeof value === "string") return value === "" ? otherwise : value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : otherwise;
}

/** Thrown by a handler that knows what became of its effect. */
export class WorkFailed extends Error {
  readonly [workFailedBrand] = true;
  readonly problem: Problem;
  readonly effect: Effect;
  readonly retryable: boolean;
  readonly scope: Scope;
  /** Whether a row in the worker's store stops every other delivery (duty 2). Only the effect ledger says so. */
  readonly fenced: boolean;

  /** A text is a title. What is not as it should be is read as the careful default: nobody checks types at run time. */
  constructor(failure: Failure | string, fenced = false) {
    const { code, title, detail, effect, retryable, scope }: Partial<Failure> =
      typeof failure === "object" && failure !== null ? failure : { title: failure };
    super(textOr("the work failed", title));
    this.name = "WorkFailed";
    this.problem = {
      code: textOr("worker_failed", code),
      title: this.message,
      ...(detail === undefined ? {} : { detail: textOr("", detail) }),
    };
    this.scope = scope === "key" ? "key" : "attempt";
    this.effect = this.scope === "key" || effect === "none" ? "none" : "possible";
    this.retryable = this.scope === "key" ? false : retryable !== false;
    this.fenced = fenced;
  }
}

/** Declares who works for a worker type: by its contract, which types the handler, or by its name alone. */
export function worker(type: string, handler: Handler, options?: WorkerOptions): Worker;
export function worker<Input, Output>(
  type: WorkerType<Input, Output>,
  handler: Handler<NoInfer<Input>, NoInfer<Output>>,
  options?: WorkerOptions,
): Worker;
export function worker(
  type: string | WorkerType,
  handler: unknown,
  { room = defaultRoom }: WorkerOptions = {},
): Worker {
  // The engine holds inputs against the contract when it decides to send them: only a command that an earlier life sent,
  // under another contract, may be of another form.
  const checked = handler as Handler;
  if (typeof type === "string") return { type, handler: checked, room };
  return { type: type.name, handler: checked, room, contract: type.contract };
}

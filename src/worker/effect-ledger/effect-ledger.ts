/**
 * Duty 1 of a worker (events.md, 5) over the worker's own database: the look-up, the effect and the row that remembers
 * it are one transaction, so the effect is there exactly when the row is. Handlers for a step's worker and for its
 * compensation's must come from ledgers over the same database.
 *
 * The work is a synchronous function on the ledger's connection, because everything on that connection between the
 * beginning and the commit belongs to the transaction: a function that waits would let others in.
 */
import type { Json } from "../../base/json.ts";
import type { Problem } from "../../base/problem.ts";
import { jsonOutput } from "../json-output.ts";
import {
  Answer,
  compensated,
  type Handler,
  isAnswer,
  isWorkFailed,
  succeeded,
  WorkFailed,
  type WorkContext,
} from "../worker.ts";
import { type Entry, type LedgerConnection, LedgerStore } from "./ledger-store.ts";

/** Gives the output, or `succeeded(output, undo)`; throws `WorkFailed` to refuse. */
export type EffectWork<Input = Json, Output = unknown> = (
  input: Input,
  context: WorkContext,
) => Output | Answer<Output>;

/** `effect` is what the work gave when it was done. Throwing leaves the effect as it is. */
export type UndoWork<Input = Json> = (input: Input, context: WorkContext, effect: DoneEffect) => void;

export interface DoneEffect {
  readonly output: Json;
  readonly undo: Json | undefined;
}

/**
 * Makes handlers whose effect and whose memory of it are one transaction in the worker's own database, so that each
 * effect happens once for its key (events.md, 5, duty 1).
 */
export class EffectLedger {
  private readonly store: LedgerStore;

  /** Makes its two tables, `clew_effect` and `clew_refusal`, where they are missing. */
  constructor(connection: LedgerConnection) {
    this.store = new LedgerStore(connection);
  }

  /** For a step's worker: answers `execute` and `inquire`. */
  effect<Input = Json, Output = unknown>(work: EffectWork<Input, Output>): Handler<Input, Output> {
    const handle = (input: Input, context: WorkContext): Answer<Output> => {
      switch (context.action) {
        case "execute":
          // What is stored came from this work, so it is of its type.
          return this.execute(work, input as never, context) as Answer<Output>;
        case "inquire":
          return this.inquire(forwardKeyOf(context)) as Answer<Output>;
        case "compensate":
          throw wrongWorker(context);
      }
    };
    return Object.assign(handle, { recall: (context: WorkContext) => this.recall(context) });
  }

  /** For a compensation's worker: answers `compensate`. The work runs only where there is an effect to undo. */
  undo<Input = Json>(work: UndoWork<Input>): Handler<Input, never> {
    const handle = (input: Input, context: WorkContext): Answer<never> => {
      if (context.action !== "compensate") throw wrongWorker(context);
      return this.compensate(work, input as never, context) as Answer<never>;
    };
    return Object.assign(handle, { recall: (context: WorkContext) => this.recall(context) });
  }

  private execute(work: EffectWork<never>, input: never, context: WorkContext): Answer {
    const { key, attempt } = context;
    const { store } = this;
    const answer = store.transaction((): Answer | WorkFailed => {
      const known = this.knownOfExecute(key, attempt);
      if (known) return known;
      try {
        const { output, undo } = store.savepoint(() => outputOf(work(input, context)));
        store.recordDone(key, output, undo);
        return succeeded(output, undo);
      } catch (error) {
        // Returned, not thrown: a refusal is committed with the row that makes it true.
        if (isWorkFailed(error) && error.effect === "none") return this.refuse(key, attempt, error);
        throw error;
      }
    });
    return given(answer);
  }

  private refuse(key: string, attempt: number, { problem, retryable, scope }: WorkFailed): WorkFailed {
    if (scope === "key") {
      this.store.recordTombstone(key, problem);
      return keyClosed(problem);
    }
    this.store.recordRefusal(key, attempt, { problem, retryable });
    return attemptRefused(problem, retryable);
  }

  private compensate(work: UndoWork<never>, input: never, context: WorkContext): Answer {
    const key = forwardKeyOf(context);
    const { store } = this;
    return store.transaction(() => {
      const entry = store.entry(key);
      if (!entry) store.recordTombstone(key);
      if (entry?.state === "done") {
        // The savepoint is how a work that ends the transaction on its own is found out.
        store.savepoint(() => refusePromise(work(input, context, { output: entry.output, undo: entry.undo })));
        store.recordUndone(key);
      }
      return compensated(wasFound(entry));
    });
  }

  private inquire(key: string): Answer {
    const { store } = this;
    return store.transaction(() => {
      const entry = store.entry(key);
      if (!entry) store.recordTombstone(key);
      return inquiryAnswer(entry);
    });
  }

  /** What is known without writing anything (duty 3). */
  private recall(context: WorkContext): Answer | undefined {
    const entry = this.store.entry(forwardKeyOf(context));
    switch (context.action) {
      case "execute": {
        const known = this.knownOfExecute(context.key, context.attempt);
        return known && given(known);
      }
      case "compensate":
        return entry && entry.state !== "done" ? compensated(wasFound(entry)) : undefined;
      case "inquire":
        return entry && inquiryAnswer(entry);
    }
  }

  private knownOfExecute(key: string, attempt: number): Answer | WorkFailed | undefined {
    const entry = this.store.entry(key);
    if (entry?.state === "done") return succeeded(entry.output, entry.undo);
    if (entry?.state === "undone") return keyClosed(undefined);
    if (entry?.state === "tombstone") return keyClosed(entry.problem);
    const refusal = this.store.refusal(key, attempt);
    return refusal && attemptRefused(refusal.problem, refusal.retryable);
  }
}

/** On an inquiry the forward key is the key itself; a compensation has its own and says whose effect it undoes. */
const forwardKeyOf = ({ undoes, key }: WorkContext): string => undoes ?? key;

const wasFound = (entry: Entry | undefined): boolean => entry?.state === "done" || entry?.state === "undone";

function inquiryAnswer(entry: Entry | undefined): Answer {
  if (entry?.state !== "done") return new Answer({ outcome: "not_done" });
  const { output, undo } = entry;
  return new Answer(undo === undefined ? { outcome: "done", output } : { outcome: "done", output, undo });
}

function given(answer: Answer | WorkFailed): Answer {
  if (isWorkFailed(answer)) throw answer;
  return answer;
}

/** Checked before it is stored: what cannot be answered must not be done. */
function outputOf(value: unknown): DoneEffect {
  refusePromise(value);
  const content = isAnswer(value) ? value.content : undefined;
  if (content && content.outcome !== "succeeded") {
    const title = `the work of an effect answered ${content.outcome}; it may give an output or succeeded(output, undo)`;
    throw new WorkFailed({ code: "output_invalid", title, retryable: false });
  }
  return content ? jsonOutput(content.output, content.undo) : jsonOutput(value, undefined);
}

/** The transaction is over before the promise is: what it still writes would stand alone. */
function refusePromise(value: unknown): void {
  if (typeof value !== "object" || value === null || !("then" in value) || typeof value.then !== "function") return;
  // Nobody waits for it any more, so its failure must not end the process.
  if (value instanceof Promise) value.catch(() => {});
  const title =
    "the work returned a promise: work under the effect ledger must be synchronous, because its transaction cannot wait";
  throw new WorkFailed({ code: "work_asynchronous", title, retryable: false });
}

function wrongWorker({ action, step }: WorkContext): WorkFailed {
  const title = `${step} asks this worker to ${action}, which is not what its handler is for`;
  return new WorkFailed({ code: "action_unsupported", title, effect: "none", retryable: false });
}

const attemptRefused = ({ code, title, detail }: Problem, retryable: boolean): WorkFailed =>
  new WorkFailed({ code, title, ...(detail === undefined ? {} : { detail }), effect: "none", retryable }, true);

/** `problem` is the worker's own, where its refusal closed the key; otherwise an undo or an inquiry was there first. */
function keyClosed(problem: Problem | undefined): WorkFailed {
  const { code, title, detail } = problem ?? {
    code: "key_closed",
    title: "this effect was undone, or asked for and found missing, before: it can no longer be done under this key",
  };
  return new WorkFailed({ code, title, ...(detail === undefined ? {} : { detail }), scope: "key" }, true);
}

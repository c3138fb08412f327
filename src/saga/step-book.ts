/**
 * What the auditor of `invariants.ts` writes down of one step, from the recorded events alone: what was sent, answered,
 * doubted and undone. The engine's own account of the same is `run.ts`; the two are kept apart so that a mistake in one
 * shows against the other.
 */
import type { RetryPolicy, StepPlan, Workflow } from "../definition/workflow.ts";
import { type Level, levelsOf } from "./dependency.ts";
import type { Residue, Side, Statement } from "./event.ts";

export interface StepBook {
  readonly key: string;
  readonly plan: StepPlan;
  /** Among the steps of the definition. */
  readonly place: number;
  /** Where it stands. */
  readonly levels: readonly Level[];
  readonly execute: SideBook;
  readonly compensate: SideBook;
  readonly inquire: SideBook;
  fate: "open" | "succeeded" | "failed" | "in_doubt" | "skipped";
  /** When it was first sent, since it was last asked for. */
  begunAt: number | undefined;
  /** Since it was last asked for, its worker was asked whether it was done. */
  isInquired: boolean;
  /** It waits for its time or its signal (C22). */
  isWaiting: boolean;
  /** The number of its idempotency key, and how many attempts were under earlier ones (C12). */
  keyNumber: number;
  earlier: number;
  /** What was done under an earlier key has come to light, and nobody has undone it (C26). */
  isStray: boolean;
  /** What its child says that it has left (C14). */
  left: readonly Residue[] | undefined;
  /** What the operator said of it last (C26). */
  word: Statement | undefined;
  /** A worker said `scope: key`: no attempt under this key can succeed any more. */
  keyClosed: boolean;
  undo: "none" | "due" | "settled" | "resolved" | "skipped" | "discarded";
  /** What the answer that settled the undo said. */
  found: boolean | undefined;
  /** An undo answered when none was needed any more: the effect, should it come to light after all, may be undone. */
  undoneLate: boolean;
  /** How often an undo found nothing of an effect that is known (C5). */
  lateEffects: number;
  /** C5: the effect is known and its undo found nothing, so that an undo or an incident must follow. */
  owed: boolean;
}

export interface SideBook {
  /** Attempts are numbered from 1. */
  sent: number;
  /** Sent, and neither answered nor ended. */
  readonly open: Set<number>;
  /** Sent under an earlier key, and still out: nobody waits for them (C12). */
  readonly replaced: Set<number>;
  /** Ended without an answer, or answered that an effect is possible. */
  readonly doubts: Set<number>;
  /** Answered so: a second such answer says nothing new. */
  readonly possible: Set<number>;
  /** Attempts that count against the policy's. */
  spent: number;
  /** How the attempt ended that the side waited for last. */
  last: Ending | undefined;
  /** Before this moment the next attempt must not be sent. */
  retryAt: number | undefined;
}

/** What a retry policy asks of an attempt that is over. */
interface Ending {
  readonly retryable: boolean;
  readonly code: string;
}

export function newStepBook(workflow: Workflow, key: string, plan: StepPlan, place: number): StepBook {
  return {
    key,
    plan,
    place,
    levels: levelsOf(workflow, key),
    execute: newSideBook(),
    compensate: newSideBook(),
    inquire: newSideBook(),
    fate: "open",
    begunAt: undefined,
    isInquired: false,
    isWaiting: false,
    keyNumber: 1,
    earlier: 0,
    isStray: false,
    left: undefined,
    word: undefined,
    keyClosed: false,
    undo: "none",
    found: undefined,
    undoneLate: false,
    lateEffects: 0,
    owed: false,
  };
}

const newSideBook = (): SideBook => ({
  sent: 0,
  open: new Set(),
  replaced: new Set(),
  doubts: new Set(),
  possible: new Set(),
  spent: 0,
  last: undefined,
  retryAt: undefined,
});

export function markAnswered(side: SideBook, attempt: number): void {
  side.open.delete(attempt);
  side.replaced.delete(attempt);
  side.doubts.delete(attempt);
}

/** Whether the policy has another attempt after what was heard so far (semantics.md, 2). */
export function mayTryAgain({ spent, last }: SideBook, { attempts, on, not }: RetryPolicy): boolean {
  if (spent >= attempts) return false;
  if (last === undefined) return true;
  const { code, retryable } = last;
  return retryable && (on === undefined || on.includes(code)) && !(not !== undefined && not.includes(code));
}

/** Whether the next attempt is neither sooner nor later than the policy has it, rounding aside. */
export function isInItsWait(waitMs: number, { spent }: SideBook, policy: RetryPolicy): boolean {
  let usualMs = policy.initialMs;
  for (let attempt = 1; attempt < spent && usualMs < policy.maxMs; attempt++) usualMs *= policy.factor;
  usualMs = Math.min(usualMs, policy.maxMs);
  const spreadMs = usualMs * policy.jitter;
  return waitMs >= 1 && waitMs >= usualMs - spreadMs - 1 && waitMs <= usualMs + spreadMs + 1;
}

/** The retry policy of a side. */
export function policyOf({ retry, compensation, inquiry }: StepPlan, side: Side): RetryPolicy | undefined {
  if (side === "execute") return retry;
  return side === "compensate" ? compensation?.retry : inquiry?.retry;
}

/** Whether an answer still decides something: what is out for a side that is settled is superseded. */
export function isStillWanted(book: StepBook, side: Side): boolean {
  if (side === "execute") return book.fate === "open" || book.fate === "in_doubt";
  return side === "compensate" ? book.undo === "due" : book.fate === "open";
}

export const sides = ["execute", "compensate", "inquire"] as const satisfies readonly Side[];

/** A command is out that is not superseded. */
export const isWaitedFor = (book: StepBook): boolean =>
  sides.some((side) => book[side].open.size > 0 && isStillWanted(book, side));

export const areLiveTogether = ({ execute, compensate, fate }: StepBook): boolean =>
  execute.open.size > 0 && compensate.open.size > 0 && fate !== "in_doubt" && fate !== "skipped";

/** It may have had an effect, and nobody knows. */
export const isUnknown = ({ fate, execute }: StepBook): boolean =>
  fate === "in_doubt" || (fate === "skipped" && execute.doubts.size > 0);

/** Effects that a run which ended now would leave behind, and would have to list. */
export function residueIn(books: readonly StepBook[]): readonly Residue[] {
  return books.flatMap((book) => {
    if (book.left) return book.left.map(({ step, certainty }) => ({ step: `${book.key}.${step}`, certainty }));
    const isListed = book.plan.kind !== "plain" && book.plan.kind !== "readonly";
    const certainty = isListed ? certaintyOf(book) : undefined;
    return certainty ? [{ step: book.key, certainty }] : [];
  });
}

export function undeclaredIn(books: readonly StepBook[]): readonly string[] {
  const ran = books.filter((book) => book.plan.kind === "plain" && mayHaveRun(book));
  return [...new Set(ran.map(({ plan }) => plan.name))];
}

/** An attempt that was out is no longer. */
export const endOpen = (side: SideBook, attempt: number): boolean =>
  side.open.delete(attempt) || side.replaced.delete(attempt);

function certaintyOf(book: StepBook): Residue["certainty"] | undefined {
  if (book.isStray) return "done";
  if (!mayHaveRun(book) || book.undo === "settled" || book.undo === "resolved" || book.word === "undone")
    return undefined;
  const undoing = book.undoneLate || book.compensate.doubts.size > 0 || book.compensate.open.size > 0;
  return book.fate === "succeeded" && !undoing ? "done" : "possible";
}

/** What was taken over from another run did not run in this one. */
function mayHaveRun({ fate, execute, word }: StepBook): boolean {
  if (fate === "succeeded") return execute.sent > 0 || word !== undefined;
  return fate !== "failed" && (execute.doubts.size > 0 || (fate !== "skipped" && execute.open.size > 0));
}

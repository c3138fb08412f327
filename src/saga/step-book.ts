/**
 * What the auditor of `invariants.ts` writes down of one step, from the recorded events alone: what was sent, answered,
 * doubted and undone. The engine's own account of the same is `run.ts`; the two are kept apart so that a mistake in one
 * shows against the other.
 */
import type { StepPlan } from "../definition/workflow.ts";
import type { Residue, Side } from "./event.ts";

export interface StepBook {
  readonly plan: StepPlan;
  readonly place: number;
  readonly execute: SideBook;
  readonly compensate: SideBook;
  fate: "open" | "succeeded" | "failed" | "in_doubt";
  /** A worker said `scope: key`: no attempt under this key can succeed any more. */
  keyClosed: boolean;
  undo: "none" | "due" | "settled";
  /** What the answer that settled the undo said. */
  found: boolean | undefined;
  /** An undo answered when none was needed any more: the effect, should it come to light after all, may be undone. */
  undoneLate: boolean;
  /** C5: the effect is known and its undo found nothing, so that an undo or an incident must follow. */
  owed: boolean;
}

export interface SideBook {
  /** Attempts are numbered from 1. */
  sent: number;
  /** Sent, and neither answered nor ended. */
  readonly open: Set<number>;
  /** Ended without an answer, or answered that an effect is possible. */
  readonly doubts: Set<number>;
  /** Before this moment the next attempt must not be sent. */
  retryAt: number | undefined;
}

export function newStepBook(plan: StepPlan, place: number): StepBook {
  return {
    plan,
    place,
    execute: newSideBook(),
    compensate: newSideBook(),
    fate: "open",
    keyClosed: false,
    undo: "none",
    found: undefined,
    undoneLate: false,
    owed: false,
  };
}

const newSideBook = (): SideBook => ({ sent: 0, open: new Set(), doubts: new Set(), retryAt: undefined });

export function markAnswered(side: SideBook, attempt: number): void {
  side.open.delete(attempt);
  side.doubts.delete(attempt);
}

/** Whether an answer still decides something: what is out for a side that is settled is superseded. */
export const isStillWanted = (book: StepBook, side: Side): boolean =>
  side === "execute" ? book.fate === "open" || book.fate === "in_doubt" : book.undo === "due";

/** A command is out that is not superseded. */
export const isWaitedFor = (book: StepBook): boolean =>
  (book.execute.open.size > 0 && isStillWanted(book, "execute")) ||
  (book.compensate.open.size > 0 && isStillWanted(book, "compensate"));

export const areLiveTogether = ({ execute, compensate, fate }: StepBook): boolean =>
  execute.open.size > 0 && compensate.open.size > 0 && fate !== "in_doubt";

/** Effects that a run which ended now would leave behind, and would have to list. */
export function residueIn(books: readonly StepBook[]): readonly Residue[] {
  return books.flatMap((book) => {
    const certainty = book.plan.kind === "plain" ? undefined : certaintyOf(book);
    return certainty ? [{ step: book.plan.name, certainty }] : [];
  });
}

export const undeclaredIn = (books: readonly StepBook[]): readonly string[] =>
  books.filter((book) => book.plan.kind === "plain" && mayHaveRun(book)).map(({ plan }) => plan.name);

function certaintyOf(book: StepBook): Residue["certainty"] | undefined {
  if (!mayHaveRun(book) || book.undo === "settled") return undefined;
  const undoing = book.undoneLate || book.compensate.doubts.size > 0 || book.compensate.open.size > 0;
  return book.fate === "succeeded" && !undoing ? "done" : "possible";
}

const mayHaveRun = ({ fate, execute }: StepBook): boolean =>
  fate === "succeeded" || (fate !== "failed" && (execute.doubts.size > 0 || execute.open.size > 0));

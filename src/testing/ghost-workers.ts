/**
 * Workers over a ghost ledger: what was really done and undone under each key, which the run under test is never told.
 * Each sort of worker keeps the duties of events.md, 5 as far as its name says.
 */
import type { CommandPayload } from "../saga/command.ts";
import type { Outcome } from "../saga/input.ts";
import { failure } from "./scripted-run.ts";

/**
 * - `dutiful`: keeps all of them
 * - `unfenced`: cannot stop what may still come, so it answers `unknown` to an inquiry of what it does not know, and never
 *   says `none`
 * - `storeless`: has only what the outside world keeps by idempotency key, and so no tombstone: what it did not find may be
 *   done later
 * - `sloppy`: its undo looks into a copy that is behind: without the step's output it may find nothing and leave no
 *   tombstone
 *
 * The last two leave it to C5 to mend what they overlook, so their successes are never lost.
 */
export type Sort = "dutiful" | "unfenced" | "storeless" | "sloppy";

/** Whether its undo may find nothing of what is done all the same. */
export const overlooks = (sort: Sort): boolean => sort === "storeless" || sort === "sloppy";

/** One key in the store that a step's worker shares with its compensation's. */
export interface Entry {
  state: "unknown" | "done" | "undone" | "tombstone";
  done: number;
  undone: number;
  /** Attempts that were promised to have no effect, and what was answered. */
  readonly refused: Map<string, Outcome>;
}

/** How a command came to the worker. */
export interface Delivery {
  readonly attempt: number;
  /** A notice has advised it to stop. */
  readonly advised: boolean;
  /** It was delivered once, and its lease is held: nobody else can be at it. */
  readonly isAlone: boolean;
  /** It is past its `expirytime`: no work. */
  readonly isExpired: boolean;
}

export class GhostWorkers {
  readonly ledger = new Map<string, Entry>();
  readonly sort: Sort;
  private readonly chance: (of100: number) => boolean;
  private readonly dice: (sides: number) => number;
  /** How likely a worker is to fail, of 100. */
  private readonly unlucky: number;

  constructor(sort: Sort, unlucky: number, dice: (sides: number) => number) {
    this.sort = sort;
    this.unlucky = unlucky;
    this.dice = dice;
    this.chance = (of100) => dice(100) < of100;
  }

  entry(key: string): Entry {
    let entry = this.ledger.get(key);
    if (!entry) this.ledger.set(key, (entry = { state: "unknown", done: 0, undone: 0, refused: new Map() }));
    return entry;
  }

  /** The look-up and the effect are one transaction. `undefined` is silence. */
  execute({ key }: CommandPayload, delivery: Delivery): Outcome | undefined {
    const entry = this.entry(key);
    const attempt = `execute ${delivery.attempt}`;
    const stored = succeeded(key);
    if (entry.state === "done") return stored;
    if (this.sort === "storeless" && entry.state === "undone") return stored;
    if (entry.state !== "unknown")
      return this.isUnableToFence ? failure({ retryable: false }) : failure({ scope: "key" });
    const refused = entry.refused.get(attempt);
    if (refused) return refused;
    if (delivery.isExpired) return undefined;
    if (delivery.advised) return this.refuse(entry, attempt, delivery, true, "cancelled");
    const failing = this.chance(this.unlucky) ? 1 + this.dice(6) : 0;
    if (failing === 1) return this.refuse(entry, attempt, delivery, true);
    if (failing === 2) return this.refuse(entry, attempt, delivery, false);
    if (failing === 3) return failure({ retryable: this.chance(70) });
    if (failing === 4) return undefined;
    if (failing === 5) {
      if (this.isUnableToFence) return failure({ retryable: false });
      entry.state = "tombstone";
      return failure({ scope: "key" });
    }
    entry.state = "done";
    entry.done++;
    const crashed = failing === 6 && !overlooks(this.sort);
    return crashed ? failure() : stored;
  }

  compensate({ undoes, forward }: CommandPayload, delivery: Delivery): Outcome {
    const entry = this.entry(undoes ?? "");
    const attempt = `compensate ${delivery.attempt}`;
    const refused = entry.refused.get(attempt);
    if (refused) return refused;
    const failing = this.chance(this.unlucky) ? 1 + this.dice(4) : 0;
    if (failing === 1) return failure({ retryable: false });
    if (failing === 2) return failure();
    if (entry.state === "undone") return { outcome: "compensated", found: true };
    // Who answers without a row may not refuse: another delivery of the attempt may have answered already.
    if (failing === 3) return this.sort === "dutiful" ? this.refuse(entry, attempt, delivery, true) : failure();
    const informed = forward?.outcome === "succeeded";
    if (this.sort === "sloppy" && !informed && this.chance(60)) return { outcome: "compensated", found: false };
    const found = entry.state === "done";
    if (found) entry.undone++;
    if (found || this.sort !== "storeless") entry.state = found ? "undone" : "tombstone";
    return failing === 4 ? failure() : { outcome: "compensated", found };
  }

  inquire({ undoes }: CommandPayload): Outcome | undefined {
    const key = undoes ?? "";
    const entry = this.entry(key);
    const failing = this.chance(this.unlucky) ? 1 + this.dice(3) : 0;
    if (failing === 1) return failure({ retryable: this.chance(70) });
    if (failing === 2) return undefined;
    if (failing === 3) return { outcome: "unknown" };
    if (entry.state === "done") return { outcome: "done", output: key, undo: { of: key } };
    if (entry.state !== "unknown" && !this.isUnableToFence) return { outcome: "not_done" };
    if (this.isUnableToFence) return { outcome: "unknown" };
    entry.state = "tombstone";
    return { outcome: "not_done" };
  }

  /** An operator does by hand what the step should have done, or sees to it that it is not done any more. */
  doByHand(key: string): void {
    const entry = this.entry(key);
    entry.state = "done";
    entry.done++;
  }

  fenceByHand(key: string): void {
    const entry = this.entry(key);
    if (entry.state === "unknown") entry.state = "tombstone";
  }

  undoByHand(key: string): void {
    const entry = this.entry(key);
    if (entry.state === "done") entry.undone++;
    entry.state = entry.state === "done" || entry.state === "undone" ? "undone" : "tombstone";
  }

  private get isUnableToFence(): boolean {
    return this.sort === "unfenced" || this.sort === "storeless";
  }

  /** `none` takes a row that stops every other delivery; without a store, that there is no other one. */
  private refuse(entry: Entry, attempt: string, { isAlone }: Delivery, retryable: boolean, code = "refused"): Outcome {
    if (this.sort === "unfenced" || (this.sort === "storeless" && !isAlone)) return failure({ retryable, code });
    const outcome = failure({ effect: "none", retryable, code });
    if (this.sort !== "storeless") entry.refused.set(attempt, outcome);
    return outcome;
  }
}

const succeeded = (key: string): Outcome => ({ outcome: "succeeded", output: key, undo: { of: key } });

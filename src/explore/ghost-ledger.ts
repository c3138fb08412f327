/**
 * What really happened: the store of simulated workers, which the engine cannot see. A step's worker and its
 * compensation's share it, and every look-up, effect and refusal is one transaction (events.md, 5, duties 1 and 2). What
 * a run says in the end is held against it.
 */
import type { Json } from "../base/json.ts";

/** One forward key. */
interface Entry {
  state: "unknown" | "done" | "undone" | "tombstone";
  /** How often its effect happened, and was undone: more than once of either is a bug of whoever asks. */
  done: number;
  undone: number;
  output: Json;
  undo: Json;
  /** Attempts that were promised to have no effect. */
  readonly refused: Set<string>;
}

/** What the store says before any work: the table of events.md, 5. */
export type Known =
  | { readonly is: "unknown" }
  | { readonly is: "done"; readonly output: Json; readonly undo: Json }
  | { readonly is: "closed" }
  | { readonly is: "refused" };

export class GhostLedger {
  private readonly entries = new Map<string, Entry>();

  /** What an `execute` finds. */
  known(key: string, attempt: string): Known {
    const entry = this.entries.get(key);
    if (!entry) return { is: "unknown" };
    if (entry.state === "done") return { is: "done", output: entry.output, undo: entry.undo };
    if (entry.state !== "unknown") return { is: "closed" };
    return entry.refused.has(attempt) ? { is: "refused" } : { is: "unknown" };
  }

  /** The effect happens. */
  do(key: string, output: Json, undo: Json): void {
    const entry = this.entry(key);
    entry.state = "done";
    entry.done++;
    entry.output = output;
    entry.undo = undo;
  }

  /** No delivery of this attempt will have an effect. */
  refuse(key: string, attempt: string): void {
    this.entry(key).refused.add(attempt);
  }

  /** No attempt under this key will have an effect. */
  close(key: string): void {
    this.entry(key).state = "tombstone";
  }

  /** Gives whether there was an effect to undo; where there was none, a tombstone keeps it from happening. */
  undo(key: string): boolean {
    const entry = this.entry(key);
    if (entry.state === "undone") return true;
    const found = entry.state === "done";
    if (found) entry.undone++;
    entry.state = found ? "undone" : "tombstone";
    return found;
  }

  /** The same without the tombstone. */
  undoUnfenced(key: string): boolean {
    return this.entries.has(key) && this.entry(key).state !== "unknown" && this.undo(key);
  }

  /** What was given when the effect happened, whatever became of it since. */
  outputOf(key: string): Json | undefined {
    const { done = 0, output } = this.entries.get(key) ?? {};
    return done > 0 ? output : undefined;
  }

  counts(key: string): { readonly done: number; readonly undone: number } {
    const { done = 0, undone = 0 } = this.entries.get(key) ?? {};
    return { done, undone };
  }

  private entry(key: string): Entry {
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { state: "unknown", done: 0, undone: 0, output: null, undo: null, refused: new Set() };
      this.entries.set(key, entry);
    }
    return entry;
  }
}

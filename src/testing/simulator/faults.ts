/**
 * What can go wrong, how often, and how often it did. A fault counts only when it changed something: whoever makes one
 * says so. Each has a number in its world, so that a failure can be shrunk by leaving some of them out.
 */
import type { Dice } from "./dice.ts";

export const faultKinds = [
  "command dropped", // it would have been delivered
  "result dropped",
  "progress dropped", // somebody would have heard it
  "notice dropped",
  "worker fell silent", // it works on, and gives no sign of life any more
  "command duplicated", // the copy reached a consumer
  "result duplicated",
  "message delayed", // past others that were published later
  "message reordered", // delivered before one that was published earlier
  "bus lost everything", // and there was something
  "bus had no room", // so that a publisher was refused
  "stranger answered", // a result that answers nothing which this engine asked
  "orchestrator crashed", // with a batch that was not committed
  "workers crashed", // with work in hand
  "both crashed", // with either
  "orchestrator restarted", // stopped as an operator stops it, with runs in memory
  "workers restarted", // with work in hand
  "commit slow", // while more was decided
  "commit failed", // nothing was recorded, and nobody knows
  "commit ambiguous", // it was recorded, and the answer was lost
  "commit repeated", // the same batch came once more, as from a driver that tries again
  "clock set forward", // while a timer was set
  "clock set back",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type FaultCounts = Record<FaultKind, number>;

export const noFaults = (): FaultCounts => Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts;

/** How likely each kind is where it could happen, of 1,000. */
export type Weather = Readonly<Record<FaultKind, number>>;

export class Faults {
  readonly counts = noFaults();
  /** How many were made, those that were left out included. */
  made = 0;
  private readonly dice: Dice;
  private readonly weather: Weather;
  private readonly leftOut: ReadonlySet<number>;
  private areOver = false;

  constructor(dice: Dice, weather: Weather, leftOut: ReadonlySet<number> = new Set()) {
    this.dice = dice;
    this.weather = weather;
    this.leftOut = leftOut;
  }

  /** Whether it goes wrong here. The dice are rolled in any case, so that the rest of the world stays as it is. */
  happens(kind: FaultKind): boolean {
    const falls = this.dice.chance(this.weather[kind]);
    if (!falls || this.areOver) return false;
    return !this.leftOut.has(this.made++);
  }

  /** It has changed something. */
  count(kind: FaultKind): void {
    this.counts[kind]++;
  }

  /** From here on nothing goes wrong any more. */
  end(): void {
    this.areOver = true;
  }
}

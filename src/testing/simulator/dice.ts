/** Chance by seed (Mulberry32): the same seed, the same world. The only source of chance in a simulation. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** A whole number from 0 to `sides - 1`. */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.roll(most - least + 1);
  }

  chance(ofThousand: number): boolean {
    return this.roll(1000) < ofThousand;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.roll(from.length)] ?? from[0];
  }

  /** Dice of their own for a part of the world, so that one part's rolls do not shift another's. */
  fork(): Dice {
    return new Dice(this.roll(2 ** 31));
  }
}

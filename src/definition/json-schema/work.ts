/** Thrown where a call would do more work than it may; nothing of what it has found so far counts then. */
export class OutOfWork extends Error {}

/**
 * The work that one call may still do. Its unit, a step, is one schema held against one value, half a microsecond or
 * so; whoever does something else says how many steps that is worth, before doing it.
 */
export class Work {
  private readonly steps: number;
  /** In whole parts of a step: a fraction would be made anew, as an object, each time that it changes. */
  private left: number;

  constructor(steps: number) {
    this.steps = steps;
    this.left = steps * partsOfStep;
  }

  get spent(): number {
    return this.steps - this.left / partsOfStep;
  }

  /** Fractions add up: a thousandth is a fair price for a character. */
  spend(steps: number): void {
    const parts = steps * partsOfStep;
    if (parts > this.left) throw new OutOfWork();
    this.left -= Math.trunc(parts);
  }
}

const partsOfStep = 1024;

/**
 * A failure made small: runs and faults are left out, as many at a time as the failure allows, until each that is left is
 * needed, or the patience is spent. What is left out shifts nothing else, because the dice are rolled all the same.
 */
import { type Outcome, World } from "./world.ts";

export interface Shrunk {
  readonly outcome: Outcome;
  readonly leftOut: ReadonlySet<number>;
  readonly withoutRuns: ReadonlySet<number>;
  /** How many worlds were lived through for it. */
  readonly tries: number;
}

const mostTries = 400;
const mostRuns = 64;

/** `seed` must be one whose world has violations; gives the smallest world found that has one of the same kind. */
export async function shrink(seed: number): Promise<Shrunk> {
  const first = await new World({ seed }).live();
  const kind = kindOf(first);
  let tries = 1;
  let leftOut: ReadonlySet<number> = new Set();
  let withoutRuns: ReadonlySet<number> = new Set();
  const fails = async (faults: ReadonlySet<number>, runs: ReadonlySet<number>) => {
    if (tries >= mostTries) return false;
    tries++;
    return kindOf(await new World({ seed, leftOut: faults, withoutRuns: runs }).live()) === kind;
  };
  withoutRuns = await leaveOut(numbersTo(mostRuns), async (runs) => fails(leftOut, runs));
  leftOut = await leaveOut(numbersTo(first.faultsMade), async (faults) => fails(faults, withoutRuns));
  const outcome = await new World({ seed, leftOut, withoutRuns, isTraced: true }).live();
  return { outcome, leftOut, withoutRuns, tries };
}

/** By halves, then by smaller and smaller parts (delta debugging). */
async function leaveOut(
  all: readonly number[],
  stillFails: (out: ReadonlySet<number>) => Promise<boolean>,
): Promise<ReadonlySet<number>> {
  let out: ReadonlySet<number> = new Set();
  for (let size = all.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < all.length; from += size) {
      const part = all.slice(from, from + size).filter((number) => !out.has(number));
      if (part.length === 0) continue;
      const more = new Set([...out, ...part]);
      if (await stillFails(more)) out = more;
    }
  }
  return out;
}

const numbersTo = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

/** What was violated, without the names in it. */
const kindOf = ({ violations: [first] }: Outcome): string | undefined => first && /^I?C?\d*/.exec(first)?.[0];

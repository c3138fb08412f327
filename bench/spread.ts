/** Figures of several rounds: the middle one, and how far apart they lie. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: percentile(values, 50), least: percentile(values, 0), most: percentile(values, 100) };
}

/** The value below which `of100` of them lie, of those that were measured. */
export function percentile(values: readonly number[], of100: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * of100) / 100))];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

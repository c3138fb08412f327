/** Durations as people write them: `1500ms`, `30s`, `2m`, `24h`, `7d`. Inside the engine they are milliseconds. */
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

/** Ten years: longer than any process that waits for an answer, short enough to add to any date. */
export const longestDurationMs = 3650 * unitMs.d;

const pattern = /^(\d{1,15}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/** Gives milliseconds, a whole number from 1 to `longestDurationMs`; or `undefined` for what is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * unitMs[match[2] as Unit];
  return Number.isInteger(ms) && ms >= 1 && ms <= longestDurationMs ? ms : undefined;
}

/** Seconds whatever the unit was: 120000 gives `120s`, 1500 gives `1.5s`. */
export function inSeconds(ms: number): string {
  return `${ms / 1000}s`;
}

/** For people: `340ms`, `4.2s`, `3m 05s`, `2h 10m`, `5d 3h`. */
export function forPeople(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const pair = (major: number, minor: number, names: readonly [string, string]) =>
    `${major}${names[0]} ${String(minor).padStart(2, "0")}${names[1]}`;
  if (ms < unitMs.h) return pair(Math.floor(ms / unitMs.m), Math.floor((ms % unitMs.m) / 1000), ["m", "s"]);
  if (ms < unitMs.d) return pair(Math.floor(ms / unitMs.h), Math.floor((ms % unitMs.h) / unitMs.m), ["h", "m"]);
  return pair(Math.floor(ms / unitMs.d), Math.floor((ms % unitMs.d) / unitMs.h), ["d", "h"]);
}

/** Times in a filter: `<1h` and `>2d` are ages, `>2026-11-01` and `<=2026-11-01T14:00:00Z` are moments. */
import { parseDuration } from "../../base/duration.ts";
import { comparisons, type Comparison, type TimeBound } from "./run-filter.ts";

/** Why a text is no bound, or what is written instead. */
export type TimeFlaw = "no comparison" | "no time" | "no date" | "no zone";

/** Less than an hour ago is later than an hour ago. */
const ofMoment: Readonly<Record<Comparison, Comparison>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

const datePattern = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

export function readTimeBound(text: string, now: number): TimeBound | TimeFlaw {
  const is = comparisons.find((known) => text.startsWith(known));
  if (is === undefined) return "no comparison";
  const rest = text.slice(is.length);
  const ms = parseDuration(rest);
  if (ms !== undefined) return { is: ofMoment[is], at: now - ms };
  const at = readMoment(rest);
  return typeof at === "number" ? { is, at } : at;
}

/** A date alone is the beginning of its day in UTC. */
function readMoment(text: string): number | TimeFlaw {
  const match = datePattern.exec(text);
  if (!match) return "no time";
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = ""] = match;
  const zone = match[8] ?? (match[4] === undefined ? "Z" : undefined);
  if (zone === undefined) return "no zone";
  const parts = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts;
  // The year apart: of one below 100 `Date.UTC` makes another.
  const date = new Date(Date.UTC(2000, mo - 1, 1, h, mi, s, Number(fraction.padEnd(3, "0"))));
  date.setUTCFullYear(y, mo - 1, d);
  const read = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const isOnClock = h < 24 && mi < 60 && s < 60;
  const aheadMs = aheadOfUtcMs(zone);
  // A day that its month does not have would become one of the next.
  if (!isOnClock || aheadMs === undefined || read.some((part, place) => part !== parts[place])) return "no date";
  return date.getTime() - aheadMs;
}

function aheadOfUtcMs(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(":").map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

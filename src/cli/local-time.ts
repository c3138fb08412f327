/** Times for people: in the time zone of whoever looks, year first, so that they sort as text. */

/** `2026-03-01 07:02:00`; with `precise` also `.123`. */
export function localTime(ms: number, precise = false): string {
  const at = new Date(ms);
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return precise ? `${date} ${time}.${String(at.getMilliseconds()).padStart(3, "0")}` : `${date} ${time}`;
}

const two = (part: number): string => String(part).padStart(2, "0");

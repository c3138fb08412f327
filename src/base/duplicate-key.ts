/**
 * The first key that stands twice in one object of a JSON text, if there is one. `JSON.parse` keeps the last and says
 * nothing, others keep the first: what two readers understand differently is refused.
 */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** `text` must be valid JSON. */
export function duplicateKey(text: string): string | undefined {
  /** For each open object or array: the keys so far; arrays have none. */
  const open: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [found] of text.matchAll(token)) {
    if (found === "{") open.push(new Set());
    else if (found === "[") open.push(undefined);
    else if (found === "}" || found === "]") open.pop();
    else if (found === ":") {
      const key = last.includes("\\") ? (JSON.parse(last) as string) : last.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    last = found;
  }
  return undefined;
}

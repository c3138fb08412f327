/** Texts longer than this are no slips of the pen. */
const longestCompared = 64;
/** More letters than this are no slip either. */
const mostSlips = 3;

/** The known word that was probably meant: the same but for case and separators, or at most a third mistyped. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longestCompared) return undefined;
  const plainWord = plain(word);
  let best: string | undefined;
  let below = Math.min(Math.floor(word.length / 3), mostSlips) + 1;
  for (const candidate of known) {
    const distance = plain(candidate) === plainWord ? 0 : editDistance(word, candidate, below);
    if (distance < below) [best, below] = [candidate, distance];
  }
  return best;
}

const plain = (text: string): string => text.replaceAll(/[_-]/g, "").toLowerCase();

/**
 * Levenshtein's distance: how many letters must be put in, taken out or changed; or `enough`, if it is not less. Looks
 * only at letters that are less than that apart, because there may be a thousand candidates.
 */
function editDistance(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = new Array<number>(b.length + 1).fill(enough);
    if (i < enough) next[0] = i;
    for (let j = Math.max(1, i - enough); j <= Math.min(b.length, i + enough); j++) {
      const changed = (row[j - 1] ?? enough) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(changed, (row[j] ?? enough) + 1, (next[j - 1] ?? enough) + 1, enough);
    }
    row = next;
  }
  return row[b.length] ?? enough;
}

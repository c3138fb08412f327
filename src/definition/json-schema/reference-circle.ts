/** Finds references that would never end: those that lead back to themselves without going into the value. */

/** A schema, and the schemas that are held against the same value because of it. */
export interface SchemaNode {
  readonly inPlace: readonly string[];
}

/**
 * The schemas that lie on a circle or lead into one. Takes away, again and again, the schemas that lead nowhere; what
 * cannot be taken away goes round. Not by recursion: a chain of references can be longer than the stack.
 */
export function circling(nodes: ReadonlyMap<string, SchemaNode>): ReadonlySet<string> {
  const left = new Map<string, number>();
  const leadsHere = new Map<string, string[]>();
  for (const [place, { inPlace }] of nodes) {
    left.set(place, inPlace.length);
    for (const target of inPlace) {
      const sources = leadsHere.get(target);
      if (sources) sources.push(place);
      else leadsHere.set(target, [place]);
    }
  }
  const ends = [...left.keys()].filter((place) => left.get(place) === 0);
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    left.delete(end);
    for (const source of leadsHere.get(end) ?? []) {
      const count = (left.get(source) ?? 0) - 1;
      left.set(source, count);
      if (count === 0) ends.push(source);
    }
  }
  return new Set(left.keys());
}

/**
 * The bounds of an expression. Together they keep every evaluation below 50 ms, whatever the data: the first six are
 * held when the definition is loaded, the others while it is computed.
 */
export const fence = {
  /** UTF-16 units. */
  characters: 4096,
  nodes: 500,
  /** Brackets, calls, conditions and steps of one path inside one another. */
  depth: 64,
  /** Comprehensions (`all`, `exists`, `exists_one`, `filter`, `map`) inside one another. */
  comprehensions: 2,
  /** Further than this a double does not keep every whole number. */
  largestInt: Number.MAX_SAFE_INTEGER,
  smallestInt: Number.MIN_SAFE_INTEGER,
  /** Of a list that a comprehension goes over, or that an expression makes. */
  items: 1000,
  /** UTF-16 units of a text that an expression makes; longer ones are for references, which copy nothing. */
  madeText: 65_536,
  /** UTF-16 units of a text that is looked for in another: up to here that takes time linear in the other. */
  soughtText: 250,
  /** Of what is compared, or given as the result. */
  valueDepth: 90,
  /**
   * Work in units that take up to 0.1 µs: a node of the body for each item that a comprehension visits; for texts and
   * structures a part of their size.
   */
  work: 250_000,
} as const;

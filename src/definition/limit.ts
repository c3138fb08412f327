/** The bounds of a definition (definition.md, 3). */
export const limits = {
  /** UTF-8 bytes of a text; of an object, the characters of its keys and texts. */
  textBytes: 1024 * 1024,
  /** Those in blocks and the blocks themselves included. */
  steps: 1000,
  /** Mappings and lists inside one another, the outermost included. */
  depth: 64,
  /** Values in an object, keys not counted. */
  nodes: 100_000,
  /** Words, brackets, colons, commas and dashes of a text: some 40 keys with values for each of 1,000 steps. */
  marks: 250_000,
} as const;

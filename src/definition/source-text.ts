/**
 * Reads YAML and JSON texts (JSON by the same parser, so that both have positions). In three steps, each of which
 * refuses what the next could not bear: the scan of the lexemes, the parser, then the tree becomes plain values.
 */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode, type YAMLError } from "yaml";
import { mostProblems } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import { type TextFault, tooDeep } from "./text-fault.ts";
import { scanText } from "./text-scan.ts";
import { shown, type ValuePath } from "./value-path.ts";

export interface SourceText {
  /** `undefined` where the text is too wrong to have one. */
  readonly value: unknown;
  readonly faults: readonly TextFault[];
  /** The offset of the key at the end of the path, or of the value under it; of what is around it if it is not there. */
  offsetOf(path: ValuePath, at: "key" | "value"): number;
  /**
   * The offset of a place within the text that stands at `offset`; `undefined` where it is written in another way than it
   * reads: with escapes, or over several lines.
   */
  offsetWithin(offset: number, within: { readonly text: string; readonly offset: number }): number | undefined;
  positionOf(offset: number): TextPosition;
}

/** Both from 1; the column in UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export function readText(source: string): SourceText {
  const text = source.replace(/^\uFEFF/, "");
  const scanned = scanText(text);
  if (scanned.length > 0) return unreadable(text, scanned);
  const lines = new LineCounter();
  const parsed = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Not "silent", by which the parser would drop all documents but the first. It logs nothing here.
    logLevel: "error",
    stringKeys: true,
    // The parser would compare each key with each other one; `plainMap` does it in linear time.
    uniqueKeys: false,
    version: "1.2",
    merge: false,
  });
  const errors = [...parsed.errors, ...parsed.warnings].slice(0, mostProblems).map(syntaxFault);
  if (errors.length > 0) return unreadable(text, errors);
  const faults: TextFault[] = [];
  return {
    value: plainValue(parsed.contents, [], faults),
    faults,
    offsetOf: (path, at) => offsetIn(parsed.contents, path, at),
    offsetWithin: (offset, within) => offsetInScalar(text, offset, within),
    positionOf: (offset) => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
}

function unreadable(text: string, faults: readonly TextFault[]): SourceText {
  return {
    value: undefined,
    faults,
    offsetOf: () => 0,
    offsetWithin: () => undefined,
    positionOf: (offset) => positionIn(text, offset),
  };
}

function offsetInScalar(source: string, offset: number, within: { readonly text: string; readonly offset: number }) {
  const start = /["']/.test(source.charAt(offset)) ? offset + 1 : offset;
  const isAsItReads = !within.text.includes("\n") && source.startsWith(within.text, start);
  return isAsItReads ? start + within.offset : undefined;
}

function positionIn(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** The parser's warnings count as errors too: each is a text that does not mean what it says. */
function syntaxFault(error: YAMLError): TextFault {
  const offset = error.pos[0];
  // The parser ran out of stack, which it survives.
  if (error.code === "RESOURCE_EXHAUSTION") return tooDeep(offset);
  if (error.code === "MULTIPLE_DOCS") {
    const mend = "Keep one workflow in one file, without `---` between.";
    return { code: "many_documents", offset, path: [], message: "the text holds more than one document", mend };
  }
  const message = `not well-formed YAML: ${shown(error.message)}`;
  const mend = "Look for a wrong indentation, an open bracket or quote, or a colon without a space behind it.";
  return { code: "syntax", offset, path: [], message, mend };
}

/** Goes one level deeper than allowed, so that `plainJson`, which counts, finds it. */
function plainValue(node: ParsedNode | null, path: ValuePath, faults: TextFault[]): unknown {
  if (path.length > limits.depth) return {};
  if (isMap(node)) return plainMap(node.items, path, faults);
  if (isSeq(node)) {
    return node.items.map((item, index) => plainValue(item, [...path, index], faults));
  }
  if (!isScalar(node)) return null;
  if (typeof node.value === "number" && isInexact(node.value, node.source ?? "")) {
    const message = `this whole number cannot be kept exactly: it would become ${node.value}`;
    faults.push({
      code: "bad_number",
      offset: node.range?.[0] ?? 0,
      path,
      message,
      mend: "Put it in quotes, as a text.",
    });
  }
  return node.value;
}

interface Entry {
  readonly key: ParsedNode | null;
  readonly value: ParsedNode | null;
}

function plainMap(items: readonly Entry[], path: ValuePath, faults: TextFault[]): unknown {
  const entries = new Map<string, unknown>();
  for (const { key, value } of items) {
    const name = nameOf(key);
    const innerPath = [...path, name];
    const at = { offset: key?.range[0] ?? 0, path: innerPath };
    if (name === "<<" && isScalar(key) && key.type === "PLAIN") {
      const mend = "Write the fields out where they are needed.";
      faults.push({ code: "forbidden_merge", ...at, message: "YAML merge keys are not allowed", mend });
    } else if (entries.has(name)) {
      const message = `\`${shown(name)}\` stands here for the second time`;
      faults.push({ code: "duplicate_key", ...at, message, mend: "Keep one of the two." });
    } else {
      entries.set(name, plainValue(value, innerPath, faults));
    }
  }
  // Not by assignment: a key `__proto__` must become a property like any other, so that it is seen and refused.
  return Object.fromEntries(entries);
}

/** The parser makes every key a text, and refuses those that are none. */
const nameOf = (key: ParsedNode | null): string => (isScalar(key) && typeof key.value === "string" ? key.value : "");

/** A whole number with more digits than a double keeps would silently be another number. */
function isInexact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value) || !Number.isFinite(value) || !/^(?:[-+]?\d+|0[xo][\da-f]+)$/i.test(source))
    return false;
  return BigInt(source).toString() !== String(value);
}

function offsetIn(root: ParsedNode | null, path: ValuePath, at: "key" | "value"): number {
  let node = root;
  let offset = root?.range[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    const entry = entryOf(node, segment);
    if (!entry) return offset;
    const { key, value } = entry;
    const isWritten = value !== null && value.range[0] < value.range[1];
    const isKeyMeant = key && (!isWritten || (at === "key" && depth === path.length - 1));
    offset = (isKeyMeant ? key : value)?.range[0] ?? offset;
    node = value;
  }
  return offset;
}

function entryOf(node: ParsedNode | null, segment: string | number): Entry | undefined {
  if (isMap(node)) return (node.items as readonly Entry[]).find(({ key }) => nameOf(key) === segment);
  if (!isSeq(node) || typeof segment === "string") return undefined;
  return { key: null, value: node.items[segment] ?? null };
}

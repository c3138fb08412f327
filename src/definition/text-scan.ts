/**
 * The first look at a YAML or JSON text: its lexemes, one after the other. Linear, and builds nothing, so that a text
 * that is forbidden or too much is refused before it costs anything.
 */
import { CST, Lexer } from "yaml";
import { type DefinitionProblemCode, mostProblems } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import { type TextFault, tooDeep, tooLarge } from "./text-fault.ts";

const forbidden: Readonly<Partial<Record<CST.TokenType, readonly [DefinitionProblemCode, string, string]>>> = {
  tag: [
    "forbidden_tag",
    "YAML tags are not allowed",
    "Leave the tag out; put a text that looks like a number in quotes.",
  ],
  anchor: ["forbidden_alias", "YAML anchors are not allowed", "Leave the anchor out."],
  alias: ["forbidden_alias", "YAML aliases are not allowed", "Write the value out where it is needed."],
  "directive-line": [
    "forbidden_directive",
    "YAML directives are not allowed",
    "Leave out the line that begins with `%`.",
  ],
};

/** One control character that the lexer puts in: it is not in the text. */
const announcements: ReadonlySet<CST.TokenType | null> = new Set(["doc-mode", "flow-error-end", "scalar"]);
const blanks: ReadonlySet<CST.TokenType | null> = new Set(["space", "newline", "comment"]);
/** How a lexeme changes the number of open brackets. */
const opened: Readonly<Partial<Record<CST.TokenType, number>>> = {
  "flow-map-start": 1,
  "flow-seq-start": 1,
  "flow-map-end": -1,
  "flow-seq-end": -1,
};

export function scanText(text: string): readonly TextFault[] {
  if (isTooLong(text)) return [tooLarge(0, `the text is larger than ${limits.textBytes} bytes`)];
  const faults: TextFault[] = [];
  let marks = 0;
  let depth = 0;
  for (const { type, offset } of lexemes(text)) {
    const refusal = type && forbidden[type];
    if (refusal) faults.push({ code: refusal[0], offset, path: [], message: refusal[1], mend: refusal[2] });
    if (faults.length === mostProblems) return faults;
    depth += (type && opened[type]) ?? 0;
    if (depth > limits.depth) return [...faults, tooDeep(offset)];
    if (!blanks.has(type)) marks++;
    if (marks > limits.marks) return [...faults, tooLarge(offset, `the text has more than ${limits.marks} marks`)];
  }
  return faults;
}

function* lexemes(text: string): Generator<{ readonly type: CST.TokenType | null; readonly offset: number }> {
  let offset = 0;
  let isAnnounced = false;
  for (const lexeme of new Lexer().lex(text)) {
    // What is announced as a scalar's content is that, whatever it looks like: `- !` in a block of text is no tag.
    const type: CST.TokenType | null = isAnnounced ? "scalar" : CST.tokenType(lexeme);
    const announces: boolean = !isAnnounced && announcements.has(type);
    isAnnounced = announces && type === "scalar";
    if (announces) continue;
    yield { type, offset };
    offset += lexeme.length;
  }
}

function isTooLong(text: string): boolean {
  return text.length > limits.textBytes || new TextEncoder().encode(text).length > limits.textBytes;
}

/**
 * The grammar of CEL, which is the library's; it makes a tree and nothing else of it is used. Its own evaluator bounds
 * neither time nor memory, and refuses `input.total > 100 + 0.5`.
 */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { shown } from "../value-path.ts";
import type { ExpressionFault } from "./expression-fault.ts";
import { fence } from "./fence.ts";

const environment = new Environment({
  limits: { maxAstNodes: fence.nodes, maxDepth: fence.depth },
});

export type Node = ASTNode;

export type ParsedCel =
  | { readonly ok: true; readonly node: Node }
  | { readonly ok: false; readonly fault: ExpressionFault };

export function parseCel(text: string): ParsedCel {
  if (text.length > fence.characters) {
    const what = `the expression has ${text.length} characters, more than ${fence.characters}`;
    return { ok: false, fault: { code: "too_large", offset: 0, length: 0, what, mend: inWorker } };
  }
  try {
    return { ok: true, node: environment.parse(text).ast };
  } catch (error) {
    return { ok: false, fault: faultOf(error, text) };
  }
}

const inWorker = "Compute the value in a worker, and refer to its output.";

/** What the library throws; everything but its own errors is the stack that did not suffice. */
function faultOf(error: unknown, text: string): ExpressionFault {
  const { code, summary, range } = error as {
    readonly code?: unknown;
    readonly summary?: unknown;
    readonly range?: { readonly start: number; readonly end: number };
  };
  const offset = Math.min(range?.start ?? 0, text.length);
  const place = { offset, length: Math.max(Math.min(range?.end ?? 0, text.length) - offset, 0) };
  if (typeof summary !== "string" || (code === "limit_exceeded" && summary.includes("maxDepth"))) {
    const what = `the parts of the expression lie more than ${fence.depth} deep inside one another`;
    return { code: "too_deep", ...place, what, mend: inWorker };
  }
  if (code === "limit_exceeded") {
    const what = `the expression has more than ${fence.nodes} parts`;
    return { code: "too_large", ...place, what, mend: inWorker };
  }
  return { code: "bad_expression", ...place, ...wordsOf(String(code), summary, text, offset) };
}

function wordsOf(code: string, summary: string, text: string, offset: number): { what: string; mend: string } {
  if (text.trim() === "") return { what: "the expression is empty", mend: "Write one, such as `input.total > 100`." };
  const [character = ""] = text.slice(offset);
  if (code === "unexpected_character" && misspelt[character]) {
    return { what: `\`${shown(character)}\` stands where CEL has none`, mend: misspelt[character] };
  }
  const what = shown(summary.replaceAll(/\b[A-Z]{2,}\b/g, (token) => marks[token] ?? token));
  return { what: `no CEL: ${what}`, mend: "Look for a missing operator, bracket or quote." };
}

const misspelt: Readonly<Record<string, string>> = {
  "=": "Write `==` to compare.",
  "&": "Write `&&`.",
  "|": "Write `||`.",
};

/** The library's names of its lexemes. */
const marks: Readonly<Record<string, string>> = {
  EOF: "the end",
  NUMBER: "a number",
  STRING: "a text",
  BOOLEAN: "a boolean",
  NULL: "`null`",
  IDENTIFIER: "a name",
  PLUS: "`+`",
  MINUS: "`-`",
  MULTIPLY: "`*`",
  DIVIDE: "`/`",
  MODULO: "`%`",
  EQ: "`==`",
  NE: "`!=`",
  LT: "`<`",
  LE: "`<=`",
  GT: "`>`",
  GE: "`>=`",
  AND: "`&&`",
  OR: "`||`",
  NOT: "`!`",
  IN: "`in`",
  LPAREN: "`(`",
  RPAREN: "`)`",
  LBRACKET: "`[`",
  RBRACKET: "`]`",
  LBRACE: "`{`",
  RBRACE: "`}`",
  DOT: "`.`",
  COMMA: "`,`",
  COLON: "`:`",
  QUESTION: "`?`",
  BYTES: "bytes",
};

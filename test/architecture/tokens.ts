/**
 * The words of a TypeScript source, without its comments: enough to find imports and named globals, not a parser.
 * Owns the four things that make a search by text lie: comments, strings, template literals and regular expressions.
 */
export interface Token {
  /** `text` is a whole string or a template without `${}`, its quotes removed; `word` an identifier or keyword. */
  readonly kind: "word" | "text" | "mark";
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

const skipped = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const word = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const number = /\d[\w.]*/y;
const text = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const regularExpression = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** From a backtick, or from the brace that ends a `${}`, to the next of either. */
const templatePart = /[`}](?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;

/** After these a `/` divides; after any other mark, and after the words below, it begins a regular expression. */
const endsValue = new Set([")", "]", "}", "`"]);
const beforeExpression = new Set(
  "return typeof case in of do else void delete throw new await yield instanceof extends default".split(" "),
);

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each open `${`: how many braces are open inside it. */
  const openBraces: number[] = [];
  let at = 0;
  let line = 1;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const take = (raw: string, kind?: Token["kind"], value = raw): void => {
    if (kind) tokens.push({ kind, value, line });
    at += raw.length;
    for (const letter of raw) if (letter === "\n") line++;
  };
  const takeTemplate = (raw: string): void => {
    const whole = raw.startsWith("`") && raw.endsWith("`");
    if (raw.startsWith("}")) openBraces.pop();
    if (raw.endsWith("{")) openBraces.push(0);
    if (whole) take(raw, "text", raw.slice(1, -1));
    else take(raw, "mark", raw.at(-1));
  };
  const takeMark = (mark: string): void => {
    const depth = openBraces.length - 1;
    if (depth >= 0 && mark === "{") openBraces[depth] = (openBraces[depth] ?? 0) + 1;
    if (depth >= 0 && mark === "}") openBraces[depth] = (openBraces[depth] ?? 0) - 1;
    take(mark, "mark");
  };

  while (at < source.length) {
    const blank = match(skipped);
    const name = blank === undefined ? match(word) : undefined;
    const quoted = match(text);
    const digits = match(number);
    const next = source[at] ?? "";
    if (blank !== undefined) take(blank);
    else if (name !== undefined) take(name, "word");
    else if (quoted !== undefined) take(quoted, "text", quoted.slice(1, -1));
    else if (digits !== undefined) take(digits, "mark");
    else if (next === "`" || (next === "}" && openBraces.at(-1) === 0)) takeTemplate(match(templatePart) ?? next);
    else if (next === "/" && mayBeginExpression(tokens.at(-1))) take(match(regularExpression) ?? next, "mark", "/");
    else takeMark(next);
  }
  return tokens;
}

function mayBeginExpression(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return beforeExpression.has(before.value);
  return before.kind === "mark" && !endsValue.has(before.value) && !/^\d/.test(before.value);
}

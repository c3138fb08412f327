/** Finds what a source file names of other files, packages and Node modules, in whichever way it does so. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Token } from "./tokens.ts";

export type Import = { readonly line: number } & (
  | { readonly kind: "file"; readonly path: string } // from the root of the sources; what lies outside begins with `..`
  | { readonly kind: "package"; readonly name: string }
  | { readonly kind: "builtin"; readonly name: string }
);

/** `path` is the importing file's, from the root of the sources. */
export function readImports(path: string, tokens: readonly Token[]): Import[] {
  return tokens.flatMap((token, at) => {
    const named = token.kind === "word" ? namedBy(tokens, at) : undefined;
    return named ? [{ line: named.line, ...resolve(path, named.value) }] : [];
  });
}

/** The token with the module's name, if an import begins with the word at `at`. */
function namedBy(tokens: readonly Token[], at: number): Token | undefined {
  if (is(tokens[at - 1], ".") && !is(tokens[at], "resolve") && !is(tokens[at], "getBuiltinModule")) return undefined;
  switch (tokens[at]?.value) {
    case "import":
      return argument(tokens, at) ?? textAt(tokens, at + 1) ?? textAfterFrom(tokens, at + 1);
    case "export": {
      const clause = is(tokens[at + 1], "type") ? at + 2 : at + 1;
      return is(tokens[clause], "{") || is(tokens[clause], "*") ? textAfterFrom(tokens, clause) : undefined;
    }
    case "resolve":
      return follows(tokens, at - 4, ["import", ".", "meta", "."]) ? argument(tokens, at) : undefined;
    case "URL":
      return follows(tokens, at + 3, [",", "import", ".", "meta"]) ? argument(tokens, at) : undefined;
    case "require":
    case "getBuiltinModule":
      return argument(tokens, at);
    default:
      return undefined;
  }
}

/** The name after `from`. A clause holds only names, commas, braces and `as`: anything else, and there is none. */
function textAfterFrom(tokens: readonly Token[], start: number): Token | undefined {
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at];
    if (is(token, "from") && tokens[at + 1]?.kind === "text") return tokens[at + 1];
    if (token?.kind === "mark" && !["{", "}", ",", "*"].includes(token.value)) return undefined;
    if (is(token, "}") && !is(tokens[at + 1], "from")) return undefined;
  }
  return undefined;
}

const is = (token: Token | undefined, value: string): boolean => token?.kind !== "text" && token?.value === value;
const textAt = (tokens: readonly Token[], at: number) => (tokens[at]?.kind === "text" ? tokens[at] : undefined);
const argument = (tokens: readonly Token[], at: number) =>
  is(tokens[at + 1], "(") ? textAt(tokens, at + 2) : undefined;
const follows = (tokens: readonly Token[], at: number, values: readonly string[]): boolean =>
  values.every((value, offset) => is(tokens[at + offset], value));

type Named = Import extends infer I ? (I extends Import ? Omit<I, "line"> : never) : never;

function resolve(from: string, name: string): Named {
  if (name.startsWith(".")) return { kind: "file", path: posix.join(posix.dirname(from), name) };
  if (isBuiltin(name)) return { kind: "builtin", name };
  // The package by its own name: a way around every rule, if it were not followed home.
  if (name === "clew") return { kind: "file", path: "clew.ts" };
  if (name.startsWith("clew/")) return { kind: "file", path: name.slice("clew/".length) + "/index.ts" };
  const parts = name.split("/");
  return { kind: "package", name: parts.slice(0, name.startsWith("@") ? 2 : 1).join("/") };
}

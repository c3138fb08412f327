/**
 * The paths of references (definition.md, 1): `input`, `steps.<name>.output`, `run` or a block's variable, then `.key`
 * and `[n]`.
 * A key is any run of characters but `.`, brackets, quotes and white space.
 */
import { isName } from "../base/ids.ts";
import { shown, type ValuePath } from "./value-path.ts";
import { variablePattern } from "./vocabulary.ts";

/** Where a path starts, and the keys and indices that it follows from there. */
export type ReferencePath =
  | { readonly from: "input"; readonly rest: ValuePath }
  | { readonly from: "run"; readonly rest: ValuePath }
  | { readonly from: "step"; readonly step: string; readonly rest: ValuePath }
  /** Whether a block has such a variable is not looked at. */
  | { readonly from: "variable"; readonly name: string; readonly rest: ValuePath };

/** What `run` holds. */
const runFields = ["id", "uid", "workflow", "startedAt"] as const;

/** Why a text is no path. */
export class PathFault {
  readonly code: "bad_reference" | "unknown_reference";
  readonly reason: string;
  constructor(code: PathFault["code"], reason: string) {
    this.code = code;
    this.reason = reason;
  }
}

const variable = new RegExp(variablePattern, "u");
const root = /^[^.[\]]+/;
const segment = /\.(?<key>[^\s.[\]"'`\p{Cc}]+)|\[(?<index>0|[1-9]\d{0,8})\]/uy;

export function parseReferencePath(text: string): ReferencePath | PathFault {
  const start = root.exec(text)?.[0] ?? "";
  const rest = parseSegments(text, start.length);
  if (rest instanceof PathFault) return rest;
  if (start === "input") return { from: "input", rest };
  if (start === "run") return runPath(rest);
  if (start === "steps") return stepPath(rest);
  if (variable.test(start)) return { from: "variable", name: start, rest };
  return bad(`it starts at \`${shown(start)}\`, and a path starts at \`input\`, \`steps\` or \`run\``);
}

function parseSegments(text: string, from: number): ValuePath | PathFault {
  const segments: (string | number)[] = [];
  segment.lastIndex = from;
  for (let at = from; at < text.length; at = segment.lastIndex) {
    const groups = segment.exec(text)?.groups;
    if (!groups) return bad(`\`${shown(text.slice(at))}\` is neither \`.key\` nor \`[number]\``);
    segments.push(groups["key"] ?? Number(groups["index"]));
  }
  return segments;
}

function runPath(rest: ValuePath): ReferencePath | PathFault {
  if (rest.length === 0 || (rest.length === 1 && runFields.some((field) => field === rest[0]))) {
    return { from: "run", rest };
  }
  return new PathFault("unknown_reference", `\`run\` holds ${runFields.map((field) => `\`${field}\``).join(", ")}`);
}

function stepPath([step, output, ...rest]: ValuePath): ReferencePath | PathFault {
  if (typeof step !== "string" || !isName(step)) return bad("after `steps` stands the name of a step");
  if (output !== "output") return bad(`of a step there is only its output: \`steps.${step}.output\``);
  return { from: "step", step, rest };
}

const bad = (reason: string): PathFault => new PathFault("bad_reference", reason);

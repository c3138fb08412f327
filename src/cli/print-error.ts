/** An error on standard error: what, where, why, how to mend it, and its stable code. */
import { ClewError } from "../base/errors.ts";
import type { DefinitionProblem } from "../definition/definition-problem.ts";
import { InvalidDefinition } from "../definition/invalid-definition.ts";
import { filterPointer } from "./filter-pointer.ts";
import { type Look, paint, worded } from "./look.ts";
import { terminalJson, terminalLines, terminalText } from "./terminal-text.ts";

export interface ErrorPlace {
  readonly look: Look;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** Prints it and gives the exit code. What is no `ClewError` is a mistake of the program, and is shown whole. */
export function printError(error: unknown, { look, json, write }: ErrorPlace): number {
  const known = error instanceof ClewError ? error : unexpected(error);
  write(json ? `${terminalJson({ error: errorDocument(known) })}\n` : `${renderError(known, look)}\n`);
  return known.exitCode;
}

export function errorDocument({ code, message, mend, details }: ClewError) {
  return { code, message, ...(mend === undefined ? {} : { mend }), ...(details === undefined ? {} : { details }) };
}

export function renderError(error: ClewError, look: Look): string {
  const code = `${worded(look, "error")} ${paint(look, "bold", error.code)}`;
  if (error instanceof InvalidDefinition) {
    const [first] = error.problems;
    return [
      `${code}: ${terminalText(first?.file ?? "the definition")} is no workflow: ${counted(error.problems.length, "problem")}`,
      ...error.problems.map((problem) => renderProblem(problem, look)),
    ].join("\n");
  }
  const pointer = filterPointer(error);
  const mend = error.mend === undefined ? [] : [`  ${terminalText(error.mend)}`];
  const trace = error.details?.["stack"];
  return [
    `${code}: ${terminalText(error.message)}`,
    ...(pointer === undefined ? [] : [pointer]),
    ...mend,
    ...(typeof trace === "string" ? [paint(look, "dim", terminalLines(trace))] : []),
  ].join("\n");
}

/** `order.yaml:4:11 unknown_key …`, and below it what to write instead. */
export function renderProblem({ file, line, column, code, message, mend }: DefinitionProblem, look: Look): string {
  const place = line === undefined ? "" : `:${line}:${column ?? 1}`;
  return `${terminalText(file)}${place} ${paint(look, "red", code)} ${terminalText(message)}\n  ${terminalText(mend)}`;
}

export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

function unexpected(error: unknown): ClewError {
  const message = error instanceof Error ? error.message : String(error);
  return new ClewError("engine_failed", `an unexpected error: ${message}`, {
    mend: "This is a mistake in Clew or in the workers; nothing that was recorded is lost. Please report it with the lines below.",
    details: error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {},
    cause: error,
  });
}

/** From what a handler gave or threw to the answer that goes out (events.md, 2 and 5; semantics.md, 2). Pure. */
import type { Problem } from "../base/problem.ts";
import type { ResultData } from "../bus/envelope.ts";
import type { Action } from "../saga/event.ts";
import { jsonOutput } from "./json-output.ts";
import { type AnswerContent, isAnswer, isWorkFailed, WorkFailed } from "./worker.ts";

/** Throws `WorkFailed` where the value is no answer to this kind of command. */
export function answerData(value: unknown, action: Action): ResultData {
  const content = isAnswer(value) ? value.content : undefined;
  switch (action) {
    case "execute":
      if (content && content.outcome !== "succeeded") throw wrongAnswer(content, action);
      return outputData("succeeded", content ?? { output: value });
    case "compensate":
      if (content?.outcome === "compensated") return { outcome: "compensated", found: content.found };
      if (content && content.outcome !== "succeeded") throw wrongAnswer(content, action);
      return { outcome: "compensated", found: true };
    case "inquire":
      if (content?.outcome === "done") return outputData("done", content);
      // A handler that knows nothing of inquiries has not answered this one: unknown is never read as not done.
      return content?.outcome === "not_done" ? { outcome: "not_done" } : { outcome: "unknown" };
  }
}

function outputData(
  outcome: "succeeded" | "done",
  given: { readonly output?: unknown; readonly undo?: unknown },
): ResultData {
  const { output, undo } = jsonOutput(given.output, given.undo);
  return undo === undefined ? { outcome, output } : { outcome, output, undo };
}

function wrongAnswer({ outcome }: AnswerContent, action: Action): WorkFailed {
  const title = `the handler answered ${outcome} to a command that asks to ${action}`;
  return new WorkFailed({ code: "output_invalid", title, retryable: false });
}

export interface Circumstances {
  /** No other delivery of this command can have been, or can be, worked on (duty 2). */
  readonly isOnly: boolean;
  /** The engine had advised to cancel the attempt (duty 4). */
  readonly isCancelled: boolean;
}

/** Duty 2: `none` is said only where no other delivery can prove it wrong. */
export function failureData(error: unknown, { isOnly, isCancelled }: Circumstances): ResultData {
  const known = isWorkFailed(error) ? error : undefined;
  const isNone = known?.effect === "none" && (known.fenced || isOnly);
  const problem = known?.problem ?? { code: "worker_crashed", title: titleOf(error) };
  return {
    outcome: "failed",
    // A fenced answer stands in the worker's store and is the same whenever it is asked for.
    error: bounded(isCancelled && !known?.fenced ? { ...problem, code: "cancelled" } : problem),
    retryable: known?.retryable ?? true,
    effect: isNone ? "none" : "possible",
    scope: isNone ? known.scope : "attempt",
  };
}

const longestTitle = 1000;
const longestDetail = 4000;
const longestCode = 100;

function bounded({ code, title, detail }: Problem): Problem {
  const problem = { code: cut(code, longestCode), title: cut(title, longestTitle) };
  return detail === undefined ? problem : { ...problem, detail: cut(detail, longestDetail) };
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Anything can be thrown, also what refuses to be read. */
function titleOf(error: unknown): string {
  try {
    const said: unknown = error instanceof Error ? error.message || error.name : error;
    return String(said) || "the handler threw";
  } catch {
    return "the handler threw something that cannot be read";
  }
}

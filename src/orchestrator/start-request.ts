/** What a start asks for, and how it is refused. */
import { ClewError } from "../base/errors.ts";
import { JsonCopier, NotJson } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import { largestPayloadBytes, sizeFault } from "../base/payload-size.ts";
import { checkInput } from "../definition/check-input.ts";
import { mismatchText } from "../definition/contract-misfit.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Refused } from "../saga/decide.ts";
import type { Parent } from "../saga/event.ts";
import type { Rerun } from "../saga/input.ts";
import { limitKeyOf } from "../saga/limit.ts";
import type { Run } from "../saga/run.ts";

export interface StartRequest {
  readonly workflow: Workflow;
  /** Frozen JSON. */
  readonly input: Json;
  /** Given by the caller; otherwise the run's uid. */
  readonly id?: string;
  /** What is taken over from another run. */
  readonly rerun?: Rerun;
  /** Of a child: whose step it is. */
  readonly parent?: Parent;
}

/** C25: `undefined` without a limit. Throws `invalid_input` where the input does not say whose run it is. */
export function requireLimitKey(
  workflow: Workflow,
  run: { readonly id: string; readonly uid: string; readonly input: Json },
): string | undefined {
  const found = limitKeyOf(workflow, run);
  if (found.ok) return found.key;
  throw new ClewError("invalid_input", `cannot start ${workflow.name}: its limit has no key: ${found.problem.detail}`, {
    mend: "Give the field to which the key of `limit` refers. Nothing was stored.",
  });
}

/**
 * What the engine keeps of an input is its own: frozen, and exactly what JSON can say. Throws `invalid_input`,
 * `payload_too_large`, both with the field.
 */
export function ownInput(input: unknown): Json {
  const copier = new JsonCopier();
  const copy = copiedBy(copier, input);
  const fault = copier.bytesAtMost <= largestPayloadBytes ? undefined : sizeFault(copy, "input");
  if (fault === undefined) return copy;
  throw new ClewError("payload_too_large", `cannot start a run: its input ${fault}`, {
    mend: "Store the large part elsewhere, and give the run a reference to it.",
  });
}

function copiedBy(copier: JsonCopier, input: unknown): Json {
  try {
    return copier.copy(input, "input");
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new ClewError("invalid_input", `cannot start a run: ${error.message}`, {
      mend: "Give plain data: objects, arrays, text, numbers, true, false, null.",
    });
  }
}

export function refuseMisfit(workflow: Workflow, input: Json): void {
  const mismatches = checkInput(workflow, input);
  const first = mismatches[0];
  if (!first) return;
  const more = mismatches.length > 1 ? ` (and ${mismatches.length - 1} more)` : "";
  const what = mismatchText(first, first.path === "" ? "the input" : "input");
  throw new ClewError("invalid_input", `cannot start ${workflow.name}: ${what}${more}`, {
    mend: "Give an input that fits the workflow's inputSchema. Nothing was stored.",
    details: { mismatches },
  });
}

/** What a decision refused, as it is thrown. */
export const refusalOf = ({ code, message, mend, details }: Refused): ClewError =>
  new ClewError(code, message, details ? { mend, details } : { mend });

export const badRunId = (id: string) =>
  new ClewError("invalid_argument", `cannot start a run with the id ${JSON.stringify(id.slice(0, 80))}`, {
    mend: "An id begins with a letter or digit and has up to 64 letters, digits, _ and -.",
  });

export const overloaded = (waiting: string) =>
  new ClewError("overloaded", `cannot start a run: ${waiting}`, {
    mend: "Start fewer runs at a time, or try again in a moment. Nothing was stored.",
  });

export const runUnknown = (id: string) =>
  new ClewError("run_unknown", `there is no run ${id}`, { mend: "List the runs with `clew runs ls`." });

export const runExists = (run: Run, workflow: string) =>
  new ClewError(
    "run_exists",
    `cannot start ${workflow} as ${run.id}: a run of ${run.workflow} with another input has that id`,
    {
      mend: "Choose another id, or start with the same workflow and input to get the run that exists. Nothing was changed.",
    },
  );

export const engineFailed = () =>
  new ClewError(
    "engine_failed",
    "the engine stopped because its journal failed; what was not answered may be recorded or not",
    {
      mend: "Open it again: it goes on from what is recorded. A start with the same id is safe to repeat.",
    },
  );

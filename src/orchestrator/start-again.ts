/** `rerun`: a run that has ended, once more, as a new one (semantics.md, 7). */
import { ClewError } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Actor } from "../saga/event.ts";
import { reusableOf } from "../saga/rerun.ts";
import type { Run } from "../saga/run.ts";
import type { OperatorVerb, Started, VerbAnswer } from "./orchestrator-options.ts";
import { runUnknown, type StartRequest } from "./start-request.ts";

interface Starting {
  look(id: string): Promise<{ readonly workflow: Workflow; readonly run: Run } | undefined>;
  startRun(request: StartRequest): Promise<Started>;
  operate(id: string, verb: OperatorVerb, actor: Actor): Promise<VerbAnswer>;
}

/**
 * Starts a run of the same workflow with the same input; what only reads, or declares nothing, is taken over. The new run
 * says whose it is from its first event; the old one is told behind it.
 */
export async function startAgain(engine: Starting, id: string, actor: Actor, expected?: number): Promise<VerbAnswer> {
  const seen = await engine.look(id);
  if (!seen) throw runUnknown(id);
  const { workflow, run } = seen;
  if (run.phase !== "ended") throw runOpen(id);
  if (expected !== undefined && expected !== run.version) throw changedSince(id, run.version, expected);
  const rerun = { of: id, reuse: reusableOf(workflow, run) };
  const started = await engine.startRun({ workflow, input: run.input, rerun });
  const { version } = await engine.operate(id, { type: "rerun", run: started.id }, actor);
  return { changed: true, version, run: started.id };
}

const runOpen = (id: string) =>
  new ClewError("run_open", `cannot run ${id} again: it has not ended`, {
    mend: "Wait for its end, cancel it, or abandon it; then run it again.",
  });

const changedSince = (id: string, version: number, expected: number) =>
  new ClewError("version_conflict", `cannot run ${id} again: it stands at version ${version}, not ${expected}`, {
    mend: "Somebody or something was first: look at the run again, then decide again.",
  });

/** `rerun`: a run that has ended, once more, as a new one (semantics.md, 7). */
import type { Workflow } from "../definition/workflow.ts";
import type { Actor } from "../saga/event.ts";
import { rerunId, reusableOf } from "../saga/rerun.ts";
import type { Run } from "../saga/run.ts";
import { refuseVerb } from "../saga/verbs.ts";
import type { OperatorVerb, Started, VerbAnswer } from "./orchestrator-options.ts";
import { refusalOf, runUnknown, type StartRequest } from "./start-request.ts";

interface Starting {
  look(id: string): Promise<{ readonly workflow: Workflow; readonly run: Run } | undefined>;
  startRun(request: StartRequest): Promise<Started>;
  operate(id: string, verb: OperatorVerb, actor: Actor, expected?: number): Promise<VerbAnswer>;
}

/**
 * Starts a run of the same workflow with the same input; what only reads, or declares nothing, is taken over. The new run
 * says whose it is from its first event; the old one is told behind it. Its id follows from the old one, so that neither a
 * crash in between nor a second operator starts another.
 */
export async function startAgain(engine: Starting, id: string, actor: Actor, expected?: number): Promise<VerbAnswer> {
  const seen = await engine.look(id);
  if (!seen) throw runUnknown(id);
  const { workflow, run } = seen;
  const refusal = refuseVerb(run, { type: "rerun", ...(expected === undefined ? {} : { expectedVersion: expected }) });
  if (refusal) throw refusalOf(refusal);
  const rerun = { of: id, reuse: reusableOf(workflow, run) };
  const started = await engine.startRun({ workflow, input: run.input, id: rerunId(run), rerun });
  // It is started: what came late to the old one meanwhile changes nothing about that.
  const answer = await engine.operate(id, { type: "rerun", run: started.id }, actor);
  return answer.changed ? { ...answer, run: started.id } : answer;
}

/**
 * What one input does to one run: the events that follow from it (architecture.md, 1). Pure: no clock, no IO, no
 * randomness; ids and jitter are derived. `advance` folds each event into the run as it decides, which the engine
 * uses; `decide` does the same on a copy, for whoever needs the old run too.
 *
 * A decision is in layers, each in its file: what the input says (here), what it means for its step (`step-side.ts`)
 * or for its compensation (`undo-side.ts`), and how the run goes on from there (`progress.ts`); `moves.ts` holds the
 * single moves that they share.
 */
import { assert, type ErrorCode, unreachable } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import { Draft } from "./draft.ts";
import type { SagaEvent } from "./event.ts";
import { copyRun, stepOf } from "./evolve.ts";
import type { SagaInput } from "./input.ts";
import { turn } from "./moves.ts";
import { goOn } from "./progress.ts";
import { endWith, residueOf, undeclaredOf } from "./residue.ts";
import type { Run } from "./run.ts";
import { answerExecute, dueStepTimer, withdrawExecute } from "./step-side.ts";
import { answerCompensate, dueUndoTimer, withdrawCompensate } from "./undo-side.ts";

/**
 * - `events`: what is to be recorded, at least one
 * - `nothing`: a duplicate, or too late to matter; nothing to record, and nothing wrong
 * - `refused`: a verb that cannot be carried out; the caller is told
 */
export type Decision =
  | { readonly kind: "events"; readonly events: readonly SagaEvent[] }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string; readonly mend: string };

/** Leaves `run` as it is. */
export function decide(workflow: Workflow, run: Run, input: SagaInput, now: number): Decision {
  return advance(workflow, copyRun(run), input, now);
}

/** Folds what it decides into `run`. */
export function advance(workflow: Workflow, run: Run, input: SagaInput, now: number): Decision {
  const draft = new Draft(workflow, run, now);
  const refusal = consider(draft, input);
  if (refusal) {
    assert(draft.events.length === 0, "what is refused changes nothing");
    return refusal;
  }
  if (draft.events.length === 0) return { kind: "nothing", why: "nothing follows from it" };
  return { kind: "events", events: draft.events };
}

type Refusal = Exclude<Decision, { kind: "events" }>;

function consider(draft: Draft, input: SagaInput): Refusal | undefined {
  switch (input.type) {
    case "start":
      draft.record({
        type: "RunStarted",
        id: input.id,
        uid: input.uid,
        workflow: draft.workflow.name,
        version: draft.workflow.version,
        definition: draft.workflow.hash,
        input: input.input,
      });
      goOn(draft);
      return undefined;
    case "result":
      if (!draft.workflow.places.has(input.step)) return { kind: "nothing", why: "no such step" };
      if (input.action === "compensate") answerCompensate(draft, input.step, input.attempt, input.outcome);
      else if (input.action === "execute") answerExecute(draft, input.step, input.attempt, input.outcome);
      goOn(draft);
      return undefined;
    case "withdrawn":
      if (input.side === "execute") withdrawExecute(draft, input.step, input.attempt);
      else withdrawCompensate(draft, input.step, input.attempt);
      goOn(draft);
      return undefined;
    case "timer":
      if (input.timer.side === "execute") dueStepTimer(draft, input.timer);
      else dueUndoTimer(draft, input.timer);
      goOn(draft);
      return undefined;
    case "cancel":
      return cancel(draft, input);
    case "abandon":
      return abandon(draft, input);
    default:
      return unreachable(input);
  }
}

function cancel(draft: Draft, input: Extract<SagaInput, { type: "cancel" }>): Refusal | undefined {
  const { run } = draft;
  const refusal = refuseVerb(run, input.expectedVersion, "cancel");
  if (refusal) return refusal;
  if (run.phase !== "forward") return { kind: "nothing", why: `it is already going back (${run.phase})` };
  draft.record({ type: "CancelRequested", actor: input.actor, ...(input.reason ? { reason: input.reason } : {}) });
  turn(draft, "cancelled");
  goOn(draft);
  return undefined;
}

function abandon(draft: Draft, input: Extract<SagaInput, { type: "abandon" }>): Refusal | undefined {
  const { run, workflow } = draft;
  const refusal = refuseVerb(run, input.expectedVersion, "abandon");
  if (refusal) return refusal;
  for (const ref of input.withdrawn) {
    const step = stepOf(workflow, run, ref.step);
    const live =
      ref.side === "execute"
        ? step.attempts[ref.attempt - 1] === "live"
        : step.compensation?.attempts[ref.attempt - 1]?.state === "live";
    if (live) draft.record({ type: "AttemptWithdrawn", ...ref });
  }
  const residue = residueOf(workflow, run);
  const undeclared = undeclaredOf(workflow, run);
  draft.record({ type: "RunAbandoned", actor: input.actor, ...(input.reason ? { reason: input.reason } : {}) });
  for (const incident of [...run.incidents]) {
    draft.record({ type: "IncidentClosed", incident: incident.number, by: "abandon" });
  }
  endWith(draft, residue, undeclared);
  return undefined;
}

function refuseVerb(run: Run, expectedVersion: number | undefined, verb: string): Refusal | undefined {
  if (run.phase === "ended") {
    return {
      kind: "refused",
      code: "run_closed",
      message: `cannot ${verb} run ${run.id}: it has ended`,
      mend: "A run that has ended stays as it is; start a new one where the work is still wanted.",
    };
  }
  if (expectedVersion !== undefined && expectedVersion !== run.version) {
    return {
      kind: "refused",
      code: "version_conflict",
      message: `cannot ${verb} run ${run.id}: it stands at version ${run.version}, not ${expectedVersion}`,
      mend: "Somebody or something was first: look at the run again, then decide again.",
    };
  }
  return undefined;
}

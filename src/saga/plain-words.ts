/**
 * What a run that has not ended waits for, in plain words: since when, until when, and who can unblock it. And what would
 * be undone if it failed now. Told from the run alone; what only the engine sees, such as a worker type that nobody
 * works for, is added by whoever knows it.
 */
import type { Problem } from "../base/problem.ts";
import type { Workflow } from "../definition/workflow.ts";
import { isInDoubt, isWithoutEffect } from "./attempts.ts";
import type { Neglect, Residue } from "./event.ts";
import { isPivotPassed } from "./moves.ts";
import { instancesBackward, instancesOf, stepIn } from "./instances.ts";
import { planOf } from "./step-key.ts";
import type { CompensationRun, Incident, OutRef, Run, StepRun } from "./run.ts";
import { settledCompensationStates } from "./tables.ts";
import { attemptDueAt, attemptState, deadlineAt, nextDueAt, notTaken } from "./timers.ts";
import { verbsOf } from "./verbs.ts";

export interface Waiting {
  /** A phrase: `for the worker refund_payment to undo process_payment`. */
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** When it is over by itself, as far as that is known. */
  readonly until: number | undefined;
  readonly who: "operator" | "worker" | "time" | "signal" | "another run" | "engine";
  /** Of an operator: the verbs that answer it. */
  readonly verbs: readonly string[];
}

/** `undefined` of a run that has ended. */
export function waitsFor(workflow: Workflow, run: Run): Waiting | undefined {
  if (run.phase === "ended") return undefined;
  if (run.suspended) return suspended(run);
  const [incident] = run.incidents.filter(({ kind }) => kind !== "overdue");
  if (incident) return forOperator(workflow, run, incident);
  if (run.holder !== undefined) return forPlace(workflow, run, run.holder);
  const [out] = run.out.filter((ref) => isWaitedFor(workflow, run, ref));
  if (out) return forAnswer(workflow, run, out);
  const [wait] = run.waits;
  if (wait) return wait.of === "wait" ? forWait(workflow, run, wait.step) : forTime(workflow, run, wait);
  const what = run.phase === "forward" ? "for its next step to begin" : "for its rollback to go on";
  return { what, since: run.changedAt, until: undefined, who: "engine", verbs: [] };
}

function suspended(run: Run): Waiting {
  const { lastVerb } = run;
  const by = lastVerb?.verb === "suspend" ? `, suspended by ${lastVerb.actor}` : ", suspended";
  const since = lastVerb?.verb === "suspend" ? lastVerb.at : run.changedAt;
  return { what: `to be resumed${by}`, since, until: undefined, who: "operator", verbs: ["resume"] };
}

function forOperator(workflow: Workflow, run: Run, incident: Incident): Waiting {
  const { kind, step = "", openedAt, error } = incident;
  const why = error === undefined ? "" : `: ${inBrief(error)}`;
  const others = run.incidents.length > 1 ? `, and ${run.incidents.length - 1} more` : "";
  const isBeforePivot = !isPivotPassed(workflow, run);
  const verbs = [...verbsOf[kind].filter((verb) => verb !== "cancel" || isBeforePivot), "abandon"];
  const what = `for an operator: ${questions[kind](step)}${why}${others}`;
  return { what, since: openedAt, until: deadlineAt(workflow, run), who: "operator", verbs };
}

const questions: Readonly<Record<Incident["kind"], (step: string) => string>> = {
  step: (step) => `${step} has failed or is in doubt`,
  pivot: (step) => `nobody knows whether the pivot ${step} was done`,
  compensation: (step) => `${step} cannot be undone`,
  in_doubt: (step) => `nobody knows whether ${step} was done, and it is not undone unasked`,
  late_effect: (step) => `an effect of ${step} came to light`,
  overdue: () => "its time is over",
};

/** Somebody else's end frees it. */
function forPlace(workflow: Workflow, run: Run, holder: string): Waiting {
  const most = workflow.limit?.runs ?? 1;
  const what = `for a place: at most ${most} at a time for ${run.limitKey ?? "its key"}, and ${holder} holds one`;
  return { what, since: run.startedAt, until: deadlineAt(workflow, run), who: "another run", verbs: ["cancel"] };
}

/** The one that began first; of several branches each may have its own. */
function forWait(workflow: Workflow, run: Run, key: string): Waiting {
  const { act } = planOf(workflow, key);
  const signal = act.is === "wait" ? act.signal : undefined;
  const others = run.waits.length > 1 ? `, and ${run.waits.length - 1} more` : "";
  const what =
    signal === undefined ? `for its time, at ${key}${others}` : `for the signal ${signal}, at ${key}${others}`;
  const until = stepIn(workflow, run, key)?.dueAt ?? deadlineAt(workflow, run);
  const who = signal === undefined ? "time" : "signal";
  return { what, since: run.changedAt, until, who, verbs: signal === undefined ? ["cancel"] : ["signal", "cancel"] };
}

function forChild({ id, phase }: Run, { step, side, at }: OutRef): Waiting {
  const what = side === "execute" ? `for the child ${id}.${step}` : `for the child ${id}.${step} to go back`;
  return { what, since: at, until: undefined, who: "another run", verbs: phase === "forward" ? ["cancel"] : [] };
}

function forAnswer(workflow: Workflow, run: Run, out: OutRef): Waiting {
  if (out.isChild) return forChild(run, out);
  const { step: name, side, attempt, at } = out;
  const plan = planOf(workflow, name);
  const worker = side === "compensate" ? plan.compensation?.worker : plan.worker;
  const times = attempt > 1 ? `, attempt ${attempt}` : "";
  const purpose = {
    execute: `to do ${name}`,
    compensate: `to undo ${name}`,
    inquire: `to say whether ${name} was done`,
  };
  const until = attemptDueAt(workflow, run, out, notTaken) ?? deadlineAt(workflow, run);
  const { unattended } = run;
  const neglect = unattended?.step === name ? `; ${neglects[unattended.need]}` : "";
  const what = `for the worker ${worker ?? ""} ${purpose[side]}${times}${neglect}`;
  return { what, since: at, until, who: "worker", verbs: run.phase === "forward" ? ["cancel"] : [] };
}

const neglects: Readonly<Record<Neglect, string>> = {
  no_worker: "nobody works for that type",
  queue_stands: "its queue does not move",
};

function forTime(workflow: Workflow, run: Run, { step: name, side }: Run["waits"][number]): Waiting {
  const step = stepIn(workflow, run, name);
  const error = side === "compensate" ? step?.compensation?.error : step?.error;
  const purpose = { execute: `to do ${name}`, compensate: `to undo ${name}`, inquire: `to ask about ${name}` }[side];
  const after = error === undefined ? "" : `, after ${inBrief(error)}`;
  const until = nextDueAt(workflow, run, () => notTaken);
  return { what: `for the next attempt ${purpose}${after}`, since: run.changedAt, until, who: "time", verbs: [] };
}

const inBrief = ({ code, title }: Problem): string => `${code} (${title})`;

/** A superseded command holds up nothing but its own step's undo. */
function isWaitedFor(workflow: Workflow, run: Run, ref: OutRef): boolean {
  const state = attemptState(workflow, run, ref);
  return state === "live" || (state === "superseded" && ref.side === "execute" && run.phase === "backward");
}

/** An undo that would follow, or is still to come. */
export interface WouldUndo extends Residue {
  readonly worker: string;
}

/** What would be undone if the run failed now, in its order; of one that goes back, what is still to be undone. */
export function wouldUndo(workflow: Workflow, run: Run): readonly WouldUndo[] {
  if (run.phase === "ended" || isPivotPassed(workflow, run)) return [];
  return instancesBackward(workflow, run).flatMap(({ key, plan, step }) => {
    if (!plan.compensation || !isUndoable(step) || isUndone(step.compensation)) return [];
    const certainty = step.state === "succeeded" ? ("done" as const) : ("possible" as const);
    return [{ step: key, worker: plan.compensation.worker, certainty }];
  });
}

/** What would stay in the world: effects that nothing undoes. */
export function wouldLeave(workflow: Workflow, run: Run): readonly Residue[] {
  if (run.phase === "ended") return [];
  return instancesOf(workflow, run).flatMap(({ key, plan, step }) => {
    const stays = plan.kind !== "readonly" && (!plan.compensation || isPivotPassed(workflow, run));
    if (!stays || !isUndoable(step)) return [];
    return [{ step: key, certainty: step.state === "succeeded" ? ("done" as const) : ("possible" as const) }];
  });
}

/** It has, or may have, an effect of this run. */
const isUndoable = (step: StepRun): boolean =>
  step.attempts.length > 0 &&
  !isWithoutEffect(step) &&
  (step.state === "succeeded" || isInDoubt(step) || step.attempts.includes("live"));

const isUndone = (compensation: CompensationRun | undefined): boolean =>
  compensation !== undefined && settledCompensationStates.has(compensation.state) && !compensation.isOwed;

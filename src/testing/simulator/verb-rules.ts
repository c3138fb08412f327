/**
 * What must become of an operator's verb, by how its run stands (semantics.md, 4 and 7; C12, C20): written down once more,
 * without a line of the code that decides it.
 */
import type { ErrorCode } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { stepsThatNeed } from "../../definition/reference-use.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { OperatorVerb } from "../../orchestrator/orchestrator-options.ts";
import { isInDoubt } from "../../saga/attempts.ts";
import { stepIn } from "../../saga/instances.ts";
import type { Incident, Run } from "../../saga/run.ts";
import { nameIn, planIn } from "../../saga/step-key.ts";
import { canBeFilled } from "./expected-result.ts";
import { isMisfit } from "./outgoing-watch.ts";

/** What an operator may say: of `rerun` the engine itself says which run it starts. */
export type Said = Exclude<OperatorVerb, { type: "rerun" }> | { readonly type: "rerun" };

/** `nothing`: it is so already, and nothing is recorded. */
export type Verdict = "recorded" | "nothing" | ErrorCode;

type Mending = Extract<Said, { type: "retry" | "resolve" | "skip" }>;

export function verdictOf(workflow: Workflow, run: Run, verb: Said, expected: number | undefined): Verdict {
  const hasEnded = run.phase === "ended";
  if (verb.type === "rerun" && !hasEnded) return "run_open";
  if (verb.type !== "rerun" && hasEnded) return "run_closed";
  if (expected !== undefined && expected !== run.version) return "version_conflict";
  switch (verb.type) {
    case "cancel":
      if (run.phase !== "forward") return "nothing";
      return run.steps[workflow.pivotPlace]?.state === "succeeded" ? "pivot_passed" : "recorded";
    case "suspend":
      return run.suspended ? "nothing" : "recorded";
    case "resume":
      return run.suspended ? "recorded" : "nothing";
    case "signal":
      if (run.phase !== "forward") return "run_closed";
      if (verb.id !== undefined && run.heard.includes(verb.id)) return "nothing";
      return hasRoomFor(workflow, run, verb.signal) ? "recorded" : "signal_refused";
    case "abandon":
    case "rerun":
      return "recorded";
    case "retry":
    case "resolve":
    case "skip":
      return verdictOfMending(workflow, run, verb);
  }
}

/** C22: it ends a wait, or is one of those that are kept. How old they are is asked by `generate-world.ts` of no such workflow. */
function hasRoomFor(workflow: Workflow, run: Run, signal: string): boolean {
  const isAwaited = run.waits.some(({ step }) => {
    const act = planIn(workflow, step)?.act;
    return act?.is === "wait" && act.signal === signal;
  });
  return isAwaited || run.signals.length < workflow.mostSignals;
}

/** The table of semantics.md, 4: which verbs answer what, beside those that are open to all. */
const answersTo: Readonly<Record<Incident["kind"], readonly Mending["type"][]>> = {
  step: ["retry", "resolve", "skip"],
  pivot: ["retry", "resolve"],
  compensation: ["retry", "resolve", "skip"],
  in_doubt: ["retry", "resolve", "skip"],
  late_effect: ["resolve", "skip"],
  overdue: [],
};

function verdictOfMending(workflow: Workflow, run: Run, verb: Mending): Verdict {
  const open = run.incidents.filter(({ kind }) => kind !== "overdue");
  const meant = open.filter(({ step }) => verb.step === undefined || step === verb.step);
  if (meant.length === 0) return "incident_unknown";
  if (new Set(meant.map(({ step }) => step)).size > 1) return "incident_ambiguous";
  if (verb.type === "retry" && run.suspended) return "run_suspended";
  const asked = meant.findLast(({ kind }) => answersTo[kind].includes(verb.type));
  if (!asked) return "verb_unsuitable";
  const isOfUndo = asked.side === "compensate";
  const { step = "" } = asked;
  const plan = planIn(workflow, step);
  if (!plan) return verdictOfBlock(workflow, verb, step);
  if (!isOfUndo && verb.type === "retry" && plan.act.is !== "work") return "verb_unsuitable";
  if (verb.type === "retry") return verdictOfRetry(workflow, run, asked, verb.input);
  if (isOfUndo) return verb.type === "resolve" && verb.outcome === "not_done" ? "verb_unsuitable" : "recorded";
  if (asked.kind === "late_effect") return "recorded";
  if (verb.type === "skip") return stepsThatNeed(workflow, plan.name).length > 0 ? "output_needed" : "recorded";
  if (verb.outcome === "not_done") return stepIn(workflow, run, step)?.state === "failed" ? "nothing" : "recorded";
  const isBound = workflow.catalogue.has(plan.worker);
  return isBound && isMisfit(verb.output) ? "invalid_input" : "recorded";
}

function verdictOfBlock(workflow: Workflow, { type }: Mending, key: string): Verdict {
  if (type === "resolve") return "verb_unsuitable";
  return type === "skip" && stepsThatNeed(workflow, nameIn(key)).length > 0 ? "output_needed" : "recorded";
}

/** Another input needs another key, and so does a key that is closed; none is given while an attempt is in doubt (C12). */
function verdictOfRetry(
  workflow: Workflow,
  run: Run,
  { step = "", side }: Incident,
  edited: Json | undefined,
): Verdict {
  const [plan, one] = [planIn(workflow, step), stepIn(workflow, run, step)];
  const own = edited ?? (side === "compensate" ? one?.compensation?.input : undefined);
  if (side === "execute") {
    const isNew = edited !== undefined || one?.mended?.isClosed === true;
    if (isNew && one && isInDoubt(one)) return "step_in_doubt";
  }
  const ofUndo = side === "compensate" ? plan?.compensation?.input : undefined;
  // What an operator gives is no mapping.
  if (own !== undefined || (ofUndo === undefined && one?.mended?.input !== undefined)) return "recorded";
  return canBeFilled(ofUndo ?? plan?.input, step, run, workflow) ? "recorded" : "invalid_input";
}

/**
 * What an operator's verbs do (semantics.md, 7): each is refused with a reason that says what to do instead, or recorded
 * with who did it and why. Of two who mend the same run the second is told who was first.
 */
import type { Json } from "../base/json.ts";
import { outputMisfit } from "../definition/contract-misfit.ts";
import { stepsThatNeed } from "../definition/reference-use.ts";
import { isInDoubt } from "./attempts.ts";
import { misfitOf } from "./command.ts";
import type { Decision, Refused } from "./decide.ts";
import type { Draft } from "./draft.ts";
import type { Actor } from "./event.ts";
import type { SagaInput } from "./input.ts";
import { answerDoubt, closeIncidents, dispatchCompensation, dispatchStep, isPivotPassed, turn } from "./moves.ts";
import { goOn } from "./progress.ts";
import { endWith, residueOf, undeclaredOf } from "./residue.ts";
import type { Incident, Run, StepRun } from "./run.ts";
import { stepOf } from "./instances.ts";
import { nameIn, planOf } from "./step-key.ts";
import { returnIfPivot } from "./success.ts";
import { attemptState } from "./timers.ts";
import { refuseSignal, takeSignal } from "./wait-side.ts";

type VerbInput = Extract<SagaInput, { readonly actor: string }>;
type Of<Type extends VerbInput["type"]> = Extract<VerbInput, { type: Type }>;
type Refusal = Exclude<Decision, { kind: "events" }>;

export function performVerb(draft: Draft, input: VerbInput): Refusal | undefined {
  const refusal = refuseVerb(draft.run, input);
  if (refusal) return refusal;
  switch (input.type) {
    case "cancel":
      return cancel(draft, input);
    case "abandon":
      return abandon(draft, input);
    case "suspend":
      return suspend(draft, input);
    case "resume":
      return resume(draft, input);
    case "retry":
    case "resolve":
    case "skip":
      return mend(draft, input);
    case "rerun":
      return rerun(draft, input);
    case "signal":
      return signal(draft, input);
  }
}

/** `actor`, and the reason where there is one. */
const actorOf = ({ actor, reason }: Actor): Actor => (reason ? { actor, reason } : { actor });

/** What every verb is refused for, whatever it is about. */
export function refuseVerb(
  run: Run,
  { type, expectedVersion }: Pick<VerbInput, "type" | "expectedVersion">,
): Refused | undefined {
  if (type === "rerun" && run.phase !== "ended") {
    return refused("run_open", `cannot rerun run ${run.id}: it has not ended`, {
      mend: "Wait for its end, cancel it, or abandon it; then run it again.",
    });
  }
  if (run.phase === "ended" && type !== "rerun") {
    return refused("run_closed", `cannot ${type} run ${run.id}: it has ended${whoWasLast(run)}`, {
      mend: "A run that has ended stays as it is; start a new one where the work is still wanted.",
    });
  }
  if (expectedVersion === undefined || expectedVersion === run.version) return undefined;
  const { lastVerb } = run;
  const wasSeen = lastVerb === undefined || lastVerb.version <= expectedVersion;
  const who = wasSeen ? "" : whoWasLast(run);
  return refused(
    "version_conflict",
    `cannot ${type} run ${run.id}: it stands at version ${run.version}, not ${expectedVersion}${who}`,
    {
      mend: "Somebody or something was first: look at the run again, then decide again.",
      ...(wasSeen ? {} : { details: { by: lastVerb } }),
    },
  );
}

/** Somebody may have answered it just now. */
const whoMended = (run: Run): string =>
  ["retry", "resolve", "skip"].includes(run.lastVerb?.verb ?? "") ? whoWasLast(run) : "";

function whoWasLast({ lastVerb }: Run): string {
  if (!lastVerb) return "";
  const { verb, actor, at } = lastVerb;
  return `; ${actor} was first, with ${verb} at ${new Date(at).toISOString()}`;
}

function refused(code: Refused["code"], message: string, more: Pick<Refused, "mend" | "details">): Refused {
  return { kind: "refused", code, message, ...more };
}

function cancel(draft: Draft, input: Of<"cancel">): Refusal | undefined {
  const { run, workflow } = draft;
  if (run.phase !== "forward") return { kind: "nothing", why: `it is already going back (${run.phase})` };
  if (isPivotPassed(workflow, run)) {
    const pivot = workflow.steps[workflow.pivotPlace]?.name ?? "";
    return refused("pivot_passed", `cannot cancel run ${run.id}: its pivot ${pivot} has succeeded`, {
      mend: "Past this point a run only goes forward: mend what is blocked, or abandon it.",
    });
  }
  draft.record({ type: "CancelRequested", ...actorOf(input) });
  turn(draft, "cancelled");
  goOn(draft);
  return undefined;
}

function abandon(draft: Draft, input: Of<"abandon">): undefined {
  const { run, workflow } = draft;
  for (const ref of input.withdrawn) {
    if (attemptState(workflow, run, ref) === "live") draft.record({ type: "AttemptWithdrawn", ...ref });
  }
  const residue = residueOf(workflow, run);
  const undeclared = undeclaredOf(workflow, run);
  draft.record({ type: "RunAbandoned", ...actorOf(input) });
  closeIncidents(draft, "abandon", () => true);
  endWith(draft, residue, undeclared);
}

function suspend(draft: Draft, input: Of<"suspend">): Refusal | undefined {
  if (draft.run.suspended) return { kind: "nothing", why: `it is suspended already${whoWasLast(draft.run)}` };
  draft.record({ type: "RunSuspended", ...actorOf(input) });
  return undefined;
}

function resume(draft: Draft, input: Of<"resume">): Refusal | undefined {
  if (!draft.run.suspended) return { kind: "nothing", why: "it is not suspended" };
  draft.record({ type: "RunResumed", ...actorOf(input) });
  goOn(draft);
  return undefined;
}

/** Two who run it again at the same time have started one run. */
function rerun(draft: Draft, input: Of<"rerun">): Refusal | undefined {
  const { reruns } = draft.run;
  if (reruns.includes(input.run)) return { kind: "nothing", why: `it was run again already${whoWasLast(draft.run)}` };
  draft.record({ type: "RunRerun", run: input.run, ...actorOf(input) });
  return undefined;
}

/** Only a run that goes forward can still come to the wait for it. */
function signal(draft: Draft, input: Of<"signal">): Refusal | undefined {
  const { run } = draft;
  const what = `cannot signal ${input.signal} to run ${run.id}`;
  if (run.phase !== "forward") {
    return refused("run_closed", `${what}: it is going back (${run.phase})`, {
      mend: "Only a run that goes forward takes signals.",
    });
  }
  if (run.heard.includes(input.id)) return { kind: "nothing", why: `the signal ${input.id} has come before` };
  const fault = refuseSignal(draft, input);
  if (fault !== undefined) {
    return refused("signal_refused", `${what}: ${fault}`, { mend: "Send it when the run has come to its wait." });
  }
  takeSignal(draft, input);
  goOn(draft);
  return undefined;
}

type Mending = Of<"retry" | "resolve" | "skip">;

/** An answer to an open incident. */
function mend(draft: Draft, input: Mending): Refusal | undefined {
  const { run } = draft;
  const incident = incidentFor(run, input);
  if (incident.kind === "refused") return incident;
  const { step } = incident;
  if (step === undefined) return unsuitable(run, input, incident);
  if (input.type === "retry" && run.suspended) {
    return refused("run_suspended", `cannot retry ${step} of run ${run.id}: the run is suspended`, {
      mend: "Resume it first; while it is suspended no command is sent.",
    });
  }
  if (draft.workflow.blocks.has(nameIn(step))) return mendBlock(draft, input, incident, step);
  if (incident.side === "compensate") return mendUndo(draft, input, incident, step);
  return incident.kind === "late_effect"
    ? acceptEffect(draft, input, incident, step)
    : mendStep(draft, input, incident, step);
}

function incidentFor(run: Run, { type, step }: Mending): Incident | Refused {
  const open = run.incidents.filter(({ kind }) => kind !== "overdue");
  const meant = step === undefined ? open : open.filter((incident) => incident.step === step);
  const what = step === undefined ? `run ${run.id}` : `${step} of run ${run.id}`;
  const last = meant.at(-1);
  if (!last) {
    return refused("incident_unknown", `cannot ${type} ${what}: nothing waits for an operator there${whoMended(run)}`, {
      mend: "Look at the run again: `clew runs show` lists what is open.",
    });
  }
  const names = new Set(meant.map((incident) => incident.step));
  // Of one step the newest that the verb answers.
  if (names.size === 1) return meant.findLast(({ kind }) => verbsOf[kind].includes(type)) ?? last;
  return refused(
    "incident_ambiguous",
    `cannot ${type} ${what}: several steps wait for an operator: ${[...names].join(", ")}`,
    {
      mend: "Say which one is meant: `--step <name>`.",
    },
  );
}

function unsuitable(run: Run, { type }: Mending, { kind, step }: Incident): Refused {
  const verbs = verbsOf[kind];
  const what = step === undefined ? `run ${run.id}` : `${step} of run ${run.id}`;
  return refused("verb_unsuitable", `cannot ${type} ${what}: its incident is ${kind}`, {
    mend: `Its verbs are ${verbs.join(", ")}; \`abandon\` is always open.`,
  });
}

/** semantics.md, 4: the verbs that answer an incident. */
export const verbsOf: Readonly<Record<Incident["kind"], readonly string[]>> = {
  step: ["retry", "resolve", "skip", "cancel"],
  pivot: ["retry", "resolve"],
  compensation: ["retry", "resolve", "skip"],
  in_doubt: ["retry", "resolve", "skip"],
  late_effect: ["resolve", "skip"],
  overdue: ["cancel"],
};

/** Its condition or its list is asked for again, or it is left out. */
function mendBlock(draft: Draft, input: Mending, incident: Incident, key: string): Refusal | undefined {
  const { run } = draft;
  if (input.type === "resolve") {
    return refused("verb_unsuitable", `cannot resolve ${key} of run ${run.id}: it is a block`, {
      mend: "Retry it, which asks for its condition again; or skip it.",
    });
  }
  if (input.type === "skip") {
    const needed = neededBy(draft, key);
    if (needed) return needed;
  }
  draft.record({ type: input.type === "retry" ? "BlockRetried" : "BlockSkipped", block: key, ...actorOf(input) });
  close(draft, incident);
  goOn(draft);
  return undefined;
}

function neededBy({ run, workflow }: Draft, key: string): Refused | undefined {
  const needing = stepsThatNeed(workflow, nameIn(key));
  if (needing.length === 0) return undefined;
  return refused("output_needed", `cannot skip ${key} of run ${run.id}: ${needing.join(", ")} needs its output`, {
    mend: "Resolve it as done, with an output; or retry it.",
  });
}

function mendStep(draft: Draft, input: Mending, incident: Incident, name: string): Refusal | undefined {
  const step = stepOf(draft.workflow, draft.run, name);
  if (input.type === "retry") return retryStep(draft, input, incident, name, step);
  if (input.type === "skip") return skipStep(draft, input, incident, name);
  return resolveStep(draft, input, incident, name, step);
}

/** C12: a new key where the input is another one or the old key is closed, and never while an attempt is in doubt. */
function retryStep(
  draft: Draft,
  input: Of<"retry">,
  incident: Incident,
  name: string,
  step: StepRun,
): Refusal | undefined {
  const { run, workflow } = draft;
  if (planOf(workflow, name).act.is !== "work") {
    return refused("verb_unsuitable", `cannot retry ${name} of run ${run.id}: no worker does it`, {
      mend: "Skip it, or resolve it as done with an output.",
    });
  }
  const number = step.mended?.key ?? 1;
  const isNew = input.input !== undefined || step.mended?.isClosed === true;
  if (isNew && isInDoubt(step)) {
    return refused("step_in_doubt", `cannot retry ${name} of run ${run.id} with another input: it may have been done`, {
      mend: "Retry it as it was, which asks under the same key; or resolve it first, as done or as not_done.",
    });
  }
  const misfit = misfitOf(workflow, run, name, "execute", input.input);
  if (misfit) return misfitting(run, "retry", name, misfit.title);
  draft.record({
    type: "StepRetried",
    step: name,
    key: isNew ? number + 1 : number,
    ...edited(input.input),
    ...actorOf(input),
  });
  close(draft, incident);
  dispatchStep(draft, name);
  goOn(draft);
  return undefined;
}

const misfitting = (run: Run, verb: string, step: string, why: string): Refused =>
  refused("invalid_input", `cannot ${verb} ${step} of run ${run.id}: ${why}`, {
    mend: "Give what the worker's contract asks for. Nothing was recorded.",
  });

const close = (draft: Draft, { number }: Incident): void =>
  closeIncidents(draft, "operator", (incident) => incident.number === number);

/** The operator's word is the ledger's truth (C26). */
function resolveStep(
  draft: Draft,
  input: Of<"resolve">,
  incident: Incident,
  name: string,
  step: StepRun,
): Refusal | undefined {
  const { run, workflow } = draft;
  const outcome = input.outcome ?? "done";
  if (outcome === "not_done") {
    if (step.state === "failed") return { kind: "nothing", why: `${name} is known not to be done` };
    draft.record({ type: "StepResolved", step: name, outcome, ...actorOf(input) });
    answerDoubt(draft, name, "operator", stated);
    goOn(draft);
    return undefined;
  }
  const output = input.output ?? null;
  const misfit = outputMisfit(workflow, planOf(workflow, name), output);
  if (misfit) return misfitting(run, "resolve", name, misfit.title);
  draft.record({ type: "StepResolved", step: name, outcome, output, ...actorOf(input) });
  close(draft, incident);
  returnIfPivot(draft, name);
  goOn(draft);
  return undefined;
}

const stated = { code: "not_done", title: "an operator stated that it was not done" };

/** Only where nothing needs its output. */
function skipStep(draft: Draft, input: Of<"skip">, incident: Incident, name: string): Refusal | undefined {
  if (incident.kind === "pivot") return unsuitable(draft.run, input, incident);
  const needed = neededBy(draft, name);
  if (needed) return needed;
  draft.record({ type: "StepSkipped", step: name, ...actorOf(input) });
  close(draft, incident);
  goOn(draft);
  return undefined;
}

function mendUndo(draft: Draft, input: Mending, incident: Incident, name: string): Refusal | undefined {
  const { run, workflow } = draft;
  if (input.type === "retry") {
    if (incident.kind === "late_effect") return unsuitable(run, input, incident);
    const misfit = misfitOf(workflow, run, name, "compensate", input.input);
    if (misfit) return misfitting(run, "retry", `the undo of ${name}`, misfit.title);
    draft.record({ type: "CompensationRetried", step: name, ...edited(input.input), ...actorOf(input) });
    close(draft, incident);
    dispatchCompensation(draft, name);
  } else {
    if (input.type === "resolve" && input.outcome === "not_done") {
      return refused("verb_unsuitable", `cannot resolve the undo of ${name} of run ${run.id} as not done`, {
        mend: "Skip it: then what is left is listed as residue.",
      });
    }
    const type = input.type === "resolve" ? "CompensationResolved" : "CompensationSkipped";
    draft.record({ type, step: name, ...actorOf(input) });
    close(draft, incident);
  }
  goOn(draft);
  return undefined;
}

const edited = (input: Json | undefined) => (input === undefined ? {} : { input });

/** `resolve` states that the effect has been undone by hand; `skip` leaves it, as residue. */
function acceptEffect(draft: Draft, input: Mending, incident: Incident, name: string): Refusal | undefined {
  if (input.type === "retry") return unsuitable(draft.run, input, incident);
  if (input.type === "resolve")
    draft.record({ type: "StepResolved", step: name, outcome: "undone", ...actorOf(input) });
  else draft.record({ type: "EffectAccepted", step: name, ...actorOf(input) });
  close(draft, incident);
  goOn(draft);
  return undefined;
}

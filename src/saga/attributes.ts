/** By what a run is found, and what an operator should look at: what lists show of it beside its status. */
import type { Json } from "../base/json.ts";
import { redacted } from "../definition/json-schema/redact.ts";
import { resolveMapping } from "../definition/reference.ts";
import type { Workflow } from "../definition/workflow.ts";
import { redactedRun } from "./redacted.ts";
import { scopeOf } from "./scope.ts";
import { everyStep } from "./step-fold.ts";
import type { CompensationRun, Run, StepRun } from "./run.ts";
import { settledCompensationStates } from "./tables.ts";

/** Longer values are cut: an index holds them for every run. */
const longestAttribute = 200;

/** What is not there yet, or not for everybody's eyes, is left out; a value that is no text stands as JSON. */
export function attributesOf(workflow: Workflow, run: Run): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  if (workflow.attributes.length === 0) return found;
  // Lists and filters show attributes to whoever may look: what is marked sensitive is taken out first.
  const scope = scopeOf(workflow, redactedRun(workflow, run));
  for (const [name, mapping] of workflow.attributes) {
    const resolved = resolveMapping(mapping, scope);
    if (!resolved.ok || resolved.value === null) continue;
    const text = textOf(resolved.value);
    if (!text.includes(redacted)) found[name] = text;
  }
  return found;
}

export function textOf(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longestAttribute ? text.slice(0, longestAttribute) : text;
}

/** Undo attempts without success from which on an operator is told, though the policy has more. */
const failuresTold = 3;

/** Why a run needs somebody: what `needs:attention` in a filter finds. */
export const attentionReasons = ["blocked", "overdue", "no_worker", "queue_stands", "compensation_failing"] as const;
export type AttentionReason = (typeof attentionReasons)[number];

/** Why somebody should look at the run, in the order of `attentionReasons`. */
export function attentionOf(run: Run): readonly AttentionReason[] {
  if (run.phase === "ended" || (run.phase === "forward" && run.incidents.length === 0 && !run.unattended)) return none;
  let reasons = none;
  if (run.incidents.some(({ kind }) => kind !== "overdue")) reasons = [...reasons, "blocked"];
  if (run.incidents.some(({ kind }) => kind === "overdue")) reasons = [...reasons, "overdue"];
  if (run.unattended) reasons = [...reasons, run.unattended.need];
  if (run.phase === "backward" && everyStep(run).some(({ compensation }) => compensation && keepsFailing(compensation)))
    reasons = [...reasons, "compensation_failing"];
  return reasons;
}

const none: readonly AttentionReason[] = [];

const keepsFailing = ({ state, spent }: CompensationRun): boolean =>
  !settledCompensationStates.has(state) && state !== "blocked" && spent > failuresTold;

/** The text of the last error that is still of interest. */
export function lastErrorOf(run: Run): string | undefined {
  const [incident] = run.incidents;
  let failed: StepRun | undefined;
  for (const step of everyStep(run)) if (step.error || step.compensation?.error) failed = step;
  const error = incident?.error ?? failed?.compensation?.error ?? failed?.error;
  if (!error) return undefined;
  const detail = error.detail === undefined ? "" : ` (${error.detail})`;
  return `${error.code}: ${error.title}${detail}`.slice(0, longestError);
}

const longestError = 500;

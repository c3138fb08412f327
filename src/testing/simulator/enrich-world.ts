/**
 * What some worlds have beside all that `generate-world.ts` makes: limits, runs that are started again, verbs that must be
 * refused. Made with dice of its own, and rolled for nowhere else: every other world is as it would be without this file.
 */
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Dice } from "./dice.ts";
import type { PlannedRun, WorldPlan } from "./generate-world.ts";
import type { StepScript } from "./script.ts";

export function enrichWorld(plan: WorldPlan, dice: Dice): WorldPlan {
  const [limits, reruns, trials] = [dice.fork(), dice.fork(), dice.fork()];
  let enriched = plan;
  if (limits.chance(250)) enriched = withLimits(enriched, limits);
  if (reruns.chance(250)) enriched = withReruns(enriched, reruns);
  if (trials.chance(250)) enriched = withTrials(enriched, trials);
  return enriched;
}

/** Few customers and few places, so that runs wait. */
function withLimits(plan: WorldPlan, dice: Dice): WorldPlan {
  const isCrowded = dice.chance(500);
  // Somebody starts all of them at once, for another customer.
  const rushAtMs = dice.chance(400) ? dice.between(3000, 60_000) : undefined;
  const limited = new Map<Workflow, Workflow>();
  for (const { workflow } of plan.runs)
    if (!limited.has(workflow))
      limited.set(workflow, limited.size === 0 || dice.chance(600) ? withLimit(workflow, dice) : workflow);
  const runs = plan.runs.map((run): PlannedRun => {
    const customer = dice.pick(["ann", "ann", "bob"]);
    const isOther = rushAtMs !== undefined || dice.chance(500);
    const startAtMs = isCrowded ? dice.roll(5000) : run.startAtMs;
    const wrongAtMs = dice.chance(200) ? startAtMs + dice.roll(80_000) : run.conflictAtMs;
    const conflictAtMs = rushAtMs === undefined ? wrongAtMs : rushAtMs + dice.roll(5);
    return {
      ...{ ...run, startAtMs, conflictAtMs, workflow: limited.get(run.workflow) ?? run.workflow },
      input: { ...run.input, customer },
      conflict: isOther ? { ...run.conflict, customer: "cid" } : run.conflict,
    };
  });
  return { ...plan, runs };
}

function withLimit({ definition, catalogue }: Workflow, dice: Dice): Workflow {
  const limit = { key: { $: "input.customer" }, runs: dice.pick([1, 1, 2]) };
  return loadDefinition({ ...definition, limit }, catalogue);
}

function withReruns(plan: WorldPlan, dice: Dice): WorldPlan {
  const runs = plan.runs.map((run): PlannedRun => {
    const isMended = dice.chance(500);
    return {
      ...run,
      rerunsAtMs: Array.from({ length: dice.pick([0, 1, 2]) }, () => dice.roll(plan.chaosMs)),
      scriptsAgain: isMended ? run.scripts.map(mended) : run.scripts,
    };
  });
  return { ...plan, runs, persistence: dice.pick([200, 600]) };
}

/** What was wrong has been put right, but for an input that stays as it is. */
const mended = ({ step, undo }: StepScript): StepScript => ({
  step: step === "by luck" || step === "unmapped" ? step : "works",
  undo,
});

function withTrials(plan: WorldPlan, dice: Dice): WorldPlan {
  const longest = plan.chaosMs;
  const runs = plan.runs.map((run): PlannedRun => {
    const trialsAtMs = Array.from({ length: dice.between(1, 3) }, () => run.startAtMs + dice.roll(longest));
    return { ...run, trialsAtMs };
  });
  return { ...plan, runs, obstinacy: dice.pick([300, 800]) };
}

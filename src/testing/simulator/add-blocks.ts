/**
 * Worlds in which workflows are trees: with blocks, waits, signals, and children that are runs of their own. Made with
 * dice of its own, as in `enrich-world.ts`: every other world is as it would be without this file.
 */
import type { Workflow } from "../../definition/workflow.ts";
import type { Dice } from "./dice.ts";
import { generateWorkflow } from "./generate-workflow.ts";
import type { PlannedRun, PlannedSignal, WorldPlan } from "./generate-world.ts";
import { growTree, signalNames } from "./grow-tree.ts";
import { worldBeginsAtMs } from "./scheduler.ts";
import { byLuck } from "./script.ts";

const idleFromMs = 1_000_000;

export function addBlocks(plan: WorldPlan, dice: Dice): WorldPlan {
  // Of a tree nobody works out beforehand how it ends.
  const isScripted = plan.runs.some(({ scripts }) => scripts.some(({ step }) => step !== "by luck"));
  if (isScripted || !dice.chance(470)) return plan;
  const isIdle = plan.chaosMs > idleFromMs;
  const children = dice.chance(450) ? growChildren(dice, isIdle) : [];
  const grown = new Map<Workflow, Workflow>();
  for (const { workflow } of plan.runs) {
    if (grown.has(workflow)) continue;
    const isTree = grown.size === 0 || dice.chance(700);
    grown.set(workflow, isTree ? growTree(workflow, dice, { isIdle, children }) : workflow);
  }
  const runs = plan.runs.map((run): PlannedRun => {
    const workflow = grown.get(run.workflow) ?? run.workflow;
    const items = Array.from({ length: dice.roll(4) }, (_, at) => `item ${at}`);
    const at = worldBeginsAtMs + run.startAtMs + dice.roll(isIdle ? 1_000_000 : 40_000);
    const scripts = workflow.steps.map(() => byLuck);
    return {
      ...{ ...run, workflow, scripts, scriptsAgain: scripts },
      input: { ...run.input, yes: dice.chance(750), items, at },
      signals: generateSignals(run, dice, isIdle),
    };
  });
  return { ...plan, runs, children, signalling: dice.pick([0, 300, 800]) };
}

/** The second one may have children of the first. */
function growChildren(dice: Dice, isIdle: boolean): readonly Workflow[] {
  const traits = { isScripted: false, isIdle };
  const part = generateWorkflow(dice, "part", traits);
  const first = dice.chance(500) ? growTree(part, dice, { isIdle, children: [] }) : part;
  if (dice.chance(500)) return [first];
  return [first, growTree(generateWorkflow(dice, "whole", traits), dice, { isIdle, children: [first] })];
}

/** Early and late ones; some twice, with one id. */
function generateSignals({ startAtMs }: PlannedRun, dice: Dice, isIdle: boolean): readonly PlannedSignal[] {
  const signals = Array.from({ length: dice.pick([0, 1, 2, 4]) }, (_, at): PlannedSignal => {
    const id = `signal-${at}`;
    const atMs = startAtMs + dice.roll(dice.chance(500) ? 2000 : isIdle ? 2_000_000 : 80_000);
    return { id, atMs, signal: dice.pick(signalNames), payload: { of: id } };
  });
  const twice = signals.filter(() => dice.chance(300));
  return [...signals, ...twice.map((signal) => ({ ...signal, atMs: signal.atMs + dice.roll(20_000) }))];
}

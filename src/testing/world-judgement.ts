/** What a run in a random world says in the end, held against the ghost ledger, which nobody told it. */
import { expect } from "vitest";
import type { Json } from "../base/json.ts";
import type { Workflow } from "../definition/workflow.ts";
import { stepIn } from "../saga/instances.ts";
import { planOf } from "../saga/step-key.ts";
import { type Climate, GhostWorld } from "./ghost-world.ts";
import { type GhostWorkers, overlooks } from "./ghost-workers.ts";
import { ScriptedRun } from "./scripted-run.ts";

/** Of an idempotency key. */
const stepKeyIn = (key: string): string => key.split(/[/~]/)[1] ?? "";

/** Steps that stand once, and of those that repeat whatever a worker was asked for. */
function stepKeys({ workflow }: ScriptedRun, { ledger }: GhostWorkers): ReadonlySet<string> {
  const fixed = workflow.steps.flatMap(({ name, repeats }) => (repeats.length === 0 ? [name] : []));
  return new Set([...fixed, ...[...ledger.keys()].map(stepKeyIn)]);
}

/** I5, I6 and I7 against the ledger, when nothing is under way any more. */
function judge({ run, workers, operator }: GhostWorld): void {
  const { residue, undeclared } = run.run;
  for (const name of stepKeys(run, workers)) {
    const { kind, name: declared } = planOf(run.workflow, name);
    if (operator.wrongAbout.has(name)) continue;
    const entries = [...workers.ledger].flatMap(([key, entry]) => (stepKeyIn(key) === name ? [entry] : []));
    const done = entries.reduce((sum, entry) => sum + entry.done, 0);
    const undone = entries.reduce((sum, entry) => sum + entry.undone, 0);
    const listed = residue.find(({ step }) => step === name)?.certainty;
    // A run that completes without a step says nothing of it.
    const isSkipped = run.status === "completed" && stepIn(run.workflow, run.run, name)?.state === "skipped";
    const isOpen = kind === "readonly" || undeclared.includes(declared) || isSkipped;
    const ended = run.status === "completed" ? "done" : (listed ?? "nothing");
    const said = isOpen ? "possible" : ended;
    const agrees = said === "possible" || done - undone === (said === "done" ? 1 : 0);
    const isOnce = entries.every((entry) => entry.done <= 1 && entry.undone <= entry.done);
    // What happened stands in the message, which fast-check prints of the smallest world that it finds.
    const message = `${name} was done ${done} times and undone ${undone} times, the run says ${said}\n${run.history()}`;
    expect(isOnce && agrees, message).toBe(true);
  }
}

/**
 * C26: an operator may be wrong, and the run takes his word; but an effect that its worker has told of is accounted for: it
 * is what the run was to do, it is undone, it is in the residue, or an operator was told that it was there.
 */
function expectNothingUnsaid({ run, workers, operator, told }: GhostWorld): void {
  if (run.run.abandoned) return;
  for (const name of stepKeys(run, workers)) {
    const { kind } = planOf(run.workflow, name);
    if (kind === "plain" || kind === "readonly" || operator.wrongAboutUndo.has(name)) continue;
    const keys = [...told].filter((key) => stepKeyIn(key) === name);
    const left = keys.reduce((sum, key) => sum + workers.entry(key).done - workers.entry(key).undone, 0);
    const state = stepIn(run.workflow, run.run, name)?.state;
    const isWanted = run.status === "completed" && (state === "succeeded" || state === "skipped");
    const isListed = run.run.residue.some(({ step }) => step === name);
    const isTold = run.recorded.some(
      (event) => event.type === "AnomalyRecorded" && event.anomaly === "stray_effect" && event.step === name,
    );
    const isSaid = left === 0 || isListed || (isWanted && (left === 1 || isTold));
    expect(isSaid, `${name} is there ${left} times\n${run.history()}`).toBe(true);
  }
}

/** Only C5's own anomaly, and only of a worker that overlooks; or somebody who after an answer knows nothing. */
function expectNoFalseAlarm({ run, climate, operator }: GhostWorld): void {
  const fitting: readonly string[] = overlooks(climate.sort) ? ["late_effect", "contradiction"] : ["contradiction"];
  const alarms = run.recorded.filter(
    (event) =>
      event.type === "AnomalyRecorded" &&
      !fitting.includes(event.anomaly) &&
      !operator.wrongAbout.has(event.step) &&
      !operator.didByHand.has(event.step),
  );
  expect(alarms, run.history()).toEqual([]);
}

/** A world to its end; then what is blocked is abandoned, and judged by its residue. */
export function liveThrough(plan: Workflow, weather: Climate, input: Json = {}): GhostWorld {
  const held = weather.admitAt === undefined ? {} : { limitKey: "k", holder: "another" };
  const world = new GhostWorld(new ScriptedRun(plan, input, held), weather);
  world.live();
  if (world.run.status === "blocked") {
    world.abandon();
    world.live();
  }
  expect(world.run.run.phase, world.run.history()).toBe("ended");
  judge(world);
  expectNoFalseAlarm(world);
  expectNothingUnsaid(world);
  return world;
}

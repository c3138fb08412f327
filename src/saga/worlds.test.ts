/**
 * The worry: each corner is right, and together they leave an effect behind that nobody knows of.
 *
 * Random workflows run in random worlds: workers of several sorts over a ghost ledger, that crash after the effect, refuse,
 * are slow, silent or asked twice; answers that are late or lost; operators who cancel, suspend, abandon, and answer what
 * they are asked, truly or not; engines that restart. What the run says in the end is held against the ledger, which
 * nobody told it.
 */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { StepDefinition, StepKind } from "../definition/definition.ts";
import type { Workflow } from "../definition/workflow.ts";
import { type Climate, GhostWorld } from "../testing/ghost-world.ts";
import { overlooks } from "../testing/ghost-workers.ts";
import { ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import { PathTally } from "../testing/world-paths.ts";

const tally = new PathTally();

/** I5, I6 and I7 against the ledger, when nothing is under way any more. */
function judge({ run, workers, operator }: GhostWorld): void {
  const { residue, undeclared } = run.run;
  for (const { name, kind } of run.workflow.steps) {
    if (operator.wrongAbout.has(name)) continue;
    const entries = [...workers.ledger].flatMap(([key, entry]) => (key.split(/[/~]/)[1] === name ? [entry] : []));
    const done = entries.reduce((sum, entry) => sum + entry.done, 0);
    const undone = entries.reduce((sum, entry) => sum + entry.undone, 0);
    const listed = residue.find(({ step }) => step === name)?.certainty;
    // A run that completes without a step says nothing of it.
    const isSkipped = run.status === "completed" && run.step(name).state === "skipped";
    const isOpen = kind === "readonly" || undeclared.includes(name) || isSkipped;
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
  for (const { name, kind } of run.workflow.steps) {
    if (kind === "plain" || kind === "readonly" || operator.wrongAboutUndo.has(name)) continue;
    const keys = [...told].filter((key) => key.split(/[/~]/)[1] === name);
    const left = keys.reduce((sum, key) => sum + workers.entry(key).done - workers.entry(key).undone, 0);
    const isWanted =
      run.status === "completed" && (run.step(name).state === "succeeded" || run.step(name).state === "skipped");
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

const retry = fc.record({
  attempts: fc.integer({ min: 1, max: 4 }),
  initial: fc.integer({ min: 1, max: 5000 }),
  factor: fc.constantFrom(1, 2, 3),
  jitter: fc.constantFrom(0, 0.2, 1),
});
const timeout = fc.integer({ min: 100, max: 40_000 });
const rarely = <T>(of: fc.Arbitrary<T>, freq = 3) => fc.option(of, { nil: undefined, freq });
/** Now and then, and then mostly not. */
const seldom = <T>(of: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });

const stepShape = fc.record({
  timeout,
  retry,
  compensation: rarely(fc.record({ worker: fc.constant("undo"), timeout, retry }), 4),
  kind: fc.constantFrom<StepKind>("plain", "readonly", "irreversible", "irreversible"),
  inquire: fc.oneof(fc.constant(undefined), fc.record({ timeout, retry })),
  compensateInDoubt: fc.constantFrom(undefined, undefined, false),
  execution: seldom(fc.constant("at_most_once" as const)),
  scheduleToStart: seldom(fc.integer({ min: 20, max: 40_000 })),
  stepDeadline: seldom(fc.integer({ min: 100, max: 60_000 })),
  heartbeat: seldom(fc.integer({ min: 50, max: 5000 })),
});
const shape = fc.record({
  steps: fc.array(stepShape, { minLength: 1, maxLength: 5 }),
  pivot: rarely(fc.nat(4), 2),
  deadline: seldom(fc.integer({ min: 1000, max: 60_000 })),
  onDeadline: fc.constantFrom(undefined, undefined, "incident" as const),
  onFailure: fc.constantFrom(undefined, undefined, "incident" as const),
  compensationDeadline: seldom(fc.integer({ min: 100, max: 30_000 })),
  cancelGrace: seldom(fc.integer({ min: 100, max: 30_000 })),
});

const planOf = ({ steps, pivot, ...more }: Shape): Workflow =>
  workflowOf(
    steps.map(({ compensation, compensateInDoubt, kind, ...step }, place) => {
      const named = { step: `s${place}`, ...given(step) } as Pick<StepDefinition, "step"> & Partial<StepDefinition>;
      if (place === pivot) return { ...named, kind: "pivot" as const };
      if (pivot !== undefined && place > pivot) return kind === "plain" ? named : { ...named, kind };
      return compensation ? { ...named, compensation, ...given({ compensateInDoubt }) } : { ...named, kind };
    }),
    undefined,
    given(more),
  );
const workflow = shape.map(planOf);
/** An operator has more to say. */
const patient = shape.map((one) => planOf({ ...one, onFailure: "incident" }));

type Shape = typeof shape extends fc.Arbitrary<infer Of> ? Of : never;

const given = (of: object) => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));

const moment = fc.integer({ min: 0, max: 60_000 });
const climate = fc.record<Climate>({
  seed: fc.integer(),
  unlucky: fc.constantFrom(0, 10, 25, 50),
  foul: fc.constantFrom(0, 10, 25, 40),
  sort: fc.constant("dutiful" as const),
  cancelAt: rarely(moment),
  abandonAt: rarely(moment, 6),
  restartsAt: fc.array(moment, { maxLength: 3 }),
  suspendsAt: seldom(fc.array(moment, { maxLength: 2 })).map((some) => some ?? []),
  admitAt: seldom(moment),
  operator: fc.constantFrom("truthful" as const, "truthful" as const, "absent" as const),
});

/** An operator who abandons a run gives up what C5 would have mended. */
const overlooking = (sort: "sloppy" | "storeless") =>
  climate.map((one): Climate => ({ ...one, sort, abandonAt: undefined }));

/** A world to its end; then what is blocked is abandoned, and judged by its residue. */
function liveThrough(plan: Workflow, weather: Climate): void {
  const held = weather.admitAt === undefined ? {} : { limitKey: "k", holder: "another" };
  const world = new GhostWorld(new ScriptedRun(plan, {}, held), weather);
  world.live();
  if (world.run.status === "blocked") {
    world.abandon();
    world.live();
  }
  expect(world.run.run.phase, world.run.history()).toBe("ended");
  judge(world);
  expectNoFalseAlarm(world);
  expectNothingUnsaid(world);
  tally.count(world);
}

const seed = 20_260_101;
const worlds: Readonly<Record<string, readonly [fc.Arbitrary<Workflow>, fc.Arbitrary<Climate>]>> = {
  "of workers that keep their duties": [workflow, climate],
  "of workers that cannot fence": [workflow, climate.map((one) => ({ ...one, sort: "unfenced" }))],
  "of workers without a store": [workflow, overlooking("storeless")],
  "of workers whose undo overlooks an effect until it is told of it": [workflow, overlooking("sloppy")],
  "of operators who are wrong, for every step that they were right about": [
    patient,
    climate.map((one) => ({ ...one, foul: 40, operator: "wrong" })),
  ],
};

describe("in any world every run ends or is blocked, and its final word agrees with the ledger", () => {
  test.each(Object.entries(worlds))("%s", { timeout: 60_000 }, (_, [plans, weather]) => {
    fc.assert(fc.property(plans, weather, liveThrough), { numRuns: 2000, seed });
  });

  afterAll(() => expect(tally.never).toEqual([]));
});

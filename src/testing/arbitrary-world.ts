/** Random workflows, and random weather for their runs: for properties of the core. */
import fc from "fast-check";
import type { StepDefinition, StepKind } from "../definition/definition.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Climate } from "./ghost-world.ts";
import { workflowOf } from "./scripted-run.ts";

const retry = fc.record({
  attempts: fc.integer({ min: 1, max: 4 }),
  initial: fc.integer({ min: 1, max: 5000 }),
  factor: fc.constantFrom(1, 2, 3),
  jitter: fc.constantFrom(0, 0.2, 1),
});
const timeout = fc.integer({ min: 100, max: 40_000 });
export const rarely = <T>(of: fc.Arbitrary<T>, freq = 3) => fc.option(of, { nil: undefined, freq });
/** Now and then, and then mostly not. */
export const seldom = <T>(of: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });

export const stepShape = fc.record({
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
export const shape = fc.record({
  steps: fc.array(stepShape, { minLength: 1, maxLength: 5 }),
  pivot: rarely(fc.nat(4), 2),
  deadline: seldom(fc.integer({ min: 1000, max: 60_000 })),
  onDeadline: fc.constantFrom(undefined, undefined, "incident" as const),
  onFailure: fc.constantFrom(undefined, undefined, "incident" as const),
  compensationDeadline: seldom(fc.integer({ min: 100, max: 30_000 })),
  cancelGrace: seldom(fc.integer({ min: 100, max: 30_000 })),
});

export const planOf = ({ steps, pivot, ...more }: Shape): Workflow =>
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
type Shape = typeof shape extends fc.Arbitrary<infer Of> ? Of : never;

export const given = (of: object) => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));

const moment = fc.integer({ min: 0, max: 60_000 });
export const anyClimate = fc.record<Climate>({
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

/** What many worlds come to. */
import { type FaultCounts, faultKinds, noFaults } from "../../src/testing/simulator/faults.ts";
import type { Outcome } from "../../src/testing/simulator/world.ts";

export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
}

export interface Tally {
  readonly seeds: number;
  readonly runs: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly rarities: Readonly<Record<string, number>>;
  readonly asked: number;
  readonly answered: number;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly faults: FaultCounts;
  readonly failures: readonly Failure[];
  /** By seed, in the order of the seeds of one process. */
  readonly fingerprints: readonly string[];
}

export const emptyTally = (): Tally => ({
  seeds: 0,
  runs: 0,
  statuses: {},
  rarities: {},
  asked: 0,
  answered: 0,
  simulatedMs: 0,
  steps: 0,
  faults: noFaults(),
  failures: [],
  fingerprints: [],
});

export function addUp(tally: Tally, outcome: Outcome): Tally {
  const { seed, violations, fingerprint } = outcome;
  return join(tally, {
    ...outcome,
    seeds: 1,
    failures: violations.length > 0 ? [{ seed, violations }] : [],
    fingerprints: [fingerprint],
  });
}

export const join = (a: Tally, b: Tally): Tally => ({
  seeds: a.seeds + b.seeds,
  runs: a.runs + b.runs,
  statuses: sum(a.statuses, b.statuses),
  rarities: sum(a.rarities, b.rarities),
  asked: a.asked + b.asked,
  answered: a.answered + b.answered,
  simulatedMs: a.simulatedMs + b.simulatedMs,
  steps: a.steps + b.steps,
  faults: sum(a.faults, b.faults) as FaultCounts,
  failures: [...a.failures, ...b.failures],
  fingerprints: [...a.fingerprints, ...b.fingerprints],
});

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const all = { ...a };
  for (const [key, count] of Object.entries(b)) all[key] = (all[key] ?? 0) + count;
  return all;
}

/** What must have happened, and with which codes verbs must have been refused. */
const wanted = [
  "waited for a place",
  "started again",
  "run_unknown",
  "run_closed",
  "run_open",
  "run_suspended",
  "version_conflict",
  "pivot_passed",
  "incident_unknown",
  "verb_unsuitable",
  "step_in_doubt",
  "output_needed",
  "invalid_input",
  "signal_refused",
  "cases taken",
  "lists begun",
  "iterations repeated",
  "waits ended by time",
  "waits ended by signal",
  "waits ended by timeout",
  "children",
  "children stopped",
  "children recalled",
];

/** Whether the worlds were wild enough, and went well enough, to prove anything. */
export function weaknesses({ faults, rarities, asked, answered }: Tally): readonly string[] {
  const never = [
    ...faultKinds.filter((kind) => faults[kind] === 0).map((kind) => `no fault of the kind: ${kind}`),
    ...wanted.filter((name) => !rarities[name]).map((name) => `never: ${name}`),
  ];
  return answered * 5 < asked ? [...never, `only ${answered} of ${asked} operations succeeded`] : never;
}

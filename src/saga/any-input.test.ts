/**
 * The worry: a worker that lies, or a message from nowhere, ends the engine. Whatever is said to a run, in whatever
 * state: `decide` does not throw, and (checked by `ScriptedRun` after each input) breaks no invariant, leaves the run
 * alone and agrees with `advance`; and the run is the fold of its events.
 */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { failure, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import type { CommandRef, Side } from "./event.ts";
import type { Outcome, SagaInput, Verb } from "./input.ts";

const steps = ["a", "b", "c"] as const;
const retry = { attempts: 2, initial: 10, jitter: 0 };
const compensation = { worker: "undo", retry };
/** Its mapping fits some outputs only, and none while the step is in doubt. */
const picky = { ...compensation, input: { $: "steps.c.output.id" } };
const workflow = workflowOf([
  { step: "a", retry, compensation },
  { step: "b", retry },
  { step: "c", retry, compensation },
]);
const pickyWorkflow = workflowOf([
  { step: "a", retry, compensation },
  { step: "b", retry, input: { $: "steps.a.output.id" } },
  { step: "c", retry, compensation: picky },
]);

const inquire = { retry };
const patient = {
  onFailure: "incident",
  deadline: 30_000,
  onDeadline: "incident",
  compensationDeadline: 5000,
} as const;
/** What a run does beside going forward and back: it asks its workers and an operator, and passes the point of no return. */
const askingWorkflows = [
  workflowOf(
    [
      { step: "a", retry, compensation, inquire, compensateInDoubt: false },
      { step: "b", retry, kind: "irreversible", stepDeadline: 2000 },
      { step: "c", retry, compensation, inquire },
    ],
    undefined,
    patient,
  ),
  workflowOf(
    [
      { step: "a", retry, compensation, compensateInDoubt: false },
      { step: "b", retry, kind: "pivot", inquire, heartbeat: 1000 },
      { step: "c", retry, inquire, scheduleToStart: 3000 },
    ],
    undefined,
    { deadline: 20_000, compensationDeadline: 5000 },
  ),
  workflowOf(
    [
      { step: "a", retry, compensation: { ...picky, input: { $: "steps.a.output.id" } }, inquire },
      { step: "b", retry, kind: "pivot", input: { $: "steps.a.output.id" } },
      { step: "c", execution: "at_most_once" },
    ],
    undefined,
    patient,
  ),
];

/** Its workers promise more than they always give. */
const strict = askingWorkflows.map((asking) => ({
  ...asking,
  catalogue: new Map(["a", "b", "c"].map((worker) => [worker, { output: { required: ["id"] } }])),
}));

const step = fc.constantFrom(...steps);
const side = fc.constantFrom("execute" as const, "compensate" as const, "inquire" as const);
const attempt = fc.constantFrom(1, 1, 1, 2, 2, 3, 4);
const ref = fc.record({ step, side, attempt });

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      outcome: fc.constant("succeeded" as const),
      output: fc.constantFrom({}, { id: 1 }, { id: 1 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ outcome: fc.constant("compensated" as const), found: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        effect: fc.constantFrom("none" as const, "possible" as const),
        retryable: fc.boolean(),
        scope: fc.constantFrom("attempt" as const, "attempt" as const, "key" as const),
      })
      .map(failure),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Outcome>({ outcome: "done" }, { outcome: "not_done" }, { outcome: "unknown" }),
  },
);

const nameless = fc.constantFrom(undefined, undefined, ...steps);
const edited = fc.constantFrom(undefined, undefined, { id: 2 });
const verb: fc.Arbitrary<Verb> = fc.oneof(
  fc.record({ step: nameless, input: edited }).map(({ step: of, input }): Verb => ({
    type: "retry",
    ...(of === undefined ? {} : { step: of }),
    ...(input === undefined ? {} : { input }),
  })),
  fc
    .record({ step: nameless, outcome: fc.constantFrom("done" as const, "not_done" as const) })
    .map(({ step: of, outcome: said }): Verb => ({
      type: "resolve",
      outcome: said,
      ...(of === undefined ? {} : { step: of }),
    })),
  nameless.map((of): Verb => ({ type: "skip", ...(of === undefined ? {} : { step: of }) })),
  fc.constantFrom<Verb>({ type: "suspend" }, { type: "resume" }, { type: "resume" }, { type: "rerun", run: "r2" }),
);

type Act = (run: ScriptedRun) => void;

/** What an operator says where something is asked, and of that; it mostly goes on from there. */
const answerToQuestion =
  ({ ...said }: Verb): Act =>
  (run) => {
    const asked = run.run.incidents.at(-1)?.step;
    if (asked === undefined) return;
    run.verb(
      said.type === "retry" || said.type === "resolve" || said.type === "skip" ? { ...said, step: asked } : said,
    );
  };

const give =
  (input: SagaInput): Act =>
  (run) =>
    run.give(input);

/** An answer to a command that is out, or to an earlier attempt of it: what carries a run on to where it gets hard. */
const answerToOut: fc.Arbitrary<Act> = fc
  .record({ pick: fc.nat(), earlier: fc.constantFrom(0, 0, 0, 1, 2), outcome })
  .map(({ pick, earlier, outcome: said }): Act => (run) => {
    const { out } = run.run;
    const command = out[pick % Math.max(1, out.length)];
    if (command) run.answer(command.step, command.side, Math.max(1, command.attempt - earlier), said);
  });

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 20, arbitrary: answerToOut },
  {
    weight: 6,
    arbitrary: fc
      .record({ ref, outcome, stray: fc.integer({ min: 0, max: 40 }) })
      .map(({ ref: { side: action, ...of }, outcome: said, stray }) => give(strayed({ ...of, action }, stray, said))),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ ref, ago: fc.constantFrom(undefined, 0, 60_000) })
      .map(({ ref: of, ago }) => timeout(of, ago)),
  },
  {
    weight: 2,
    arbitrary: fc.record({ step, side }).map((of) => give({ type: "timer", timer: { kind: "retry", ...of } })),
  },
  { weight: 4, arbitrary: fc.constant<Act>((run) => void (run.nextTimer() && run.waitForTimer())) },
  { weight: 2, arbitrary: ref.map((of) => give({ type: "withdrawn", ...of })) },
  { weight: 1, arbitrary: fc.constant<Act>((run) => run.cancel()) },
  {
    weight: 4,
    arbitrary: verb.map(
      (said): Act =>
        (run) =>
          run.verb(said),
    ),
  },
  { weight: 10, arbitrary: verb.map(answerToQuestion) },
  { weight: 1, arbitrary: fc.constant(give({ type: "timer", timer: { kind: "deadline" } })) },
  { weight: 2, arbitrary: fc.constant(give({ type: "admit" })) },
  {
    weight: 1,
    arbitrary: fc.array(ref, { maxLength: 2 }).map(
      (refs): Act =>
        (run) =>
          run.abandon(...refs),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Act>((run) => run.restart()) },
  {
    weight: 1,
    arbitrary: fc.nat(20_000).map(
      (ms): Act =>
        (run) =>
          void (run.now += ms),
    ),
  },
);

/** Sometimes it names what was never there. */
function strayed(of: { step: string; action: Side; attempt: number }, stray: number, said: Outcome): SagaInput {
  const result = { type: "result", ...of, outcome: said } as const;
  if (stray === 0) return { ...result, step: "nobody" };
  if (stray === 1) return { ...result, attempt: -1 };
  if (stray === 2) return { ...result, attempt: 0.5 };
  if (stray === 3) return { ...result, action: "inquire" };
  return result;
}

const timeout =
  (of: CommandRef, ago: number | undefined): Act =>
  (run) =>
    run.give({ type: "timer", timer: { kind: "timeout", takenAt: ago === undefined ? ago : run.now - ago, ...of } });

/** Each must have been reached, or the inputs are too wild to get anywhere. */
const reached = {
  completed: 0,
  compensated: 0,
  failed: 0,
  blocked: 0,
  "blocked twice": 0,
  reopened: 0,
  "broken promise": 0,
  "stray effect": 0,
  "pivot passed while draining": 0,
  "another key": 0,
  suspended: 0,
  pending: 0,
};

test("no input to any run throws or breaks an invariant", { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(workflow, pickyWorkflow, ...askingWorkflows, ...strict),
      fc.constantFrom({}, {}, {}, { limitKey: "k", holder: "other" }, { rerun: { of: "r0", reuse: {} } }),
      fc.array(act, { maxLength: 40, size: "max" }),
      (plan, start, acts) => {
        const run = new ScriptedRun(plan, {}, start);
        for (const one of acts) {
          one(run);
          if (run.status in reached) reached[run.status as keyof typeof reached]++;
        }
        for (const event of run.recorded) {
          if (event.type === "RunReopened") reached.reopened++;
          if (event.type === "IncidentOpened" && event.kind === "late_effect") reached["blocked twice"]++;
          if (event.type === "AnomalyRecorded" && event.anomaly === "broken_promise") reached["broken promise"]++;
          if (event.type === "AnomalyRecorded" && event.anomaly === "stray_effect") reached["stray effect"]++;
          if (event.type === "RunReturned") reached["pivot passed while draining"]++;
          if (event.type === "StepRetried" && event.key > 1) reached["another key"]++;
        }
      },
    ),
    { numRuns: 4000, seed: 20_260_101 },
  );
});

test("a message of any attempt of any step, in every state that a bad run passes through, is decided", () => {
  const answers: readonly Outcome[] = [
    { outcome: "succeeded", output: 1 },
    { outcome: "compensated", found: true },
    { outcome: "compensated", found: false },
    failure(),
    failure({ retryable: false }),
    failure({ effect: "none" }),
    failure({ scope: "key" }),
  ];
  const path: readonly Act[] = [
    (run) => run.succeed("a"),
    (run) => run.succeed("b"),
    (run) => run.timeOut("c"),
    (run) => run.waitForTimer(),
    (run) => run.fail("c"),
    (run) => run.timeOut("c", "compensate"),
    (run) => run.succeed("c", { attempt: 1 }),
    (run) => run.waitForTimer(),
    (run) => run.undone("c", { found: false }),
    (run) => run.timeOut("c", "compensate"),
    (run) => run.waitForTimer(),
    (run) => run.failUndo("c"),
    (run) => run.undone("c", { found: true, attempt: 1 }),
    (run) => run.undone("a"),
  ];
  const run = new ScriptedRun(workflow);
  for (const next of path) {
    for (const name of steps) {
      for (const on of ["execute", "compensate"] as const) {
        for (const number of [1, 2, 3, 4]) {
          for (const answer of answers) run.fork().answer(name, on, number, answer);
        }
      }
    }
    next(run);
  }
  expect(run.status).toBe("compensated");
});

afterAll(() => {
  expect(Object.entries(reached).filter(([, times]) => times === 0)).toEqual([]);
});

/** The worry: the reader that all other tests rely on finds nothing wrong because it does not look. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import type { SagaEvent, Transition } from "./event.ts";
import { assertInvariants, Audit, checkInvariants } from "./invariants.ts";

const workflow = workflowOf([compensated("a"), compensated("b"), { step: "c" }]);
const error = { code: "broke", title: "it broke" };

const at = (time: number, ...events: readonly SagaEvent[]): Transition => ({ at: time, events });
const { hash, name, version } = workflow;
const start: SagaEvent = {
  type: "RunStarted",
  id: "r",
  uid: "u",
  workflow: name,
  version,
  definition: hash,
  input: {},
};
const sent = (step: string, attempt = 1): SagaEvent => ({ type: "StepDispatched", step, attempt });
const done = (step: string, attempt = 1): SagaEvent => ({ type: "StepSucceeded", step, attempt, output: null });
const late = (step: string, attempt = 1): SagaEvent => ({ type: "LateSuccessRecorded", step, attempt, output: null });
const silent = (step: string, attempt = 1, side: "execute" | "compensate" = "execute"): SagaEvent => ({
  ...{ type: "AttemptTimedOut", step, side, attempt },
});
const none = (step: string, scope: "attempt" | "key" = "attempt"): SagaEvent => ({
  ...{ type: "AttemptFailed", step, side: "execute", attempt: 1, error, effect: "none", scope, retryable: false },
});
const unclear = (step: string): SagaEvent => ({
  ...{ type: "AttemptFailed", step, side: "execute", attempt: 1, error, effect: "possible", scope: "attempt" },
  retryable: false,
});
const wait = (step: string, dueAt = 1000): SagaEvent => ({ type: "RetryScheduled", step, side: "execute", dueAt });
const failed = (step: string): SagaEvent => ({ type: "StepFailed", step, error });
const doubtful = (step: string): SagaEvent => ({ type: "StepInDoubt", step, error });
const turned: SagaEvent = { type: "RunTurned", cause: "step_failed" };
const back: SagaEvent = { type: "RollbackBegan" };
const undo = (step: string, attempt = 1): SagaEvent => ({ type: "CompensationDispatched", step, attempt });
const undone = (step: string, found = true, attempt = 1): SagaEvent => ({
  type: "StepCompensated",
  step,
  attempt,
  found,
});
const abandoned: SagaEvent = { type: "RunAbandoned", actor: "ann" };
const cancelled: SagaEvent = { type: "CancelRequested", actor: "ann" };
/** Of `a`, each of them unanswered. */
const tries = (attempts: number): readonly SagaEvent[] =>
  Array.from({ length: attempts }, (_, at) => at + 1).flatMap((attempt) => [sent("a", attempt), silent("a", attempt)]);
const completed: SagaEvent = { type: "RunCompleted", output: null };
const compensatedEnd: SagaEvent = { type: "RunCompensated", cause: "step_failed" };
const failedEnd = (...steps: readonly string[]): SagaEvent => ({
  ...{ type: "RunFailed", cause: "step_failed", residue: steps.map((step) => ({ step, certainty: "done" as const })) },
});
const withdrawn = (step: string): SagaEvent => ({ type: "AttemptWithdrawn", step, side: "execute", attempt: 1 });
const waitToUndo: SagaEvent = { type: "RetryScheduled", step: "b", side: "compensate", dueAt: 1000 };
const undoFailed: SagaEvent = {
  ...{ type: "AttemptFailed", step: "b", side: "compensate", attempt: 1, error, effect: "none", scope: "attempt" },
  retryable: false,
};
const incident = (step: string, number = 1): SagaEvent => ({
  type: "IncidentOpened",
  incident: number,
  kind: "compensation",
  step,
});

const started = at(0, start, sent("a"));
/** `a` is done, `b` failed without effect. */
const turnedBack = [started, at(0, done("a"), sent("b")), at(0, none("b"), failed("b"), turned, back)];
/** `a` is done, `b` is in doubt, and its undo is out. */
const undoing = [started, at(0, done("a"), sent("b")), at(0, unclear("b"), doubtful("b"), turned, back, undo("b"))];
const late_effect: SagaEvent = {
  ...{ type: "AnomalyRecorded", anomaly: "late_effect", step: "b", side: "compensate", attempt: 1 },
};

const broken: readonly (readonly [invariant: string, what: string, history: readonly Transition[]])[] = [
  ["I2", "a step is sent again after its success", [started, at(0, done("a"), sent("a", 2))]],
  ["I2", "an undo is sent again after its success", [...undoing, at(0, undone("b"), undo("b", 2))]],
  [
    "I3",
    "a step succeeds twice",
    [started, at(0, silent("a"), wait("a")), at(1000, sent("a", 2)), at(1000, done("a"), done("a", 2))],
  ],
  ["I3", "an attempt that was never sent succeeds", [started, at(0, done("a", 2))]],
  ["I3", "the same failure counts twice", [started, at(0, unclear("a"), unclear("a"), doubtful("a"), turned, back)]],
  ["I3", "an attempt fails after it failed", [started, at(0, none("a"), wait("a")), at(0, none("a"))]],
  [
    "I3",
    "an attempt succeeds after none, and nobody is told",
    [started, at(0, none("a"), wait("a")), at(0, done("a"))],
  ],
  ["I3", "an attempt ends twice", [started, at(0, silent("a"), silent("a"))]],
  ["I3", "an undo is answered twice", [...undoing, at(0, undone("b"), undone("b"))]],
  [
    "I3",
    "a step is compensated by two attempts",
    [
      ...undoing,
      at(0, silent("b", 1, "compensate"), waitToUndo),
      at(1000, undo("b", 2)),
      at(1000, undone("b"), undone("b", true, 2)),
    ],
  ],
  ["I3", "a command is taken back twice", [started, at(0, withdrawn("a"), wait("a")), at(0, withdrawn("a"))]],
  ["I4", "a key that is closed is used again", [started, at(0, none("a", "key"), wait("a")), at(1000, sent("a", 2))]],
  ["I5", "a run completes with a step that did not succeed", [started, at(0, done("a"), completed)]],
  [
    "I6",
    "a run is compensated with an effect left",
    [...turnedBack.slice(0, 2), at(0, none("b"), failed("b"), turned, back, compensatedEnd)],
  ],
  [
    "I6",
    "plain steps that ran are not named",
    [
      started,
      at(0, done("a"), sent("b")),
      at(0, done("b"), sent("c")),
      at(0, unclear("c"), doubtful("c"), turned, back, undo("b")),
      at(0, undone("b"), undo("a")),
      at(0, undone("a"), compensatedEnd),
    ],
  ],
  [
    "I6",
    "an undo is unneeded though the step is in doubt",
    [...undoing, at(0, { type: "CompensationUnneeded", step: "b" })],
  ],
  [
    "I6",
    "the undo found nothing, the effect is known, and nothing follows",
    [...undoing, at(0, late("b")), at(0, undone("b", false), undo("a"))],
  ],
  [
    "I6",
    "the effect gets known, its undo had found nothing, and nothing follows",
    [...undoing, at(0, undone("b", false), undo("a")), at(0, late("b"))],
  ],
  [
    "I7",
    "an effect is not in the residue",
    [started, at(0, done("a"), sent("b")), at(0, done("b"), sent("c")), at(0, abandoned, failedEnd("a"))],
  ],
  [
    "I7",
    "the residue names what was undone",
    [...undoing, at(0, undone("b"), undo("a")), at(0, abandoned, failedEnd("a", "b"))],
  ],
  [
    "I7",
    "what may be undone is in the residue as done",
    [...turnedBack, at(0, undo("a")), at(0, abandoned, failedEnd("a"))],
  ],
  ["I7", "a run failed without residue", [started, at(0, none("a"), failed("a"), turned, back, failedEnd())]],
  [
    "I8",
    "an earlier step is undone first",
    [...undoing.slice(0, 2), at(0, unclear("b"), doubtful("b"), turned, back, undo("a"))],
  ],
  [
    "I9",
    "a step that had no effect is undone",
    [...undoing.slice(0, 2), at(0, none("b"), failed("b"), turned, back, undo("b"))],
  ],
  ["I9", "a step is sent while draining", [started, at(0, { type: "RunTurned", cause: "cancelled" }, sent("b"))]],
  [
    "I11",
    "a step and its undo are live together",
    [
      started,
      at(0, silent("a"), wait("a")),
      at(1000, sent("a", 2)),
      at(1000, done("a"), sent("b")),
      at(1000, none("b"), failed("b"), turned, back, undo("a")),
    ],
  ],
  [
    "I12",
    "something happens after the end",
    [started, at(0, none("a"), failed("a"), turned, back, compensatedEnd), at(0, turned)],
  ],
  [
    "I12",
    "a run that completed is reopened",
    [
      at(0, start, sent("a")),
      at(0, done("a"), sent("b")),
      at(0, done("b"), sent("c")),
      at(0, done("c"), completed),
      at(0, { type: "RunReopened", step: "a" }, undo("a")),
    ],
  ],
  [
    "I12",
    "a command is sent in an abandoned run",
    [started, at(0, done("a"), sent("b"), abandoned), at(0, sent("b", 2))],
  ],
  ["I9", "a step is to be tried again while draining", [started, at(0, turned, silent("a"), wait("a"))]],
  ["I13", "a cancelled run goes on", [started, at(0, cancelled)]],
  ["I13", "a step settles with an attempt left", [started, at(0, silent("a"), doubtful("a"), turned, back)]],
  ["I13", "a step is tried again that had its last attempt", [at(0, start, ...tries(4))]],
  ["I13", "a step is tried again after an answer that was final", [started, at(0, none("a"), wait("a"))]],
  ["I13", "an undo is blocked with an attempt left", [...undoing, at(0, silent("b", 1, "compensate"), incident("b"))]],
  ["I13", "an undo is tried again after an answer that was final", [...undoing, at(0, undoFailed, waitToUndo)]],
  ["I17", "a retry waits less than its policy says", [started, at(0, silent("a"), wait("a", 998))]],
  ["I17", "a retry waits longer than its policy says", [started, at(0, silent("a"), wait("a", 1002))]],
  ["I13", "a run does not begin with its start", [at(0, sent("a"))]],
  ["I13", "a transition is empty", [started, at(0)]],
  ["I13", "attempts are not numbered in turn", [at(0, start, sent("a", 2))]],
  ["I13", "incidents are not numbered in turn", [...undoing, at(0, incident("b", 2))]],
  [
    "I13",
    "an incident closes that is not open",
    [started, at(0, { type: "IncidentClosed", incident: 1, by: "late_result" })],
  ],
  ["I13", "a step is in doubt though no attempt is", [started, at(0, none("a"), doubtful("a"), turned, back)]],
  ["I13", "a step failed though an attempt is in doubt", [started, at(0, silent("a"), failed("a"), turned, back)]],
  ["I13", "the rollback begins while a command is live", [started, at(0, turned, back)]],
  [
    "I13",
    "an undo is sent while draining",
    [started, at(0, done("a"), sent("b")), at(0, none("b"), failed("b"), turned, undo("a"))],
  ],
  [
    "I13",
    "a state goes where no row leads",
    [...undoing, at(0, incident("b"), { type: "RetryScheduled", step: "b", side: "compensate", dueAt: 1000 })],
  ],
  ["I15", "nothing is waited for", [started, at(0, none("a"))]],
  ["I15", "nothing is waited for while going back", turnedBack],
  [
    "I15",
    "only a superseded command of another step is out",
    [started, at(0, silent("a"), wait("a")), at(1000, sent("a", 2)), at(1000, done("a"))],
  ],
  [
    "I15",
    "only a superseded command of an earlier step is out",
    [
      started,
      at(0, silent("a"), wait("a")),
      at(1000, sent("a", 2)),
      at(1000, done("a"), sent("b")),
      at(1000, unclear("b"), doubtful("b"), turned, back),
    ],
  ],
  ["I16", "a run ends with a timer", [started, at(0, silent("a"), wait("a"), turned, back, failedEnd("a"))]],
  [
    "I16",
    "a run ends with a live command",
    [started, at(0, done("a"), sent("b")), at(0, done("b"), sent("c")), at(0, turned), at(0, back, completed)],
  ],
  [
    "I16",
    "a run ends with an open incident",
    [...undoing, at(0, undoFailed, incident("b")), at(0, failedEnd("a", "b"))],
  ],
  ["I17", "a retry is sent before its time", [started, at(0, silent("a"), wait("a")), at(999, sent("a", 2))]],
];

describe("a history that breaks an invariant is found out", () => {
  test.each(broken)("%s: %s", (invariant, _, history) => {
    expect(checkInvariants(workflow, history).map((violation) => violation.invariant)).toContain(invariant);
  });
});

describe("what it says", () => {
  test.each([
    ["attempt 2 of a follows attempt 0", [at(0, start, sent("a", 2))]],
    ["incident 2 is out of turn", [...undoing, at(0, incident("b", 2))]],
    ["a run does not go from forward to backward", [started, at(0, back)]],
  ])("by itself, not only by the fold: %s", (message, history) => {
    expect(checkInvariants(workflow, history).map((violation) => violation.message)).toContain(message);
  });

  test("nothing of a history that keeps them all", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    run.timeOut("b");
    run.waitForTimer();
    run.fail("b", { retryable: false });
    run.undone("b", { found: false });
    run.undone("a");
    run.succeed("b", { attempt: 1 });
    run.undone("b");
    expect(run.status).toBe("compensated");
    expect(checkInvariants(run.workflow, run.transitions)).toEqual([]);
    assertInvariants(run.workflow, run.transitions, run.run);
  });

  test("the number of the event that shows it", () => {
    const history = [started, at(0, silent("a"), wait("a")), at(999, sent("a", 2))];
    expect(checkInvariants(workflow, history)).toEqual([
      { invariant: "I17", event: 5, message: "a was sent before its time" },
    ]);
  });

  test("all violations at once", () => {
    const history = [started, at(0, done("a"), sent("b")), at(0, none("b"), failed("b"), turned, back, undo("b"))];
    expect(() => assertInvariants(workflow, history)).toThrow(/I9 at event 9.*\n.*I13 at event 9/);
  });

  test("transition by transition the same as of the whole", () => {
    const history = [...undoing, at(0, undone("b", false), undo("a")), at(0, late("b"))];
    const audit = new Audit(workflow);
    const one = history.flatMap((transition) => audit.read(transition));
    expect(one).toEqual(checkInvariants(workflow, history));
    expect(one).toHaveLength(1);
  });

  test("I14 where the run is not the fold of its events", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.run.steps[0]!.spent = 7;
    expect(() => assertInvariants(run.workflow, run.transitions, run.run)).toThrow(/I14 at event 2: .*: steps/);
  });

  test("C5: the undo that is sent once more is no breach", () => {
    const history = [...undoing, at(0, late("b")), at(0, undone("b", false), late_effect, undo("b", 2))];
    expect(checkInvariants(workflow, history)).toEqual([]);
  });
});

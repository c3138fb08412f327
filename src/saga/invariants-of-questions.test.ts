/**
 * The worry of `invariants.test.ts`, for what workers and operators are asked: pivots, inquiries, keys, verbs. Each
 * history is one that a run has given, up to the event that breaks it.
 */
import { describe, expect, test } from "vitest";
import type { Definition } from "../definition/definition.ts";
import type { Workflow } from "../definition/workflow.ts";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import type { SagaEvent, Transition } from "./event.ts";
import { checkInvariants } from "./invariants.ts";

const once = { jitter: 0, attempts: 1 };
const error = { code: "broke", title: "it broke" };
const by = { actor: "ann" } as const;

const patient = { onFailure: "incident" } as const;
const plain = workflowOf([compensated("a"), compensated("b", { retry: once }), compensated("c")]);
const asking = (b: object = {}, more: Partial<Definition> = patient) =>
  workflowOf([compensated("a"), compensated("b", { retry: once, ...b }), compensated("c")], undefined, more);
const shop = workflowOf([compensated("a"), { step: "b", kind: "pivot", retry: once }, compensated("c")]);

/** What a run gives that was played so far, and then these events, at that time. */
function after(workflow: Workflow, play: (run: ScriptedRun) => unknown, ...events: readonly SagaEvent[]) {
  const run = new ScriptedRun(workflow);
  play(run);
  return { workflow, history: [...run.transitions, { at: run.now, events }] };
}

interface History {
  readonly workflow: Workflow;
  readonly history: readonly Transition[];
}

const atB = (run: ScriptedRun) => run.succeed("a");
const failedB = (run: ScriptedRun) => {
  atB(run);
  run.fail("b", { effect: "none" });
};
const doubtfulB = (run: ScriptedRun) => {
  atB(run);
  run.timeOut("b");
};
const drained = (run: ScriptedRun) => {
  atB(run);
  run.take("b");
  run.cancel();
};

const sent = (step: string, attempt: number): SagaEvent => ({ type: "StepDispatched", step, attempt });
const asked = (attempt = 1): SagaEvent => ({ type: "InquiryDispatched", step: "b", attempt });
const retried = (key: number, more: object = {}): SagaEvent => ({
  type: "StepRetried",
  step: "b",
  key,
  ...more,
  ...by,
});
const closed = (incident = 1): SagaEvent => ({ type: "IncidentClosed", incident, by: "operator" });
const opened = (kind: "step" | "pivot" | "in_doubt", incident = 1, step = "b"): SagaEvent => ({
  type: "IncidentOpened",
  incident,
  kind,
  step,
  error,
});
const turned: SagaEvent = { type: "RunTurned", cause: "cancelled" };
const back: SagaEvent = { type: "RollbackBegan" };
const timedOut: SagaEvent = { type: "AttemptTimedOut", step: "b", side: "execute", attempt: 1 };
const inDoubt: SagaEvent = { type: "StepInDoubt", step: "b", error };

const broken: readonly (readonly [invariant: string, message: string, of: History])[] = [
  [
    "I13",
    "a command for c was sent in a suspended run",
    after(plain, (run) => (atB(run), run.verb({ type: "suspend" }), run.succeed("b")), sent("c", 1)),
  ],
  [
    "I13",
    "a was sent in a run that waits for its place",
    (() => {
      const run = new ScriptedRun(plain, {}, { limitKey: "k", holder: "other" });
      return { workflow: plain, history: [...run.transitions, { at: run.now, events: [sent("a", 1)] }] };
    })(),
  ],
  [
    "I5",
    "b is compensatable, and was taken over",
    after(plain, () => undefined, { type: "StepReused", step: "b", output: 1 }),
  ],
  ["I10", "the run turned though its pivot was passed", after(shop, (run) => (atB(run), run.succeed("b")), turned)],
  [
    "I10",
    "the rollback began though the pivot had succeeded",
    after(shop, drained, { type: "StepSucceeded", step: "b", attempt: 1, output: 1 }, back),
  ],
  ["I10", "the rollback began around a doubtful pivot", after(shop, doubtfulB, back)],
  [
    "I10",
    "a is undone though the pivot was passed",
    after(shop, drained, { type: "StepSucceeded", step: "b", attempt: 1, output: 1 }, back, {
      type: "CompensationDispatched",
      step: "a",
      attempt: 1,
    }),
  ],
  [
    "I13",
    "a run goes forward again when its pivot has succeeded",
    after(shop, drained, { type: "RunReturned", step: "b", refused: "cancelled" }),
  ],
  [
    "I13",
    "what was refused is cancelled, not deadline",
    after(
      shop,
      drained,
      { type: "StepSucceeded", step: "b", attempt: 1, output: 1 },
      { type: "RunReturned", step: "b", refused: "deadline" },
    ),
  ],
  ["I9", "b was sent while draining", after(shop, drained, timedOut, sent("b", 2))],
  [
    "I9",
    "whether b was done was asked while backward",
    after(asking({ inquire: {} }, {}), (run) => (doubtfulB(run), run.inquired("b", { outcome: "unknown" })), asked(2)),
  ],
  ["I13", "b does not declare that its worker can be asked", after(plain, atB, timedOut, asked())],
  ["I13", "b is not in doubt, and it was asked", after(asking({ inquire: {} }), atB, asked())],
  [
    "I13",
    "b was asked once too often",
    after(asking({ inquire: { retry: once } }), doubtfulB, { ...timedOut, side: "inquire" }, asked(2)),
  ],
  ["I13", "b is in doubt, and its worker was not asked", after(asking({ inquire: {} }), atB, timedOut, inDoubt)],
  ["I13", "b was retried, and nobody was asked", after(plain, atB, retried(1))],
  ["I13", "b was skipped, and nobody was asked", after(plain, atB, { type: "StepSkipped", step: "b", ...by })],
  [
    "I13",
    "b was resolved, and nobody was asked",
    after(plain, atB, { type: "StepResolved", step: "b", outcome: "done", ...by }),
  ],
  [
    "I13",
    "nobody was asked to undo b again",
    after(plain, (run) => doubtfulB(run), { type: "CompensationRetried", step: "b", ...by }),
  ],
  [
    "I13",
    "nobody was asked about the undo of b",
    after(plain, (run) => doubtfulB(run), { type: "CompensationSkipped", step: "b", ...by }),
  ],
  [
    "I4",
    "b has a new key while it is in doubt",
    after(asking(), doubtfulB, retried(2, { input: 7 }), closed(), sent("b", 2)),
  ],
  [
    "I4",
    "b has key 1 after 1",
    after(asking(), (run) => (atB(run), run.fail("b", { scope: "key" })), retried(1), closed(), sent("b", 2)),
  ],
  ["I4", "b has key 2 after 1", after(asking(), failedB, retried(2), closed(), sent("b", 2))],
  [
    "I3",
    "attempt 1 of b was under an earlier key",
    after(asking(), (run) => (failedB(run), run.verb({ type: "retry", input: 7 })), {
      type: "StepSucceeded",
      step: "b",
      attempt: 1,
      output: 1,
    }),
  ],
  [
    "I3",
    "b has had no other key",
    after(asking(), failedB, {
      type: "AnomalyRecorded",
      anomaly: "stray_effect",
      step: "b",
      side: "execute",
      attempt: 1,
    }),
  ],
  [
    "I17",
    "the deadline of the run passed before its time",
    after(asking({}, { deadline: 1000 }), atB, { type: "DeadlinePassed", of: "run" }),
  ],
  [
    "I17",
    "b waits 5 ms after 1",
    after(
      asking({ inquire: {} }),
      doubtfulB,
      { ...timedOut, side: "inquire" },
      {
        type: "RetryScheduled",
        step: "b",
        side: "inquire",
        dueAt: 1_030_005,
      },
    ),
  ],
  ["I13", "b is in_doubt, and an operator is asked", after(plain, doubtfulB, opened("in_doubt"))],
  ["I13", "the pivot b is not in doubt", after(shop, atB, opened("pivot"))],
  ["I13", "a is succeeded, and an operator is asked", after(plain, atB, opened("step", 1, "a"))],
  [
    "I13",
    "b settled with an attempt left",
    after(asking({ stepDeadline: 60_000, retry: { jitter: 0 } }), atB, timedOut, inDoubt, opened("step")),
  ],
  [
    "I7",
    'left are [{"certainty":"done","step":"a"},{"certainty":"done","step":"b"},{"certainty":"possible","step":"c"}]',
    after(
      asking(),
      (run) => (failedB(run), run.verb({ type: "resolve" })),
      { type: "RunAbandoned", ...by },
      { type: "RunFailed", cause: "abandoned", residue: [{ step: "a", certainty: "done" }] },
    ),
  ],
];

describe("a history that breaks an invariant is found out", () => {
  test.each(broken)("%s: %s", (invariant, message, { workflow, history }) => {
    expect(checkInvariants(workflow, history.slice(0, -1))).toEqual([]);
    expect(checkInvariants(workflow, history)).toContainEqual(expect.objectContaining({ invariant, message }));
  });
});

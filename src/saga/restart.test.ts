/** The worry: what an operator said, or a worker was asked, is forgotten when the engine dies. */
import { describe, expect, test } from "vitest";
import type { Workflow } from "../definition/workflow.ts";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";

type Act = (run: ScriptedRun) => readonly string[];

const once = { jitter: 0, attempts: 1 };
const inquire = { retry: { jitter: 0, attempts: 2 } };
const patient = { onFailure: "incident" } as const;

const scenes: Readonly<Record<string, readonly [Workflow, readonly Act[]]>> = {
  "asked, suspended, resumed, done": [
    workflowOf([compensated("a"), compensated("b", { retry: once, inquire })]),
    [
      (run) => run.succeed("a"),
      (run) => run.verb({ type: "suspend" }),
      (run) => run.timeOut("b"),
      (run) => run.verb({ type: "resume" }),
      (run) => run.waitForTimer(),
      (run) => run.timeOut("b", "inquire"),
      (run) => run.waitForTimer(),
      (run) => run.inquired("b", { outcome: "done", output: 7 }, 1),
    ],
  ],
  "a pivot in doubt, retried, returned": [
    workflowOf([compensated("a"), { step: "b", kind: "pivot", retry: once }, { step: "c", retry: once }], undefined, {
      deadline: 60_000,
      compensationDeadline: 40_000,
    }),
    [
      (run) => run.succeed("a"),
      (run) => run.timeOut("b"),
      (run) => run.verb({ type: "retry" }),
      (run) => run.waitForTimer(),
      (run) => run.succeed("b", { attempt: 1 }),
      (run) => run.waitForTimer(),
      (run) => run.fail("c"),
      (run) => run.verb({ type: "resolve", output: 7 }),
    ],
  ],
  "another key, a second effect, undone by hand": [
    workflowOf([compensated("a"), compensated("b", { retry: once, inquire: { retry: once } })], undefined, patient),
    [
      (run) => run.succeed("a"),
      (run) => run.timeOut("b"),
      (run) => run.timeOut("b", "inquire"),
      (run) => run.verb({ type: "resolve", outcome: "not_done" }),
      (run) => run.verb({ type: "retry", input: { amount: 8 } }),
      (run) => run.inquired("b", { outcome: "done" }, 1),
      (run) => run.fail("b", { effect: "none" }),
      (run) => run.cancel(),
      (run) => run.undone("a"),
      (run) => run.verb({ type: "resolve" }),
    ],
  ],
  "asked whether to undo, blocked, retried, skipped": [
    workflowOf([compensated("a"), compensated("b", { retry: once, compensateInDoubt: false })]),
    [
      (run) => run.succeed("a"),
      (run) => run.timeOut("b"),
      (run) => run.verb({ type: "retry", input: 7 }),
      (run) => run.failUndo("b", { retryable: false, effect: "none" }),
      (run) => run.verb({ type: "skip" }),
      (run) => run.failUndo("a"),
      (run) => run.waitForTimer(),
      (run) => run.undone("a"),
      (run) => run.succeed("b", { attempt: 1 }),
    ],
  ],
};

describe("C18: a run goes on after a restart as if nothing had happened", () => {
  test.each(Object.entries(scenes))("%s", (_, [workflow, scene]) => {
    for (let crash = 0; crash <= scene.length; crash++) {
      const run = new ScriptedRun(workflow);
      const calm = new ScriptedRun(workflow);
      scene.forEach((act, place) => {
        if (place === crash) run.restart();
        const recorded = act(run);
        expect(recorded).not.toEqual([]);
        expect(recorded).toEqual(act(calm));
      });
      expect(run.run).toEqual(calm.run);
      expect(run.run.phase).toBe("ended");
    }
  });

  test("C25: held, and admitted by the next life", () => {
    const run = new ScriptedRun(workflowOf([compensated("a")]), {}, { limitKey: "k", holder: "other" });
    run.restart();
    expect(run.give({ type: "admit" })).toEqual(["RunAdmitted", "StepDispatched a 1"]);
  });

  test("C27, semantics 2: a stepDeadline and a scheduleToStart run on, because their beginning is recorded", () => {
    const run = new ScriptedRun(workflowOf([compensated("a", { stepDeadline: 50_000, scheduleToStart: 20_000 })]));
    run.now += 10_000;
    run.restart();
    expect(run.nextTimer()?.dueAt).toBe(1_020_000);
    run.take("a");
    run.now += 20_000;
    run.restart();
    expect(run.nextTimer()?.dueAt).toBe(1_050_000);
  });
});

test("C18: a question that nobody took is given back when the run is abandoned, and the doubt stays", () => {
  const run = new ScriptedRun(workflowOf([compensated("a", { retry: once, inquire })]));
  run.timeOut("a");
  expect(run.abandon({ step: "a", side: "inquire", attempt: 1 })).toEqual([
    "AttemptWithdrawn a inquiry 1",
    "RunAbandoned",
    "RunFailed",
  ]);
  expect(run.run.residue).toEqual([{ step: "a", certainty: "possible" }]);
});

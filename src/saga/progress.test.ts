/** The worry: effects are undone in the wrong order, so that something is taken away that another effect stands on. */
import { describe, expect, test } from "vitest";
import { compensated, failure, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { advance } from "./decide.ts";
import type { Side, Transition } from "./event.ts";
import { emptyRun } from "./evolve.ts";
import type { Outcome, SagaInput } from "./input.ts";
import { assertInvariants } from "./invariants.ts";
import { statusOf } from "./status.ts";

describe("C9: order of undoing", () => {
  /** `a` to `d` are done, `e` is in doubt. */
  function fiveSteps(): ScriptedRun {
    const run = new ScriptedRun(
      workflowOf([compensated("a"), compensated("b"), { step: "c" }, compensated("d"), compensated("e")]),
    );
    for (const step of ["a", "b", "c", "d"]) run.succeed(step);
    run.fail("e", { retryable: false });
    return run;
  }

  test("a sequence is undone strictly last to first, one at a time", () => {
    const run = fiveSteps();
    for (const step of ["e", "d", "b", "a"]) {
      expect(run.sent.at(-1)).toEqual({ step, side: "compensate", attempt: 1 });
      run.undone(step, { found: step !== "e" });
    }
    expect(run.recorded.at(-1)).toEqual({ type: "RunCompensated", cause: "step_failed", undeclared: ["c"] });
  });

  test("while one is between attempts, or blocked, the earlier ones wait", () => {
    const run = fiveSteps();
    run.failUndo("e");
    expect(run.undo("d")?.state).toBe("armed");
    run.waitForTimer();
    run.failUndo("e", { retryable: false });
    expect(run.undo("d")?.state).toBe("armed");
    expect(run.status).toBe("blocked");
  });

  test("an undo that was begun goes on, though a late effect brings back a later one", () => {
    const run = fiveSteps();
    run.undone("e", { found: false });
    run.failUndo("d");
    expect(run.succeed("e")).toContain("CompensationDispatched e 2");
    expect(run.waitForTimer()).toEqual(["CompensationDispatched d 2"]);
    run.undone("d");
    expect(run.undo("b")?.state).toBe("armed");
    expect(run.undone("e")).toEqual(["StepCompensated e 2 found", "CompensationDispatched b 1"]);
  });
});

describe("the next timer", () => {
  test("is the earliest of what is out and what waits, whichever step it is of", () => {
    const run = new ScriptedRun(workflowOf([{ step: "a", timeout: 90_000, retry: { jitter: 0 } }, compensated("b")]));
    run.timeOut("a");
    run.waitForTimer();
    run.take("a");
    run.succeed("a", { attempt: 1 });
    run.take("b");
    expect(run.nextTimer()).toMatchObject({ dueAt: run.now + 30_000, timer: { kind: "timeout", step: "b" } });
    run.fail("b");
    expect(run.nextTimer()).toMatchObject({ dueAt: run.now + 1000, timer: { kind: "retry", step: "b" } });
    run.fail("b", { attempt: 1, effect: "none", retryable: false });
    expect(run.nextTimer()).toBeUndefined();
  });

  test("may be of a superseded attempt, which holds back its undo", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.timeOut("a");
    run.waitForTimer();
    run.take("a");
    const takenAt = run.now;
    run.succeed("a", { attempt: 1 });
    run.now += 1;
    run.take("b");
    expect(run.nextTimer()).toMatchObject({ timer: { step: "a" } });
    run.fail("b", { effect: "none", retryable: false });
    expect(run.nextTimer()).toMatchObject({
      dueAt: takenAt + 30_000,
      timer: { kind: "timeout", step: "a", attempt: 2 },
    });
    expect(run.waitForTimer()).toEqual(["AttemptTimedOut a 2", "CompensationDispatched a 1"]);
  });
});

describe("going forward", () => {
  test("steps run one after another, each once", () => {
    const run = new ScriptedRun(sequenceOf("a", "b", "c"));
    for (const step of ["a", "b", "c"]) {
      expect(run.sent.at(-1)).toEqual({ step, side: "execute", attempt: 1 });
      run.succeed(step);
    }
    expect(run.sent).toHaveLength(3);
    expect(run.status).toBe("completed");
  });

  test("a workflow without steps is completed at once", () => {
    expect(new ScriptedRun(workflowOf([])).status).toBe("completed");
  });

  test("a failure of the first step undoes nothing", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.fail("a", { effect: "none", retryable: false });
    expect(run.status).toBe("compensated");
    expect(run.sent).toHaveLength(1);
  });
});

describe("a workflow of 1,000 steps", () => {
  const names = Array.from({ length: 1000 }, (_, place) => `s${place}`);
  const workflow = sequenceOf(...names);

  // It takes some 50 ms. A decision that cost as much as the whole history would take a hundred times as long.
  test("runs to the end and back in little time", { timeout: 2500 }, () => {
    const run = emptyRun(workflow);
    const transitions: Transition[] = [];
    const give = (input: SagaInput) => {
      const decision = advance(workflow, run, input, 0);
      if (decision.kind === "events") transitions.push({ at: 0, events: decision.events });
    };
    const answer = (step: string, action: Side, outcome: Outcome) =>
      give({ type: "result", step, action, attempt: 1, outcome });
    give({ type: "start", id: "r", uid: "u", input: {} });
    for (const step of names.slice(0, -1)) answer(step, "execute", { outcome: "succeeded", output: step });
    answer(names.at(-1)!, "execute", failure({ retryable: false }));
    for (const step of names.toReversed()) answer(step, "compensate", { outcome: "compensated", found: true });
    expect(statusOf(run)).toBe("compensated");
    assertInvariants(workflow, transitions, run);
  });
});

/** The worry: a run that an operator has stopped sends something all the same, or never goes on again. */
import { describe, expect, test } from "vitest";
import { compensated, failure, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";

const once = { jitter: 0, attempts: 1 };

const workflow = workflowOf([
  compensated("a"),
  compensated("b", { retry: { jitter: 0, attempts: 2 }, inquire: { retry: { jitter: 0, attempts: 2 } } }),
  compensated("c"),
]);

function suspendedAfter(act: (run: ScriptedRun) => void, plan = workflow): ScriptedRun {
  const run = new ScriptedRun(plan);
  act(run);
  run.verb({ type: "suspend" });
  expect(run.status).toBe("suspended");
  return run;
}

/** What is recorded while it is suspended sends nothing. */
function recordsOnly(run: ScriptedRun, act: () => readonly string[]): readonly string[] {
  const before = run.sent.length;
  const recorded = act();
  expect(recorded).not.toEqual([]);
  expect(run.sent.slice(before)).toEqual([]);
  // Nor does any timer that is due.
  run.now += 10_000_000;
  expect(run.nextTimer()).toBeUndefined();
  return recorded;
}

const atB = (run: ScriptedRun) => run.succeed("a");
const timedOutTwice = (run: ScriptedRun) => {
  atB(run);
  run.timeOut("b");
  run.waitForTimer();
  run.timeOut("b");
};
const atC = (run: ScriptedRun) => {
  atB(run);
  run.succeed("b");
};
const goingBack = (run: ScriptedRun) => {
  atC(run);
  run.fail("c", { effect: "none", retryable: false });
};
const resume = { type: "resume" } as const;

describe("semantics 4: a suspended run sends nothing, records all, and goes on where it stands", () => {
  test("forward: the next step", () => {
    const run = suspendedAfter(atB);
    expect(recordsOnly(run, () => run.succeed("b"))).toEqual(["StepSucceeded b 1"]);
    expect(run.verb(resume)).toEqual(["RunResumed", "StepDispatched c 1"]);
  });

  test("forward: the last step", () => {
    const run = suspendedAfter(atC);
    expect(recordsOnly(run, () => run.succeed("c"))).toEqual(["StepSucceeded c 1"]);
    expect(run.verb(resume)).toEqual(["RunResumed", "RunCompleted"]);
  });

  test("waiting to try again", () => {
    const run = suspendedAfter(atB);
    recordsOnly(run, () => run.fail("b"));
    expect(run.give({ type: "timer", timer: { kind: "retry", step: "b", side: "execute" } })).toEqual([]);
    expect(run.verb(resume)).toEqual(["RunResumed"]);
    expect(run.waitForTimer()).toEqual(["StepDispatched b 2"]);
  });

  test("the timeout of what was sent runs", () => {
    const run = suspendedAfter(atB);
    expect(recordsOnly(run, () => run.timeOut("b"))).toEqual(["AttemptTimedOut b 1", "RetryScheduled b"]);
  });

  test("in doubt: its worker is asked when the run goes on", () => {
    const run = suspendedAfter((one) => {
      atB(one);
      one.timeOut("b");
      one.waitForTimer();
    });
    expect(recordsOnly(run, () => run.timeOut("b"))).toEqual(["AttemptTimedOut b 2", "RetryScheduled b inquiry"]);
    expect(run.step("b").state).toBe("inquiring");
    run.verb(resume);
    expect(run.waitForTimer()).toEqual(["InquiryDispatched b 1"]);
  });

  test("in doubt: what ends the doubt before its worker is asked settles the step", () => {
    const run = suspendedAfter(atB);
    expect(run.fail("b", { retryable: false })).toContain("RetryScheduled b inquiry");
    expect(run.fail("b", { effect: "none" })).toEqual([
      "AttemptFailed b 1 none",
      "StepFailed b",
      "RunTurned step_failed",
      "RollbackBegan",
    ]);
    expect(run.run.waits).toEqual([]);
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched a 1"]);
  });

  test("inquiring: the next question", () => {
    const run = suspendedAfter(timedOutTwice);
    recordsOnly(run, () => run.answer("b", "inquire", 1, failure()));
    expect(run.give({ type: "timer", timer: { kind: "retry", step: "b", side: "inquire" } })).toEqual([]);
    run.verb(resume);
    expect(run.waitForTimer()).toEqual(["InquiryDispatched b 2"]);
  });

  test("draining: a cancel asks nobody, and the doubt is asked about later", () => {
    const run = suspendedAfter((one) => {
      atB(one);
      one.timeOut("b");
    });
    expect(recordsOnly(run, () => run.cancel())).toEqual([
      "CancelRequested",
      "RunTurned cancelled",
      "RetryScheduled b inquiry",
    ]);
    expect(run.run.phase).toBe("draining");
    run.verb(resume);
    expect(run.waitForTimer()).toEqual(["InquiryDispatched b 1"]);
    expect(run.inquired("b", { outcome: "not_done" }).at(-1)).toBe("CompensationDispatched a 1");
  });

  test("draining: an answer that comes while it waits to ask settles it", () => {
    const run = suspendedAfter((one) => {
      atB(one);
      one.timeOut("b");
    });
    run.cancel();
    expect(recordsOnly(run, () => run.succeed("b", { attempt: 1 }))).toEqual(["StepSucceeded b 1", "RollbackBegan"]);
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched b 1"]);
  });

  test("backward: the first undo", () => {
    const run = suspendedAfter(atC);
    expect(recordsOnly(run, () => run.fail("c", { effect: "none", retryable: false })).at(-1)).toBe("RollbackBegan");
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched b 1"]);
  });

  test("backward: the next undo, and the end", () => {
    const run = suspendedAfter(goingBack);
    expect(recordsOnly(run, () => run.undone("b"))).toEqual(["StepCompensated b 1 found"]);
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched a 1"]);
    run.verb({ type: "suspend" });
    expect(run.undone("a")).toEqual(["StepCompensated a 1 found", "RunCompensated"]);
    expect(run.status).toBe("compensated");
  });

  test("backward: an undo that waits to be tried again", () => {
    const run = suspendedAfter(goingBack);
    recordsOnly(run, () => run.failUndo("b"));
    expect(run.give({ type: "timer", timer: { kind: "retry", step: "b", side: "compensate" } })).toEqual([]);
    run.verb(resume);
    expect(run.waitForTimer()).toEqual(["CompensationDispatched b 2"]);
  });

  test("C5: the undo is owed once more, and nothing before it is undone", () => {
    const run = suspendedAfter(goingBack);
    expect(recordsOnly(run, () => run.undone("b", { found: false }))).toEqual([
      "StepCompensated b 1 not found",
      "AnomalyRecorded b undo 1 late_effect",
    ]);
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched b 2"]);
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("C5: a late success while it is suspended", () => {
    const run = suspendedAfter((one) => {
      timedOutTwice(one);
      one.inquired("b", { outcome: "unknown" });
      one.undone("b", { found: false });
    });
    expect(recordsOnly(run, () => run.succeed("b", { attempt: 1 }))).toEqual([
      "LateSuccessRecorded b 1",
      "AnomalyRecorded b undo 1 late_effect",
    ]);
    expect(run.undone("a")).toEqual(["StepCompensated a 1 found"]);
    expect(run.run.phase).toBe("backward");
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched b 2"]);
    run.undone("b");
    expect(run.status).toBe("compensated");
  });

  test("C25: a place that is free is taken, and used when the run goes on", () => {
    const run = new ScriptedRun(workflow, {}, { limitKey: "k", holder: "other" });
    run.verb({ type: "suspend" });
    expect(recordsOnly(run, () => run.give({ type: "admit" }))).toEqual(["RunAdmitted"]);
    expect(run.verb(resume)).toEqual(["RunResumed", "StepDispatched a 1"]);
  });

  test("suspended again before what was put off, it waits again", () => {
    const run = suspendedAfter(atB);
    run.fail("b");
    run.verb(resume);
    run.verb({ type: "suspend" });
    run.now += 10_000;
    expect(run.nextTimer()).toBeUndefined();
    run.verb(resume);
    expect(run.waitForTimer()).toEqual(["StepDispatched b 2"]);
  });

  test("C5: a run that ended while it was suspended, and reopens, is suspended still, and may be resumed then", () => {
    const run = suspendedAfter((one) => {
      timedOutTwice(one);
      one.inquired("b", { outcome: "unknown" });
      one.undone("b", { found: false });
    });
    run.undone("a");
    expect([run.status, run.verb(resume)]).toEqual(["compensated", ["run_closed"]]);
    expect(recordsOnly(run, () => run.succeed("b", { attempt: 1 })).at(-1)).toBe("RunReopened b");
    expect(run.status).toBe("suspended");
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched b 2"]);
  });

  test("survives a restart", () => {
    const run = suspendedAfter(atB);
    run.succeed("b");
    run.restart();
    expect(run.status).toBe("suspended");
    expect(run.verb(resume)).toEqual(["RunResumed", "StepDispatched c 1"]);
  });
});

describe("semantics 7: verbs in a suspended run", () => {
  const patient = workflowOf([compensated("a"), compensated("b", { retry: once }), compensated("c")], undefined, {
    onFailure: "incident",
  });
  const stuck = (run: ScriptedRun) => {
    run.succeed("a");
    run.fail("b", { effect: "none" });
  };

  test("retry would send: it is refused, and resume is what to do first", () => {
    const run = suspendedAfter(stuck, patient);
    expect(run.verb({ type: "retry" })).toEqual(["run_suspended"]);
    run.verb(resume);
    expect(run.verb({ type: "retry" })).toContain("StepDispatched b 2");
  });

  test("so is the retry of an undo", () => {
    const run = suspendedAfter((one) => {
      goingBack(one);
      one.failUndo("b", { retryable: false });
    });
    expect(run.verb({ type: "retry" })).toEqual(["run_suspended"]);
  });

  test.each(["resolve", "skip"] as const)("%s is recorded, and the next step waits", (type) => {
    const run = suspendedAfter(stuck, patient);
    recordsOnly(run, () => run.verb({ type }));
    expect(run.verb(resume)).toEqual(["RunResumed", "StepDispatched c 1"]);
  });

  test.each(["resolve", "skip"] as const)("%s of an undo is recorded, and the next undo waits", (type) => {
    const run = suspendedAfter((one) => {
      goingBack(one);
      one.failUndo("b", { retryable: false });
    });
    recordsOnly(run, () => run.verb({ type }));
    expect(run.verb(resume)).toEqual(["RunResumed", "CompensationDispatched a 1"]);
  });

  test("a pivot that is resolved as done sends the run forward when it goes on", () => {
    const run = suspendedAfter(
      (one) => {
        one.succeed("a");
        one.timeOut("ship");
      },
      workflowOf([compensated("a"), { step: "ship", kind: "pivot", retry: once }, { step: "tell" }]),
    );
    expect(recordsOnly(run, () => run.verb({ type: "resolve" }))).toContain("RunReturned ship step_failed");
    expect(run.verb(resume)).toEqual(["RunResumed", "StepDispatched tell 1"]);
  });

  test("a step whose inquiry is put off is not asked twice when a pivot's answer comes first", () => {
    const run = suspendedAfter(
      (one) => {
        one.succeed("a");
        one.take("ship");
      },
      workflowOf([compensated("a"), { step: "ship", kind: "pivot", retry: once, inquire: {} }, { step: "tell" }]),
    );
    run.timeOut("ship");
    expect(run.succeed("ship", { attempt: 1 })).toEqual(["StepSucceeded ship 1"]);
    expect(run.run.waits).toEqual([]);
    expect(run.verb(resume)).toEqual(["RunResumed", "StepDispatched tell 1"]);
  });
});

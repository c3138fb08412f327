/** The worry: an effect is taken for done that is not, or for not done that is, because answers come late or twice. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";

/** At step `b`, with `a` done. */
function atB(): ScriptedRun {
  const run = new ScriptedRun(sequenceOf("a", "b"));
  run.succeed("a");
  return run;
}

/** `b` timed out twice, and its third attempt is out. */
function atThirdAttempt(): ScriptedRun {
  const run = atB();
  run.timeOut("b");
  run.waitForTimer();
  run.timeOut("b");
  run.waitForTimer();
  return run;
}

const inDoubt = (): ScriptedRun => {
  const run = atB();
  run.fail("b", { retryable: false });
  return run;
};

describe("C1: timed out, the effect may exist", () => {
  test("it is tried again with the same key while the budget lasts, then it is in doubt and undone", () => {
    const run = atThirdAttempt();
    expect(run.step("b").attempts).toEqual(["unanswered", "unanswered", "live"]);
    expect(run.timeOut("b")).toEqual([
      "AttemptTimedOut b 3",
      "StepInDoubt b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(run.run.cause).toBe("step_failed");
  });

  test("a timer that comes too early does nothing, nor does one for a command that nobody took", () => {
    const run = atB();
    run.take("b");
    run.now += 29_999;
    const timer = { kind: "timeout", step: "b", side: "execute", attempt: 1 } as const;
    expect(run.give({ type: "timer", timer: { ...timer, takenAt: run.now - 29_999 } })).toEqual([]);
    expect(run.give({ type: "timer", timer: { ...timer, takenAt: undefined } })).toEqual([]);
    run.now += 1;
    expect(run.give({ type: "timer", timer: { ...timer, takenAt: run.now - 30_000 } })).toContain(
      "AttemptTimedOut b 1",
    );
  });

  test("a retry is not sent before its time, and once only", () => {
    const run = atB();
    run.fail("b");
    const timer = { kind: "retry", step: "b", side: "execute" } as const;
    run.now += 999;
    expect(run.give({ type: "timer", timer })).toEqual([]);
    run.now += 1;
    expect(run.give({ type: "timer", timer })).toEqual(["StepDispatched b 2"]);
    expect(run.give({ type: "timer", timer })).toEqual([]);
  });

  test("a command that nobody took has no timer", () => {
    expect(atB().nextTimer()).toBeUndefined();
  });
});

describe("C2: the worker says failed", () => {
  test("effect none: there is nothing to undo", () => {
    const run = atB();
    expect(run.fail("b", { effect: "none", retryable: false })).toEqual([
      "AttemptFailed b 1 none",
      "StepFailed b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
    expect(run.undo("b")).toBeUndefined();
  });

  test("effect possible: as after silence", () => {
    const run = inDoubt();
    expect(run.step("b").state).toBe("in_doubt");
    expect(run.undo("b")?.state).toBe("dispatched");
  });

  test("every attempt has to be known as none", () => {
    const run = atB();
    run.timeOut("b");
    run.waitForTimer();
    run.fail("b", { effect: "none", retryable: false });
    expect(run.step("b").state).toBe("in_doubt");
  });

  test("a plain step has nothing to undo, and is named in the end if it may have run", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "b" }]));
    run.succeed("a");
    run.fail("b", { retryable: false });
    run.undone("a");
    expect(run.recorded.at(-1)).toEqual({ type: "RunCompensated", cause: "step_failed", undeclared: ["b"] });
  });

  test("a plain step that is known not to have run is not named", () => {
    const run = new ScriptedRun(workflowOf([{ step: "a" }, { step: "b" }]));
    run.succeed("a");
    run.fail("b", { retryable: false, effect: "none" });
    expect(run.recorded.at(-1)).toEqual({ type: "RunCompensated", cause: "step_failed", undeclared: ["a"] });
  });
});

describe("doubt belongs to an attempt", () => {
  test("its own late none ends it, and nothing is undone", () => {
    const run = inDoubt();
    run.failUndo("b");
    expect(run.fail("b", { effect: "none", attempt: 1 })).toEqual([
      "AttemptFailed b 1 none",
      "StepFailed b",
      "CompensationUnneeded b",
      "CompensationDispatched a 1",
    ]);
  });

  test("an undo that is out is waited for, and then is unneeded or done", () => {
    const unneeded = inDoubt();
    unneeded.fail("b", { effect: "none", attempt: 1 });
    expect(unneeded.undo("b")?.state).toBe("dispatched");
    const done = unneeded.fork();
    expect(unneeded.failUndo("b")).toEqual([
      "AttemptFailed b undo 1 possible",
      "CompensationUnneeded b",
      "CompensationDispatched a 1",
    ]);
    expect(done.undone("b", { found: false })).toContain("StepCompensated b 1 not found");
  });

  test("an undo that is blocked is unneeded too, and its incident closes", () => {
    const run = inDoubt();
    run.failUndo("b", { retryable: false });
    expect(run.status).toBe("blocked");
    expect(run.fail("b", { effect: "none", attempt: 1 })).toEqual([
      "AttemptFailed b 1 none",
      "StepFailed b",
      "IncidentClosed late_result",
      "CompensationUnneeded b",
      "CompensationDispatched a 1",
    ]);
  });

  test("another attempt's none does not end it", () => {
    const run = atThirdAttempt();
    run.fail("b", { effect: "none", attempt: 1 });
    expect(run.step("b").attempts).toEqual(["none", "unanswered", "live"]);
    run.fail("b", { effect: "none", retryable: false });
    expect(run.step("b").state).toBe("in_doubt");
  });

  test("another attempt's none for the whole key ends it, whichever attempt says it", () => {
    const last = atThirdAttempt();
    last.fail("b", { scope: "key" });
    expect(last.step("b").state).toBe("failed");
    const first = atThirdAttempt();
    expect(first.fail("b", { scope: "key", attempt: 1 })).toEqual([
      "AttemptFailed b 1 key",
      "StepFailed b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
    expect(first.step("b").attempts).toEqual(["none", "closed", "superseded"]);
    expect(first.recalled).toEqual([{ step: "b", side: "execute", attempt: 3 }]);
  });

  test("a late answer leaves the step to the attempt that is out, even one that is not retryable", () => {
    const run = atThirdAttempt();
    expect(run.fail("b", { attempt: 1, retryable: false })).toEqual(["AttemptFailed b 1 possible"]);
    expect(run.succeed("b")).toContain("StepSucceeded b 3");
  });

  test("between attempts a late answer that allows no retry settles the step", () => {
    const run = atB();
    run.timeOut("b");
    const goesOn = run.fork();
    expect(goesOn.fail("b", { effect: "none", attempt: 1 })).toEqual(["AttemptFailed b 1 none"]);
    expect(goesOn.step("b").state).toBe("retry_wait");
    expect(run.fail("b", { effect: "none", retryable: false, attempt: 1 })).toContain("StepFailed b");
    expect(run.nextTimer()?.timer).not.toMatchObject({ kind: "retry" });
  });
});

describe("C3: late success while the step is open", () => {
  test("it is accepted while a later attempt is out, which is superseded and taken back", () => {
    const run = atThirdAttempt();
    expect(run.succeed("b", { attempt: 1 })).toEqual(["StepSucceeded b 1", "RunCompleted"]);
    expect(run.step("b").attempts).toEqual(["succeeded", "unanswered", "superseded"]);
    expect(run.recalled).toEqual([{ step: "b", side: "execute", attempt: 3 }]);
  });

  test("it is accepted in the backoff, and no further attempt is sent", () => {
    const run = atB();
    run.timeOut("b");
    expect(run.succeed("b", { attempt: 1 })).toEqual(["StepSucceeded b 1", "RunCompleted"]);
    expect(run.nextTimer()).toBeUndefined();
  });

  test("a success after possible of the same attempt is one too", () => {
    const run = atB();
    run.fail("b");
    expect(run.succeed("b", { attempt: 1 })).toContain("StepSucceeded b 1");
  });

  test.each(["its answer", "its timeout", "its withdrawal"])(
    "a superseded attempt holds back its own undo until %s",
    (what) => {
      const run = new ScriptedRun(sequenceOf("a", "b", "c"));
      run.succeed("a");
      run.timeOut("b");
      run.waitForTimer();
      run.take("b");
      run.succeed("b", { attempt: 1 });
      expect(run.fail("c", { effect: "none", retryable: false }).at(-1)).toBe("RollbackBegan");
      expect(run.status).toBe("compensating");
      const ended =
        what === "its answer" ? run.fail("b") : what === "its timeout" ? run.timeOut("b") : run.withdraw("b");
      expect(ended.at(-1)).toBe("CompensationDispatched b 1");
    },
  );

  test("it is taken back once, not again when a later step fails", () => {
    const run = new ScriptedRun(sequenceOf("a", "b", "c"));
    run.succeed("a");
    run.timeOut("b");
    run.waitForTimer();
    run.take("b");
    run.succeed("b", { attempt: 1 });
    run.fail("c", { effect: "none", retryable: false });
    expect(run.recalled).toEqual([{ step: "b", side: "execute", attempt: 2 }]);
  });

  test("it does not hold back the undo of another step, nor the end of draining", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "b", retry: { jitter: 0 } }, compensated("c")]));
    run.succeed("a");
    run.timeOut("b");
    run.waitForTimer();
    run.succeed("b", { attempt: 1 });
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled"]);
    run.withdraw("c");
    expect(run.undo("a")?.state).toBe("dispatched");
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(run.step("b").attempts).toEqual(["succeeded", "superseded"]);
  });
});

describe("C4: late success of a step that had settled", () => {
  test("the record gets output and undo, and the next undo attempt carries them", () => {
    const run = inDoubt();
    const before = payloadOf(run.workflow, run.run, "b", "compensate");
    expect(before).toMatchObject({ ok: true, payload: { forward: { outcome: "in_doubt" }, undo: undefined } });
    expect(run.succeed("b", { attempt: 1, undo: { refund: 7 } })).toEqual(["LateSuccessRecorded b 1"]);
    run.failUndo("b");
    run.waitForTimer();
    expect(payloadOf(run.workflow, run.run, "b", "compensate")).toMatchObject({
      ok: true,
      payload: { forward: { outcome: "succeeded", output: "b done" }, undo: { refund: 7 } },
    });
  });

  test("the undo that is out stays out: nobody takes it back", () => {
    const run = inDoubt();
    run.succeed("b", { attempt: 1 });
    expect(run.recalled).toEqual([]);
    const none = inDoubt();
    none.fail("b", { effect: "none", attempt: 1 });
    expect(none.recalled).toEqual([]);
  });

  test("of an undo that is done and had found the effect, nothing follows", () => {
    const run = inDoubt();
    run.undone("b");
    run.undone("a");
    expect(run.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
    expect(run.status).toBe("compensated");
  });

  test("of a step that had failed it is a broken promise, and the undo is armed", () => {
    const run = atB();
    run.fail("b", { effect: "none", retryable: false });
    expect(run.succeed("b", { attempt: 1 })).toEqual([
      "AnomalyRecorded b 1 broken_promise",
      "LateSuccessRecorded b 1",
      "CompensationDispatched b 1",
    ]);
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("a run that had ended goes back for it", () => {
    const run = atB();
    run.fail("b", { effect: "none", retryable: false });
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(run.succeed("b", { attempt: 1 })).toEqual([
      "AnomalyRecorded b 1 broken_promise",
      "LateSuccessRecorded b 1",
      "RunReopened b",
      "CompensationDispatched b 1",
    ]);
    expect(run.status).toBe("compensating");
    run.undone("b");
    expect(run.status).toBe("compensated");
  });

  test("an undo that was unneeded is armed once more", () => {
    const run = inDoubt();
    run.failUndo("b");
    run.fail("b", { effect: "none", attempt: 1 });
    expect(run.undo("b")?.state).toBe("unneeded");
    run.succeed("b", { attempt: 1 });
    expect(run.undo("b")?.state).toBe("dispatched");
  });

  test("it counts too when it comes from a superseded attempt whose time was over", () => {
    const run = atThirdAttempt();
    run.take("b");
    run.fail("b", { scope: "key", attempt: 1 });
    run.timeOut("b", "execute", 3);
    expect(run.step("b").attempts).toEqual(["none", "closed", "closed"]);
    expect(run.succeed("b", { attempt: 3 })).toEqual([
      "AnomalyRecorded b 3 broken_promise",
      "LateSuccessRecorded b 3",
      "CompensationDispatched b 1",
    ]);
  });

  test("of a plain step it is recorded, nothing more", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "b" }]));
    run.succeed("a");
    run.fail("b", { retryable: false });
    run.undone("a");
    expect(run.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
    expect(run.status).toBe("compensated");
  });
});

describe("C6: the same result twice", () => {
  test.each([
    ["a success", (run: ScriptedRun) => run.succeed("b", { attempt: 1 })],
    ["a failure that leaves doubt", (run: ScriptedRun) => run.fail("b", { attempt: 1 })],
    ["a failure without effect", (run: ScriptedRun) => run.fail("b", { attempt: 1, effect: "none" })],
    ["a failure for the whole key", (run: ScriptedRun) => run.fail("b", { attempt: 1, scope: "key" })],
  ])("%s counts once", (_, answer) => {
    const run = atB();
    expect(answer(run)).not.toEqual([]);
    expect(answer(run)).toEqual([]);
    expect(run.decision?.kind).toBe("nothing");
  });

  test("a second success under one key is recorded as superseded, and its attempt is settled", () => {
    const run = atThirdAttempt();
    run.succeed("b", { attempt: 1 });
    expect(run.succeed("b", { attempt: 2 })).toEqual(["ResultRejected b 2 superseded"]);
    expect(run.succeed("b", { attempt: 3 })).toEqual(["ResultRejected b 3 superseded"]);
    expect(run.succeed("b", { attempt: 3 })).toEqual([]);
  });

  test.each([
    ["failed after succeeded", "contradiction"],
    ["possible after none", "contradiction"],
    ["succeeded after none", "broken_promise"],
  ])("%s is an anomaly", (what, anomaly) => {
    const run = atB();
    if (what === "failed after succeeded") run.succeed("b");
    else run.fail("b", { effect: "none" });
    const recorded = what === "succeeded after none" ? run.succeed("b") : run.fail("b", { attempt: 1 });
    expect(recorded[0]).toBe(`AnomalyRecorded b 1 ${anomaly}`);
  });

  test("what a worker's store knows of the key is no anomaly, though the attempt that asked had been refused", () => {
    const run = atB();
    run.fail("b", { effect: "none" });
    run.waitForTimer();
    const done = run.fork();
    expect(run.succeed("b", { attempt: 1 })).toEqual(["StepSucceeded b 1", "RunCompleted"]);
    done.succeed("b");
    expect(done.succeed("b", { attempt: 1 })).toEqual([]);
  });

  test("a key that is refused once its undo was sent contradicts nothing", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    run.undone("a");
    expect(run.fail("a", { attempt: 1, scope: "key" })).toEqual([]);
    const late = inDoubt();
    late.undone("b");
    late.fail("b", { attempt: 1, scope: "key" });
    expect(late.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
  });

  test("an answer of an attempt whose doubt had ended with its key says nothing new", () => {
    const run = atThirdAttempt();
    run.fail("b", { scope: "key" });
    expect(run.fail("b", { attempt: 1 })).toEqual([]);
    expect(run.fail("b", { attempt: 2, effect: "none" })).toEqual([]);
  });

  test("a worker that contradicts itself for ever does not make the history grow for ever", () => {
    const run = atB();
    run.succeed("b");
    for (let time = 0; time < 200; time++) run.fail("b", { attempt: 1 });
    expect(run.run.anomalyCount).toBe(100);
    expect(run.fail("b", { attempt: 1 })).toEqual([]);
  });

  test("answers of attempts that were never sent, and outcomes that no step has, change nothing", () => {
    const run = atB();
    expect(run.succeed("b", { attempt: 2 })).toEqual([]);
    expect(run.succeed("b", { attempt: 0 })).toEqual([]);
    expect(run.answer("nobody", "execute", 1, { outcome: "unknown" })).toEqual([]);
    expect(run.answer("b", "execute", 1, { outcome: "compensated", found: true })).toEqual([]);
    expect(run.answer("b", "compensate", 1, { outcome: "compensated", found: true })).toEqual([]);
  });
});

/** The worry: an undo is taken for done that undid nothing, is sent twice where once is enough, or is given up silently. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";

/** `b` is in doubt, and its undo is out. */
function undoingDoubt(): ScriptedRun {
  const run = new ScriptedRun(sequenceOf("a", "b"));
  run.succeed("a");
  run.fail("b", { retryable: false });
  return run;
}

/** `a` is done, `b` failed without effect, and the undo of `a` is out. */
function undoingSuccess(): ScriptedRun {
  const run = new ScriptedRun(sequenceOf("a", "b"));
  run.succeed("a", { undo: { receipt: 7 } });
  run.fail("b", { effect: "none", retryable: false });
  return run;
}

describe("C5: a success is known and the undo found nothing", () => {
  test("first the success: the undo that knew nothing of it is sent once more, with the output", () => {
    const run = undoingDoubt();
    run.succeed("b", { attempt: 1, undo: { receipt: 7 } });
    expect(run.undone("b", { found: false })).toEqual([
      "StepCompensated b 1 not found",
      "AnomalyRecorded b undo 1 late_effect",
      "CompensationDispatched b 2",
    ]);
    expect(payloadOf(run.workflow, run.run, "b", "compensate")).toMatchObject({
      payload: { key: "u/b!undo", forward: { outcome: "succeeded", output: "b done" }, undo: { receipt: 7 } },
    });
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("first the undo: the success sends it once more", () => {
    const run = undoingDoubt();
    run.undone("b", { found: false });
    expect(run.succeed("b", { attempt: 1 })).toEqual([
      "LateSuccessRecorded b 1",
      "AnomalyRecorded b undo 1 late_effect",
      "CompensationDispatched b 2",
    ]);
    expect(run.undo("b")?.state).toBe("dispatched");
  });

  test("a run that had ended goes back for it, and its final word may change", () => {
    const run = undoingDoubt();
    run.undone("b", { found: false });
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(run.succeed("b", { attempt: 1 })).toEqual([
      "LateSuccessRecorded b 1",
      "AnomalyRecorded b undo 1 late_effect",
      "RunReopened b",
      "CompensationDispatched b 2",
    ]);
    expect(run.status).toBe("compensating");
    expect(run.undone("b")).toEqual(["StepCompensated b 2 found", "RunCompensated"]);
  });

  test("found is no anomaly, in either order", () => {
    const successFirst = undoingDoubt();
    successFirst.succeed("b", { attempt: 1 });
    expect(successFirst.undone("b")).toEqual(["StepCompensated b 1 found", "CompensationDispatched a 1"]);
    const undoFirst = undoingDoubt();
    undoFirst.undone("b");
    expect(undoFirst.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
  });

  test("an undo that was told of the success is sent once more too", () => {
    const run = undoingSuccess();
    expect(run.undone("a", { found: false })).toEqual([
      "StepCompensated a 1 not found",
      "AnomalyRecorded a undo 1 late_effect",
      "CompensationDispatched a 2",
    ]);
  });

  test("a second time it is an incident, which a late found answers", () => {
    const run = undoingSuccess();
    run.undone("a", { found: false });
    run.timeOut("a", "compensate");
    run.waitForTimer();
    expect(run.undone("a", { found: false })).toEqual([
      "AnomalyRecorded a undo 3 late_effect",
      "IncidentOpened a late_effect",
    ]);
    expect(run.status).toBe("blocked");
    expect(run.undone("a", { attempt: 2 })).toEqual([
      "IncidentClosed late_result",
      "StepCompensated a 2 found",
      "RunCompensated",
    ]);
  });

  test("another attempt that was superseded before may have done it: what is left is only possible, and its word counts", () => {
    const run = undoingSuccess();
    run.timeOut("a", "compensate");
    run.waitForTimer();
    run.take("a", "compensate");
    run.undone("a", { attempt: 1, found: false });
    expect(run.timeOut("a", "compensate", 2)).toEqual(["AttemptTimedOut a undo 2"]);
    run.undone("a", { found: false });
    expect(run.status).toBe("blocked");
    const abandoned = run.fork();
    abandoned.abandon();
    expect(abandoned.run.residue).toEqual([{ step: "a", certainty: "possible" }]);
    expect(run.undone("a", { attempt: 2 })).toContain("StepCompensated a 2 found");
    expect(run.status).toBe("compensated");
  });

  test("the once-more undo has the whole policy again", () => {
    const run = new ScriptedRun(
      workflowOf([
        compensated("a", { compensation: { worker: "x", retry: { attempts: 2, jitter: 0 } } }),
        { step: "b" },
      ]),
    );
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    run.failUndo("a");
    run.waitForTimer();
    run.undone("a", { found: false });
    run.failUndo("a");
    expect(run.undo("a")?.state).toBe("retry_wait");
    run.waitForTimer();
    expect(run.failUndo("a")).toContain("IncidentOpened a compensation");
  });

  test.each([
    ["while another attempt is out", (run: ScriptedRun) => run.waitForTimer()],
    ["between two attempts", () => []],
  ])("an answer to an undo sent before the success settles nothing %s", (_, goOn) => {
    const run = undoingDoubt();
    run.timeOut("b", "compensate");
    run.succeed("b", { attempt: 1 });
    goOn(run);
    expect(run.undone("b", { found: false, attempt: 1 })).toEqual(["ResultRejected b undo 1 uninformed"]);
    expect(run.undo("b")?.state).not.toBe("compensated");
  });

  test("an answer to an undo sent before the success, heard when the budget is spent, sends it once more", () => {
    const run = undoingDoubt();
    run.timeOut("b", "compensate");
    run.succeed("b", { attempt: 1 });
    run.waitForTimer();
    run.failUndo("b", { retryable: false });
    expect(run.undone("b", { found: false, attempt: 1 })).toEqual([
      "IncidentClosed late_result",
      "StepCompensated b 1 not found",
      "AnomalyRecorded b undo 1 late_effect",
      "CompensationDispatched b 3",
    ]);
  });

  describe("a second time, while a later undo is out", () => {
    /** The second undo of `a` timed out, the third is out, and the second says late that it found nothing. */
    function blockedWithUndoOut(): ScriptedRun {
      const run = undoingSuccess();
      run.undone("a", { found: false });
      run.timeOut("a", "compensate");
      run.waitForTimer();
      run.take("a", "compensate");
      expect(run.undone("a", { found: false, attempt: 2 })).toContain("IncidentOpened a late_effect");
      return run;
    }

    test("what is out may still answer it", () => {
      const run = blockedWithUndoOut();
      expect(run.undone("a").at(-1)).toBe("RunCompensated");
    });

    test("what is out is not tried again when it fails or is silent", () => {
      const failed = blockedWithUndoOut();
      const silent = failed.fork();
      expect(failed.failUndo("a")).toEqual(["AttemptFailed a undo 3 possible"]);
      expect(silent.timeOut("a", "compensate")).toEqual(["AttemptTimedOut a undo 3"]);
      for (const run of [failed, silent]) {
        expect(run.status).toBe("blocked");
        expect(run.nextTimer()).toBeUndefined();
      }
    });

    test("no second incident is opened about the same undo", () => {
      const run = blockedWithUndoOut();
      expect(run.undone("a", { found: false })).toEqual(["AnomalyRecorded a undo 3 late_effect"]);
      expect(run.run.incidents).toHaveLength(1);
    });
  });
});

describe("C7: a compensation keeps failing", () => {
  test("its own policy is more generous, then an incident opens and the rest waits", () => {
    const run = undoingDoubt();
    for (let attempt = 1; attempt < 12; attempt++) {
      expect(run.failUndo("b")).toContain("RetryScheduled b undo");
      expect(run.waitForTimer()).toEqual([`CompensationDispatched b ${attempt + 1}`]);
    }
    expect(run.failUndo("b")).toEqual(["AttemptFailed b undo 12 possible", "IncidentOpened b compensation"]);
    expect(run.status).toBe("blocked");
    expect(run.undo("a")?.state).toBe("armed");
    expect(run.nextTimer()).toBeUndefined();
  });

  test("what is not retryable opens it at once", () => {
    expect(undoingDoubt().failUndo("b", { retryable: false })).toContain("IncidentOpened b compensation");
  });

  test("neither its timeout nor its retry comes early", () => {
    const run = undoingDoubt();
    const undo = { step: "b", side: "compensate" } as const;
    const timeout = (takenAt: number | undefined) =>
      run.give({ type: "timer", timer: { kind: "timeout", attempt: 1, takenAt, ...undo } });
    const takenAt = run.now;
    run.now += 29_999;
    expect(timeout(takenAt)).toEqual([]);
    expect(timeout(undefined)).toEqual([]);
    run.now += 1;
    expect(timeout(takenAt)).toEqual(["AttemptTimedOut b undo 1", "RetryScheduled b undo"]);
    run.now += 999;
    expect(run.give({ type: "timer", timer: { kind: "retry", ...undo } })).toEqual([]);
    run.now += 1;
    expect(run.give({ type: "timer", timer: { kind: "retry", ...undo } })).toEqual(["CompensationDispatched b 2"]);
  });

  test("silence is tried again too", () => {
    const run = undoingDoubt();
    expect(run.timeOut("b", "compensate")).toEqual(["AttemptTimedOut b undo 1", "RetryScheduled b undo"]);
  });

  test("a late compensated of an earlier attempt settles it: between attempts, while one is out, and when blocked", () => {
    const waiting = undoingDoubt();
    waiting.timeOut("b", "compensate");
    const out = waiting.fork();
    out.waitForTimer();
    const blocked = out.fork();
    blocked.failUndo("b", { retryable: false });
    expect(waiting.undone("b", { attempt: 1 })).toEqual(["StepCompensated b 1 found", "CompensationDispatched a 1"]);
    expect(out.undone("b", { attempt: 1 })).toEqual(["StepCompensated b 1 found", "CompensationDispatched a 1"]);
    expect(out.recalled).toEqual([{ step: "b", side: "compensate", attempt: 2 }]);
    expect(blocked.undone("b", { attempt: 1 })).toEqual([
      "IncidentClosed late_result",
      "StepCompensated b 1 found",
      "CompensationDispatched a 1",
    ]);
  });

  test("a late failure of an earlier attempt is recorded and changes nothing", () => {
    const run = undoingDoubt();
    run.timeOut("b", "compensate");
    expect(run.failUndo("b", { attempt: 1, retryable: false })).toEqual(["AttemptFailed b undo 1 possible"]);
    expect(run.undo("b")?.state).toBe("retry_wait");
  });

  test("a mapping that does not fit is an incident", () => {
    const compensation = { worker: "undo_a", input: { id: { $: "steps.a.output.id" } } };
    const run = new ScriptedRun(workflowOf([compensated("a", { compensation }), { step: "b" }]));
    run.succeed("a", { output: { other: 1 } });
    expect(run.fail("b", { retryable: false, effect: "none" }).slice(-2)).toEqual([
      "RollbackBegan",
      "IncidentOpened a compensation",
    ]);
    expect(run.status).toBe("blocked");
    expect(run.undo("a")).toMatchObject({ state: "blocked", attempts: [] });
    expect(run.run.incidents[0]?.error?.code).toBe("reference_missing");
  });
});

describe("C6 of an undo: the same result twice", () => {
  test.each([
    ["found", (run: ScriptedRun) => run.undone("b", { attempt: 1 })],
    ["not found", (run: ScriptedRun) => run.undone("b", { attempt: 1, found: false })],
    ["possible", (run: ScriptedRun) => run.failUndo("b", { attempt: 1 })],
    ["none", (run: ScriptedRun) => run.failUndo("b", { attempt: 1, effect: "none" })],
  ])("%s counts once", (_, answer) => {
    const run = undoingDoubt();
    expect(answer(run)).not.toEqual([]);
    expect(answer(run)).toEqual([]);
  });

  test("what another attempt says of a settled undo is kept as rejected", () => {
    const run = undoingDoubt();
    run.timeOut("b", "compensate");
    run.waitForTimer();
    run.undone("b", { attempt: 1 });
    expect(run.undone("b", { attempt: 2 })).toEqual(["ResultRejected b undo 2 settled"]);
    expect(run.undone("b", { attempt: 2 })).toEqual([]);
  });

  test.each([
    ["failed after compensated", "contradiction"],
    ["possible after none", "contradiction"],
    ["compensated after none", "broken_promise"],
  ])("%s is an anomaly", (what, anomaly) => {
    const run = undoingDoubt();
    if (what === "failed after compensated") run.undone("b");
    else run.failUndo("b", { effect: "none" });
    const recorded = what === "compensated after none" ? run.undone("b") : run.failUndo("b", { attempt: 1 });
    expect(recorded[0]).toBe(`AnomalyRecorded b undo 1 ${anomaly}`);
  });
});

describe("C19: undo of something that never was", () => {
  test("not found is a success where the step is in doubt", () => {
    const run = undoingDoubt();
    expect(run.undone("b", { found: false })).toEqual(["StepCompensated b 1 not found", "CompensationDispatched a 1"]);
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("the command that comes later is refused for the key, which then settles the step as failed", () => {
    const run = undoingDoubt();
    run.undone("b", { found: false });
    run.undone("a");
    expect(run.fail("b", { attempt: 1, scope: "key" })).toEqual(["AttemptFailed b 1 key", "StepFailed b"]);
    expect(run.status).toBe("compensated");
  });
});

describe("C11 and C12: what a compensation is given", () => {
  test("its own key, the forward key, the step's input, output and undo", () => {
    const run = undoingSuccess();
    expect(payloadOf(run.workflow, run.run, "a", "compensate")).toEqual({
      ok: true,
      payload: {
        worker: "undo_a",
        timeoutMs: 30_000,
        key: "u/a!undo",
        undoes: "u/a",
        input: {},
        forward: { outcome: "succeeded", output: "a done" },
        undo: { receipt: 7 },
      },
    });
  });

  test("without a mapping of its own the input that its step was given", () => {
    const run = new ScriptedRun(workflowOf([compensated("a", { input: { sku: { $: "input.sku" } } }), { step: "b" }]), {
      sku: "x",
      other: "y",
    });
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    const given = payloadOf(run.workflow, run.run, "a", "compensate");
    expect(given.ok && given.payload.input).toEqual({ sku: "x" });
  });

  test("all attempts of one side have one key, and those of the other side another", () => {
    const run = undoingDoubt();
    run.failUndo("b");
    run.waitForTimer();
    expect(payloadOf(run.workflow, run.run, "b", "compensate")).toMatchObject({ payload: { key: "u/b!undo" } });
    expect(payloadOf(run.workflow, run.run, "b", "execute")).toMatchObject({
      payload: { key: "u/b", undoes: undefined },
    });
  });
});

describe("C4: an undo whose mapping lacks what only the success brings", () => {
  const byCharge = { worker: "b_undo", input: { charge: { $: "steps.b.output.charge" } } };
  const doubtful = (): ScriptedRun => {
    const run = new ScriptedRun(workflowOf([compensated("a"), compensated("b", { compensation: byCharge })]));
    run.succeed("a");
    run.fail("b", { retryable: false });
    return run;
  };

  test("waits in an incident while the step is in doubt, and is sent when the late success fits", () => {
    const run = doubtful();
    expect([run.status, run.undo("b")?.attempts.length]).toEqual(["blocked", 0]);
    expect(run.succeed("b", { attempt: 1, output: { charge: 7 } })).toEqual([
      "LateSuccessRecorded b 1",
      "IncidentClosed late_result",
      "CompensationDispatched b 1",
    ]);
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("stays in sight when the late success does not fit either", () => {
    const run = doubtful();
    run.succeed("b", { attempt: 1, output: {} });
    expect([run.status, run.run.incidents.length]).toEqual(["blocked", 1]);
  });
});

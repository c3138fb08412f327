/** The worry: money is given back for goods that are on their way, or kept for goods that never left. */
import { describe, expect, test } from "vitest";
import { compensated, failure, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";

const one = { jitter: 0, attempts: 1 };

/** `pay`, then the pivot `ship`, then `tell`, which is retriable. */
const shop = (ship: object = {}, more: object = {}) =>
  workflowOf(
    [
      compensated("pay"),
      { step: "ship", kind: "pivot", retry: { jitter: 0 }, ...ship },
      { step: "tell", retry: { jitter: 0, attempts: 2 } },
    ],
    undefined,
    more,
  );

function atShip(workflow = shop()): ScriptedRun {
  const run = new ScriptedRun(workflow);
  run.succeed("pay");
  return run;
}

function shipped(workflow = shop()): ScriptedRun {
  const run = atShip(workflow);
  run.succeed("ship");
  return run;
}

/** `ship` timed out with its last attempt: an operator is asked. */
function doubtful(workflow = shop({ retry: one })): ScriptedRun {
  const run = atShip(workflow);
  run.timeOut("ship");
  return run;
}

const undos = (run: ScriptedRun) => run.sent.filter(({ side }) => side === "compensate");

describe("semantics 4: past the pivot the run goes forward to its end", () => {
  test("what came before it is not undone any more: I10", () => {
    const run = atShip();
    expect(run.undo("pay")?.state).toBe("armed");
    run.succeed("ship");
    expect(run.undo("pay")?.state).toBe("discarded");
  });

  test("a cancel is refused with pivot_passed, and leaves the run as it is", () => {
    const run = shipped();
    expect(run.verb({ type: "cancel" })).toEqual(["pivot_passed"]);
    expect(run.decision).toMatchObject({ message: expect.stringContaining("its pivot ship has succeeded") });
    run.succeed("tell");
    expect(run.status).toBe("completed");
  });

  test("a step that fails asks an operator, and gives nothing back", () => {
    const run = shipped();
    expect(run.fail("tell", { retryable: false, effect: "none" })).toEqual([
      "AttemptFailed tell 1 none",
      "StepFailed tell",
      "IncidentOpened tell step",
    ]);
    expect([run.status, run.run.phase, run.incidents]).toEqual(["blocked", "forward", ["step tell"]]);
    expect(run.verb({ type: "cancel" })).toEqual(["pivot_passed"]);
    expect(undos(run)).toEqual([]);
  });

  test("a step that is in doubt asks an operator too", () => {
    const run = shipped();
    run.timeOut("tell");
    run.waitForTimer();
    expect(run.timeOut("tell")).toEqual(["AttemptTimedOut tell 2", "StepInDoubt tell", "IncidentOpened tell step"]);
  });

  test("the deadline only tells an operator, and holds nothing up", () => {
    const run = shipped(shop({}, { deadline: 60_000 }));
    run.now = 1_060_000;
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "IncidentOpened overdue"]);
    expect([run.status, run.incidents]).toEqual(["running", ["overdue"]]);
    expect(run.succeed("tell")).toEqual(["StepSucceeded tell 1", "IncidentClosed end", "RunCompleted"]);
  });

  test("a late success goes on where an operator was asked", () => {
    const run = shipped();
    run.fail("tell", { retryable: false });
    expect(run.succeed("tell", { attempt: 1 })).toEqual([
      "LateSuccessRecorded tell 1",
      "IncidentClosed late_result",
      "RunCompleted",
    ]);
  });
});

describe("semantics 3: a pivot that failed is no pivot passed", () => {
  test("the run goes back", () => {
    const run = atShip();
    expect(run.fail("ship", { effect: "none", retryable: false })).toEqual([
      "AttemptFailed ship 1 none",
      "StepFailed ship",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched pay 1",
    ]);
    run.undone("pay");
    expect(run.status).toBe("compensated");
  });

  test("C4: its late success, the run having turned, is an incident that nothing undoes", () => {
    const run = atShip();
    run.fail("ship", { effect: "none", retryable: false });
    expect(run.succeed("ship", { attempt: 1 })).toEqual([
      "AnomalyRecorded ship 1 broken_promise",
      "LateSuccessRecorded ship 1",
      "IncidentOpened ship late_effect",
    ]);
    expect(run.undone("pay")).toEqual(["StepCompensated pay 1 found"]);
    expect([run.status, run.run.phase]).toEqual(["blocked", "backward"]);
    const accepted = run.fork();
    expect(run.verb({ type: "resolve" })).toEqual([
      "StepResolved ship undone",
      "IncidentClosed operator",
      "RunCompensated",
    ]);
    accepted.verb({ type: "skip" });
    expect(accepted.recorded.at(-1)).toMatchObject({
      type: "RunFailed",
      residue: [{ step: "ship", certainty: "done" }],
    });
  });

  test("C4: a run that had ended goes back for it", () => {
    const run = atShip();
    run.fail("ship", { effect: "none", retryable: false });
    run.undone("pay");
    expect(run.succeed("ship", { attempt: 1 })).toEqual([
      "AnomalyRecorded ship 1 broken_promise",
      "LateSuccessRecorded ship 1",
      "RunReopened ship",
      "IncidentOpened ship late_effect",
    ]);
    run.verb({ type: "skip" });
    expect(run.status).toBe("failed");
  });
});

describe("C15: a pivot in doubt", () => {
  test("is an incident, while the run drains and nothing is undone", () => {
    const run = atShip(shop({ retry: one }));
    expect(run.timeOut("ship")).toEqual([
      "AttemptTimedOut ship 1",
      "StepInDoubt ship",
      "RunTurned step_failed",
      "IncidentOpened ship pivot",
    ]);
    expect([run.status, run.run.phase]).toEqual(["blocked", "draining"]);
    expect(undos(run)).toEqual([]);
    expect(run.step("tell").state).toBe("not_run");
  });

  test("its worker is asked first, where it can be", () => {
    const run = doubtful(shop({ retry: one, inquire: {} }));
    expect(run.step("ship").state).toBe("inquiring");
    const failed = run.fork();
    const silent = run.fork();
    expect(run.inquired("ship", { outcome: "done", output: 1 })).toEqual([
      "InquiryAnswered ship 1 done",
      "StepSucceeded ship 1 inquiry",
      "StepDispatched tell 1",
    ]);
    expect(failed.inquired("ship", { outcome: "not_done" }).at(-1)).toBe("CompensationDispatched pay 1");
    expect(silent.inquired("ship", { outcome: "unknown" }).at(-1)).toBe("IncidentOpened ship pivot");
  });

  test("a late success sends the run forward again, and what was not run becomes pending", () => {
    const run = doubtful();
    expect(run.succeed("ship", { attempt: 1 })).toEqual([
      "LateSuccessRecorded ship 1",
      "IncidentClosed late_result",
      "RunReturned ship step_failed",
      "StepDispatched tell 1",
    ]);
    expect(run.run).toMatchObject({ phase: "forward", cause: undefined, cancelled: false, turnedAt: undefined });
    expect(run.undo("pay")?.state).toBe("discarded");
    run.succeed("tell");
    expect([run.status, run.run.cause]).toEqual(["completed", undefined]);
  });

  test("a late none ends the doubt: the incident closes, and the run goes back", () => {
    const run = doubtful();
    expect(run.fail("ship", { attempt: 1, effect: "none" })).toEqual([
      "AttemptFailed ship 1 none",
      "StepFailed ship",
      "IncidentClosed late_result",
      "RollbackBegan",
      "CompensationDispatched pay 1",
    ]);
  });

  test("a late not_done does the same", () => {
    const run = doubtful(shop({ retry: one, inquire: { retry: one } }));
    run.timeOut("ship", "inquire");
    expect(run.incidents).toEqual(["pivot ship"]);
    expect(run.inquired("ship", { outcome: "not_done" }, 1)).toEqual([
      "InquiryAnswered ship 1 not_done",
      "StepFailed ship",
      "IncidentClosed late_result",
      "RollbackBegan",
      "CompensationDispatched pay 1",
    ]);
  });

  test("resolve done sends the run forward again", () => {
    const run = doubtful();
    expect(run.verb({ type: "resolve", output: { parcel: 7 } })).toEqual([
      "StepResolved ship done",
      "IncidentClosed operator",
      "RunReturned ship step_failed",
      "StepDispatched tell 1",
    ]);
    expect(run.step("ship").output).toEqual({ parcel: 7 });
    expect(run.verb({ type: "cancel" })).toEqual(["pivot_passed"]);
  });

  test("resolve not_done lets the run go back", () => {
    const run = doubtful();
    expect(run.verb({ type: "resolve", outcome: "not_done" })).toEqual([
      "StepResolved ship not_done",
      "IncidentClosed operator",
      "RollbackBegan",
      "CompensationDispatched pay 1",
    ]);
    run.undone("pay");
    expect(run.status).toBe("compensated");
  });

  test("retry asks once more under the same key, with the same input", () => {
    const run = doubtful();
    expect(run.verb({ type: "retry", input: { to: "another" } })).toEqual(["step_in_doubt"]);
    expect(run.verb({ type: "retry" })).toEqual([
      "StepRetried ship 1",
      "IncidentClosed operator",
      "StepDispatched ship 2",
    ]);
    expect(payloadOf(run.workflow, run.run, "ship", "execute")).toMatchObject({ payload: { key: "u/ship" } });
    const forward = run.fork();
    expect(forward.succeed("ship", { attempt: 2 })).toEqual([
      "StepSucceeded ship 2",
      "RunReturned ship step_failed",
      "StepDispatched tell 1",
    ]);
    expect(run.fail("ship", { attempt: 2, effect: "none" })).toEqual([
      "AttemptFailed ship 2 none",
      "StepInDoubt ship",
      "IncidentOpened ship pivot",
    ]);
  });

  test("after its retry the first attempt's success counts too", () => {
    const run = doubtful();
    run.verb({ type: "retry" });
    expect(run.succeed("ship", { attempt: 1 })).toContain("RunReturned ship step_failed");
    expect(run.recalled).toContainEqual({ step: "ship", side: "execute", attempt: 2 });
  });

  test("skip is no answer to it", () => {
    const run = doubtful();
    expect(run.verb({ type: "skip" })).toEqual(["verb_unsuitable"]);
    expect(run.incidents).toEqual(["pivot ship"]);
  });

  test("abandoned, it is residue that is possible", () => {
    const run = doubtful();
    run.abandon();
    expect(run.run.residue).toEqual([
      { step: "pay", certainty: "done" },
      { step: "ship", certainty: "possible" },
    ]);
  });

  test("with onFailure: incident the run stands still, forward, with the same question", () => {
    const run = doubtful(shop({ retry: one }, { onFailure: "incident" }));
    expect([run.run.phase, run.incidents]).toEqual(["forward", ["pivot ship"]]);
    const done = run.fork();
    expect(done.verb({ type: "resolve" })).toEqual([
      "StepResolved ship done",
      "IncidentClosed operator",
      "StepDispatched tell 1",
    ]);
    expect(run.verb({ type: "resolve", outcome: "not_done" })).toEqual([
      "StepResolved ship not_done",
      "IncidentClosed operator",
      "IncidentOpened ship step",
    ]);
    expect(run.verb({ type: "retry" })).toContain("StepRetried ship 2");
  });

  test("with onFailure: incident a cancel drains, and the question stays", () => {
    const run = doubtful(shop({ retry: one }, { onFailure: "incident" }));
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled"]);
    expect([run.run.phase, run.incidents]).toEqual(["draining", ["pivot ship"]]);
    expect(run.verb({ type: "resolve" })).toContain("RunReturned ship cancelled");
  });

  test("with onFailure: incident a late none leaves the question how it goes on", () => {
    const run = doubtful(shop({ retry: one }, { onFailure: "incident" }));
    expect(run.fail("ship", { attempt: 1, effect: "none" })).toEqual([
      "AttemptFailed ship 1 none",
      "StepFailed ship",
      "IncidentClosed late_result",
      "IncidentOpened ship step",
    ]);
  });
});

describe("semantics 4: the pivot succeeds while the run drains", () => {
  test("the cancel is answered pivot_passed", () => {
    const run = atShip();
    run.take("ship");
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled"]);
    expect(run.succeed("ship")).toEqual([
      "StepSucceeded ship 1",
      "RunReturned ship cancelled",
      "StepDispatched tell 1",
    ]);
    expect(run.run).toMatchObject({ phase: "forward", cancelled: false, cause: undefined });
    run.succeed("tell");
    expect(run.status).toBe("completed");
  });

  test("the deadline is answered pivot_passed, and an operator is told", () => {
    const run = atShip(shop({ timeout: 100_000 }, { deadline: 60_000 }));
    run.take("ship");
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "RunTurned deadline"]);
    expect(run.succeed("ship")).toEqual([
      "StepSucceeded ship 1",
      "RunReturned ship deadline",
      "IncidentOpened overdue",
      "StepDispatched tell 1",
    ]);
    expect(run.nextTimer()).toBeUndefined();
    run.succeed("tell");
    expect(run.status).toBe("completed");
  });

  test("a deadline that comes after a cancel was answered tells an operator", () => {
    const run = atShip(shop({}, { deadline: 60_000 }));
    run.take("ship");
    run.cancel();
    run.succeed("ship");
    expect(run.nextTimer()?.dueAt).toBe(1_060_000);
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "IncidentOpened overdue"]);
  });

  test("that going back takes long is over with it", () => {
    const run = doubtful(shop({ retry: one }, { compensationDeadline: 1000 }));
    expect(run.waitForTimer()).toEqual(["DeadlinePassed rollback", "IncidentOpened overdue"]);
    expect(run.verb({ type: "resolve" })).toEqual([
      "StepResolved ship done",
      "IncidentClosed operator",
      "RunReturned ship step_failed",
      "IncidentClosed turn",
      "StepDispatched tell 1",
    ]);
    expect(run.incidents).toEqual([]);
  });

  test("a mapping that lacks a step's output does not send it forward twice", () => {
    const workflow = shop({ input: { id: { $: "steps.pay.output.id" } } });
    const run = new ScriptedRun(workflow);
    expect(run.succeed("pay", { output: {} })).toContain("StepFailed ship");
    expect(run.undo("pay")?.state).toBe("dispatched");
  });
});

describe("C8: a pivot is waited for without grace", () => {
  test("a cancel leaves it its own timeout", () => {
    const run = atShip(shop({ timeout: 600_000 }));
    run.take("ship");
    run.cancel();
    expect(run.nextTimer()?.dueAt).toBe(run.now + 600_000);
    expect(run.waitForTimer()).toEqual(["AttemptTimedOut ship 1", "StepInDoubt ship", "IncidentOpened ship pivot"]);
  });

  test("one that nobody took is taken back, and the run goes back", () => {
    const run = atShip();
    run.cancel();
    expect(run.recalled).toContainEqual({ step: "ship", side: "execute", attempt: 1 });
    expect(run.withdraw("ship")).toEqual([
      "AttemptWithdrawn ship 1",
      "StepFailed ship",
      "RollbackBegan",
      "CompensationDispatched pay 1",
    ]);
  });

  test("that the rollback is overdue takes back no pivot that was sent again", () => {
    const run = doubtful(shop({ retry: one }, { compensationDeadline: 1000 }));
    run.verb({ type: "retry" });
    expect(run.waitForTimer()).toEqual(["DeadlinePassed rollback", "IncidentOpened overdue"]);
    expect(run.recalled).toEqual([]);
  });
});

describe("C16: a deadline beside a doubtful pivot", () => {
  test("tells an operator, where the run stands still for him", () => {
    const run = doubtful(shop({ retry: one }, { onFailure: "incident", deadline: 60_000 }));
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "IncidentOpened overdue"]);
    expect(run.run.phase).toBe("forward");
  });

  test("has nothing to say once the run has turned", () => {
    const run = doubtful(shop({ retry: one }, { deadline: 60_000 }));
    expect(run.nextTimer()).toBeUndefined();
    expect(run.give({ type: "timer", timer: { kind: "deadline" } })).toEqual([]);
  });
});

test("semantics 3: a second failure of the pivot's worker is retried like any other", () => {
  const run = atShip();
  run.answer("ship", "execute", 1, failure());
  expect(run.waitForTimer()).toEqual(["StepDispatched ship 2"]);
});

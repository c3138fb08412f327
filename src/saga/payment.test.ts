/**
 * The worry that this engine is for: a payment times out, and the charge went through.
 *
 * `reserve`, then `pay` with one attempt. Its worker charges and its answer is late or lost; the ledger is played here by
 * hand, and the final word is held against it: what was charged is given back once, whatever comes when.
 */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";

const once = { jitter: 0, attempts: 1 };

/** `pay` timed out after it had charged. */
function timedOut(more: object = {}): ScriptedRun {
  const run = new ScriptedRun(workflowOf([compensated("reserve"), compensated("pay", { retry: once, ...more })]));
  run.succeed("reserve");
  run.timeOut("pay");
  return run;
}

const late = (run: ScriptedRun) => run.succeed("pay", { attempt: 1, output: "charged", undo: { charge: 7 } });

function endsCompensated(run: ScriptedRun): void {
  expect([run.status, run.run.residue, run.incidents]).toEqual(["compensated", [], []]);
}

const refunds = (run: ScriptedRun) => run.sent.filter(({ step, side }) => step === "pay" && side === "compensate");

describe("C1: without inquire it is in doubt, and given back", () => {
  test("the answer never comes", () => {
    const run = timedOut();
    run.undone("pay");
    run.undone("reserve");
    endsCompensated(run);
    expect(refunds(run)).toHaveLength(1);
  });

  test("C4: the answer comes while the refund is out", () => {
    const run = timedOut();
    expect(late(run)).toEqual(["LateSuccessRecorded pay 1"]);
    run.undone("pay");
    run.undone("reserve");
    endsCompensated(run);
    expect(refunds(run)).toHaveLength(1);
  });

  test("C4: the answer comes after the refund", () => {
    const run = timedOut();
    run.undone("pay");
    expect(late(run)).toEqual(["LateSuccessRecorded pay 1"]);
    run.undone("reserve");
    endsCompensated(run);
    expect(refunds(run)).toHaveLength(1);
  });

  test("C4: the answer comes after the end", () => {
    const run = timedOut();
    run.undone("pay");
    run.undone("reserve");
    expect(late(run)).toEqual(["LateSuccessRecorded pay 1"]);
    endsCompensated(run);
  });

  test("C5: the refund found nothing, and then the charge comes to light", () => {
    const run = timedOut();
    run.undone("pay", { found: false });
    run.undone("reserve");
    expect(run.status).toBe("compensated");
    expect(late(run)).toEqual([
      "LateSuccessRecorded pay 1",
      "AnomalyRecorded pay undo 1 late_effect",
      "RunReopened pay",
      "CompensationDispatched pay 2",
    ]);
    run.undone("pay");
    endsCompensated(run);
    expect(refunds(run)).toHaveLength(2);
  });

  test("C7: the refund fails for ever, and the charge stays named", () => {
    const run = timedOut();
    run.failUndo("pay", { retryable: false, effect: "none" });
    expect([run.status, run.incidents]).toEqual(["blocked", ["compensation pay"]]);
    late(run);
    run.verb({ type: "skip" });
    run.undone("reserve");
    expect([run.status, run.run.residue]).toEqual(["failed", [{ step: "pay", certainty: "done" }]]);
  });
});

describe("C1: with inquire its worker is asked first", () => {
  const asked = () => timedOut({ inquire: { retry: once } });

  test("done: the run completes, and nothing is given back", () => {
    const run = asked();
    run.inquired("pay", { outcome: "done", output: "charged" });
    expect(run.status).toBe("completed");
    expect(late(run)).toEqual(["ResultRejected pay 1 superseded"]);
    expect(refunds(run)).toEqual([]);
  });

  test("C3: the answer itself comes first", () => {
    const run = asked();
    late(run);
    expect(run.status).toBe("completed");
    expect(run.inquired("pay", { outcome: "done", output: "charged" })).toEqual([
      "ResultRejected pay inquiry 1 superseded",
    ]);
  });

  test("not_done: nothing is given back, because whoever says so lets nothing come any more", () => {
    const run = asked();
    run.inquired("pay", { outcome: "not_done" });
    expect(refunds(run)).toEqual([]);
    expect(run.fail("pay", { attempt: 1, scope: "key" })).toEqual([]);
    run.undone("reserve");
    endsCompensated(run);
  });

  test("C4: not_done, and then the charge: a broken promise, and it is given back", () => {
    const run = asked();
    run.inquired("pay", { outcome: "not_done" });
    run.undone("reserve");
    expect(run.status).toBe("compensated");
    expect(late(run)).toEqual([
      "AnomalyRecorded pay 1 broken_promise",
      "LateSuccessRecorded pay 1",
      "RunReopened pay",
      "CompensationDispatched pay 1",
    ]);
    run.undone("pay");
    endsCompensated(run);
  });

  test("nobody answers the question either: it is given back, and a late answer is the same as without", () => {
    const run = asked();
    run.timeOut("pay", "inquire");
    expect(run.undo("pay")?.state).toBe("dispatched");
    const found = run.fork();
    const nothing = run.fork();
    late(run);
    run.undone("pay");
    run.undone("reserve");
    endsCompensated(run);
    found.undone("pay");
    expect(found.inquired("pay", { outcome: "done", output: "charged" }, 1)).toContain(
      "LateSuccessRecorded pay 1 inquiry",
    );
    found.undone("reserve");
    endsCompensated(found);
    nothing.undone("pay", { found: false });
    expect(nothing.inquired("pay", { outcome: "done", output: "charged" }, 1)).toContain(
      "CompensationDispatched pay 2",
    );
    nothing.undone("pay");
    nothing.undone("reserve");
    endsCompensated(nothing);
  });
});

describe("C1: with compensateInDoubt: false nothing is given back unasked", () => {
  const careful = (more: object = {}) => timedOut({ compensateInDoubt: false, ...more });

  test("an operator is asked, and the steps before it wait: C9", () => {
    const run = careful();
    expect(run.incidents).toEqual(["in_doubt pay"]);
    expect(refunds(run)).toEqual([]);
    expect(run.undo("reserve")?.state).toBe("armed");
  });

  test("retry sends the undo", () => {
    const run = careful();
    expect(run.verb({ type: "retry" })).toEqual([
      "CompensationRetried pay",
      "IncidentClosed operator",
      "CompensationDispatched pay 1",
    ]);
    run.failUndo("pay");
    expect(run.waitForTimer()).toEqual(["CompensationDispatched pay 2"]);
    run.undone("pay");
    run.undone("reserve");
    endsCompensated(run);
  });

  test("resolve: it was put right by hand, and the rest goes on", () => {
    const run = careful();
    expect(run.verb({ type: "resolve" })).toEqual([
      "CompensationResolved pay",
      "IncidentClosed operator",
      "CompensationDispatched reserve 1",
    ]);
    run.undone("reserve");
    endsCompensated(run);
  });

  test("skip: it is residue that is possible, and a late answer makes it certain", () => {
    const run = careful();
    run.verb({ type: "skip" });
    run.undone("reserve");
    expect([run.status, run.run.residue]).toEqual(["failed", [{ step: "pay", certainty: "possible" }]]);
    expect(late(run)).toEqual(["LateSuccessRecorded pay 1"]);
    expect(run.run.residue).toEqual([{ step: "pay", certainty: "done" }]);
  });

  test("a late success answers the question: it is undone", () => {
    const run = careful();
    expect(late(run)).toEqual([
      "LateSuccessRecorded pay 1",
      "IncidentClosed late_result",
      "CompensationDispatched pay 1",
    ]);
  });

  test("a late none answers it too: nothing is to be undone", () => {
    const run = careful();
    expect(run.fail("pay", { attempt: 1, effect: "none" })).toEqual([
      "AttemptFailed pay 1 none",
      "StepFailed pay",
      "IncidentClosed late_result",
      "CompensationUnneeded pay",
      "CompensationDispatched reserve 1",
    ]);
  });

  test("a success that is known is undone without a question", () => {
    const run = careful({ inquire: { retry: once } });
    expect(run.step("pay").state).toBe("inquiring");
    run.cancel();
    run.inquired("pay", { outcome: "done", output: "charged" });
    expect(refunds(run)).toHaveLength(1);
    expect(run.incidents).toEqual([]);
  });
});

test("C4: what a late success makes certain stays possible where its undo is in doubt", () => {
  const run = timedOut();
  run.failUndo("pay", { retryable: false });
  run.verb({ type: "skip" });
  run.undone("reserve");
  expect(run.run.residue).toEqual([{ step: "pay", certainty: "possible" }]);
  late(run);
  expect(run.run.residue).toEqual([{ step: "pay", certainty: "possible" }]);
});

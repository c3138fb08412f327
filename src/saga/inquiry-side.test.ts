/** The worry: a worker that could have told is not asked, is believed too much, or its answer comes when nobody waits. */
import { describe, expect, test } from "vitest";
import { compensated, failure, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";
import type { Outcome } from "./input.ts";

const inquire = { retry: { jitter: 0 } };
const one = { jitter: 0, attempts: 1 };

/** `pay` may be asked whether it was done; one attempt, unless told otherwise. */
const workflowWith = (retry: object = one, more: object = {}) =>
  workflowOf([compensated("a"), compensated("pay", { retry, inquire, ...more }), compensated("c")]);

function atPay(workflow = workflowWith()): ScriptedRun {
  const run = new ScriptedRun(workflow);
  run.succeed("a");
  return run;
}

/** `pay` timed out, and its worker is asked. */
function asked(): ScriptedRun {
  const run = atPay();
  run.timeOut("pay");
  return run;
}

const done: Outcome = { outcome: "done", output: "paid", undo: { charge: 7 } };
const notDone: Outcome = { outcome: "not_done" };
const unknown: Outcome = { outcome: "unknown" };

const wentBack = ["StepInDoubt pay", "RunTurned step_failed", "RollbackBegan", "CompensationDispatched pay 1"];

describe("semantics 2: a step in doubt whose worker can be asked", () => {
  test("is asked first, when no retry is left", () => {
    const run = atPay(workflowWith({ jitter: 0, attempts: 2 }));
    expect(run.timeOut("pay")).toEqual(["AttemptTimedOut pay 1", "RetryScheduled pay"]);
    run.waitForTimer();
    expect(run.timeOut("pay")).toEqual(["AttemptTimedOut pay 2", "InquiryDispatched pay 1"]);
    expect([run.step("pay").state, run.status]).toEqual(["inquiring", "running"]);
    expect(run.sent.at(-1)).toEqual({ step: "pay", side: "inquire", attempt: 1 });
  });

  test("is not asked where nothing is in doubt", () => {
    const run = atPay();
    expect(run.fail("pay", { effect: "none" })).toContain("StepFailed pay");
    expect(run.sent.filter(({ side }) => side === "inquire")).toEqual([]);
  });

  test("is asked about the forward key, as of a step in doubt", () => {
    const run = asked();
    expect(payloadOf(run.workflow, run.run, "pay", "inquire")).toMatchObject({
      ok: true,
      payload: { worker: "pay", key: "u/pay", undoes: "u/pay", forward: { outcome: "in_doubt" }, timeoutMs: 30_000 },
    });
  });

  test("done: it succeeded, and what undoes it is known", () => {
    const run = asked();
    expect(run.inquired("pay", done)).toEqual([
      "InquiryAnswered pay 1 done",
      "StepSucceeded pay 1 inquiry",
      "StepDispatched c 1",
    ]);
    expect(run.step("pay")).toMatchObject({ state: "succeeded", output: "paid", undo: { charge: 7 } });
  });

  test("not_done: it failed, and there is nothing to undo", () => {
    expect(asked().inquired("pay", notDone)).toEqual([
      "InquiryAnswered pay 1 not_done",
      "StepFailed pay",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
  });

  test("unknown is never read as not_done", () => {
    expect(asked().inquired("pay", unknown)).toEqual(["InquiryAnswered pay 1 unknown", ...wentBack]);
  });

  test("done with an output that does not fit is in doubt", () => {
    const workflow = workflowOf([compensated("a"), compensated("pay", { retry: one, inquire })]);
    const fitting = { ...workflow, catalogue: new Map([["pay", { output: { type: "object" } }]]) } as never;
    const run = atPay(fitting);
    run.timeOut("pay");
    expect(run.inquired("pay", done)).toEqual(["InquiryAnswered pay 1 done", ...wentBack]);
  });

  test("silence is asked again by the inquiry's own policy, and then it is in doubt", () => {
    const run = asked();
    expect(run.timeOut("pay", "inquire")).toEqual(["AttemptTimedOut pay inquiry 1", "RetryScheduled pay inquiry"]);
    expect(run.waitForTimer()).toEqual(["InquiryDispatched pay 2"]);
    expect(run.answer("pay", "inquire", 2, failure())).toEqual([
      "AttemptFailed pay inquiry 2 possible",
      "RetryScheduled pay inquiry",
    ]);
    run.waitForTimer();
    expect(run.timeOut("pay", "inquire")).toEqual(["AttemptTimedOut pay inquiry 3", ...wentBack]);
  });

  test("an inquiry that fails for good is not asked again", () => {
    expect(asked().answer("pay", "inquire", 1, failure({ retryable: false }))).toEqual([
      "AttemptFailed pay inquiry 1 possible",
      ...wentBack,
    ]);
  });

  test("an inquiry waits for its time: neither sooner nor twice", () => {
    const run = asked();
    run.timeOut("pay", "inquire");
    const timer = { kind: "retry", step: "pay", side: "inquire" } as const;
    expect(run.give({ type: "timer", timer })).toEqual([]);
    run.now += 1000;
    expect(run.give({ type: "timer", timer })).toEqual(["InquiryDispatched pay 2"]);
    expect(run.give({ type: "timer", timer })).toEqual([]);
  });

  test("unknown, said late, leaves the question to the one that is asked now", () => {
    const run = asked();
    run.timeOut("pay", "inquire");
    expect(run.inquired("pay", unknown, 1)).toEqual(["InquiryAnswered pay 1 unknown"]);
    run.waitForTimer();
    expect(run.step("pay").state).toBe("inquiring");
    expect(run.inquired("pay", done, 2)).toContain("StepSucceeded pay 2 inquiry");
  });

  test("done, said late, settles it, and who is asked now is advised to stop", () => {
    const run = asked();
    run.timeOut("pay", "inquire");
    run.waitForTimer();
    expect(run.inquired("pay", done, 1)).toContain("StepSucceeded pay 1 inquiry");
    expect(run.recalled).toContainEqual({ step: "pay", side: "inquire", attempt: 2 });
    expect(run.inquired("pay", done, 2)).toEqual(["ResultRejected pay inquiry 2 superseded"]);
    expect(run.inquired("pay", done, 2)).toEqual([]);
  });

  test("done that does not fit, said late, leaves the question to the one that is asked now", () => {
    const fitting = { ...workflowWith(), catalogue: new Map([["pay", { output: { type: "object" } }]]) } as never;
    const run = atPay(fitting);
    run.timeOut("pay");
    run.timeOut("pay", "inquire");
    run.waitForTimer();
    expect(run.inquired("pay", done, 1)).toEqual(["InquiryAnswered pay 1 done"]);
    expect(run.inquired("pay", { outcome: "done", output: {} }, 2)).toContain("StepSucceeded pay 2 inquiry");
  });
});

describe("C3: the answer itself comes while its worker is asked", () => {
  test("a success is accepted, and the inquiry is taken back", () => {
    const run = asked();
    expect(run.succeed("pay", { attempt: 1 })).toEqual(["StepSucceeded pay 1", "StepDispatched c 1"]);
    expect(run.recalled).toEqual([{ step: "pay", side: "inquire", attempt: 1 }]);
    expect(run.withdraw("pay", "inquire")).toEqual(["AttemptWithdrawn pay inquiry 1"]);
    expect(run.run.out).toEqual([{ step: "c", side: "execute", attempt: 1, at: run.now }]);
  });

  test("a none of the last attempt in doubt ends the question", () => {
    expect(asked().fail("pay", { attempt: 1, effect: "none" })).toEqual([
      "AttemptFailed pay 1 none",
      "StepFailed pay",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
  });

  test("a none of one of two attempts in doubt does not", () => {
    const run = atPay(workflowWith({ jitter: 0, attempts: 2 }));
    run.timeOut("pay");
    run.waitForTimer();
    run.timeOut("pay");
    expect(run.fail("pay", { attempt: 1, effect: "none" })).toEqual(["AttemptFailed pay 1 none"]);
    expect(run.step("pay").state).toBe("inquiring");
    expect(run.fail("pay", { attempt: 2, scope: "key" })).toContain("StepFailed pay");
  });

  test("while the inquiry waits to be sent again", () => {
    const run = asked();
    run.timeOut("pay", "inquire");
    expect(run.succeed("pay", { attempt: 1 })).toContain("StepSucceeded pay 1");
    expect(run.run.waits).toEqual([]);
  });
});

describe("C4: an inquiry answers when the step has settled", () => {
  function backInDoubt(): ScriptedRun {
    const run = asked();
    run.timeOut("pay", "inquire");
    run.waitForTimer();
    run.answer("pay", "inquire", 2, failure({ retryable: false }));
    return run;
  }

  test("done: a late success; the next undo carries it", () => {
    const run = backInDoubt();
    expect(run.inquired("pay", done, 1)).toEqual(["InquiryAnswered pay 1 done", "LateSuccessRecorded pay 1 inquiry"]);
    run.failUndo("pay");
    run.waitForTimer();
    expect(payloadOf(run.workflow, run.run, "pay", "compensate")).toMatchObject({
      payload: { forward: { outcome: "succeeded", output: "paid" }, undo: { charge: 7 } },
    });
  });

  test("done after the undo found nothing is C5", () => {
    const run = backInDoubt();
    run.undone("pay", { found: false });
    expect(run.inquired("pay", done, 1)).toEqual([
      "InquiryAnswered pay 1 done",
      "LateSuccessRecorded pay 1 inquiry",
      "AnomalyRecorded pay undo 1 late_effect",
      "CompensationDispatched pay 2",
    ]);
  });

  test("not_done ends the doubt, and what is out is waited for", () => {
    const run = backInDoubt();
    expect(run.inquired("pay", notDone, 1)).toEqual(["InquiryAnswered pay 1 not_done", "StepFailed pay"]);
    expect(run.failUndo("pay")).toContain("CompensationUnneeded pay");
  });

  test("unknown says nothing new", () => {
    expect(backInDoubt().inquired("pay", unknown, 1)).toEqual(["ResultRejected pay inquiry 1 superseded"]);
  });

  test("done of a step that its worker had said failed is a broken promise, and is undone", () => {
    const run = asked();
    run.fail("pay", { attempt: 1, effect: "none" });
    expect(run.inquired("pay", done)).toEqual([
      "InquiryAnswered pay 1 done",
      "AnomalyRecorded pay inquiry 1 broken_promise",
      "LateSuccessRecorded pay 1 inquiry",
      "CompensationDispatched pay 1",
    ]);
  });

  test("not_done of a step that is known to be done is a contradiction, until it was undone", () => {
    const run = asked();
    run.timeOut("pay", "inquire");
    run.succeed("pay", { attempt: 1 });
    const later = run.fork();
    expect(run.inquired("pay", notDone, 1)).toEqual([
      "AnomalyRecorded pay inquiry 1 contradiction",
      "ResultRejected pay inquiry 1 superseded",
    ]);
    later.fail("c", { effect: "none", retryable: false });
    expect(later.inquired("pay", notDone, 1)).toEqual(["ResultRejected pay inquiry 1 superseded"]);
  });
});

describe("C8: a run that drains asks, and sends nothing else", () => {
  test("a step between two attempts is asked about at once", () => {
    const run = atPay(workflowWith({ jitter: 0 }));
    run.timeOut("pay");
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled", "InquiryDispatched pay 1"]);
    expect(run.status).toBe("cancelling");
    expect(run.inquired("pay", notDone)).toEqual([
      "InquiryAnswered pay 1 not_done",
      "StepFailed pay",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
  });

  test("a question that is out goes on, and its answer decides what is undone", () => {
    const run = asked();
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled"]);
    expect(run.recalled).toEqual([]);
    run.timeOut("pay", "inquire");
    run.waitForTimer();
    expect(run.inquired("pay", done).at(-1)).toBe("CompensationDispatched pay 1");
    expect(run.step("pay").state).toBe("succeeded");
  });

  test("the grace over, it is asked about", () => {
    const run = atPay(workflowWith(one, { timeout: 3_600_000 }));
    run.take("pay");
    run.cancel();
    expect(run.waitForTimer()).toEqual(["AttemptTimedOut pay 1", "InquiryDispatched pay 1"]);
    expect(run.now).toBe(1_030_000);
  });
});

describe("C6: the same answer to a question twice", () => {
  test.each([
    ["done", done],
    ["not_done", notDone],
    ["unknown", unknown],
    ["failed", failure()],
  ])("%s counts once", (_, outcome) => {
    const run = asked();
    expect(run.inquired("pay", outcome, 1)).not.toEqual([]);
    expect(run.inquired("pay", outcome, 1)).toEqual([]);
  });

  test.each([
    ["unknown", unknown],
    ["a failure", failure({ retryable: false })],
  ])("%s, and then the same question brings more to light: done", (_, first) => {
    const run = asked();
    run.inquired("pay", first);
    expect(run.step("pay").state).toBe("in_doubt");
    expect(run.inquired("pay", done)).toEqual(["InquiryAnswered pay 1 done", "LateSuccessRecorded pay 1 inquiry"]);
    expect(run.inquired("pay", done)).toEqual([]);
  });

  test("unknown, and then the same question brings more to light: not_done", () => {
    const run = asked();
    run.inquired("pay", unknown);
    expect(run.inquired("pay", notDone)).toEqual(["InquiryAnswered pay 1 not_done", "StepFailed pay"]);
    expect(run.inquired("pay", notDone)).toEqual([]);
    expect(run.inquired("pay", unknown)).toEqual([]);
  });

  test("not_done, and then done of the same question, is a broken promise, and is undone", () => {
    const run = asked();
    run.inquired("pay", notDone);
    expect(run.inquired("pay", done)).toEqual([
      "InquiryAnswered pay 1 done",
      "AnomalyRecorded pay inquiry 1 broken_promise",
      "LateSuccessRecorded pay 1 inquiry",
      "CompensationDispatched pay 1",
    ]);
    expect(run.inquired("pay", notDone)).toEqual([]);
  });

  test("an answer to a question that was never asked, or that no question has, is nothing", () => {
    const run = asked();
    expect(run.inquired("pay", done, 2)).toEqual([]);
    expect(run.inquired("a", done, 1)).toEqual([]);
    expect(run.inquired("pay", { outcome: "succeeded", output: 1 }, 1)).toEqual([]);
    expect(run.inquired("pay", { outcome: "compensated", found: true }, 1)).toEqual([]);
  });
});

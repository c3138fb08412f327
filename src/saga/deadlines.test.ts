/** The worry: a run that nobody waits for any more goes on for ever, or a clock ends what it must not. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import { expiresAt } from "./timers.ts";

const start = 1_000_000;
const once = { jitter: 0, attempts: 1 };

const inTime = (more: object, b: object = {}) => workflowOf([compensated("a"), compensated("b", b)], undefined, more);

function atB(more: object = {}, b: object = {}): ScriptedRun {
  const run = new ScriptedRun(inTime(more, b));
  run.succeed("a");
  return run;
}

/** At step `b`, which has these times of its own. */
const withTimes = (b: object) => atB({}, b);

const deadline = { type: "timer", timer: { kind: "deadline" } } as const;

describe("C16: the workflow's deadline", () => {
  test("runs from the start, and turns the run like a cancel", () => {
    const run = atB({ deadline: 60_000 }, { timeout: 600_000 });
    run.take("b");
    expect(run.nextTimer()?.dueAt).toBe(start + 60_000);
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "RunTurned deadline"]);
    expect(run.recalled).toEqual([{ step: "b", side: "execute", attempt: 1 }]);
    expect([run.status, run.run.cause]).toEqual(["cancelling", "deadline"]);
    expect(run.nextTimer()?.dueAt).toBe(start + 90_000);
    expect(run.waitForTimer()).toEqual([
      "AttemptTimedOut b 1",
      "StepInDoubt b",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
    run.undone("b");
    run.undone("a");
    expect(run.recorded.at(-1)).toEqual({ type: "RunCompensated", cause: "deadline" });
  });

  test("is not over before its time, and is over once", () => {
    const run = atB({ deadline: 60_000 });
    run.now = start + 59_999;
    expect(run.give(deadline)).toEqual([]);
    run.now += 1;
    expect(run.give(deadline)).toEqual(["DeadlinePassed run", "RunTurned deadline"]);
    expect(run.give(deadline)).toEqual([]);
  });

  test("is none where none is declared", () => {
    const run = atB();
    run.now += 1e12;
    expect(run.give(deadline)).toEqual([]);
    expect(run.nextTimer()).toBeUndefined();
  });

  test("is removed when the run leaves forward", () => {
    const run = atB({ deadline: 60_000 });
    run.cancel();
    expect(run.nextTimer()?.timer).toMatchObject({ kind: "timeout" });
    run.now += 60_000;
    expect(run.give(deadline)).toEqual([]);
    const done = atB({ deadline: 60_000 });
    done.succeed("b");
    expect(done.nextTimer()).toBeUndefined();
  });

  test("runs while the run waits for its place, which then sends nothing", () => {
    const run = new ScriptedRun(inTime({ deadline: 60_000 }), {}, { limitKey: "k", holder: "other" });
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "RunTurned deadline", "RollbackBegan", "RunCompensated"]);
    expect(run.sent).toEqual([]);
  });

  test("runs while the run is suspended", () => {
    const run = atB({ deadline: 60_000 });
    run.verb({ type: "suspend" });
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "RunTurned deadline"]);
    expect(run.status).toBe("suspended");
  });

  test("in a run that is blocked it acts like a cancel, and closes the incident", () => {
    const run = atB({ deadline: 60_000, onFailure: "incident" });
    run.fail("b", { effect: "none", retryable: false });
    expect(run.waitForTimer()).toEqual([
      "DeadlinePassed run",
      "RunTurned deadline",
      "IncidentClosed turn",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
  });

  test("onDeadline: incident turns nothing: it tells an operator, who may cancel", () => {
    const run = atB({ deadline: 60_000, onDeadline: "incident" }, { timeout: 600_000 });
    run.take("b");
    expect(run.waitForTimer()).toEqual(["DeadlinePassed run", "IncidentOpened overdue"]);
    expect([run.status, run.recalled]).toEqual(["running", []]);
    const done = run.fork();
    expect(done.succeed("b")).toEqual(["StepSucceeded b 1", "IncidentClosed end", "RunCompleted"]);
    run.cancel();
    run.fail("b", { effect: "none" });
    expect(run.undone("a")).toEqual(["StepCompensated a 1 found", "IncidentClosed end", "RunCompensated"]);
    expect(run.run.cause).toBe("cancelled");
  });

  test("a cancel after it says that it changes nothing", () => {
    const run = atB({ deadline: 60_000 }, { timeout: 600_000 });
    run.take("b");
    run.waitForTimer();
    expect(run.verb({ type: "cancel" })).toEqual([]);
    expect([run.decision?.kind, run.run.cause]).toEqual(["nothing", "deadline"]);
  });

  test("goes on from the start after a restart", () => {
    const run = atB({ deadline: 60_000 });
    run.now += 50_000;
    run.restart();
    expect(run.nextTimer()?.dueAt).toBe(start + 60_000);
  });
});

describe("C16: compensationDeadline", () => {
  test("runs from the turn, tells an operator, stops nothing, and its incident closes at the end", () => {
    const run = atB({ compensationDeadline: 10_000 });
    run.now += 5000;
    run.fail("b", { effect: "none", retryable: false });
    expect(run.nextTimer()?.dueAt).toBe(start + 15_000);
    expect(run.waitForTimer()).toEqual(["DeadlinePassed rollback", "IncidentOpened overdue"]);
    expect([run.status, run.incidents]).toEqual(["compensating", ["overdue"]]);
    expect(run.nextTimer()).toBeUndefined();
    expect(run.undone("a")).toEqual(["StepCompensated a 1 found", "IncidentClosed end", "RunCompensated"]);
  });

  test("runs beside the wait for an operator and while suspended", () => {
    const run = atB({ compensationDeadline: 10_000 });
    run.fail("b", { effect: "none", retryable: false });
    run.failUndo("a", { retryable: false });
    run.verb({ type: "suspend" });
    expect(run.waitForTimer()).toEqual(["DeadlinePassed rollback", "IncidentOpened overdue"]);
    expect(run.incidents).toEqual(["compensation a", "overdue"]);
    run.verb({ type: "resume" });
    expect(run.verb({ type: "resolve" })).toEqual([
      "CompensationResolved a",
      "IncidentClosed operator",
      "IncidentClosed end",
      "RunCompensated",
    ]);
  });

  test("a run that ends in time has no timer left", () => {
    const run = atB({ compensationDeadline: 10_000 });
    run.fail("b", { effect: "none", retryable: false });
    run.undone("a");
    expect(run.nextTimer()).toBeUndefined();
    run.now += 10_000;
    expect(run.give(deadline)).toEqual([]);
  });
});

describe("C8: cancelGrace", () => {
  test("is how long a step that is asked to stop may go on", () => {
    const run = atB({ cancelGrace: 5000 }, { timeout: 600_000 });
    run.take("b");
    run.now += 1000;
    run.cancel();
    expect(run.nextTimer()?.dueAt).toBe(start + 6000);
  });

  test("is granted when the deadline turns the run too, and to nothing where a step failed", () => {
    const late = atB({ cancelGrace: 5000, deadline: 60_000 }, { timeout: 600_000 });
    late.take("b");
    late.waitForTimer();
    expect(late.nextTimer()?.dueAt).toBe(start + 65_000);
  });
});

describe("semantics 2: scheduleToStart", () => {
  test("ends an attempt that nobody took; it is in doubt, and tried again", () => {
    const run = withTimes({ scheduleToStart: 5000, retry: { jitter: 0 } });
    expect(run.nextTimer()?.dueAt).toBe(start + 5000);
    expect(run.waitForTimer()).toEqual(["AttemptTimedOut b 1", "RetryScheduled b"]);
    expect(run.step("b").attempts).toEqual(["unanswered"]);
  });

  test("is over once a worker took it", () => {
    const run = withTimes({ scheduleToStart: 5000 });
    run.now += 4000;
    run.take("b");
    expect(run.nextTimer()?.dueAt).toBe(start + 34_000);
  });

  test("an attempt whose withdrawal the bus confirms had no effect", () => {
    const run = withTimes({ scheduleToStart: 5000, retry: once });
    expect(run.withdraw("b")).toContain("StepFailed b");
  });

  test("is what the command says of how long it may be taken", () => {
    const run = withTimes({ scheduleToStart: 5000, stepDeadline: 60_000 });
    const command = { step: "b", side: "execute", attempt: 1 } as const;
    expect(expiresAt(run.workflow, run.run, command)).toBe(start + 5000);
    expect(expiresAt(run.workflow, run.run, { ...command, side: "compensate" })).toBeUndefined();
    const other = withTimes({ stepDeadline: 3000 });
    expect(expiresAt(other.workflow, other.run, command)).toBe(start + 3000);
  });
});

describe("semantics 2: stepDeadline", () => {
  test("ends the attempt that is out, and leaves no retry", () => {
    const run = withTimes({ stepDeadline: 10_000, retry: { jitter: 0, attempts: 9 } });
    run.take("b");
    expect(run.nextTimer()?.dueAt).toBe(start + 10_000);
    expect(run.waitForTimer()).toEqual([
      "AttemptTimedOut b 1",
      "StepInDoubt b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
  });

  test("ends one that nobody took too", () => {
    const run = withTimes({ stepDeadline: 10_000 });
    expect(run.waitForTimer()).toContain("StepInDoubt b");
  });

  test("ends the wait between two attempts", () => {
    const run = withTimes({ stepDeadline: 10_000, retry: { jitter: 0, initial: 60_000, max: 60_000 } });
    run.fail("b", { effect: "none" });
    expect(run.nextTimer()).toMatchObject({ dueAt: start + 10_000, timer: { kind: "retry" } });
    expect(run.waitForTimer()).toContain("StepFailed b");
  });

  test("a wait that ends in time is followed by another attempt, under the same deadline", () => {
    const run = withTimes({ stepDeadline: 10_000, retry: { jitter: 0, initial: 6000, factor: 1 } });
    run.fail("b", { effect: "none" });
    expect(run.waitForTimer()).toEqual(["StepDispatched b 2"]);
    expect(run.nextTimer()?.dueAt).toBe(start + 10_000);
    expect(run.waitForTimer()).toContain("StepInDoubt b");
  });

  test("a failure after it is not tried again", () => {
    const run = withTimes({ stepDeadline: 10_000, retry: { jitter: 0, attempts: 9 } });
    run.now += 10_000;
    expect(run.fail("b", { effect: "none" })).toContain("StepFailed b");
  });

  test("a failure before it is tried again", () => {
    const run = withTimes({ stepDeadline: 10_000, retry: { jitter: 0, attempts: 9 } });
    run.now += 5000;
    expect(run.fail("b", { effect: "none" })).toContain("RetryScheduled b");
  });

  test("its worker is asked when it is over", () => {
    const run = withTimes({ stepDeadline: 10_000, inquire: {} });
    run.take("b");
    expect(run.waitForTimer()).toEqual(["AttemptTimedOut b 1", "InquiryDispatched b 1"]);
    expect(run.nextTimer()).toBeUndefined();
  });

  test("runs while the run is suspended", () => {
    const run = withTimes({ stepDeadline: 10_000, retry: { jitter: 0 } });
    run.fail("b", { effect: "none" });
    run.verb({ type: "suspend" });
    expect(run.nextTimer()?.dueAt).toBe(start + 10_000);
    expect(run.waitForTimer()).toContain("StepFailed b");
  });
});

describe("C27: a heartbeat that is missed", () => {
  const beating = (more: object = {}) => withTimes({ heartbeat: 5000, timeout: 60_000, retry: { jitter: 0 }, ...more });

  test("ends the attempt like its timeout, with its outcome unknown; and it is tried again", () => {
    const run = beating();
    run.take("b");
    expect(run.nextTimer()?.dueAt).toBe(start + 5000);
    expect(run.waitForTimer()).toEqual(["AttemptTimedOut b 1", "RetryScheduled b"]);
    expect(run.step("b").attempts).toEqual(["unanswered"]);
  });

  test("each sign of life grants another wait, up to the timeout", () => {
    const run = beating();
    run.take("b");
    run.now += 4000;
    run.beat("b");
    expect(run.nextTimer()?.dueAt).toBe(start + 9000);
    run.now = start + 58_000;
    run.beat("b");
    expect(run.nextTimer()?.dueAt).toBe(start + 60_000);
  });

  test("a timer that was set before a sign of life does nothing", () => {
    const run = beating();
    run.take("b");
    const before = run.nextTimer();
    run.now += 4000;
    run.beat("b");
    run.now += 1000;
    const timer = { ...before?.timer, heardAt: start + 4000 } as never;
    expect(run.give({ type: "timer", timer })).toEqual([]);
  });

  test("the old worker may go on, and its success counts: C3", () => {
    const run = beating();
    run.take("b");
    run.waitForTimer();
    run.waitForTimer();
    expect(run.succeed("b", { attempt: 1 })).toEqual(["StepSucceeded b 1", "RunCompleted"]);
  });

  test("a command that nobody took owes none; nor does an undo or an inquiry", () => {
    const run = beating({ retry: once, inquire: { timeout: 60_000 } });
    expect(run.nextTimer()).toBeUndefined();
    run.timeOut("b");
    run.take("b", "inquire");
    expect(run.nextTimer()?.dueAt).toBe(run.now + 60_000);
    run.inquired("b", { outcome: "unknown" });
    run.take("b", "compensate");
    expect(run.nextTimer()?.dueAt).toBe(run.now + 30_000);
  });

  test("after a restart of the engine its clock begins again", () => {
    const run = beating();
    run.take("b");
    run.now += 4000;
    run.beat("b");
    run.now += 3000;
    run.restart();
    expect(run.nextTimer()?.dueAt).toBe(start + 12_000);
  });
});

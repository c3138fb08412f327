/** The worry: an operator's word, a restart or a late message finds the run in a state that nobody thought of. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { decide } from "./decide.ts";
import { emptyRun, foldRun } from "./evolve.ts";

function atB(): ScriptedRun {
  const run = new ScriptedRun(sequenceOf("a", "b"));
  run.succeed("a");
  return run;
}

const b1 = { step: "b", side: "execute", attempt: 1 } as const;
const undoOfA = { step: "a", side: "compensate", attempt: 1 } as const;

describe("C8: cancel while a step is open", () => {
  test("the command is taken back where nobody took it, and has had no effect", () => {
    const run = atB();
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled"]);
    expect(run.recalled).toEqual([b1]);
    expect(run.status).toBe("cancelling");
    expect(run.withdraw("b")).toEqual([
      "AttemptWithdrawn b 1",
      "StepFailed b",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
    run.undone("a");
    expect(run.recorded.at(-1)).toEqual({ type: "RunCompensated", cause: "cancelled" });
  });

  test.each([
    ["a success is undone", (run: ScriptedRun) => run.succeed("b"), "CompensationDispatched b 1"],
    ["a possible effect is undone", (run: ScriptedRun) => run.fail("b"), "CompensationDispatched b 1"],
    [
      "of none there is nothing to undo",
      (run: ScriptedRun) => run.fail("b", { effect: "none" }),
      "CompensationDispatched a 1",
    ],
  ])("one that is taken may answer in its grace: %s, and nothing is tried again", (_, answer, last) => {
    const run = atB();
    run.take("b");
    run.cancel();
    expect(answer(run).at(-1)).toBe(last);
    expect(run.status).toBe("compensating");
  });

  test("when its grace is over it is in doubt, taken or not", () => {
    const workflow = workflowOf([compensated("a"), compensated("b", { timeout: 3_600_000 })]);
    const taken = new ScriptedRun(workflow);
    taken.succeed("a");
    const waiting = taken.fork();
    taken.take("b");
    for (const run of [taken, waiting]) {
      run.now += 10_000;
      run.cancel();
      expect(run.nextTimer()?.dueAt).toBe(run.now + 30_000);
      expect(run.waitForTimer()).toEqual([
        "AttemptTimedOut b 1",
        "StepInDoubt b",
        "RollbackBegan",
        "CompensationDispatched b 1",
      ]);
    }
  });

  test("its own timeout ends it where that is sooner than its grace", () => {
    const run = atB();
    run.take("b");
    run.now += 20_000;
    run.cancel();
    expect(run.nextTimer()?.dueAt).toBe(run.now + 10_000);
  });

  test("an undo has no grace: its own timeout runs", () => {
    const run = new ScriptedRun(
      workflowOf([compensated("a", { compensation: { worker: "x", timeout: 600_000 } }), compensated("b")]),
    );
    run.succeed("a");
    run.cancel();
    run.withdraw("b");
    run.take("a", "compensate");
    expect(run.nextTimer()?.dueAt).toBe(run.now + 600_000);
  });

  test("between two attempts the step settles at once", () => {
    const run = atB();
    run.timeOut("b");
    expect(run.cancel()).toEqual([
      "CancelRequested",
      "RunTurned cancelled",
      "StepInDoubt b",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
    expect(run.nextTimer()).toBeUndefined();
  });

  test("steps not begun are not run", () => {
    const run = new ScriptedRun(sequenceOf("a", "b", "c"));
    run.cancel();
    expect(run.run.steps.map((step) => step?.state)).toEqual(["dispatched", "not_run", "not_run"]);
    run.withdraw("a");
    expect(run.status).toBe("compensated");
  });

  test("another cancel changes nothing and says so; after the end it is refused", () => {
    const run = atB();
    run.cancel();
    expect(run.cancel()).toEqual([]);
    expect(run.decision).toMatchObject({ kind: "nothing" });
    run.withdraw("b");
    expect(run.cancel()).toEqual([]);
    expect(run.decision).toMatchObject({ kind: "nothing" });
    run.undone("a");
    expect(run.cancel()).toEqual([]);
    expect(run.decision).toMatchObject({ kind: "refused", code: "run_closed" });
  });

  test("a success that comes after the grace is late", () => {
    const run = atB();
    run.take("b");
    run.cancel();
    run.waitForTimer();
    expect(run.succeed("b")).toEqual(["LateSuccessRecorded b 1"]);
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
  });
});

describe("abandon", () => {
  test("what is done and what may be is residue; plain steps are named", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "b" }, compensated("c"), compensated("d")]));
    run.succeed("a");
    run.succeed("b");
    run.take("c");
    expect(run.abandon()).toEqual(["RunAbandoned", "RunFailed"]);
    expect(run.recorded.at(-1)).toEqual({
      type: "RunFailed",
      cause: "abandoned",
      residue: [
        { step: "a", certainty: "done" },
        { step: "c", certainty: "possible" },
      ],
      undeclared: ["b"],
    });
    expect(run.status).toBe("failed");
    expect(run.undo("a")?.state).toBe("skipped");
    expect(run.recalled).toEqual([{ step: "c", side: "execute", attempt: 1 }]);
  });

  test("a command that nobody took is no residue, and a run without residue is compensated", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    expect(run.abandon({ step: "a", side: "execute", attempt: 1 })).toEqual([
      "AttemptWithdrawn a 1",
      "RunAbandoned",
      "RunCompensated",
    ]);
    expect(run.run.cause).toBe("abandoned");
  });

  test("doubt of an earlier attempt stays, though the last one was taken back", () => {
    const run = atB();
    run.timeOut("b");
    run.waitForTimer();
    run.abandon({ step: "b", side: "execute", attempt: 2 });
    expect(run.run.residue).toContainEqual({ step: "b", certainty: "possible" });
  });

  test("between two attempts the doubt is residue, and no retry is sent", () => {
    const run = atB();
    run.timeOut("b");
    run.abandon();
    expect(run.run.residue).toContainEqual({ step: "b", certainty: "possible" });
    expect(run.nextTimer()).toBeUndefined();
    expect(run.give({ type: "timer", timer: { kind: "retry", step: "b", side: "execute" } })).toEqual([]);
  });

  test.each([
    ["out, which may be done", "possible", () => []],
    ["in doubt after silence", "possible", (run: ScriptedRun) => run.timeOut("a", "compensate")],
    ["in doubt after a failure", "possible", (run: ScriptedRun) => run.failUndo("a")],
    ["known as none", "done", (run: ScriptedRun) => run.failUndo("a", { effect: "none" })],
    [
      "out a second time",
      "possible",
      (run: ScriptedRun) => run.failUndo("a", { effect: "none" }) && run.waitForTimer(),
    ],
  ])("an effect whose undo is %s is %s", (_, certainty, goOn) => {
    const run = atB();
    run.fail("b", { effect: "none", retryable: false });
    goOn(run);
    run.abandon();
    expect(run.run.residue).toEqual([{ step: "a", certainty }]);
  });

  test("an effect whose undo nobody took is done", () => {
    const run = atB();
    run.fail("b", { effect: "none", retryable: false });
    run.abandon(undoOfA);
    expect(run.run.residue).toEqual([{ step: "a", certainty: "done" }]);
  });

  test("an effect is only possible, where an undo answered that was unneeded, and the effect came to light", () => {
    const run = atB();
    run.fail("b", { retryable: false });
    run.failUndo("b", { retryable: false });
    run.fail("b", { attempt: 1, scope: "key" });
    expect(run.undo("b")?.state).toBe("unneeded");
    expect(run.undone("b")).toEqual(["ResultRejected b undo 1 settled"]);
    expect(run.undone("b")).toEqual([]);
    expect(run.succeed("b", { attempt: 1 })).toContain("CompensationDispatched b 2");
    run.abandon({ step: "b", side: "compensate", attempt: 2 });
    expect(run.run.residue).toContainEqual({ step: "b", certainty: "possible" });
  });

  test("what was undone is no residue, and the first cause stays", () => {
    const run = atB();
    run.fail("b", { retryable: false });
    run.undone("b");
    run.abandon();
    expect(run.recorded.at(-1)).toEqual({
      type: "RunFailed",
      cause: "step_failed",
      residue: [{ step: "a", certainty: "possible" }],
    });
  });

  test("it closes the incidents of a blocked run", () => {
    const run = atB();
    run.fail("b", { retryable: false });
    run.failUndo("b", { retryable: false });
    expect(run.abandon()).toEqual(["RunAbandoned", "IncidentClosed abandon", "RunFailed"]);
    expect(run.run.incidents).toEqual([]);
  });

  test("answers that come later are kept, and nothing follows from them", () => {
    const run = atB();
    run.take("b");
    run.abandon();
    expect(run.succeed("b")).toEqual(["ResultRejected b 1 abandoned"]);
    expect(run.succeed("b")).toEqual([]);
    expect(run.status).toBe("failed");
    const undoing = atB();
    undoing.fail("b", { effect: "none", retryable: false });
    undoing.abandon();
    expect(undoing.undone("a")).toEqual(["ResultRejected a undo 1 abandoned"]);
    expect(undoing.sent.at(-1)).toEqual(undoOfA);
  });

  test("an ended run refuses it", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    run.succeed("a");
    run.abandon();
    expect(run.decision).toMatchObject({ kind: "refused", code: "run_closed" });
  });
});

describe("verbs carry the version that they expect", () => {
  test("another version is refused, so that two operators cannot collide", () => {
    const run = atB();
    const version = run.run.version;
    run.cancel(version - 1);
    expect(run.decision).toMatchObject({ kind: "refused", code: "version_conflict" });
    expect(run.cancel(version)).toContain("CancelRequested");
  });

  test("who and why are recorded", () => {
    const run = atB();
    run.give({ type: "cancel", actor: "ann", reason: "wrong order" });
    expect(run.recorded).toContainEqual({ type: "CancelRequested", actor: "ann", reason: "wrong order" });
  });
});

describe("C17: the definition changes while a run is open", () => {
  test("a run is not folded with another definition than its own", () => {
    const run = atB();
    expect(() => foldRun(sequenceOf("a", "b", "c"), run.transitions)).toThrow("the definition that it keeps");
  });
});

describe("C18: a crash of the engine anywhere", () => {
  const scenes: Record<string, readonly ((run: ScriptedRun) => readonly string[])[]> = {
    "to the end": [(run) => run.succeed("a"), (run) => run.succeed("b")],
    "back after doubt": [
      (run) => run.succeed("a"),
      (run) => run.timeOut("b"),
      (run) => run.waitForTimer(),
      (run) => run.fail("b", { retryable: false }),
      (run) => run.succeed("b", { attempt: 1 }),
      (run) => run.undone("b", { found: false }),
      (run) => run.failUndo("b"),
      (run) => run.waitForTimer(),
      (run) => run.undone("b"),
      (run) => run.undone("a"),
    ],
    "cancelled, blocked, abandoned": [
      (run) => run.succeed("a"),
      (run) => run.cancel(),
      (run) => run.withdraw("b"),
      (run) => run.failUndo("a", { retryable: false }),
      (run) => run.abandon(),
      (run) => run.undone("a"),
    ],
  };

  test.each(Object.entries(scenes))("a run goes on as if nothing had happened: %s", (_, scene) => {
    for (let crash = 0; crash <= scene.length; crash++) {
      const run = new ScriptedRun(sequenceOf("a", "b"));
      const calm = new ScriptedRun(sequenceOf("a", "b"));
      scene.forEach((act, place) => {
        if (place === crash) run.restart();
        expect(act(run)).toEqual(act(calm));
      });
      expect(run.run).toEqual(calm.run);
    }
  });

  test("the clock of an open attempt starts again", () => {
    const run = atB();
    run.take("b");
    run.now += 29_000;
    run.restart();
    expect(run.nextTimer()?.dueAt).toBe(run.now + 30_000);
  });

  test("a copy that is folded on leaves the first as it was", () => {
    const run = atB();
    const fork = run.fork();
    const before = JSON.stringify(run.run);
    fork.fail("b", { retryable: false });
    fork.failUndo("b");
    fork.abandon();
    expect(JSON.stringify(run.run)).toBe(before);
  });
});

describe("C20: what does not fit", () => {
  const workflow = workflowOf([compensated("a"), compensated("b", { input: { id: { $: "steps.a.output.id" } } })]);

  test("a step whose mapping fails had no effect, and nothing is sent", () => {
    const run = new ScriptedRun(workflow);
    expect(run.succeed("a", { output: {} })).toEqual([
      "StepSucceeded a 1",
      "StepFailed b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
    expect(run.step("b")).toMatchObject({ attempts: [], error: { code: "reference_missing" } });
  });

  test("so has one whose expression has no value", () => {
    const computing = workflowOf([compensated("a"), compensated("b", { input: { $cel: "1 / steps.a.output" } })]);
    const run = new ScriptedRun(computing);
    expect(run.succeed("a", { output: 0 })).toContain("StepFailed b");
    expect(run.step("b")).toMatchObject({ attempts: [], error: { code: "expression_number" } });
    expect(new ScriptedRun(computing).succeed("a", { output: 4 })).toContain("StepDispatched b 1");
  });

  test("with a mapping that fits it is sent", () => {
    const run = new ScriptedRun(workflow);
    expect(run.succeed("a", { output: { id: 7 } })).toEqual(["StepSucceeded a 1", "StepDispatched b 1"]);
  });

  test("the first step may be the one", () => {
    const run = new ScriptedRun(workflowOf([compensated("a", { input: { $: "input.missing" } })]));
    expect(run.status).toBe("compensated");
    expect(run.recorded.map(({ type }) => type)).toEqual([
      "RunStarted",
      "StepFailed",
      "RunTurned",
      "RollbackBegan",
      "RunCompensated",
    ]);
  });
});

describe("decide", () => {
  test("starts a run with its first command", () => {
    const workflow = sequenceOf("a");
    const decision = decide(workflow, emptyRun(workflow), { type: "start", id: "r", uid: "u", input: 1 }, 5);
    expect(decision).toMatchObject({ kind: "events", events: [{ type: "RunStarted" }, { type: "StepDispatched" }] });
  });

  test("completes a run with the output that its mapping gives, or null", () => {
    const mapped = new ScriptedRun(workflowOf([{ step: "a" }], { got: { $: "steps.a.output" } }));
    mapped.succeed("a", { output: 7 });
    expect(mapped.run.output).toEqual({ got: 7 });
    const bare = new ScriptedRun(workflowOf([{ step: "a" }]));
    bare.succeed("a", { output: 7 });
    expect(bare.run.output).toBeNull();
  });

  test("a run that completed has discarded its compensations, and late answers change nothing", () => {
    const run = atB();
    run.timeOut("b");
    run.waitForTimer();
    run.succeed("b", { attempt: 1 });
    expect(run.undo("a")?.state).toBe("discarded");
    expect(run.succeed("b", { attempt: 2 })).toEqual(["ResultRejected b 2 superseded"]);
    expect(run.status).toBe("completed");
  });
});

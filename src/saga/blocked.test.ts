/** The worry: a compensation that fails for ever stops all the others, or the mended one ends in the wrong word. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";

/** `c` failed without effect, and the undo of `b` is blocked, with `possible` left by its one attempt unless told otherwise. */
function blocked(effect: "none" | "possible" = "possible"): ScriptedRun {
  const run = new ScriptedRun(sequenceOf("a", "b", "c"));
  run.succeed("a");
  run.succeed("b");
  run.fail("c", { effect: "none", retryable: false });
  run.failUndo("b", { retryable: false, effect });
  return run;
}

describe("C7: a compensation that keeps failing", () => {
  test("has its own policy, twelve attempts, and then an incident", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    for (let attempt = 1; attempt < 12; attempt++) {
      expect(run.failUndo("a")).toContain("RetryScheduled a undo");
      run.waitForTimer();
    }
    expect(run.failUndo("a")).toEqual(["AttemptFailed a undo 12 possible", "IncidentOpened a compensation"]);
    expect([run.status, run.nextTimer()]).toEqual(["blocked", undefined]);
  });

  test("what depends on it waits", () => {
    const run = blocked();
    expect([run.status, run.undo("a")?.state, run.incidents]).toEqual(["blocked", "armed", ["compensation b"]]);
  });

  test("retry gives it the whole policy again, and the rest goes on in reverse order", () => {
    const run = blocked();
    expect(run.verb({ type: "retry" })).toEqual([
      "CompensationRetried b",
      "IncidentClosed operator",
      "CompensationDispatched b 2",
    ]);
    for (let attempt = 2; attempt < 13; attempt++) {
      run.failUndo("b");
      run.waitForTimer();
    }
    expect(run.undone("b")).toEqual(["StepCompensated b 13 found", "CompensationDispatched a 1"]);
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("retry with an edited input sends that, under the same key, to every attempt that follows", () => {
    const run = blocked();
    run.verb({ type: "retry", input: { charge: 8 } });
    const payload = payloadOf(run.workflow, run.run, "b", "compensate");
    expect(payload).toMatchObject({ payload: { input: { charge: 8 }, key: "u/b!undo", undoes: "u/b" } });
    run.failUndo("b");
    run.waitForTimer();
    expect(payloadOf(run.workflow, run.run, "b", "compensate")).toEqual(payload);
    expect(run.recorded).toContainEqual(expect.objectContaining({ type: "CompensationRetried", input: { charge: 8 } }));
  });

  test("resolve counts as undone: the rest goes on, and the run is compensated", () => {
    const run = blocked();
    expect(run.verb({ type: "resolve" })).toEqual([
      "CompensationResolved b",
      "IncidentClosed operator",
      "CompensationDispatched a 1",
    ]);
    run.undone("a");
    expect([run.status, run.run.residue]).toEqual(["compensated", []]);
  });

  test.each([
    ["none", "done"],
    ["possible", "possible"],
  ] as const)("skip after %s leaves it as residue, %s, and the rest goes on", (effect, certainty) => {
    const run = blocked(effect);
    expect(run.verb({ type: "skip" })).toEqual([
      "CompensationSkipped b",
      "IncidentClosed operator",
      "CompensationDispatched a 1",
    ]);
    run.undone("a");
    expect(run.recorded.at(-1)).toEqual({
      type: "RunFailed",
      cause: "step_failed",
      residue: [{ step: "b", certainty }],
    });
  });

  test("blocked again after its retry, it asks again", () => {
    const run = blocked();
    run.verb({ type: "retry" });
    expect(run.failUndo("b", { retryable: false })).toEqual([
      "AttemptFailed b undo 2 possible",
      "IncidentOpened b compensation",
    ]);
    expect(run.run.incidents).toMatchObject([{ number: 2 }]);
  });

  test("a late answer of the blocked attempt closes the incident", () => {
    const run = blocked();
    expect(run.undone("b", { attempt: 1 })).toEqual([
      "IncidentClosed late_result",
      "StepCompensated b 1 found",
      "CompensationDispatched a 1",
    ]);
  });

  test("a late answer of the first attempt settles it while the operator's is out, which is taken back", () => {
    const run = blocked();
    run.verb({ type: "retry" });
    expect(run.undone("b", { attempt: 1 })).toContain("StepCompensated b 1 found");
    expect(run.recalled).toContainEqual({ step: "b", side: "compensate", attempt: 2 });
  });

  test("two in a row are answered one after the other, and the word names what is left", () => {
    const run = blocked("none");
    run.verb({ type: "skip" });
    run.failUndo("a", { retryable: false, effect: "none" });
    expect(run.incidents).toEqual(["compensation a"]);
    run.verb({ type: "skip", step: "a" });
    expect(run.run.residue.map(({ step }) => step)).toEqual(["a", "b"]);
  });
});

describe("C26: a late answer against the operator's word of an undo", () => {
  test.each(["resolve", "skip"] as const)("after %s it is recorded, and the word stands", (type) => {
    const run = blocked();
    run.verb({ type });
    const words = run.recorded.length;
    expect(run.undone("b", { attempt: 1 })).toEqual(["ResultRejected b undo 1 settled"]);
    expect(run.recorded).toHaveLength(words + 1);
    run.undone("a");
    expect([run.status, run.run.residue]).toEqual(
      type === "resolve" ? ["compensated", []] : ["failed", [{ step: "b", certainty: "possible" }]],
    );
  });

  test("a late failure changes nothing either", () => {
    const run = blocked();
    run.verb({ type: "resolve" });
    expect(run.failUndo("b", { attempt: 1, effect: "none" })).toEqual(["AttemptFailed b undo 1 none"]);
    run.undone("a");
    expect(run.status).toBe("compensated");
  });
});

test("C6: once an operator has undone it by hand, a worker refuses the key, and a late success breaks no promise", () => {
  const run = new ScriptedRun(
    workflowOf([compensated("a", { compensateInDoubt: false, retry: { jitter: 0, attempts: 2 } })]),
  );
  run.timeOut("a");
  run.waitForTimer();
  run.timeOut("a");
  run.verb({ type: "resolve" });
  expect(run.status).toBe("compensated");
  expect(run.fail("a", { attempt: 2, scope: "key" })).toEqual(["AttemptFailed a 2 key", "StepFailed a"]);
  expect(run.succeed("a", { attempt: 1 })).toEqual(["LateSuccessRecorded a 1"]);
  expect([run.status, run.run.residue]).toEqual(["compensated", []]);
});

describe("C20: an undo whose mapping fails", () => {
  const picky = workflowOf([
    compensated("a"),
    compensated("b", { compensation: { worker: "undo_b", input: { $: "steps.b.output.id" }, retry: { jitter: 0 } } }),
    compensated("c"),
  ]);

  function unmappable(): ScriptedRun {
    const run = new ScriptedRun(picky);
    run.succeed("a");
    run.succeed("b", { output: {} });
    run.fail("c", { effect: "none", retryable: false });
    return run;
  }

  test("is an incident; retry as it was is refused, and leaves the run as it is", () => {
    const run = unmappable();
    expect(run.incidents).toEqual(["compensation b"]);
    expect(run.verb({ type: "retry" })).toEqual(["invalid_input"]);
    expect(run.incidents).toEqual(["compensation b"]);
  });

  test("retry with an input sends that", () => {
    const run = unmappable();
    expect(run.verb({ type: "retry", input: 7 })).toContain("CompensationDispatched b 1");
    expect(payloadOf(run.workflow, run.run, "b", "compensate")).toMatchObject({ payload: { input: 7 } });
    run.undone("b");
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("what a late success brings while the run is suspended is sent when it goes on", () => {
    const run = new ScriptedRun(picky);
    run.succeed("a");
    run.fail("b", { retryable: false });
    expect(run.incidents).toEqual(["compensation b"]);
    run.verb({ type: "suspend" });
    expect(run.succeed("b", { attempt: 1, output: { id: 7 } })).toEqual(["LateSuccessRecorded b 1"]);
    expect(run.verb({ type: "resume" })).toEqual([
      "RunResumed",
      "IncidentClosed late_result",
      "CompensationDispatched b 1",
    ]);
  });
});

test("C5: that it found nothing a second time is told while an operator is asked already, and he may send it once more", () => {
  const policy = { jitter: 0, attempts: 2, not: ["timed_out"] };
  const run = new ScriptedRun(
    workflowOf([compensated("a", { compensation: { worker: "undo", retry: policy } }), compensated("b")]),
  );
  run.succeed("a");
  run.fail("b", { effect: "none", retryable: false });
  run.timeOut("a", "compensate");
  run.verb({ type: "retry" });
  run.timeOut("a", "compensate");
  run.undone("a", { attempt: 1, found: false });
  run.timeOut("a", "compensate");
  expect(run.incidents).toEqual(["compensation a"]);
  expect(run.undone("a", { attempt: 2, found: false })).toEqual(["AnomalyRecorded a undo 2 late_effect"]);
  expect(run.verb({ type: "retry" })).toContain("CompensationDispatched a 4");
  run.failUndo("a");
  expect(run.waitForTimer()).toEqual(["CompensationDispatched a 5"]);
  expect(run.undone("a", { found: false })).toContain("IncidentOpened a late_effect");
});

describe("C5: the undo found nothing, twice", () => {
  function lateEffect(): ScriptedRun {
    const run = blocked();
    run.verb({ type: "retry" });
    run.undone("b", { found: false });
    run.undone("b", { found: false });
    return run;
  }

  test("is an incident that no retry answers", () => {
    const run = lateEffect();
    expect(run.incidents).toEqual(["late_effect b"]);
    expect(run.verb({ type: "retry" })).toEqual(["verb_unsuitable"]);
    expect(run.verb({ type: "resolve", outcome: "not_done" })).toEqual(["verb_unsuitable"]);
  });

  test.each([
    ["resolve", "compensated"],
    ["skip", "failed"],
  ] as const)("%s ends it: %s", (type, word) => {
    const run = lateEffect();
    run.verb({ type });
    run.undone("a");
    expect(run.status).toBe(word);
  });
});

/** The worry: an operator is wrong about money, and the engine, which hears the truth later, says nothing. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";

const once = { jitter: 0, attempts: 1 };

const patient = (b: object = {}) =>
  workflowOf(
    [compensated("a"), compensated("b", { retry: once, inquire: { retry: once }, ...b }), compensated("c")],
    undefined,
    { onFailure: "incident" },
  );

/** `b` is in doubt, and neither its attempt nor its inquiry has answered. */
function doubtful(workflow = patient()): ScriptedRun {
  const run = new ScriptedRun(workflow);
  run.succeed("a");
  run.timeOut("b");
  run.timeOut("b", "inquire");
  return run;
}

const done = { outcome: "done", output: "b done" } as const;
const notDone = { outcome: "not_done" } as const;

/** `b` is in doubt, and an operator has said this of it. */
function said(outcome: "done" | "not_done", workflow = patient()): ScriptedRun {
  const run = doubtful(workflow);
  run.verb({ type: "resolve", outcome });
  return run;
}

/** As `said("not_done")`, and then it was tried again under another key. */
function retried(workflow = patient()): ScriptedRun {
  const run = said("not_done", workflow);
  run.verb({ type: "retry" });
  return run;
}

describe("C26: a success after resolve done", () => {
  test("is the same effect, and its attempt is no longer open", () => {
    const run = said("done");
    expect(run.succeed("b", { attempt: 1 })).toEqual(["ResultRejected b 1 superseded"]);
    expect(run.inquired("b", done, 1)).toEqual(["ResultRejected b inquiry 1 superseded"]);
    expect(run.incidents).toEqual([]);
  });
});

describe("C26: a none after resolve done", () => {
  const ways: readonly (readonly [string, (run: ScriptedRun) => readonly string[]])[] = [
    ["of the attempt", (run) => run.fail("b", { attempt: 1, effect: "none" })],
    ["for the whole key", (run) => run.fail("b", { attempt: 1, scope: "key" })],
    ["of the inquiry", (run) => run.inquired("b", notDone, 1)],
  ];

  test.each(ways)("%s is an anomaly, and an incident while the run is open", (_, say) => {
    const run = said("done");
    const recorded = say(run);
    expect(recorded.filter((event) => event.startsWith("AnomalyRecorded"))).toHaveLength(1);
    expect(recorded.join()).toContain("word_contradicted");
    expect(recorded).toContain("IncidentOpened b late_effect");
    expect([run.status, run.step("b").state]).toEqual(["blocked", "succeeded"]);
    run.succeed("c");
    expect(run.status).toBe("blocked");
    run.verb({ type: "skip" });
    expect(run.status).toBe("completed");
  });

  test.each(ways)("%s is only an anomaly once the run has ended", (_, say) => {
    const run = said("done");
    run.succeed("c");
    expect(say(run).join()).toContain("word_contradicted");
    expect([run.status, run.incidents]).toEqual(["completed", []]);
  });

  test("resolved, it counts as not there, and the residue does not name it", () => {
    const run = said("done");
    run.fail("b", { attempt: 1, effect: "none" });
    run.verb({ type: "resolve" });
    run.abandon({ step: "c", side: "execute", attempt: 1 });
    expect(run.run.residue).toEqual([{ step: "a", certainty: "done" }]);
  });

  test("resolved, nothing is undone when the run goes back: he has said that it is not there", () => {
    const run = said("done");
    run.fail("b", { attempt: 1, effect: "none" });
    run.verb({ type: "resolve" });
    run.cancel();
    expect(run.withdraw("c")).toEqual([
      "AttemptWithdrawn c 1",
      "StepFailed c",
      "RollbackBegan",
      "CompensationUnneeded b",
      "CompensationDispatched a 1",
    ]);
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("another attempt may have done it: nothing is contradicted", () => {
    const run = new ScriptedRun(patient({ retry: { jitter: 0, attempts: 2 } }));
    run.succeed("a");
    run.timeOut("b");
    run.waitForTimer();
    run.timeOut("b");
    run.timeOut("b", "inquire");
    run.verb({ type: "resolve" });
    const key = run.fork();
    expect(run.fail("b", { attempt: 1, effect: "none" })).toEqual(["ResultRejected b 1 superseded"]);
    expect(run.fail("b", { attempt: 2, effect: "none" })).toContain("IncidentOpened b late_effect");
    expect(key.fail("b", { attempt: 1, scope: "key" })).toContain("IncidentOpened b late_effect");
  });

  test("a failure that says nothing of the effect contradicts nothing", () => {
    expect(said("done").fail("b", { attempt: 1 })).toEqual(["ResultRejected b 1 superseded"]);
  });

  test("once its undo was sent, none is what a worker may come to say", () => {
    const run = said("done");
    run.cancel();
    run.withdraw("c");
    expect(run.fail("b", { attempt: 1, scope: "key" })).toEqual(["ResultRejected b 1 superseded"]);
  });
});

describe("C26: a success after resolve not_done", () => {
  test("where the run stands still it is taken, and the anomaly names the word", () => {
    const run = said("not_done");
    expect(run.succeed("b", { attempt: 1 })).toEqual([
      "AnomalyRecorded b 1 word_contradicted",
      "LateSuccessRecorded b 1",
      "IncidentClosed late_result",
      "StepDispatched c 1",
    ]);
  });

  test("an inquiry's late done is one too", () => {
    expect(said("not_done").inquired("b", done, 1)).toEqual([
      "InquiryAnswered b 1 done",
      "AnomalyRecorded b inquiry 1 word_contradicted",
      "LateSuccessRecorded b 1 inquiry",
      "IncidentClosed late_result",
      "StepDispatched c 1",
    ]);
  });

  test("where the run went back it is undone", () => {
    const run = said("not_done");
    run.cancel();
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(run.succeed("b", { attempt: 1 })).toEqual([
      "AnomalyRecorded b 1 word_contradicted",
      "LateSuccessRecorded b 1",
      "RunReopened b",
      "CompensationDispatched b 1",
    ]);
  });

  test("of a pivot, the run having gone back: an incident late_effect", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "ship", kind: "pivot", retry: once }]));
    run.succeed("a");
    run.timeOut("ship");
    run.verb({ type: "resolve", outcome: "not_done" });
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(run.succeed("ship", { attempt: 1 })).toEqual([
      "AnomalyRecorded ship 1 word_contradicted",
      "LateSuccessRecorded ship 1",
      "RunReopened ship",
      "IncidentOpened ship late_effect",
    ]);
    expect([run.status, run.run.phase]).toEqual(["blocked", "backward"]);
  });
});

describe("C26: a success under a key that was replaced", () => {
  const stray = (run: ScriptedRun) => run.succeed("b", { attempt: 1 });

  test("is a second effect: an incident, while the run goes on under the new key", () => {
    const run = retried();
    expect(stray(run)).toEqual(["AnomalyRecorded b 1 stray_effect", "IncidentOpened b late_effect"]);
    expect([run.status, run.step("b").state]).toEqual(["blocked", "dispatched"]);
    expect(stray(run)).toEqual([]);
    expect(run.succeed("b")).toEqual(["StepSucceeded b 2", "StepDispatched c 1"]);
    run.succeed("c");
    expect(run.status).toBe("blocked");
    expect(run.verb({ type: "resolve" })).toEqual(["StepResolved b undone", "IncidentClosed operator", "RunCompleted"]);
  });

  test("that it was undone by hand takes back nothing that is asked for now", () => {
    const run = retried();
    stray(run);
    run.verb({ type: "resolve" });
    expect(run.recalled).toEqual([]);
    expect(run.succeed("b")).toEqual(["StepSucceeded b 2", "StepDispatched c 1"]);
  });

  test("so is an inquiry's late done", () => {
    const run = retried();
    expect(run.inquired("b", done, 1)).toEqual([
      "AnomalyRecorded b inquiry 1 stray_effect",
      "IncidentOpened b late_effect",
    ]);
    expect(run.step("b").state).toBe("dispatched");
  });

  test("and told of twice it is one question", () => {
    const run = retried();
    stray(run);
    expect(run.inquired("b", done, 1)).toEqual(["AnomalyRecorded b inquiry 1 stray_effect"]);
    expect(run.incidents).toEqual(["late_effect b"]);
  });

  test("an inquiry's late not_done under the old key says nothing of the new one", () => {
    const run = retried();
    expect(run.inquired("b", notDone, 1)).toEqual(["ResultRejected b inquiry 1 key_replaced"]);
    expect(run.fail("b", { effect: "none" })).toContain("IncidentOpened b step");
    expect(run.verb({ type: "retry" })).toContain("StepRetried b 2");
  });

  test("after a worker's own promise it is one too", () => {
    const run = new ScriptedRun(patient());
    run.succeed("a");
    run.fail("b", { scope: "key" });
    run.verb({ type: "retry" });
    expect(stray(run)).toEqual(["AnomalyRecorded b 1 stray_effect", "IncidentOpened b late_effect"]);
  });

  test.each([
    ["resolve", "compensated", []],
    ["skip", "failed", [{ step: "b", certainty: "done" }]],
  ] as const)("going back undoes what the new key did, and %s says what became of the other", (type, word, residue) => {
    const run = retried();
    run.succeed("b");
    stray(run);
    run.cancel();
    run.withdraw("c");
    expect(run.undone("b")).toContain("StepCompensated b 1 found");
    run.undone("a");
    expect([run.status, run.run.phase]).toEqual(["blocked", "backward"]);
    run.verb({ type });
    expect([run.status, run.run.residue]).toEqual([word, residue]);
  });

  test("a run that had ended without residue goes back for it", () => {
    const run = retried();
    run.fail("b", { effect: "none" });
    run.cancel();
    run.undone("a");
    expect(run.status).toBe("compensated");
    expect(stray(run)).toEqual(["AnomalyRecorded b 1 stray_effect", "RunReopened b", "IncidentOpened b late_effect"]);
    run.verb({ type: "skip" });
    expect([run.status, run.run.residue]).toEqual(["failed", [{ step: "b", certainty: "done" }]]);
  });

  test("a run that completed stays so, with the anomaly", () => {
    const run = retried();
    run.succeed("b");
    run.succeed("c");
    expect(stray(run)).toEqual(["AnomalyRecorded b 1 stray_effect"]);
    expect(run.status).toBe("completed");
  });

  test("abandoned with the question open, it is residue", () => {
    const run = retried();
    run.succeed("b");
    run.cancel();
    run.withdraw("c");
    run.undone("b");
    stray(run);
    run.abandon({ step: "a", side: "compensate", attempt: 1 });
    expect(run.run.residue).toEqual([
      { step: "a", certainty: "done" },
      { step: "b", certainty: "done" },
    ]);
  });

  test("counts whatever its output looks like", () => {
    const run = retried({ ...patient(), catalogue: new Map([["b", { output: { type: "object" } }]]) });
    expect(stray(run)).toEqual(["AnomalyRecorded b 1 stray_effect", "IncidentOpened b late_effect"]);
  });

  test("of a plain step it is recorded, nothing more", () => {
    const run = new ScriptedRun(workflowOf([{ step: "b", retry: once }], undefined, { onFailure: "incident" }));
    run.fail("b", { scope: "key" });
    run.verb({ type: "retry" });
    expect(stray(run)).toEqual(["AnomalyRecorded b 1 stray_effect"]);
  });

  test("a question that is out under the old key ends without a word for the new one", () => {
    const run = new ScriptedRun(patient());
    run.succeed("a");
    run.timeOut("b");
    run.take("b", "inquire");
    run.fail("b", { attempt: 1, scope: "key" });
    run.verb({ type: "retry" });
    run.timeOut("b", "execute", 2);
    expect(run.step("b").state).toBe("inquiring");
    expect(run.timeOut("b", "inquire", 1)).toEqual(["AttemptTimedOut b inquiry 1"]);
    expect(run.inquired("b", done, 1)).toEqual([
      "AnomalyRecorded b inquiry 1 stray_effect",
      "IncidentOpened b late_effect",
    ]);
    expect(run.step("b").state).toBe("inquiring");
  });
});

describe("C26: after skip", () => {
  test("a success of a step that was skipped in doubt is recorded, and undone when the run goes back", () => {
    const run = doubtful();
    run.verb({ type: "skip" });
    expect(run.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
    run.cancel();
    run.withdraw("c");
    expect(run.undo("b")).toMatchObject({ state: "dispatched", attempts: [{ informed: true }] });
  });

  test.each([
    ["a none", (run: ScriptedRun) => run.fail("b", { attempt: 1, effect: "none" })],
    ["a not_done", (run: ScriptedRun) => run.inquired("b", notDone, 1)],
  ])("%s ends its doubt, and nothing is undone", (_, say) => {
    const run = doubtful();
    run.verb({ type: "skip" });
    expect(say(run)).toHaveLength(1);
    run.cancel();
    run.withdraw("c");
    expect(run.undo("b")?.state).toBe("unneeded");
  });

  test("a success of one that had failed is a broken promise, whichever attempt says so", () => {
    const run = new ScriptedRun(patient({ retry: { jitter: 0, attempts: 2 } }));
    run.succeed("a");
    run.timeOut("b");
    run.waitForTimer();
    run.fail("b", { scope: "key" });
    run.verb({ type: "skip" });
    expect(run.succeed("b", { attempt: 1 })).toEqual(["AnomalyRecorded b 1 broken_promise", "LateSuccessRecorded b 1"]);
  });

  test.each([{}, { kind: "irreversible", compensation: undefined }])(
    "a run that completed is not reopened by it (%o)",
    (more) => {
      const run = new ScriptedRun(patient(more));
      run.succeed("a");
      run.fail("b", { effect: "none", attempt: 1 });
      run.verb({ type: "skip" });
      run.succeed("c");
      expect(run.succeed("b", { attempt: 1 })).toEqual([
        "AnomalyRecorded b 1 broken_promise",
        "LateSuccessRecorded b 1",
      ]);
      expect(run.status).toBe("completed");
    },
  );

  test("of an irreversible step that had failed, the run having turned, it is an incident", () => {
    const run = new ScriptedRun(patient({ kind: "irreversible", compensation: undefined }));
    run.succeed("a");
    run.fail("b", { effect: "none" });
    run.verb({ type: "skip" });
    run.cancel();
    run.withdraw("c");
    expect(run.succeed("b", { attempt: 1 })).toContain("IncidentOpened b late_effect");
  });
});

test("C4: a run that has completed does not go back for a step that was skipped and comes to light", () => {
  const workflow = workflowOf([compensated("a", { retry: { attempts: 1 } })], undefined, { onFailure: "incident" });
  const run = new ScriptedRun(workflow);
  run.fail("a", { effect: "none" });
  run.verb({ type: "skip" });
  expect(run.status).toBe("completed");
  expect(run.succeed("a", { attempt: 1 })).toContain("LateSuccessRecorded a 1");
  expect([run.status, run.undo("a")?.state]).toEqual(["completed", "discarded"]);
});

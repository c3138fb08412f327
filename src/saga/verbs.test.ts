/** The worry: two operators mend the same run, or a verb is carried out where it makes things worse. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";
import type { Verb } from "./input.ts";

const once = { jitter: 0, attempts: 1 };

/** A run that stands still when a step fails. */
const patient = (b: object = {}, more: object = {}) =>
  workflowOf([compensated("a"), compensated("b", { retry: once, ...b }), compensated("c")], undefined, {
    onFailure: "incident",
    ...more,
  });

function atB(workflow = patient()): ScriptedRun {
  const run = new ScriptedRun(workflow);
  run.succeed("a");
  return run;
}

/** `b` failed without effect. */
function failed(workflow = patient()): ScriptedRun {
  const run = atB(workflow);
  run.fail("b", { effect: "none" });
  return run;
}

/** `b` is in doubt. */
function doubtful(workflow = patient()): ScriptedRun {
  const run = atB(workflow);
  run.timeOut("b");
  return run;
}

const keyOf = (run: ScriptedRun, side: "execute" | "compensate") => {
  const made = payloadOf(run.workflow, run.run, "b", side);
  return made.ok ? made.payload.key : undefined;
};

describe("semantics 4: onFailure: incident stands still before it turns back", () => {
  test("a step that failed", () => {
    const run = failed();
    expect(run.recorded.slice(-2).map(({ type }) => type)).toEqual(["StepFailed", "IncidentOpened"]);
    expect([run.status, run.run.phase, run.incidents]).toEqual(["blocked", "forward", ["step b"]]);
    expect(run.sent).toHaveLength(2);
  });

  test("a step in doubt", () => {
    expect(doubtful().incidents).toEqual(["step b"]);
  });

  test("cancel turns it back, and closes the incident", () => {
    const run = doubtful();
    expect(run.cancel()).toEqual([
      "CancelRequested",
      "RunTurned cancelled",
      "IncidentClosed turn",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
    run.undone("b");
    run.undone("a");
    expect([run.status, run.run.cause]).toEqual(["compensated", "cancelled"]);
  });

  test("a late none leaves the incident: it has failed now, and how it goes on is still open", () => {
    const run = doubtful();
    expect(run.fail("b", { attempt: 1, effect: "none" })).toEqual(["AttemptFailed b 1 none", "StepFailed b"]);
    expect(run.incidents).toEqual(["step b"]);
  });

  test("a late success goes on", () => {
    expect(doubtful().succeed("b", { attempt: 1 })).toEqual([
      "LateSuccessRecorded b 1",
      "IncidentClosed late_result",
      "StepDispatched c 1",
    ]);
  });
});

describe("semantics 7: retry", () => {
  test("gives a step the whole policy again", () => {
    const run = atB(patient({ retry: { jitter: 0, attempts: 2 } }));
    run.fail("b", { effect: "none" });
    run.waitForTimer();
    run.fail("b", { effect: "none" });
    expect(run.verb({ type: "retry" })).toEqual(["StepRetried b 1", "IncidentClosed operator", "StepDispatched b 3"]);
    expect(run.fail("b", { effect: "none" })).toContain("RetryScheduled b");
    run.waitForTimer();
    expect(run.succeed("b")).toEqual(["StepSucceeded b 4", "StepDispatched c 1"]);
  });

  test("its own stepDeadline begins again", () => {
    const run = failed(patient({ stepDeadline: 60_000 }));
    run.now += 100_000;
    run.verb({ type: "retry" });
    expect(run.nextTimer()?.dueAt).toBe(run.now + 60_000);
  });

  test("asks its worker anew, before it is in doubt once more", () => {
    const run = doubtful(patient({ inquire: { retry: { jitter: 0, attempts: 2 } } }));
    run.inquired("b", { outcome: "unknown" });
    run.verb({ type: "retry" });
    expect(run.timeOut("b")).toEqual(["AttemptTimedOut b 2", "InquiryDispatched b 2"]);
    expect(run.timeOut("b", "inquire")).toContain("RetryScheduled b inquiry");
  });

  test("the first attempt may still answer for the key", () => {
    const run = doubtful();
    run.verb({ type: "retry" });
    expect(run.succeed("b", { attempt: 1 })).toEqual(["StepSucceeded b 1", "StepDispatched c 1"]);
    expect(run.recalled).toContainEqual({ step: "b", side: "execute", attempt: 2 });
  });

  test("a key that an inquiry's late answer closed is not asked under again", () => {
    const run = doubtful(patient({ retry: { jitter: 0, attempts: 2 }, inquire: { retry: once } }));
    run.waitForTimer();
    run.timeOut("b");
    run.timeOut("b", "inquire");
    run.verb({ type: "retry" });
    run.take("b");
    expect(run.inquired("b", { outcome: "not_done" }, 1)).toEqual(["InquiryAnswered b 1 not_done"]);
    expect(run.timeOut("b")).toEqual(["AttemptTimedOut b 3", "StepFailed b", "IncidentOpened b step"]);
    expect(run.verb({ type: "retry" })).toContain("StepRetried b 2");
  });
});

describe("C12: key numbers", () => {
  test("a retry as it was keeps the key", () => {
    const run = failed();
    run.verb({ type: "retry" });
    expect(keyOf(run, "execute")).toBe("u/b");
  });

  test("an edited input takes a new one, and so does what undoes it", () => {
    const run = failed();
    expect(run.verb({ type: "retry", input: { amount: 8 } })).toEqual([
      "StepRetried b 2",
      "IncidentClosed operator",
      "StepDispatched b 2",
    ]);
    expect(payloadOf(run.workflow, run.run, "b", "execute")).toMatchObject({
      payload: { key: "u/b~2", input: { amount: 8 } },
    });
    run.succeed("b");
    run.cancel();
    run.withdraw("c");
    expect(payloadOf(run.workflow, run.run, "b", "compensate")).toMatchObject({
      payload: { key: "u/b~2!undo", undoes: "u/b~2", input: { amount: 8 } },
    });
  });

  test("what an operator gives is data, whatever it looks like", () => {
    const run = failed();
    run.verb({ type: "retry", input: { $: "input.id" } });
    expect(payloadOf(run.workflow, run.run, "b", "execute")).toMatchObject({ payload: { input: { $: "input.id" } } });
  });

  test.each([
    ["its worker closed", (run: ScriptedRun) => run.fail("b", { scope: "key" })],
    [
      "its worker said not_done to",
      (run: ScriptedRun) => run.timeOut("b") && run.inquired("b", { outcome: "not_done" }),
    ],
  ])("a key that %s is never asked under again", (_, close) => {
    const run = atB(patient({ inquire: {} }));
    close(run);
    expect(run.verb({ type: "retry" })).toContain("StepRetried b 2");
    expect(keyOf(run, "execute")).toBe("u/b~2");
  });

  test("so is one of which an operator said not_done", () => {
    const run = doubtful();
    run.verb({ type: "resolve", outcome: "not_done" });
    run.verb({ type: "retry" });
    expect(keyOf(run, "execute")).toBe("u/b~2");
    run.fail("b", { effect: "none" });
    run.verb({ type: "retry" });
    expect(keyOf(run, "execute")).toBe("u/b~2");
    run.fail("b", { scope: "key" });
    run.verb({ type: "retry" });
    expect(keyOf(run, "execute")).toBe("u/b~3");
  });

  test("another key is refused while an attempt is in doubt", () => {
    const run = doubtful();
    expect(run.verb({ type: "retry", input: {} })).toEqual(["step_in_doubt"]);
    expect(run.verb({ type: "retry" })).toContain("StepRetried b 1");
  });

  test("an undo keeps its key, whatever it is retried with", () => {
    const run = new ScriptedRun(sequenceOf("b", "c"));
    run.succeed("b");
    run.fail("c", { effect: "none", retryable: false });
    run.failUndo("b", { retryable: false });
    run.verb({ type: "retry", input: 8 });
    expect(keyOf(run, "compensate")).toBe("u/b!undo");
  });

  test("message ids go on counting, so that no two are the same", () => {
    const run = failed();
    run.verb({ type: "retry", input: 8 });
    expect(run.sent.filter(({ step }) => step === "b").map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("what was out under the old key and ends by its timer, or is taken back, holds nothing up", () => {
    const run = atB(patient({ retry: { jitter: 0, attempts: 2 } }));
    run.timeOut("b");
    run.waitForTimer();
    run.take("b");
    run.fail("b", { attempt: 1, scope: "key" });
    expect(run.step("b").attempts).toEqual(["none", "superseded"]);
    run.verb({ type: "retry" });
    const takenBack = run.fork();
    expect(run.timeOut("b", "execute", 2)).toEqual(["AttemptTimedOut b 2"]);
    expect(takenBack.withdraw("b", "execute", 2)).toEqual(["AttemptWithdrawn b 2"]);
    expect(run.succeed("b", { attempt: 3 })).toEqual(["StepSucceeded b 3", "StepDispatched c 1"]);
  });
});

describe("semantics 7: resolve", () => {
  test("done, with an output: the run goes on with it", () => {
    const run = doubtful(
      workflowOf(
        [compensated("a"), compensated("b", { retry: once }), compensated("c", { input: { $: "steps.b.output.id" } })],
        undefined,
        { onFailure: "incident" },
      ),
    );
    expect(run.verb({ type: "resolve", output: { id: 7 } })).toEqual([
      "StepResolved b done",
      "IncidentClosed operator",
      "StepDispatched c 1",
    ]);
    expect(payloadOf(run.workflow, run.run, "c", "execute")).toMatchObject({ payload: { input: 7 } });
  });

  test("done: what he says is done is undone when the run goes back", () => {
    const run = failed();
    run.verb({ type: "resolve" });
    run.cancel();
    run.withdraw("c");
    expect(run.undo("b")?.state).toBe("dispatched");
    run.failUndo("b", { retryable: false, effect: "none" });
    run.verb({ type: "skip" });
    run.undone("a");
    expect(run.run.residue).toEqual([{ step: "b", certainty: "done" }]);
  });

  test("done of a step that was never sent counts all the same", () => {
    const workflow = workflowOf([compensated("a", { input: { $: "input.none" } }), compensated("b")], undefined, {
      onFailure: "incident",
    });
    const run = new ScriptedRun(workflow);
    run.verb({ type: "resolve" });
    run.abandon({ step: "b", side: "execute", attempt: 1 });
    expect(run.run.residue).toEqual([{ step: "a", certainty: "done" }]);
  });

  test("not_done: it failed, and how it goes on is asked still", () => {
    const run = doubtful();
    expect(run.verb({ type: "resolve", outcome: "not_done" })).toEqual(["StepResolved b not_done"]);
    expect([run.step("b").state, run.incidents]).toEqual(["failed", ["step b"]]);
    const back = run.fork();
    back.cancel();
    expect(back.undo("b")?.state).toBe("unneeded");
    expect(run.verb({ type: "skip" })).toContain("StepDispatched c 1");
  });

  test("not_done of what is known not to be done changes nothing", () => {
    const run = failed();
    expect(run.verb({ type: "resolve", outcome: "not_done" })).toEqual([]);
    expect(run.decision).toMatchObject({ kind: "nothing" });
  });

  test("an output that does not fit is refused", () => {
    const workflow = { ...patient(), catalogue: new Map([["b", { output: { type: "object" } }]]) } as never;
    const run = doubtful(workflow);
    expect(run.verb({ type: "resolve", output: 7 })).toEqual(["invalid_input"]);
    expect(run.verb({ type: "resolve", output: {} })).toContain("StepResolved b done");
  });
});

describe("semantics 7: skip", () => {
  test("goes on without it, and skipped steps count as done", () => {
    const run = failed();
    expect(run.verb({ type: "skip" })).toEqual(["StepSkipped b", "IncidentClosed operator", "StepDispatched c 1"]);
    run.succeed("c");
    expect(run.status).toBe("completed");
  });

  const needing = (mapping: object) =>
    workflowOf(
      [compensated("a"), compensated("b", { retry: once }), compensated("c", { input: mapping as never })],
      undefined,
      {
        onFailure: "incident",
      },
    );

  test("only where nothing needs its output", () => {
    const run = failed(needing({ id: { $: "steps.b.output.id" } }));
    expect(run.verb({ type: "skip" })).toEqual(["output_needed"]);
    expect(run.decision).toMatchObject({ message: expect.stringContaining("c needs its output") });
  });

  test("a reference with else can do without", () => {
    const run = failed(needing({ id: { $: "steps.b.output.id", else: 0 } }));
    expect(run.verb({ type: "skip" })).toContain("StepDispatched c 1");
  });

  test("so can an expression that asks whether it is there, and no other", () => {
    const asking = failed(needing({ id: { $cel: "has(steps.b.output) ? steps.b.output.id : 0" } }));
    expect(asking.verb({ type: "skip" })).toContain("StepDispatched c 1");
    expect(failed(needing({ id: { $cel: "steps.b.output.id" } })).verb({ type: "skip" })).toEqual(["output_needed"]);
  });

  test("a step that was skipped in doubt is undone when the run goes back", () => {
    const run = doubtful();
    run.verb({ type: "skip" });
    run.fail("c", { effect: "none", retryable: false });
    run.cancel();
    expect(run.undo("b")?.state).toBe("dispatched");
  });

  test("where it must not be undone unasked, an operator is asked", () => {
    const run = doubtful(patient({ compensateInDoubt: false }));
    run.verb({ type: "skip" });
    run.cancel();
    run.withdraw("c");
    expect(run.incidents).toEqual(["in_doubt b"]);
  });

  test("a step that was skipped after it failed has nothing to undo", () => {
    const run = failed();
    run.verb({ type: "skip" });
    run.cancel();
    run.withdraw("c");
    expect(run.undo("b")).toBeUndefined();
    expect(run.undo("a")?.state).toBe("dispatched");
  });
});

describe("semantics 7: of two operators the second is told who was first", () => {
  test("and when, though both looked at the same version", () => {
    const run = failed();
    const seen = run.run.version;
    run.now += 60_000;
    expect(run.verb({ type: "retry" }, seen)).toContain("StepRetried b 1");
    expect(run.give({ type: "skip", actor: "bob", expectedVersion: seen })).toEqual([]);
    expect(run.decision).toMatchObject({
      kind: "refused",
      code: "version_conflict",
      message: expect.stringContaining("ann was first, with retry at 1970-01-01T00:17:40.000Z"),
      details: { by: { verb: "retry", actor: "ann", at: 1_060_000 } },
    });
  });

  test("but nobody is named where only an answer came between", () => {
    const run = failed();
    run.verb({ type: "suspend" });
    const seen = run.run.version;
    run.succeed("b", { attempt: 1 });
    expect(run.verb({ type: "skip" }, seen)).toEqual(["version_conflict"]);
    expect(run.decision).not.toHaveProperty("details");
    expect(run.decision).not.toMatchObject({ message: expect.stringContaining("was first") });
  });

  test("and without a version too, where nothing is left to answer", () => {
    const run = failed();
    run.verb({ type: "skip" });
    expect(run.verb({ type: "retry" })).toEqual(["incident_unknown"]);
    expect(run.decision).toMatchObject({ message: expect.stringContaining("ann was first, with skip") });
  });

  const verbs: readonly Verb[] = [
    { type: "cancel" },
    { type: "suspend" },
    { type: "retry" },
    { type: "retry", input: 7 },
    { type: "resolve" },
    { type: "resolve", outcome: "not_done" },
    { type: "skip" },
    { type: "abandon", withdrawn: [] },
  ];

  test.each(verbs)("$type is recorded with actor, reason and time, and refused at another version", (verb) => {
    const run = verb.type === "retry" && verb.input !== undefined ? failed() : doubtful();
    expect(run.verb(verb, run.run.version - 1)).toEqual(["version_conflict"]);
    const { version } = run.run;
    run.now += 5;
    expect(run.verb(verb, version)).not.toEqual([]);
    const at = run.transitions.at(-1);
    expect(at).toMatchObject({
      at: run.now,
      events: expect.arrayContaining([expect.objectContaining({ actor: "ann" })]),
    });
    expect(at?.events).toContainEqual(expect.objectContaining({ actor: "ann", reason: "because" }));
    expect(run.run.lastVerb).toMatchObject({ verb: verb.type, actor: "ann", at: run.now });
  });
});

describe("semantics 7: what cannot be carried out is refused, and leaves the run as it is", () => {
  test.each(["retry", "resolve", "skip"] as const)("%s where nothing waits for an operator", (type) => {
    const run = atB();
    expect(run.verb({ type })).toEqual(["incident_unknown"]);
    expect(run.verb({ type, step: "a" })).toEqual(["incident_unknown"]);
    expect(run.verb({ type, step: "nobody" })).toEqual(["incident_unknown"]);
  });

  test.each(["cancel", "suspend", "resume", "retry", "resolve", "skip"] as const)("%s after the end", (type) => {
    const run = new ScriptedRun(sequenceOf("a"));
    run.succeed("a");
    expect(run.verb({ type })).toEqual(["run_closed"]);
  });

  test("an overdue run has nothing to retry, to resolve or to skip", () => {
    const run = atB(patient({}, { deadline: 1000, onDeadline: "incident" }));
    run.waitForTimer();
    expect(run.incidents).toEqual(["overdue"]);
    for (const type of ["retry", "resolve", "skip"] as const) expect(run.verb({ type })).toEqual(["incident_unknown"]);
  });

  test("one of several that wait, without saying which", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "b", kind: "irreversible" }, compensated("c")]));
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    run.failUndo("a", { retryable: false });
    run.succeed("b", { attempt: 1 });
    expect(run.incidents).toEqual(["compensation a", "late_effect b"]);
    expect(run.verb({ type: "resolve" })).toEqual(["incident_ambiguous"]);
    expect(run.decision).toMatchObject({ message: expect.stringContaining("a, b") });
    expect(run.verb({ type: "retry", step: "b" })).toEqual(["verb_unsuitable"]);
    run.verb({ type: "resolve", step: "b" });
    expect(run.verb({ type: "resolve" })).toContain("RunCompensated");
  });

  test("retry of a step whose mapping fails: C20", () => {
    const workflow = workflowOf(
      [compensated("a"), compensated("b", { input: { $: "steps.a.output.id" } })],
      undefined,
      {
        onFailure: "incident",
      },
    );
    const run = new ScriptedRun(workflow);
    run.succeed("a", { output: {} });
    expect(run.incidents).toEqual(["step b"]);
    expect(run.verb({ type: "retry" })).toEqual(["invalid_input"]);
    expect(run.verb({ type: "retry", input: 7 })).toContain("StepDispatched b 1");
  });

  test("retry with an input that does not fit, or is too large", () => {
    const workflow = { ...patient(), catalogue: new Map([["b", { input: { type: "object" } }]]) } as never;
    const run = failed(workflow);
    expect(run.verb({ type: "retry", input: 7 })).toEqual(["invalid_input"]);
    expect(run.verb({ type: "retry", input: { text: "x".repeat(2_000_000) } })).toEqual(["invalid_input"]);
    expect(run.incidents).toEqual(["step b"]);
  });

  test("suspend twice, resume without", () => {
    const run = atB();
    expect(run.verb({ type: "resume" })).toEqual([]);
    run.verb({ type: "suspend" });
    expect(run.verb({ type: "suspend" })).toEqual([]);
    expect(run.decision).toMatchObject({ kind: "nothing", why: expect.stringContaining("ann was first") });
  });
});

describe("semantics 4: a step that failed stands in the way", () => {
  test("of what comes after it, though an earlier one that was skipped in doubt succeeds late", () => {
    const run = doubtful();
    run.verb({ type: "skip" });
    run.fail("c", { effect: "none", retryable: false });
    expect(run.incidents).toEqual(["step c"]);
    expect(run.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
    expect([run.run.place, run.status]).toEqual([2, "blocked"]);
  });
});

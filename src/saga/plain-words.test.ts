import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { waitsFor, wouldLeave, wouldUndo } from "./plain-words.ts";

const words = (run: ScriptedRun) => {
  const waiting = waitsFor(run.workflow, run.run);
  return waiting && { ...waiting, status: run.status };
};
const undoes = (run: ScriptedRun) =>
  wouldUndo(run.workflow, run.run).map(({ step, certainty }) => `${step} ${certainty}`);
const leaves = (run: ScriptedRun) =>
  wouldLeave(run.workflow, run.run).map(({ step, certainty }) => `${step} ${certainty}`);

describe("what a run waits for, in plain words", () => {
  test("running: for its worker, and until its time is over", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    const at = run.now;
    expect(words(run)).toEqual({
      status: "running",
      what: "for the worker a to do a",
      since: at,
      until: undefined,
      who: "worker",
      verbs: ["cancel"],
    });
    run.fail("a");
    expect(words(run)).toMatchObject({
      what: "for the next attempt to do a, after broke (it broke)",
      until: at + 1000,
      who: "time",
    });
    run.waitForTimer();
    expect(words(run)?.what).toBe("for the worker a to do a, attempt 2");
  });

  test("with a deadline it says until when", () => {
    const run = new ScriptedRun(workflowOf([compensated("a")], undefined, { deadline: 60_000 }));
    expect(words(run)?.until).toBe(run.run.startedAt + 60_000);
  });

  test("pending: for a place, and who holds it", () => {
    const workflow = workflowOf([compensated("a")], undefined, { limit: { key: { $: "input.of" }, runs: 1 } });
    const run = new ScriptedRun(workflow);
    run.run.holder = "r0";
    run.run.limitKey = "c42";
    run.run.out = [];
    expect(words(run)?.what).toBe("for a place: at most 1 at a time for c42, and r0 holds one");
    expect(words(run)?.who).toBe("another run");
  });

  test("an inquiry: for the worker to say whether it was done", () => {
    const run = new ScriptedRun(workflowOf([compensated("a", { inquire: {}, retry: { attempts: 1 } })]));
    run.timeOut("a");
    expect(words(run)?.what).toBe("for the worker a to say whether a was done");
  });

  test("cancelling and compensating: for whoever is still out", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    run.take("b");
    run.cancel();
    expect(words(run)).toMatchObject({ status: "cancelling", what: "for the worker b to do b" });
    expect(words(run)?.verbs).toEqual([]);
    run.fail("b", { effect: "none" });
    expect(words(run)).toMatchObject({ status: "compensating", what: "for the worker undo_a to undo a" });
    run.failUndo("a");
    expect(words(run)).toMatchObject({ what: "for the next attempt to undo a, after broke (it broke)", who: "time" });
  });

  test("blocked: for an operator, what is asked, and the verbs that answer it", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    run.fail("a", { retryable: false });
    run.failUndo("a", { retryable: false, code: "stuck" });
    expect(words(run)).toEqual({
      status: "blocked",
      what: "for an operator: a cannot be undone: stuck (it broke)",
      since: run.now,
      until: undefined,
      who: "operator",
      verbs: ["retry", "resolve", "skip", "abandon"],
    });
  });

  test("of a step after the pivot there is no cancel", () => {
    const steps = [compensated("a"), { step: "p", kind: "pivot" as const }, { step: "b", retry: { attempts: 1 } }];
    const run = new ScriptedRun(workflowOf(steps));
    run.succeed("a");
    run.succeed("p");
    run.fail("b");
    expect(words(run)).toMatchObject({
      status: "blocked",
      what: "for an operator: b has failed or is in doubt: broke (it broke)",
      verbs: ["retry", "resolve", "skip", "abandon"],
    });
    expect(undoes(run)).toEqual([]);
    expect(leaves(run)).toEqual(["a done", "p done", "b possible"]);
  });

  test("suspended: by whom, and that he must resume it", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    run.verb({ type: "suspend" });
    expect(words(run)).toMatchObject({
      status: "suspended",
      what: "to be resumed, suspended by ann",
      since: run.now,
      who: "operator",
      verbs: ["resume"],
    });
  });

  test("ended: for nothing", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    run.succeed("a");
    expect(words(run)).toBeUndefined();
    expect([...undoes(run), ...leaves(run)]).toEqual([]);
  });
});

describe("what would be undone if it failed now", () => {
  test("last to first, what is open only perhaps; and what nothing would undo", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "b" }, compensated("c"), compensated("d")]));
    run.succeed("a");
    run.succeed("b");
    expect(undoes(run)).toEqual(["c possible", "a done"]);
    expect(leaves(run)).toEqual(["b done"]);
    run.succeed("c");
    run.fail("d", { effect: "none", retryable: false });
    expect(undoes(run)).toEqual(["c done", "a done"]);
    run.undone("c");
    expect(undoes(run)).toEqual(["a done"]);
    run.undone("a");
    expect(undoes(run)).toEqual([]);
  });
});

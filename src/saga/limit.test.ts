/** The worry: more runs are open than the limit allows, or one waits for ever; a run that is started again repeats an effect. */
import { describe, expect, test } from "vitest";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../testing/scripted-run.ts";
import { rerunId } from "./rerun.ts";

const held = () => new ScriptedRun(sequenceOf("a", "b"), {}, { limitKey: "shop 7", holder: "order-1" });
const admit = { type: "admit" } as const;

describe("C25: a run above the limit", () => {
  test("stays pending, and names the holder", () => {
    const run = held();
    expect(run.recorded).toMatchObject([
      { type: "RunStarted", limitKey: "shop 7" },
      { type: "RunHeld", holder: "order-1" },
    ]);
    expect([run.status, run.run.holder, run.run.limitKey]).toEqual(["pending", "order-1", "shop 7"]);
    expect([run.sent, run.nextTimer()]).toEqual([[], undefined]);
  });

  test("begins when it is admitted, once", () => {
    const run = held();
    expect(run.give(admit)).toEqual(["RunAdmitted", "StepDispatched a 1"]);
    expect(run.run.holder).toBeUndefined();
    expect(run.give(admit)).toEqual([]);
    expect(run.decision?.kind).toBe("nothing");
  });

  test("under the limit a run begins at once, and keeps its key", () => {
    const run = new ScriptedRun(sequenceOf("a"), {}, { limitKey: "shop 7" });
    expect([run.sent.length, run.run.limitKey, run.status]).toEqual([1, "shop 7", "running"]);
  });

  test("may be cancelled or abandoned, and is not admitted then", () => {
    const run = held();
    const abandoned = run.fork();
    expect(run.cancel()).toEqual(["CancelRequested", "RunTurned cancelled", "RollbackBegan", "RunCompensated"]);
    abandoned.abandon();
    for (const ended of [run, abandoned]) {
      expect(ended.give(admit)).toEqual([]);
      expect([ended.status, ended.sent]).toEqual(["compensated", []]);
    }
  });

  test("stays so over a restart", () => {
    const run = held();
    run.restart();
    expect([run.status, run.run.holder]).toEqual(["pending", "order-1"]);
  });
});

describe("semantics 7: rerun", () => {
  const workflow = workflowOf([
    { step: "look", kind: "readonly" },
    { step: "note" },
    compensated("pay"),
    { step: "see", kind: "readonly" },
  ]);
  const reuse = { look: { stock: 3 }, note: "noted", see: "seen" };
  const rerun = () => new ScriptedRun(workflow, {}, { rerun: { of: "r1", reuse } });

  test("takes over what readonly and plain steps gave, and sends only the others", () => {
    const run = rerun();
    expect(run.recorded.map(({ type }) => type)).toEqual(["RunStarted", "StepReused", "StepReused", "StepDispatched"]);
    expect([run.run.rerunOf, run.step("look").output, run.step("look").state]).toEqual([
      "r1",
      { stock: 3 },
      "succeeded",
    ]);
    expect(run.sent).toEqual([{ step: "pay", side: "execute", attempt: 1 }]);
    expect(run.succeed("pay")).toEqual(["StepSucceeded pay 1", "StepReused see", "RunCompleted"]);
  });

  test("what was taken over did not run here: it is not named in the end", () => {
    const run = rerun();
    run.fail("pay", { effect: "none", retryable: false });
    expect([run.status, run.run.undeclared]).toEqual(["compensated", []]);
  });

  test("a name that every object has is not taken for an output", () => {
    const run = new ScriptedRun(workflowOf([{ step: "constructor" }]), {}, { rerun: { of: "r1", reuse: {} } });
    expect(run.sent).toHaveLength(1);
  });

  test("is recorded of a run that has ended, with who and why, once for each run that it started", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    expect(run.verb({ type: "rerun", run: "r2" })).toEqual(["run_open"]);
    run.succeed("a");
    expect(rerunId(run.run)).toBe("u-1");
    expect(run.verb({ type: "rerun", run: "u-1" })).toEqual(["RunRerun"]);
    expect(run.recorded.at(-1)).toMatchObject({ run: "u-1", actor: "ann", reason: "because" });
    expect([run.status, run.run.lastVerb?.verb, rerunId(run.run)]).toEqual(["completed", "rerun", "u-2"]);
    expect(run.verb({ type: "rerun", run: "u-1" })).toEqual([]);
    expect(run.decision).toMatchObject({ kind: "nothing", why: expect.stringContaining("ann was first") });
    expect(run.verb({ type: "rerun", run: "u-2" }, 1)).toEqual(["version_conflict"]);
  });
});

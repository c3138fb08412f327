/** Blocks: the order of doing and of undoing (semantics.md, C9, C10, C13, C20). */
import { describe, expect, test } from "vitest";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Definition, NodeDefinition, StepDefinition } from "../definition/definition.ts";
import { ScriptedRun } from "../testing/scripted-run.ts";

const step = (name: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  step: name,
  worker: name,
  retry: { jitter: 0 },
  compensation: { worker: `undo_${name}`, retry: { jitter: 0 } },
  ...more,
});

const readonly = (name: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  step: name,
  worker: name,
  kind: "readonly",
  retry: { attempts: 1 },
  ...more,
});

const workflowOf = (steps: readonly NodeDefinition[], more: Partial<Definition> = {}) =>
  loadDefinition({ workflow: "blocks", version: 1, steps, ...more });

const given = (steps: readonly NodeDefinition[], input: object = {}, more: Partial<Definition> = {}) =>
  new ScriptedRun(workflowOf(steps, more), input as never);

const final = { effect: "none", retryable: false } as const;

describe("parallel", () => {
  const three: NodeDefinition = {
    parallel: "both",
    branches: { a: [step("a1"), step("a2")], b: [step("b1"), step("b2")], c: [step("c1")] },
  };

  test("all branches go on side by side, and what is behind it waits for all of them", () => {
    const run = given([step("first"), three, step("last")]);
    expect(run.succeed("first")).toEqual([
      "StepSucceeded first 1",
      "StepDispatched a1 1",
      "StepDispatched b1 1",
      "StepDispatched c1 1",
    ]);
    expect(run.succeed("b1")).toEqual(["StepSucceeded b1 1", "StepDispatched b2 1"]);
    run.succeed("a1");
    run.succeed("c1");
    run.succeed("b2");
    expect(run.succeed("a2")).toEqual(["StepSucceeded a2 1", "StepDispatched last 1"]);
    run.succeed("last");
    expect(run.status).toBe("completed");
  });

  test.each([["a2", "b2"] as const, ["b2", "a2"] as const])(
    "one of three branches fails: the others drain, and the order of undoing follows the dependencies (%s before %s)",
    (early, late) => {
      const run = given([step("first"), three, step("last")]);
      run.succeed("first");
      run.succeed("a1");
      run.succeed("b1");
      run.take(early);
      run.take(late);
      expect(run.fail("c1", final)).toEqual(["AttemptFailed c1 1 none", "StepFailed c1", "RunTurned step_failed"]);
      expect(run.status).toBe("cancelling");
      expect(run.recalled).toEqual([]);
      expect(run.withdrawn.map((ref) => ref.step).sort()).toEqual(["a2", "b2"]);
      run.succeed(early);
      // Branches side by side, each last to first, and then what was before them.
      const begun = run.succeed(late);
      expect(begun).toEqual([
        `StepSucceeded ${late} 1`,
        "RollbackBegan",
        "CompensationDispatched a2 1",
        "CompensationDispatched b2 1",
      ]);
      expect(run.undone("b2")).toEqual(["StepCompensated b2 1 found", "CompensationDispatched b1 1"]);
      expect(run.undone("b1")).toEqual(["StepCompensated b1 1 found"]);
      expect(run.undone("a2")).toEqual(["StepCompensated a2 1 found", "CompensationDispatched a1 1"]);
      expect(run.undone("a1")).toEqual(["StepCompensated a1 1 found", "CompensationDispatched first 1"]);
      run.undone("first");
      expect(run.status).toBe("compensated");
    },
  );

  test("siblings: cancel: those beside it are advised to stop, and have the grace", () => {
    const run = given([{ ...three, siblings: "cancel" }], {}, { cancelGrace: 5000 });
    run.take("a1");
    run.take("b1");
    run.fail("c1", final);
    expect(run.recalled.map((ref) => ref.step)).toEqual(["a1", "b1"]);
    expect(run.nextTimer()?.dueAt).toBe(run.now + 5000);
    run.waitForTimer();
    run.waitForTimer();
    expect(run.step("a1").state).toBe("in_doubt");
    expect(run.run.phase).toBe("backward");
  });

  test("a compensation that is blocked holds up its own branch, and not the others", () => {
    const run = given([three]);
    for (const name of ["a1", "b1", "a2", "b2"]) run.succeed(name);
    run.fail("c1", final);
    run.failUndo("a2", final);
    expect(run.status).toBe("blocked");
    expect(run.undone("b2")).toEqual(["StepCompensated b2 1 found", "CompensationDispatched b1 1"]);
    run.undone("b1");
    expect(run.verb({ type: "skip", step: "a2" })).toEqual([
      "CompensationSkipped a2",
      "IncidentClosed operator",
      "CompensationDispatched a1 1",
    ]);
    run.undone("a1");
    expect(run.run.residue).toEqual([{ step: "a2", certainty: "done" }]);
  });
});

describe("choose and when", () => {
  const choice: NodeDefinition = {
    choose: "size",
    cases: [
      { when: "input.total > 100.0", steps: [step("big")] },
      { when: "input.total > 10.0", steps: [step("middle")] },
      { otherwise: true, steps: [] },
    ],
  };

  test.each([
    [500, "big"],
    [50, "middle"],
  ])("the first case whose condition holds is taken: %d", (total, taken) => {
    const run = given([choice, step("last")], { total });
    expect(run.sent.map((ref) => ref.step)).toEqual([taken]);
    run.succeed(taken);
    run.succeed("last");
    expect(run.status).toBe("completed");
  });

  test("where none holds it goes on", () => {
    const run = given([choice, step("last")], { total: 1 });
    expect(run.recorded.map(({ type }) => type)).toEqual(["RunStarted", "ChoiceTaken", "StepDispatched"]);
    expect(run.step("big").state).toBe("skipped");
  });

  test("C20: a condition without a value fails the block: nothing was done, and the run turns back", () => {
    const run = given([step("first"), choice], { total: "much" });
    expect(run.succeed("first")).toEqual([
      "StepSucceeded first 1",
      "BlockFailed size",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched first 1",
    ]);
  });

  test("with onFailure: incident an operator asks again, or skips the block", () => {
    const run = given([choice, step("last")], { total: "much" }, { onFailure: "incident" });
    expect(run.incidents).toEqual(["step size"]);
    expect(run.verb({ type: "retry" })).toEqual([
      "BlockRetried size",
      "IncidentClosed operator",
      "BlockFailed size",
      "IncidentOpened size step",
    ]);
    expect(run.verb({ type: "resolve" })).toEqual(["verb_unsuitable"]);
    expect(run.verb({ type: "skip" })).toEqual([
      "BlockSkipped size",
      "IncidentClosed operator",
      "StepDispatched last 1",
    ]);
  });

  test("a step or block whose condition does not hold is left out", () => {
    const run = given([
      step("gift", { when: "has(input.note)" }),
      { parallel: "p", when: "has(input.note)", branches: { a: [step("x")], b: [step("y")] } },
      step("last"),
    ]);
    expect(run.recorded.map(({ type }) => type)).toEqual([
      "RunStarted",
      "StepOmitted",
      "BlockOmitted",
      "StepDispatched",
    ]);
    run.fail("last", final);
    expect(run.status).toBe("compensated");
  });
});

describe("fail", () => {
  test("the run is refused, and turns back with that cause", () => {
    const run = given([step("first"), { fail: "no", when: "input.total > 1.0", code: "too_much" }, step("last")], {
      total: 5,
    });
    expect(run.succeed("first").slice(1)).toEqual([
      "StepFailed no",
      "RunTurned refused",
      "RollbackBegan",
      "CompensationDispatched first 1",
    ]);
    run.undone("first");
    expect(run.run.cause).toBe("refused");
    expect(run.step("no").error?.code).toBe("too_much");
  });
});

describe("forEach", () => {
  const lines: NodeDefinition = {
    forEach: "lines",
    in: { $: "input.lines" },
    as: "line",
    concurrency: 2,
    steps: [step("pick"), readonly("label")],
  };
  const input = { lines: ["a", "b", "c"] };

  test("so many items at a time, each with its own key; its output is the list of what each item's last step gave", () => {
    const run = given([lines], input, { output: { labels: { $: "steps.lines.output" } } });
    expect(run.sent.map((ref) => ref.step)).toEqual(["pick[0]", "pick[1]"]);
    expect(run.succeed("pick[1]")).toEqual(["StepSucceeded pick[1] 1", "StepDispatched label[1] 1"]);
    expect(run.succeed("label[1]", { output: "L1" })).toEqual(["StepSucceeded label[1] 1", "StepDispatched pick[2] 1"]);
    run.succeed("pick[0]");
    run.succeed("label[0]", { output: "L0" });
    run.succeed("pick[2]");
    expect(run.succeed("label[2]", { output: "L2" })).toEqual(["StepSucceeded label[2] 1", "RunCompleted"]);
    expect(run.run.output).toEqual({ labels: ["L0", "L1", "L2"] });
  });

  test("C13: after the turn no item begins; items are undone side by side, the last started first", () => {
    const run = given([step("first"), lines], input);
    run.succeed("first");
    run.succeed("pick[0]");
    run.succeed("label[0]");
    run.succeed("pick[1]");
    run.succeed("label[1]");
    run.succeed("pick[2]");
    expect(run.fail("label[2]", final).slice(-3)).toEqual([
      "RollbackBegan",
      "CompensationDispatched pick[2] 1",
      "CompensationDispatched pick[1] 1",
    ]);
    expect(run.undone("pick[1]")).toEqual(["StepCompensated pick[1] 1 found", "CompensationDispatched pick[0] 1"]);
    run.undone("pick[0]");
    expect(run.undone("pick[2]")).toEqual(["StepCompensated pick[2] 1 found", "CompensationDispatched first 1"]);
  });

  test("no items: done at once", () => {
    const run = given([lines, step("last")], { lines: [] });
    expect(run.sent.map((ref) => ref.step)).toEqual(["last"]);
  });

  test("C20: what it goes through is no list: the block fails", () => {
    const run = given([lines], { lines: "a" });
    expect(run.status).toBe("compensated");
    expect(run.recorded.map(({ type }) => type)).toContain("BlockFailed");
  });
});

describe("loop", () => {
  const poll: NodeDefinition = {
    loop: "poll",
    until: "steps.track.output.done",
    max: 3,
    steps: [readonly("track"), step("note")],
  };

  test("again and again until its condition holds; its output is the last iteration's", () => {
    const run = given(
      [poll, step("last")],
      {},
      { output: { last: { $: "steps.poll.output" }, seen: { $: "steps.track.output" } } },
    );
    expect(run.sent.map((ref) => ref.step)).toEqual(["track#1"]);
    run.succeed("track#1", { output: { done: false } });
    expect(run.succeed("note#1")).toEqual([
      "StepSucceeded note#1 1",
      "IterationBegan poll 2",
      "StepDispatched track#2 1",
    ]);
    run.succeed("track#2", { output: { done: true } });
    expect(run.succeed("note#2", { output: "two" })).toEqual([
      "StepSucceeded note#2 1",
      "LoopEnded poll",
      "StepDispatched last 1",
    ]);
    run.succeed("last");
    expect(run.run.output).toEqual({ last: "two", seen: { done: true } });
  });

  test("iterations are undone strictly in reverse", () => {
    const run = given([poll, step("last")]);
    for (const n of [1, 2, 3]) {
      run.succeed(`track#${n}`, { output: { done: n === 3 } });
      run.succeed(`note#${n}`);
    }
    run.fail("last", final);
    expect(run.undone("note#3")).toEqual(["StepCompensated note#3 1 found", "CompensationDispatched note#2 1"]);
    expect(run.undone("note#2")).toEqual(["StepCompensated note#2 1 found", "CompensationDispatched note#1 1"]);
    run.undone("note#1");
    expect(run.status).toBe("compensated");
  });

  test("after its last iteration it has failed", () => {
    const run = given([poll]);
    for (const n of [1, 2, 3]) {
      run.succeed(`track#${n}`, { output: { done: false } });
      run.succeed(`note#${n}`);
    }
    expect(run.recorded.find((event) => event.type === "BlockFailed")).toMatchObject({
      error: { code: "loop_exhausted" },
    });
    expect(run.run.phase).toBe("backward");
  });

  test("an iteration sees what the one before gave, where it has not come so far", () => {
    const run = given([
      {
        loop: "pages",
        until: "steps.page.output.next == null",
        max: 10,
        steps: [readonly("page", { input: { from: { $: "steps.page.output.next", else: 0 } } })],
      },
    ]);
    run.succeed("page#1", { output: { next: 7 } });
    expect(run.payload("page#2").input).toEqual({ from: 7 });
    run.succeed("page#2", { output: { next: null } });
    expect(run.status).toBe("completed");
  });

  test("the undo of an iteration in doubt is not told what the one before gave", () => {
    const pay = step("pay", {
      retry: { attempts: 1 },
      compensation: { worker: "undo_pay", input: { no: { $: "steps.pay.output.no", else: "unknown" } } },
    });
    const run = given([{ loop: "tries", until: "steps.ask.output", max: 5, steps: [pay, readonly("ask")] }]);
    run.succeed("pay#1", { output: { no: 1 } });
    run.succeed("ask#1", { output: false });
    run.fail("pay#2", { effect: "possible" });
    expect(run.payload("pay#2", "compensate").input).toEqual({ no: "unknown" });
    run.undone("pay#2");
    expect(run.payload("pay#1", "compensate").input).toEqual({ no: 1 });
  });

  test("what is over and has nothing to undo is forgotten", () => {
    const run = given([{ ...poll, max: 100, steps: [readonly("track")] }]);
    for (let n = 1; n <= 50; n++) run.succeed(`track#${n}`, { output: { done: false } });
    expect(Object.keys(run.run.repeated ?? {})).toEqual(["track#51"]);
    expect(run.succeed("track#3", { attempt: 1 })).toEqual([]);
  });
});

describe("blocks in blocks", () => {
  test("a step in a loop in an item sees its own item and its own iteration", () => {
    const run = given(
      [
        {
          forEach: "each",
          in: { $: "input.all" },
          as: "one",
          concurrency: 2,
          steps: [
            readonly("open", { input: { $: "one" } }),
            {
              loop: "tries",
              until: "steps.try.output == one",
              max: 5,
              steps: [step("try", { input: { of: { $: "one" }, opened: { $: "steps.open.output" } } })],
            },
          ],
        },
      ],
      { all: ["x", "y"] },
    );
    run.succeed("open[1]", { output: "open y" });
    run.succeed("try[1]#1", { output: "no" });
    expect(run.payload("try[1]#2").input).toEqual({ of: "y", opened: "open y" });
    run.succeed("open[0]", { output: "open x" });
    run.succeed("try[0]#1", { output: "x" });
    expect(run.fail("try[1]#2", final).slice(-3)).toEqual([
      "RollbackBegan",
      "CompensationDispatched try[1]#1 1",
      "CompensationDispatched try[0]#1 1",
    ]);
    run.undone("try[0]#1");
    run.undone("try[1]#1");
    expect(run.status).toBe("compensated");
  });
});

describe("waits and signals", () => {
  test("for a time: the run waits, and then goes on", () => {
    const run = given([{ wait: "pause", for: 60_000 }, step("last")]);
    expect(run.status).toBe("waiting");
    expect(run.waitForTimer()).toEqual(["WaitEnded pause time", "StepDispatched last 1"]);
  });

  test("until a moment; one that is over ends at once", () => {
    const run = given([{ wait: "until", until: { $: "input.at" } }, step("last")], { at: "1970-01-01T00:20:00Z" });
    expect(run.nextTimer()?.dueAt).toBe(1_200_000);
    const over = given([{ wait: "until", until: { $: "input.at" } }, step("last")], { at: 5 });
    expect(over.sent.map((ref) => ref.step)).toEqual(["last"]);
    const none = given([{ wait: "until", until: { $: "input.at" } }], { at: "tomorrow" });
    expect(none.step("until").error?.code).toBe("bad_moment");
  });

  const approval: NodeDefinition = { wait: "manager", signal: "approval", timeout: 1000, onTimeout: "fail" };
  const signal = (id: string, payload: unknown = null) =>
    ({ type: "signal", signal: "approval", id, payload: payload as never }) as const;

  test("the same signal is dropped, though few are kept and others came in between", () => {
    const second: NodeDefinition = { wait: "director", signal: "approval" };
    const run = given([approval, second, { wait: "pause", for: 1000 }], {}, { signals: { max: 1 } });
    run.verb(signal("s1"));
    run.verb(signal("s2"));
    expect(run.run.phase).toBe("forward");
    expect(run.verb(signal("s1"))).toEqual([]);
  });

  test("for a signal: its payload is the output", () => {
    const run = given([approval, step("last", { input: { $: "steps.manager.output.ok" } })]);
    expect(run.verb(signal("s1", { ok: true }))).toEqual([
      "SignalReceived",
      "WaitEnded manager signal",
      "StepDispatched last 1",
    ]);
    expect(run.payload("last").input).toBe(true);
  });

  test("C22: one that comes before the wait is kept for it; the same id is dropped", () => {
    const run = given([step("first"), approval, step("last")]);
    run.verb(signal("s1", 1));
    expect(run.verb(signal("s1", 2))).toEqual([]);
    expect(run.succeed("first")).toEqual([
      "StepSucceeded first 1",
      "WaitBegan manager",
      "WaitEnded manager signal",
      "StepDispatched last 1",
    ]);
    expect(run.step("manager").output).toBe(1);
  });

  test("C22: a kept signal that is too old does not count; no more are kept than may be", () => {
    const run = given([step("first"), approval], {}, { signals: { maxAge: 500, max: 1 } });
    run.verb(signal("s1"));
    expect(run.verb(signal("s2"))).toEqual(["signal_refused"]);
    run.now += 600;
    expect(run.verb(signal("s3"))).toEqual(["SignalReceived"]);
    run.now += 600;
    run.succeed("first");
    expect(run.step("manager").state).toBe("waiting");
  });

  test("C22: a run that does not go forward takes none", () => {
    const run = given([step("first"), approval]);
    run.take("first");
    run.cancel();
    expect(run.verb(signal("s1"))).toEqual(["run_closed"]);
  });

  test("onTimeout: fail turns the run; without, it goes on without an output", () => {
    const run = given([step("first"), approval]);
    run.succeed("first");
    expect(run.waitForTimer().slice(0, 2)).toEqual(["StepFailed manager", "RunTurned step_failed"]);
    const other = given([{ wait: "manager", signal: "approval", timeout: 1000 }, step("last")]);
    expect(other.waitForTimer()).toEqual(["WaitEnded manager timeout", "StepDispatched last 1"]);
  });

  test("a cancel ends the wait", () => {
    const run = given([approval]);
    run.cancel();
    expect(run.step("manager").state).toBe("not_run");
    expect(run.status).toBe("compensated");
    expect(run.nextTimer()).toBeUndefined();
  });

  test("while it is suspended a wait ends, and nothing is sent", () => {
    const run = given([{ wait: "pause", for: 1000 }, step("last")]);
    run.verb({ type: "suspend" });
    expect(run.waitForTimer()).toEqual(["WaitEnded pause time"]);
    expect(run.verb({ type: "resume" })).toEqual(["RunResumed", "StepDispatched last 1"]);
  });
});

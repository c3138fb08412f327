/** The worry: a run says that nothing is left in the world, and what its author could not undo is left. */
import { describe, expect, test } from "vitest";
import type { StepKind } from "../definition/definition.ts";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";

const once = { jitter: 0, attempts: 1 };

/** `a`, then `b` of a kind, then `c`; a compensatable step is undone by a worker of its own. */
const workflowWith = (kind: StepKind, more: object = {}) =>
  workflowOf([
    compensated("a"),
    kind === "compensatable" ? compensated("b", { retry: once }) : { step: "b", kind, retry: once },
    compensated("c", more),
  ]);

function atB(kind: StepKind): ScriptedRun {
  const run = new ScriptedRun(workflowWith(kind));
  run.succeed("a");
  return run;
}

/** Everything that is out or armed is undone, to the end. */
function goBack(run: ScriptedRun): void {
  for (let undos = 0; run.run.phase === "backward" && undos < 9; undos++) {
    for (const { step } of run.run.out.filter(({ side }) => side === "compensate")) run.undone(step);
  }
}

const residueOf = (run: ScriptedRun, step = "b") => run.run.residue.find((entry) => entry.step === step)?.certainty;

const kinds = ["compensatable", "readonly", "plain", "irreversible"] as const;

describe("semantics 3: what is left when the run went back", () => {
  const left = {
    "done, then the run failed": {
      happen: (run: ScriptedRun) => run.succeed("b") && run.fail("c", { effect: "none", retryable: false }),
      compensatable: undefined,
      readonly: undefined,
      plain: "undeclared",
      irreversible: "done",
    },
    "in doubt": {
      happen: (run: ScriptedRun) => run.timeOut("b"),
      compensatable: undefined,
      readonly: undefined,
      plain: "undeclared",
      irreversible: "possible",
    },
    "failed without effect": {
      happen: (run: ScriptedRun) => run.fail("b", { effect: "none" }),
      compensatable: undefined,
      readonly: undefined,
      plain: undefined,
      irreversible: undefined,
    },
    "taken back": {
      happen: (run: ScriptedRun) => run.cancel() && run.withdraw("b"),
      compensatable: undefined,
      readonly: undefined,
      plain: undefined,
      irreversible: undefined,
    },
  } as const;

  for (const [what, { happen, ...expected }] of Object.entries(left)) {
    test.each(kinds)(`%s, ${what}`, (kind) => {
      const run = atB(kind);
      happen(run);
      goBack(run);
      const said = run.run.undeclared.includes("b") ? "undeclared" : residueOf(run);
      expect(said).toBe(expected[kind]);
      expect(run.status).toBe(said === "done" || said === "possible" ? "failed" : "compensated");
      expect(run.sent.some(({ step, side }) => step === "b" && side === "compensate")).toBe(
        kind === "compensatable" && (what.startsWith("done") || what === "in doubt"),
      );
    });
  }
});

describe("semantics 3: what is left when the run is abandoned", () => {
  type Said = "done" | "possible" | "undeclared" | undefined;
  interface Scene {
    readonly act: (run: ScriptedRun) => void;
    readonly left: Readonly<Record<(typeof kinds)[number], Said>>;
  }
  const possible = {
    compensatable: "possible",
    readonly: undefined,
    plain: "undeclared",
    irreversible: "possible",
  } as const;
  const certain = { compensatable: "done", readonly: undefined, plain: "undeclared", irreversible: "done" } as const;
  const nothing = { compensatable: undefined, readonly: undefined, plain: undefined, irreversible: undefined };

  const scenes: Readonly<Record<string, Scene>> = {
    "forward, not begun": { act: () => undefined, left: nothing },
    "forward, its command out": { act: (run) => run.take("b"), left: possible },
    "forward, done": { act: (run) => run.succeed("b"), left: certain },
    "draining, its command out": { act: (run) => (run.take("b"), run.cancel()), left: possible },
    "backward, done": {
      act: (run) => (run.succeed("b"), run.fail("c", { effect: "none", retryable: false })),
      left: { ...certain, compensatable: "possible" },
    },
    "backward, in doubt": { act: (run) => run.timeOut("b"), left: possible },
    "backward, failed without effect": { act: (run) => run.fail("b", { effect: "none" }), left: nothing },
  };

  for (const [what, { act, left }] of Object.entries(scenes)) {
    test.each(kinds)(`%s, ${what}`, (kind) => {
      const run = what === "forward, not begun" ? new ScriptedRun(workflowWith(kind)) : atB(kind);
      act(run);
      run.abandon();
      const { residue, undeclared } = run.run;
      expect(undeclared.includes("b") ? "undeclared" : residueOf(run)).toBe(left[kind]);
      expect(run.status).toBe(residue.length > 0 ? "failed" : "compensated");
      expect([run.incidents, run.nextTimer()]).toEqual([[], undefined]);
    });
  }

  test("held, it leaves nothing", () => {
    const run = new ScriptedRun(workflowWith("plain"), {}, { limitKey: "k", holder: "other" });
    run.abandon();
    expect(run.status).toBe("compensated");
  });

  test("suspended", () => {
    const run = atB("irreversible");
    run.take("b");
    run.verb({ type: "suspend" });
    run.abandon();
    expect([run.status, residueOf(run)]).toEqual(["failed", "possible"]);
  });

  test("inquiring, it is possible, and a late answer is only kept", () => {
    const run = new ScriptedRun(
      workflowOf([compensated("a"), { step: "b", kind: "irreversible", retry: once, inquire: {} }]),
    );
    run.succeed("a");
    run.timeOut("b");
    run.abandon();
    expect(residueOf(run)).toBe("possible");
    expect(run.inquired("b", { outcome: "done" })).toEqual(["ResultRejected b inquiry 1 abandoned"]);
    expect(run.inquired("b", { outcome: "done" })).toEqual([]);
    expect(run.succeed("b", { attempt: 1 })).toEqual(["ResultRejected b 1 abandoned"]);
    expect(residueOf(run)).toBe("possible");
  });

  test("past the pivot, the effects that were meant to stay are named too", () => {
    const run = new ScriptedRun(
      workflowOf([
        compensated("a"),
        { step: "ship", kind: "pivot" },
        { step: "tell" },
        { step: "log", kind: "readonly" },
      ]),
    );
    run.succeed("a");
    run.succeed("ship");
    run.take("tell");
    run.abandon();
    expect(run.recorded.at(-1)).toEqual({
      type: "RunFailed",
      cause: "abandoned",
      residue: [
        { step: "a", certainty: "done" },
        { step: "ship", certainty: "done" },
        { step: "tell", certainty: "possible" },
      ],
    });
  });

  test("blocked past the pivot", () => {
    const run = new ScriptedRun(workflowOf([{ step: "ship", kind: "pivot" }, { step: "tell" }]));
    run.succeed("ship");
    run.fail("tell", { retryable: false });
    expect(run.abandon()).toEqual(["RunAbandoned", "IncidentClosed abandon", "RunFailed"]);
    expect(residueOf(run, "tell")).toBe("possible");
  });
});

describe("C4: a late success by kind", () => {
  test.each(["readonly", "plain"] as const)("%s: recorded, nothing more", (kind) => {
    for (const effect of ["none", "possible"] as const) {
      const run = atB(kind);
      run.fail("b", { effect });
      goBack(run);
      expect(run.succeed("b", { attempt: 1 }).at(-1)).toBe("LateSuccessRecorded b 1");
      expect([run.status, run.incidents]).toEqual(["compensated", []]);
    }
  });

  test("irreversible in doubt: its residue becomes done", () => {
    const run = atB("irreversible");
    run.timeOut("b");
    goBack(run);
    expect(residueOf(run)).toBe("possible");
    expect(run.succeed("b", { attempt: 1 })).toEqual(["LateSuccessRecorded b 1"]);
    expect([run.status, residueOf(run)]).toEqual(["failed", "done"]);
  });

  test("irreversible in doubt, before the end: it is done in the final word", () => {
    const run = atB("irreversible");
    run.timeOut("b");
    run.succeed("b", { attempt: 1 });
    goBack(run);
    expect(residueOf(run)).toBe("done");
  });

  test("irreversible that had failed: an incident, in a run that goes back and in one that had ended", () => {
    const back = atB("irreversible");
    back.fail("b", { effect: "none" });
    const ended = back.fork();
    goBack(ended);
    expect(ended.status).toBe("compensated");
    expect(back.succeed("b", { attempt: 1 })).toEqual([
      "AnomalyRecorded b 1 broken_promise",
      "LateSuccessRecorded b 1",
      "IncidentOpened b late_effect",
    ]);
    expect(ended.succeed("b", { attempt: 1 }).slice(-2)).toEqual(["RunReopened b", "IncidentOpened b late_effect"]);
    const resolved = ended.fork();
    resolved.verb({ type: "resolve" });
    expect(resolved.status).toBe("compensated");
    ended.verb({ type: "skip" });
    expect([ended.status, residueOf(ended)]).toEqual(["failed", "done"]);
  });

  test("retriable that had failed, where an operator had skipped the pivot: an incident too", () => {
    const run = new ScriptedRun(
      workflowOf(
        [compensated("a"), { step: "ship", kind: "pivot" }, { step: "tell", retry: once }, { step: "log" }],
        undefined,
        {
          onFailure: "incident",
        },
      ),
    );
    run.succeed("a");
    run.fail("ship", { effect: "none", retryable: false });
    run.verb({ type: "skip" });
    run.fail("tell", { effect: "none" });
    run.verb({ type: "skip" });
    run.cancel();
    run.withdraw("log");
    goBack(run);
    expect(run.succeed("tell", { attempt: 1 })).toContain("IncidentOpened tell late_effect");
  });
});

describe("semantics 3: the default kinds", () => {
  test("compensatable with a compensation, retriable after a pivot, else plain", () => {
    const { steps } = workflowOf([
      compensated("a"),
      { step: "b" },
      { step: "c", kind: "pivot" },
      { step: "d" },
      { step: "e", kind: "readonly" },
    ]);
    expect(steps.map(({ kind }) => kind)).toEqual(["compensatable", "plain", "pivot", "retriable", "readonly"]);
  });
});

describe("C24: at_most_once", () => {
  const cash = workflowOf([
    compensated("a"),
    compensated("b", { execution: "at_most_once", retry: { jitter: 0, attempts: 5 } }),
  ]);

  test("has one attempt, whatever its policy says: interrupted means in doubt", () => {
    const run = new ScriptedRun(cash);
    run.succeed("a");
    expect(run.timeOut("b")).toEqual([
      "AttemptTimedOut b 1",
      "StepInDoubt b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
  });

  test("not even after a failure that allows a retry", () => {
    const run = new ScriptedRun(cash);
    run.succeed("a");
    expect(run.fail("b", { effect: "none" })).toContain("StepFailed b");
  });

  test("only an operator sends it once more", () => {
    const run = new ScriptedRun(
      workflowOf([compensated("b", { execution: "at_most_once" })], undefined, { onFailure: "incident" }),
    );
    run.fail("b", { effect: "none" });
    expect(run.verb({ type: "retry" })).toContain("StepDispatched b 2");
  });
});

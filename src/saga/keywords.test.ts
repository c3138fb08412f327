/**
 * The worry: a key of the definition is read, and changes nothing. For each one the same definition is run with and
 * without it through the same messages, and the two must end differently (definition.md, 1).
 */
import { describe, expect, test } from "vitest";
import { loadDefinition } from "../definition/content-hash.ts";
import { stepDefinitions } from "../definition/definition-steps.ts";
import type { Definition, StepDefinition } from "../definition/definition.ts";
import { vocabulary } from "../definition/vocabulary.ts";
import { failure, ScriptedRun } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";
import { expiresAt } from "./retention.ts";

const start = 1_000_000;
const steady = { jitter: 0 } as const;

/** `a`, then `b` with one attempt, then `c`; each is undone by a worker of its own. */
const base: Definition = {
  workflow: "keys",
  version: 1,
  steps: [
    { step: "a", worker: "a", compensation: { worker: "undo_a" } },
    { step: "b", worker: "b", retry: { attempts: 1 }, compensation: { worker: "undo_b" } },
    { step: "c", worker: "c", compensation: { worker: "undo_c" } },
  ],
};

const workflowWith = (more: Partial<Definition>): Definition => ({ ...base, ...more });

const stepWith = (more: Partial<StepDefinition>, without: readonly (keyof StepDefinition)[] = []): Definition => ({
  ...base,
  steps: stepDefinitions(base).map((step) => {
    if (step.step !== "b") return step;
    const changed: Record<string, unknown> = { ...step, ...more };
    for (const key of without) delete changed[key];
    return changed as unknown as StepDefinition;
  }),
});

interface Shown {
  readonly with: Definition;
  /** Default: the base. */
  readonly without?: Definition;
  readonly input?: { readonly amount: number };
  /** The messages, the same for both; what they led to. */
  readonly play: (run: ScriptedRun) => unknown;
  readonly expected: readonly [withKey: unknown, withoutKey: unknown];
}

/** At `b`. */
const atB = (run: ScriptedRun) => {
  run.succeed("a");
  return run;
};
const doubtAboutB = (run: ScriptedRun) => {
  atB(run).timeOut("b");
  return run;
};
const timerOf = (run: ScriptedRun) => {
  const next = run.nextTimer();
  return next && next.dueAt - start;
};
const payload = (run: ScriptedRun) => {
  const made = payloadOf(run.workflow, run.run, "b", "execute");
  return made.ok ? made.payload : made.problem;
};

const shown: Readonly<Record<string, Shown>> = {
  "workflow output": {
    with: workflowWith({ output: { paid: { $: "steps.b.output" } } }),
    play: (run) => {
      for (const step of ["a", "b", "c"]) run.succeed(step);
      return run.run.output;
    },
    expected: [{ paid: "b done" }, null],
  },
  "workflow retention": {
    with: workflowWith({ retention: 1000 }),
    play: (run) => {
      for (const step of ["a", "b", "c"]) run.succeed(step);
      return expiresAt(run.workflow, run.run);
    },
    expected: [start + 1000, start + 30 * 86_400_000],
  },
  "workflow deadline": {
    with: workflowWith({ deadline: 60_000 }),
    play: (run) => {
      run.now += 60_000;
      run.give({ type: "timer", timer: { kind: "deadline" } });
      return [run.status, run.run.cause];
    },
    expected: [
      ["cancelling", "deadline"],
      ["running", undefined],
    ],
  },
  "workflow onDeadline": {
    with: workflowWith({ deadline: 60_000, onDeadline: "incident" }),
    without: workflowWith({ deadline: 60_000 }),
    play: (run) => {
      run.waitForTimer();
      return [run.status, run.incidents];
    },
    expected: [
      ["running", ["overdue"]],
      ["cancelling", []],
    ],
  },
  "workflow onFailure": {
    with: workflowWith({ onFailure: "incident" }),
    play: (run) => {
      atB(run).fail("b", { effect: "none" });
      return [run.status, run.incidents];
    },
    expected: [
      ["blocked", ["step b"]],
      ["compensating", []],
    ],
  },
  "workflow compensationDeadline": {
    with: workflowWith({ compensationDeadline: 60_000 }),
    play: (run) => {
      atB(run).fail("b", { effect: "none" });
      run.now += 60_000;
      run.give({ type: "timer", timer: { kind: "deadline" } });
      return run.incidents;
    },
    expected: [["overdue"], []],
  },
  "workflow cancelGrace": {
    with: workflowWith({ ...stepWith({ timeout: 600_000 }), cancelGrace: 5000 }),
    without: stepWith({ timeout: 600_000 }),
    play: (run) => {
      atB(run).take("b");
      run.cancel();
      return timerOf(run);
    },
    expected: [5000, 30_000],
  },
  "step worker": {
    with: stepWith({ worker: "another" }),
    play: (run) => payload(atB(run)),
    expected: [expect.objectContaining({ worker: "another" }), expect.objectContaining({ worker: "b" })],
  },
  "step kind": {
    with: stepWith({ kind: "irreversible" }, ["compensation"]),
    without: stepWith({}, ["compensation"]),
    play: (run) => {
      atB(run).succeed("b");
      run.fail("c", { effect: "none", retryable: false });
      run.undone("a");
      return [run.status, run.run.residue, run.run.undeclared];
    },
    expected: [
      ["failed", [{ step: "b", certainty: "done" }], []],
      ["compensated", [], ["b"]],
    ],
  },
  "step input": {
    with: stepWith({ input: { sum: { $: "input.amount" } } }),
    input: { amount: 7 },
    play: (run) => payload(atB(run)),
    expected: [expect.objectContaining({ input: { sum: 7 } }), expect.objectContaining({ input: { amount: 7 } })],
  },
  "step timeout": {
    with: stepWith({ timeout: 5000 }),
    play: (run) => {
      atB(run).take("b");
      return timerOf(run);
    },
    expected: [5000, 30_000],
  },
  "step scheduleToStart": {
    with: stepWith({ scheduleToStart: 5000 }),
    play: (run) => timerOf(atB(run)),
    expected: [5000, undefined],
  },
  "step stepDeadline": {
    with: stepWith({ stepDeadline: 500, retry: steady }),
    without: stepWith({ retry: steady }),
    play: (run) => {
      atB(run).fail("b", { effect: "none" });
      run.waitForTimer();
      return run.step("b").state;
    },
    expected: ["failed", "dispatched"],
  },
  "step heartbeat": {
    with: stepWith({ heartbeat: 2000 }),
    play: (run) => {
      atB(run).take("b");
      run.now += 1000;
      run.beat("b");
      return timerOf(run);
    },
    expected: [3000, 30_000],
  },
  "step execution": {
    with: stepWith({ execution: "at_most_once" }, ["retry"]),
    without: stepWith({}, ["retry"]),
    play: (run) => doubtAboutB(run).step("b").state,
    expected: ["in_doubt", "retry_wait"],
  },
  "step retry": {
    with: stepWith({ retry: { ...steady, attempts: 2 } }),
    without: stepWith({}, ["retry"]),
    play: (run) => {
      atB(run);
      for (let attempt = 1; run.step("b").state === "dispatched"; attempt++) {
        run.fail("b", { effect: "none" });
        if (run.step("b").state === "retry_wait") run.waitForTimer();
      }
      return run.step("b").attempts.length;
    },
    expected: [2, 3],
  },
  "step inquire": {
    with: stepWith({ inquire: {} }),
    play: (run) => doubtAboutB(run).step("b").state,
    expected: ["inquiring", "in_doubt"],
  },
  "step compensation": {
    with: base,
    without: stepWith({}, ["compensation"]),
    play: (run) => doubtAboutB(run).sent.at(-1),
    expected: [
      { step: "b", side: "compensate", attempt: 1 },
      { step: "a", side: "compensate", attempt: 1 },
    ],
  },
  "step compensateInDoubt": {
    with: stepWith({ compensateInDoubt: false }),
    play: (run) => doubtAboutB(run).incidents,
    expected: [["in_doubt b"], []],
  },
  "inquiry timeout": {
    with: stepWith({ inquire: { timeout: 5000 } }),
    without: stepWith({ inquire: {} }),
    play: (run) => {
      doubtAboutB(run).take("b", "inquire");
      return timerOf(run) ?? 0;
    },
    expected: [35_000, 60_000],
  },
  "inquiry retry": {
    with: stepWith({ inquire: { retry: { attempts: 1 } } }),
    without: stepWith({ inquire: {} }),
    play: (run) => {
      doubtAboutB(run).answer("b", "inquire", 1, failure());
      return run.step("b").state;
    },
    expected: ["in_doubt", "inquiring"],
  },
};

/** What no sequence of messages to one run can show, and where it is shown. */
const elsewhere: Readonly<Record<string, string>> = {
  "workflow workflow": "the name, by which a workflow is started",
  "workflow version": "for people; a run keeps its definition by hash",
  "workflow inputSchema": "a start that does not fit is refused before there is a run",
  "workflow attributes": "runs are found by them; no rule reads them",
  "workflow limit": "counts several runs; what one of them is told is in limit.test.ts",
  "workflow workers": "the catalogue is outside the definition's hash: contract.test.ts",
  "workflow steps": "the whole workflow",
  "workflow signals": "block-keywords.test.ts",
  "step when": "block-keywords.test.ts",
  "limit key": "counts several runs",
  "limit runs": "counts several runs",
  "step step": "the name, by which messages find their step",
};

describe("definition 1: a key changes behaviour", () => {
  test.each(Object.entries(shown))("%s", (_, { with: withKey, without = base, input, play, expected }) => {
    const played = [withKey, without].map((definition) =>
      play(new ScriptedRun(loadDefinition(definition), input ?? {})),
    );
    expect(played).toEqual(expected);
    expect(played[0]).not.toEqual(played[1]);
  });

  test("every key is shown here, or elsewhere", () => {
    const keys = (["workflow", "limit", "step", "inquiry"] as const).flatMap((holder) =>
      vocabulary[holder].map(({ key }) => `${holder} ${key}`),
    );
    expect([...Object.keys(shown), ...Object.keys(elsewhere)].toSorted()).toEqual(keys.toSorted());
  });

  test("the two definitions of a pair differ in that key alone", () => {
    for (const [name, { with: withKey, without = base }] of Object.entries(shown)) {
      const key = name.split(" ")[1] ?? "";
      expect(strip(withKey, name, key), name).toEqual(strip(without, name, key));
    }
  });
});

/** The definition without the key, where it stands. */
function strip(definition: Definition, name: string, key: string): unknown {
  const holder = name.split(" ")[0];
  const of = (value: object) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== key));
  if (holder === "workflow") return of(definition);
  const steps = stepDefinitions(definition).map((step) =>
    step.step !== "b" ? step : holder === "step" ? of(step) : { ...step, inquire: of(step.inquire ?? {}) },
  );
  return { ...definition, steps };
}

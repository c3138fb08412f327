/**
 * Each key of a block, and of what comes with blocks, changes what a run does: the same definition with and without it,
 * given the same.
 */
import { describe, expect, test } from "vitest";
import type { Json } from "../base/json.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Definition, NodeDefinition } from "../definition/definition.ts";
import { type TermHolder, vocabulary } from "../definition/vocabulary.ts";
import { ScriptedRun } from "../testing/scripted-run.ts";
import { payloadOf } from "./command.ts";

interface Shown {
  readonly with: readonly NodeDefinition[];
  readonly without: readonly NodeDefinition[];
  readonly more?: readonly [Partial<Definition>, Partial<Definition>];
  readonly input?: Json;
  readonly play: (run: ScriptedRun) => unknown;
  readonly expected: readonly [unknown, unknown];
}

const step = (name: string) => ({
  step: name,
  worker: name,
  retry: { attempts: 1 },
  compensation: { worker: `undo_${name}` },
});
const plain = (name: string) => ({ step: name, worker: name, retry: { attempts: 1 } });
const last = plain("last");
const never = "input.never == true";
const final = { effect: "none", retryable: false } as const;
const sent = (run: ScriptedRun) => run.sent.map((ref) => ref.step);

/** With a condition that does not hold, what it stands on is left out. */
function conditional(node: NodeDefinition, firstSent: unknown): Shown {
  const steps = (more: object) => [{ ...node, ...more }, last];
  return {
    with: steps({ when: never }),
    without: steps({}),
    input: { never: false },
    play: sent,
    expected: [["last"], firstSent],
  };
}

const both: NodeDefinition = { parallel: "both", branches: { a: [step("a")], b: [step("b")] } };
const choice: NodeDefinition = { choose: "one", cases: [{ when: "input.never == false", steps: [step("a")] }] };
const each: NodeDefinition = { forEach: "each", in: [1, 2, 3], as: "one", steps: [step("a")] };
const again: NodeDefinition = { loop: "again", until: "true", max: 3, steps: [step("a")] };
const pause: NodeDefinition = { wait: "pause", for: 5000 };
const approval: NodeDefinition = { wait: "approval", signal: "approved" };
const invoice: NodeDefinition = { child: "invoice", workflow: "invoicing" };
const stop: NodeDefinition = { fail: "stop" };

const dueIn = (run: ScriptedRun) => run.nextTimer() && run.nextTimer()!.dueAt - run.now;
const signalled = (run: ScriptedRun, id: string) => {
  const verb = { type: "signal", signal: "approved", id, payload: null } as const;
  return run.verb(verb);
};

const shown: Readonly<Record<string, Shown>> = {
  "step when": conditional(step("a"), ["a"]),
  "parallel when": conditional(both, ["a", "b"]),
  "choose when": conditional(choice, ["a"]),
  "forEach when": conditional(each, ["a[0]"]),
  "loop when": conditional(again, ["a#1"]),
  "wait when": conditional(pause, []),
  "child when": conditional(invoice, ["invoice"]),
  "fail when": conditional(stop, []),
  "parallel siblings": {
    with: [{ ...both, siblings: "cancel" }],
    without: [both],
    play: (run) => {
      run.take("a");
      run.fail("b", final);
      return run.recalled.map((ref) => ref.step);
    },
    expected: [["a"], []],
  },
  "case when": {
    with: [
      {
        choose: "one",
        cases: [
          { when: never, steps: [step("a")] },
          { otherwise: true, steps: [step("b")] },
        ],
      },
    ],
    without: [{ choose: "one", cases: [{ otherwise: true, steps: [step("a")] }] }],
    input: { never: false },
    play: sent,
    expected: [["b"], ["a"]],
  },
  "case otherwise": {
    with: [
      {
        choose: "one",
        cases: [
          { when: never, steps: [step("a")] },
          { otherwise: true, steps: [step("b")] },
        ],
      },
      last,
    ],
    without: [{ choose: "one", cases: [{ when: never, steps: [step("a")] }] }, last],
    input: { never: false },
    play: sent,
    expected: [["b"], ["last"]],
  },
  "forEach concurrency": {
    with: [{ ...each, concurrency: 2 }],
    without: [each],
    play: sent,
    expected: [["a[0]", "a[1]"], ["a[0]"]],
  },
  "wait for": {
    with: [pause],
    without: [{ wait: "pause", until: 2_000_000 }],
    play: dueIn,
    expected: [5000, 1_000_000],
  },
  "wait until": {
    with: [{ wait: "pause", until: 1_500_000 }],
    without: [pause],
    play: dueIn,
    expected: [500_000, 5000],
  },
  "wait signal": {
    with: [approval],
    without: [pause],
    play: (run) => signalled(run, "s").length,
    expected: [3, 1],
  },
  "wait timeout": {
    with: [{ ...approval, timeout: 7000 }],
    without: [approval],
    play: dueIn,
    expected: [7000, undefined],
  },
  "wait onTimeout": {
    with: [{ ...approval, timeout: 7000, onTimeout: "fail" }],
    without: [{ ...approval, timeout: 7000 }],
    play: (run) => {
      run.waitForTimer();
      return run.status;
    },
    expected: ["compensated", "completed"],
  },
  "child kind": {
    with: [{ ...invoice, kind: "irreversible" }, last],
    without: [invoice, last],
    play: (run) => {
      run.give({ type: "child", step: "invoice", ended: { word: "completed", output: 1 } });
      run.fail("last", final);
      return run.status;
    },
    expected: ["failed", "compensating"],
  },
  "child input": {
    with: [{ ...invoice, input: { of: 7 } }],
    without: [invoice],
    input: { order: 1 },
    play: (run) => {
      const made = payloadOf(run.workflow, run.run, "invoice", "execute");
      return made.ok && made.payload.input;
    },
    expected: [{ of: 7 }, { order: 1 }],
  },
  "child compensation": {
    with: [{ ...invoice, compensation: { worker: "credit_note" } }, last],
    without: [invoice, last],
    play: (run) => {
      run.give({ type: "child", step: "invoice", ended: { word: "completed", output: 1 } });
      run.fail("last", final);
      return run.payload("invoice", "compensate").worker;
    },
    expected: ["credit_note", ""],
  },
  "fail code": {
    with: [{ ...stop, code: "too_much" }],
    without: [stop],
    play: (run) => run.step("stop").error?.code,
    expected: ["too_much", "refused"],
  },
  "workflow signals": {
    with: [plain("first"), approval],
    without: [plain("first"), approval],
    more: [{ signals: { max: 1 } }, {}],
    play: (run) => {
      signalled(run, "s1");
      return signalled(run, "s2");
    },
    expected: [["signal_refused"], ["SignalReceived"]],
  },
  "signals max": {
    with: [plain("first"), approval],
    without: [plain("first"), approval],
    more: [{ signals: { max: 1 } }, { signals: {} }],
    play: (run) => {
      signalled(run, "s1");
      return signalled(run, "s2");
    },
    expected: [["signal_refused"], ["SignalReceived"]],
  },
  "signals maxAge": {
    with: [plain("first"), approval],
    without: [plain("first"), approval],
    more: [{ signals: { maxAge: 500 } }, { signals: {} }],
    play: (run) => {
      signalled(run, "s1");
      run.now += 500;
      run.succeed("first");
      return run.status;
    },
    expected: ["waiting", "completed"],
  },
};

/** Without it the block is no block, or there is nothing to compare. */
const required = [
  ...["parallel parallel", "parallel branches", "choose choose", "choose cases", "case steps"],
  ...[
    "forEach forEach",
    "forEach in",
    "forEach as",
    "forEach steps",
    "loop loop",
    "loop until",
    "loop max",
    "loop steps",
  ],
  ...["wait wait", "child child", "child workflow", "fail fail"],
];

describe("definition 1: a key of a block changes behaviour", () => {
  test.each(Object.entries(shown))("%s", (_, { with: withKey, without, more = [{}, {}], input, play, expected }) => {
    const played = [withKey, without].map((steps, which) => {
      const definition = { workflow: "blocks", version: 1, steps, ...more[which] };
      return play(new ScriptedRun(loadDefinition(definition), input ?? {}));
    });
    expect(played).toEqual(expected);
    expect(played[0]).not.toEqual(played[1]);
  });

  test("every key is shown here, or needed", () => {
    const holders: readonly TermHolder[] = [
      "signals",
      "parallel",
      "choose",
      "case",
      "forEach",
      "loop",
      "wait",
      "child",
      "fail",
    ];
    const keys = holders.flatMap((holder) => vocabulary[holder].map(({ key }) => `${holder} ${key}`));
    const others = ["step when", "workflow signals"];
    expect([...Object.keys(shown), ...required].toSorted()).toEqual([...keys, ...others].toSorted());
  });
});

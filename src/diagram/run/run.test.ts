/** The worry: a picture that says of a run what is not so, or so much that nobody sees what matters. */
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import { hostileTexts } from "../../testing/hostile-texts.ts";
import { compensated, ScriptedRun, sequenceOf, workflowOf } from "../../testing/scripted-run.ts";
import { pictureFormats } from "../formats.ts";
import { drawRun, runViewNames } from "../views.ts";
import { pictureOf, type RunPicture, type StepPicture } from "./run-picture.ts";

const pictured = (run: ScriptedRun) => pictureOf(run.workflow, run.run, run.transitions);
const drawn = (run: ScriptedRun, view: "run" | "undo" = "run") => drawRun(view, "text", run.workflow, pictured(run));

/** `a` and `b` are done and undone, `c` is done and stays, `d` fails. */
function failedRun(): ScriptedRun {
  const run = new ScriptedRun(
    workflowOf([compensated("a"), compensated("b"), { step: "c", kind: "irreversible" }, { step: "d" }, { step: "e" }]),
  );
  for (const step of ["a", "b", "c"]) {
    run.now += 100;
    run.succeed(step);
  }
  run.now += 500;
  run.fail("d", { effect: "none", retryable: false, code: "no_stock" });
  run.now += 50;
  run.undone("b");
  run.now += 70;
  run.undone("a");
  return run;
}

describe("the picture model of a run", () => {
  it("has states, attempts, times, what turned it, and what each undo waits for", () => {
    const { steps, ...rest } = pictured(failedRun());
    expect(rest).toMatchObject({
      id: "r",
      status: "failed",
      cause: "step_failed",
      turnedBy: "d",
      startedAt: 1_000_000,
      endedAt: 1_000_920,
      residue: [{ step: "c", certainty: "done" }],
      undoing: [],
      waits: [],
    });
    expect(steps.map(({ key, state, startedAt, settledAt }) => [key, state, startedAt, settledAt])).toEqual([
      ["a", "succeeded", 1_000_000, 1_000_100],
      ["b", "succeeded", 1_000_100, 1_000_200],
      ["c", "succeeded", 1_000_200, 1_000_300],
      ["d", "failed", 1_000_300, 1_000_800],
      ["e", "not_run", undefined, undefined],
    ]);
    expect(steps[0]?.compensation).toMatchObject({
      state: "compensated",
      found: true,
      after: ["b"],
      startedAt: 1_000_850,
    });
    expect(steps[1]?.compensation).toMatchObject({
      state: "compensated",
      after: [],
      startedAt: 1_000_800,
      settledAt: 1_000_850,
    });
  });

  it("has no end of what is open, and says what it waits for", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    const { steps, waits, undoing, endedAt } = pictured(run);
    expect(endedAt).toBeUndefined();
    expect(steps[1]).toMatchObject({ state: "dispatched", attempts: 1, startedAt: 1_000_000 });
    expect(steps[1]?.settledAt).toBeUndefined();
    expect(waits.map(({ what }) => what)).toEqual(["for the worker b to do b"]);
    expect(undoing.map(({ key, certainty, after }) => [key, certainty, after])).toEqual([
      ["b", "possible", []],
      ["a", "done", ["b"]],
    ]);
  });

  it("is turned by nothing any more when its pivot has succeeded after all", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "p", kind: "pivot" }, { step: "z" }]));
    run.succeed("a");
    run.cancel();
    run.succeed("p");
    expect(pictured(run).turnedBy).toBeUndefined();
  });
});

describe("the picture of a run", () => {
  it("says how it ended, why, what was undone and what is left", () => {
    const picture = drawn(failedRun());
    for (const line of [
      "✗ failed after 920ms: a step failed, and something is left in the world",
      "✗ d failed: no_stock (it broke)",
      "↩ Undone, in this order: b, a",
      "■ Left in the world: c",
    ])
      expect(picture).toContain(`${line}\n`);
  });

  it("has each undo beside what it undoes, and the way back from where it turned", () => {
    const picture = drawn(failedRun());
    expect(picture).toMatch(/✓ a {2}succeeded +│╌+▶╎ ↩ undo a {2}compensated/);
    expect(picture).toMatch(/✗ d {2}failed +│╌+▶╎ turned back here/);
    expect(picture).toContain("the run turned back first");
  });

  it("says of a run that stands still who can mend it, and how", () => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    run.failUndo("a", { retryable: false });
    const picture = drawn(run);
    expect(picture).toContain("■ blocked; the run goes back because a step failed\n");
    expect(picture.replaceAll("\n  ", " ")).toContain(
      "■ Waits for an operator: a cannot be undone: broke (it broke); mend it by retry, resolve, skip, abandon",
    );
    expect(drawn(run, "undo")).toContain("■ blocked: 0 of 1 undo done, the others follow in this order\n");
  });

  it("says what would be undone now, from the top down, and what would not", () => {
    const run = new ScriptedRun(workflowOf([compensated("a"), { step: "c", kind: "irreversible" }, compensated("b")]));
    run.succeed("a");
    run.succeed("c");
    const picture = drawn(run, "undo");
    expect(picture).toContain("▸ running: if it failed now, this would be undone, from the top down\n");
    expect(picture).toContain("■ Nothing would undo: c\n");
    expect(picture.indexOf("undo b")).toBeLessThan(picture.indexOf("undo a"));
    expect(picture).toContain("? undo b  would be undone, ╎\n╎ perhaps without need");
  });

  it("has nothing to undo when it has completed", () => {
    const run = new ScriptedRun(sequenceOf("a"));
    run.succeed("a");
    expect(drawn(run, "undo")).toContain("✓ completed: nothing is undone any more\n");
    expect(drawn(run)).toContain("✓ completed after 0ms: everything is done\n");
  });
});

const picking = loadDefinition({
  workflow: "picking",
  version: 1,
  steps: [
    {
      forEach: "lines",
      in: { $: "input.items" },
      as: "line",
      concurrency: 4,
      steps: [
        { step: "pick", worker: "pick", compensation: { worker: "put_back" } },
        { loop: "weigh", until: "steps.scale.output.ok", max: 9, steps: [{ step: "scale", worker: "scale" }] },
      ],
    },
  ],
});

const many = (count: number, broken: readonly number[]): RunPicture => {
  const steps = Array.from({ length: count }, (_, at): StepPicture[] => [
    { key: `pick[${at}]`, name: "pick", state: broken.includes(at) ? "failed" : "succeeded", attempts: 1 },
    { key: `scale[${at}]#1`, name: "scale", state: "succeeded", attempts: 1 },
    { key: `scale[${at}]#2`, name: "scale", state: "succeeded", attempts: 1 },
  ]).flat();
  const none = { undoing: [], staying: [], incidents: [], residue: [], undeclared: [], waits: [] };
  return { id: "r", status: "running", phase: "forward", startedAt: 0, steps, ...none };
};

describe("items and iterations", () => {
  it("have a lane each, with their own steps", () => {
    const picture = drawRun("run", "text", picking, many(2, []));
    for (const text of ["item 0:", "item 1:", "iteration 2:", "✓ pick[1]  succeeded", "✓ scale[1]#2  succeeded"])
      expect(picture).toContain(text);
  });

  it("are the first, the last and the failed ones where they are many; the others are counted", () => {
    const picture = drawRun("run", "text", picking, many(1000, [500]));
    const shown = [...picture.matchAll(/item (\d+):/g)].map(([, at]) => Number(at));
    expect(shown).toEqual([0, 1, 500, 998, 999]);
    expect(picture).toContain("… 498 more items");
    expect(picture).toContain("498 succeeded");
  });

  it.each(pictureFormats)("make no picture of more than a few pages: %s", (format) => {
    expect(drawRun("run", format, picking, many(1000, [])).length).toBeLessThan(60_000);
  });

  it("undone at the same time stand side by side, a few of them", () => {
    const undoing = Array.from({ length: 40 }, (_, at) => ({
      key: `pick[${at}]`,
      worker: "put_back",
      certainty: "done" as const,
      after: [],
    }));
    const picture = drawRun("undo", "text", picking, { ...many(0, []), undoing });
    expect(picture).toContain("side by side");
    expect(picture).toContain("… 35 more");
  });
});

describe("what workers say", () => {
  it.each(hostileTexts)("stays text in every format: %j", (text) => {
    const run = new ScriptedRun(sequenceOf("a", "b"));
    run.succeed("a");
    const error = { code: text, title: text };
    run.answer("b", "execute", 1, { outcome: "failed", error, effect: "none", retryable: false, scope: "attempt" });
    for (const view of runViewNames) {
      for (const format of pictureFormats) {
        const picture = drawRun(view, format, run.workflow, pictured(run));
        expect(picture).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|\p{Cs}/u);
        if (format === "svg") expect(picture).not.toMatch(/<script|<svg onload/);
        expect(picture.length).toBeLessThan(20_000);
      }
    }
  });
});

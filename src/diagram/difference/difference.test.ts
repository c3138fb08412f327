/** The worry: a change that is not told, or told of what did not change. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Definition, NodeDefinition } from "../../definition/definition.ts";
import { anyWorkflow } from "../../testing/arbitrary-workflow.ts";
import { drawDifference } from "../views.ts";
import { compare } from "./compare.ts";

const version = (steps: readonly NodeDefinition[], more: Partial<Definition> = {}) =>
  loadDefinition({ workflow: "w", version: 1, steps, ...more });

const work = (step: string, more: object = {}) => ({ step, worker: step, ...more });

const changes = (before: readonly NodeDefinition[], after: readonly NodeDefinition[]) =>
  Object.fromEntries(
    [...compare(version(before), version(after)).nodes]
      .filter(([, { change }]) => change !== "same")
      .map(([name, { change, keys }]) => [name, [change, ...keys]]),
  );

describe("two versions", () => {
  it("differ in what was added, removed and changed, with the keys", () => {
    const before = [
      work("a", { timeout: 30_000 }),
      work("b"),
      work("c", { compensation: { worker: "u" }, retry: { attempts: 3 } }),
    ];
    const after = [
      work("a", { timeout: 60_000 }),
      work("c", { compensation: { worker: "v" }, retry: { attempts: 5, initial: 500 } }),
      work("d"),
    ];
    expect(changes(before, after)).toEqual({
      a: ["changed", "timeout: 30s → 1m"],
      b: ["removed"],
      c: ["changed", "compensation.worker: u → v", "retry.attempts: 3 → 5", "retry.initial: none → 0.5s"],
      d: ["added"],
    });
  });

  it("have moved as few steps as explain it", () => {
    expect(changes([work("a"), work("b"), work("c"), work("d")], [work("d"), work("a"), work("b"), work("c")])).toEqual(
      {
        d: ["moved"],
      },
    );
    const inside = { parallel: "p", branches: { x: [work("a")], y: [work("b")] } };
    expect(changes([work("a"), { parallel: "p", branches: { x: [], y: [work("b")] } }], [inside])).toEqual({
      a: ["moved"],
    });
  });

  it("differ in branches, conditions and the rules of blocks", () => {
    const choose = (when: string) => ({ choose: "c", cases: [{ when, steps: [work("a")] }] });
    expect(changes([choose("x")], [choose("y")])["c"]).toEqual(["changed", "cases: when x → when y"]);
    const each = (concurrency: number) => ({
      forEach: "f",
      in: { $: "input.items" },
      as: "i",
      concurrency,
      steps: [work("a")],
    });
    expect(changes([each(1)], [each(4)])).toEqual({ f: ["changed", "concurrency: 1 → 4"] });
  });

  it("show what was removed where it stood, and say what changed of the whole", () => {
    const text = drawDifference(
      "text",
      version([work("a"), work("b"), work("c")], { deadline: 3_600_000 }),
      version([work("a"), work("c")], { version: 2 }),
    );
    expect(text).toContain("Difference: w@1 → w@2\n");
    expect(text).toContain("1 removed, of 3 steps and blocks\n");
    expect(text).toContain("↻ deadline: 1h → none\n");
    expect(text).toMatch(/│ a [^]*− b {2}removed[^]*│ c /);
  });

  it("do not differ where they are the same", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        const { nodes, settings } = compare(workflow, workflow);
        expect([...nodes.values()].every(({ change }) => change === "same")).toBe(true);
        expect(settings).toEqual([]);
      }),
    );
  });

  it("are compared whole: every node of either is in the picture", () => {
    fc.assert(
      fc.property(anyWorkflow, anyWorkflow, (before, after) => {
        const { nodes } = compare(before, after);
        const names = [before, after].flatMap(({ steps, blocks }) => [
          ...steps.map(({ name }) => name),
          ...blocks.keys(),
        ]);
        expect(new Set(nodes.keys())).toEqual(new Set(names));
        expect(drawDifference("text", before, after)).toMatch(/^Difference: any@1 → any@1\n/);
      }),
    );
  });
});

/** The worry: an operator who skips a step, and a run that then stands still again for want of its output. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "./parse-definition.ts";
import { stepsThatNeed } from "./reference-use.ts";

function needing(steps: string, name = "s"): readonly string[] {
  const parsed = parseDefinition({ text: `workflow: w\nversion: 1\nsteps:\n${steps}`, file: "w.yaml" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, undefined, 1));
  return stepsThatNeed(parsed.workflow, name);
}

const step = "  - { step: s }\n";

describe("a step's output is needed", () => {
  it.each([
    ["an input", "  - { step: t, input: [{ $: steps.s.output }] }"],
    ["a compensation's input", "  - { step: t, compensation: { worker: u, input: { $: steps.s.output.x } } }"],
    ["a fallback", "  - { step: t, input: { $: input.x, else: { $: steps.s.output } } }"],
    ["a computed value", "  - { step: t, input: { $cel: '1 + steps.s.output.n' } }"],
    ["a condition", "  - { fail: t, when: steps.s.output.bad }"],
    ["a block's condition", "  - { parallel: t, when: steps.s.output.ok, branches: { a: [{ step: u }] } }"],
    ["a case", "  - { choose: t, cases: [{ when: steps.s.output.ok, steps: [] }] }"],
    ["a list of items", "  - { forEach: t, as: x, in: { $: steps.s.output.list }, steps: [{ step: u }] }"],
    ["the end of a loop", "  - { loop: t, max: 3, until: steps.s.output.ok, steps: [{ step: u }] }"],
    ["a moment", "  - { wait: t, until: { $: steps.s.output.at } }"],
    [
      "what stands deeper",
      "  - { choose: c, cases: [{ otherwise: true, steps: [{ step: t, input: { $: steps.s.output } }] }] }",
    ],
  ])("by %s", (_, text) => {
    expect(needing(step + text)).toEqual(["t"]);
    expect(needing(step + text, "none")).toEqual([]);
  });

  it("of a block, too", () => {
    const each = "  - { forEach: s, as: x, in: [1], steps: [{ step: u }] }\n";
    expect(needing(`${each}  - { step: t, input: [{ $: steps.s.output }] }`)).toEqual(["t"]);
  });

  it.each([
    ["that has something in its place", "  - { step: t, input: { $: steps.s.output, else: null } }"],
    ["that asks whether it is there", "  - { step: t, when: 'has(steps.s.output) && steps.s.output.ok' }"],
    ["that only quotes it", "  - { step: t, input: { $lit: { $: steps.s.output } } }"],
  ])("not by one %s", (_, text) => {
    expect(needing(step + text)).toEqual([]);
  });

  it("not by what has come before it, unless a loop brings it again", () => {
    const before = "{ step: t, input: { $: steps.s.output } }";
    expect(needing(`  - ${before}\n${step}`)).toEqual([]);
    const body = `[{ choose: c, cases: [{ when: steps.s.output.x, steps: [${before}] }] }, { step: s }]`;
    expect(needing(`  - { loop: l, max: 3, until: steps.s.output.ok, steps: ${body} }`)).toEqual(["l", "c", "t"]);
    const item = `[{ choose: c, cases: [{ when: steps.s.output.x, steps: [${before}] }] }, { step: s }]`;
    expect(needing(`  - { forEach: f, as: x, in: [], steps: ${item} }`)).toEqual([]);
  });

  it("not by the condition of a block around it, which was asked before", () => {
    const text = "  - { loop: l, when: steps.s.output.ok, max: 3, until: 'true', steps: [{ step: s }] }";
    expect(needing(text)).toEqual([]);
  });
});

/** Children, as their parents see them, and what they themselves are asked for (semantics.md, C14). */
import { describe, expect, test } from "vitest";
import { loadDefinition } from "../definition/content-hash.ts";
import type { NodeDefinition } from "../definition/definition.ts";
import { ScriptedRun } from "../testing/scripted-run.ts";

const given = (steps: readonly NodeDefinition[]) =>
  new ScriptedRun(loadDefinition({ workflow: "parent", version: 1, steps }));

describe("children", () => {
  const child: NodeDefinition = { child: "invoice", workflow: "invoicing" };
  const error = { code: "no", title: "no" };

  test("what an irreversible one has left is the parent's residue, not that it was done", () => {
    const run = given([{ ...child, kind: "irreversible" }]);
    const residue = [{ step: "mail", certainty: "done" as const }];
    run.give({ type: "child", step: "invoice", ended: { word: "failed", error, residue } });
    expect(run.status).toBe("failed");
    expect(run.run.residue).toEqual([{ step: "invoice.mail", certainty: "done" }]);
  });

  test("one that has nothing to undo is back as soon as it is recalled", () => {
    const run = given([{ step: "look", worker: "look", kind: "readonly" }]);
    run.succeed("look");
    expect(run.give({ type: "recall" })).toEqual(["RunRecalled", "RunCompensated"]);
  });

  test("that it went back is told to its parent, though word of its first end comes only now", () => {
    const run = given([{ step: "look", worker: "look", kind: "readonly" }]);
    run.succeed("look");
    run.give({ type: "recall" });
    expect(run.give({ type: "told", end: 1 })).toEqual([]);
    expect(run.give({ type: "told", end: 2 })).toEqual(["ParentTold"]);
  });

  test("that its effect is there after all is told to its parent once more", () => {
    const run = given([{ step: "mail", worker: "mail", kind: "irreversible", retry: { attempts: 1 } }]);
    run.fail("mail", { effect: "possible" });
    run.give({ type: "told", end: 1 });
    run.succeed("mail");
    expect(run.run.residue).toEqual([{ step: "mail", certainty: "done" }]);
    expect(run.run.isParentTold).toBe(false);
  });

  test("one that goes on beside what has failed is only waited for", () => {
    const run = given([
      { parallel: "both", branches: { a: [child], b: [{ step: "pay", worker: "pay", retry: { attempts: 1 } }] } },
    ]);
    run.give({ type: "childBegan", step: "invoice", side: "execute" });
    run.fail("pay", { effect: "none", retryable: false });
    expect(run.run.out).toMatchObject([{ step: "invoice", isBegun: true }]);
    expect(run.status).toBe("cancelling");
  });

  test("one that begins when its parent was abandoned changes nothing there", () => {
    const run = given([child]);
    run.abandon();
    expect(run.give({ type: "childBegan", step: "invoice", side: "execute" })).toEqual([]);
  });
});

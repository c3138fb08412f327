/** The worry: what does not fit a worker's contract is sent all the same, or its effect is forgotten (C20). */
import { describe, expect, test } from "vitest";
import { largestPayloadBytes } from "../base/payload-size.ts";
import type { Catalogue } from "../definition/catalogue.ts";
import { compensated, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";

const order = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
const receipt = { type: "object", properties: { no: { type: "integer" } }, required: ["no"] };

function held(catalogue: Catalogue, steps = [compensated("a"), compensated("b")]): ScriptedRun {
  return new ScriptedRun({ ...workflowOf(steps), catalogue }, { id: "o-1" });
}

describe("C20: the input of a step", () => {
  test("that does not fit is failed, effect none, and nothing is sent", () => {
    const run = held(new Map([["b", { input: receipt }]]));
    expect(run.succeed("a").slice(1)).toEqual([
      "StepFailed b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched a 1",
    ]);
    expect(run.sent.map(({ step, side }) => `${step} ${side}`)).toEqual(["a execute", "a compensate"]);
    expect(run.run.steps[1]?.error).toEqual({
      code: "input_invalid",
      title: "the input does not fit the contract of b",
      detail: "input.no is required",
    });
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("that fits is sent; a worker without a contract takes anything", () => {
    const run = held(new Map([["a", { input: order }]]));
    expect(run.sent).toHaveLength(1);
    run.succeed("a");
    run.succeed("b");
    expect(run.status).toBe("completed");
  });

  test("that a mapping made too large is failed, with the field", () => {
    const input = { all: [{ $: "input" }, { $: "steps.a.output" }] };
    const run = held(new Map(), [compensated("a"), compensated("b", { input })]);
    run.succeed("a", { output: { photo: "x".repeat(largestPayloadBytes) } });
    expect(run.run.steps[1]?.error).toMatchObject({
      code: "payload_too_large",
      title: expect.stringMatching(
        /^the input has 1,0\d\d,\d{3} bytes, more than 1,032,192; the largest part is input\.all\[1\]\.photo$/,
      ),
    });
    expect(run.run.steps[1]?.state).toBe("failed");
  });
});

describe("C20: the output of a step", () => {
  test("that does not fit is failed, effect possible, and not tried again: the step is in doubt and undone", () => {
    const run = held(new Map([["b", { output: receipt }]]));
    run.succeed("a");
    expect(run.succeed("b", { attempt: 1, output: { no: "x" } })).toEqual([
      "AttemptFailed b 1 possible",
      "StepInDoubt b",
      "RunTurned step_failed",
      "RollbackBegan",
      "CompensationDispatched b 1",
    ]);
    expect(run.run.steps[1]).toMatchObject({
      state: "in_doubt",
      attempts: ["possible"],
      output: undefined,
      error: { code: "output_invalid", detail: "output.no must be a whole number, and is a text" },
    });
    run.undone("b");
    run.undone("a");
    expect(run.run).toMatchObject({ anomalyCount: 0, residue: [] });
    expect(run.status).toBe("compensated");
  });

  test("counts as a late success once the step has settled: the effect is there, whatever the output looks like", () => {
    const run = held(new Map([["b", { output: receipt }]]));
    run.succeed("a");
    run.succeed("b", { attempt: 1, output: { no: "x" } });
    // The undo found nothing, and then the worker says again that it did it (C5).
    run.undone("b", { found: false });
    expect(run.succeed("b", { attempt: 1, output: { no: "x" } })).toEqual([
      "LateSuccessRecorded b 1",
      "AnomalyRecorded b undo 1 late_effect",
      "CompensationDispatched b 2",
    ]);
    run.undone("b", { found: true });
    run.undone("a");
    expect(run.status).toBe("compensated");
  });

  test("that fits when it is said again ends the doubt: a late success", () => {
    const run = held(new Map([["a", { output: receipt }]]));
    run.succeed("a", { output: null });
    expect(run.succeed("a", { attempt: 1, output: { no: 1 } })).toEqual(["LateSuccessRecorded a 1"]);
    expect(run.run.steps[0]?.state).toBe("succeeded");
  });
});

describe("C20: the input of a compensation", () => {
  test("that does not fit is an incident, and nothing is sent", () => {
    const run = held(new Map([["undo_a", { input: receipt }]]));
    run.succeed("a");
    run.fail("b", { effect: "none", retryable: false });
    expect(run.status).toBe("blocked");
    expect(run.run.incidents).toMatchObject([{ kind: "compensation", step: "a", error: { code: "input_invalid" } }]);
    expect(run.sent.map(({ side }) => side)).toEqual(["execute", "execute"]);
  });
});

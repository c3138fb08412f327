/**
 * The worry: blocks, conditions and errors that Mermaid refuses, or reads as something else.
 *
 * @vitest-environment jsdom
 */
import fc from "fast-check";
import mermaid from "mermaid";
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Workflow } from "../../definition/workflow.ts";
import { anyWorkflow } from "../../testing/arbitrary-workflow.ts";
import { hostileTexts } from "../../testing/hostile-texts.ts";
import { drawDifference, viewNames, views } from "../views.ts";

const allOf = (workflow: Workflow): readonly string[] => [
  ...viewNames.map((view) => views[view].drawings.mermaid(workflow)),
  drawDifference("mermaid", workflow, workflow),
];

async function expectAccepted(workflow: Workflow): Promise<void> {
  for (const picture of allOf(workflow)) {
    expect(picture).toMatch(/^[\n -~]+$/);
    const read = await mermaid.parse(picture).catch((error: unknown) => String(error));
    expect(read, picture).toMatchObject({ diagramType: expect.stringMatching(/^(flowchart-v2|sequence)$/) });
  }
}

describe("Mermaid", () => {
  it("accepts every view of any workflow with blocks", { timeout: 240_000 }, async () => {
    await fc.assert(fc.asyncProperty(anyWorkflow, expectAccepted), { numRuns: 30 });
  });

  it.each(hostileTexts)("takes what somebody wrote as text: %j", { timeout: 60_000 }, async (text) => {
    const workflow = loadDefinition({
      workflow: text,
      version: 1,
      steps: [
        { step: `${text}1`, worker: text, when: text, compensation: { worker: `${text}x` } },
        { choose: `${text}2`, cases: [{ when: text, steps: [{ fail: `${text}3`, code: text }] }] },
        { parallel: `${text}4`, branches: { [text]: [{ wait: `${text}5`, signal: text }] } },
        { loop: `${text}8`, until: text, max: 3, steps: [{ wait: `${text}9`, until: { $cel: text } }] },
      ],
    });
    await expectAccepted(workflow);
    for (const picture of allOf(workflow)) {
      const outside = picture
        .replaceAll(/"[^"\n]*"/g, "")
        .replaceAll(/(Note over [\w,]+|\w+-?->>\w+):.*|^ *(opt|alt|par|else|and|loop) .*/gm, "");
      expect(outside).not.toMatch(/click|script|%%\{|fill/);
    }
  });
});

describe("blocks", () => {
  const workflow = loadDefinition({
    workflow: "w",
    version: 1,
    steps: [
      { step: "a", worker: "a", compensation: { worker: "undo_a" } },
      {
        parallel: "both",
        branches: {
          left: [{ step: "b", worker: "b", compensation: { worker: "undo_b" } }],
          right: [{ step: "c", worker: "c", compensation: { worker: "undo_c" } }],
        },
      },
      { step: "d", worker: "d", compensation: { worker: "undo_d" } },
      {
        choose: "which",
        cases: [
          { when: "x", steps: [{ wait: "e", for: 1000 }] },
          { otherwise: true, steps: [] },
        ],
      },
    ],
  });

  it("are undone side by side where they were done side by side, and before what they depend on", () => {
    const lines = views.workflow.drawings
      .mermaid(workflow)
      .split("\n")
      .map((line) => line.trim());
    const back = lines.filter((line) => /^u\d+ -->/.test(line));
    expect(back.toSorted()).toEqual(["u1 --> compensated", "u2 --> u1", "u3 --> u1", "u4 --> u2", "u4 --> u3"]);
  });

  it("have the shape that a sequence diagram has for them", () => {
    const text = views.events.drawings.mermaid(workflow);
    for (const line of [
      "par both#58; left",
      "and right",
      "alt which#58; when x",
      "else otherwise",
      "opt a succeeded or is in doubt",
    ])
      expect(text).toContain(`${line}\n`);
  });
});

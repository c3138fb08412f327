/** The worry: text that does not fit the terminal, whose frames are torn, or that a terminal obeys. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { NodeDefinition } from "../../definition/definition.ts";
import { anyWorkflow } from "../../testing/arbitrary-workflow.ts";
import { hostileTexts } from "../../testing/hostile-texts.ts";
import { viewNames, views } from "../views.ts";
import { columnsOf } from "./columns.ts";
import { inAscii } from "./in-ascii.ts";

const drawn = (...steps: readonly NodeDefinition[]): string =>
  views.workflow.drawings.text(loadDefinition({ workflow: "w", version: 1, steps }));

const work = (name: string) => ({ step: name, worker: name });

describe("blocks as text", () => {
  it("have their rule in a frame, and branches side by side", () => {
    expect(
      drawn(work("a"), { parallel: "both", siblings: "cancel", branches: { left: [work("b")], right: [work("c")] } }),
    ).toBe(
      `\
Workflow: w
===========

┌────────────────────────────┐
│ a (a) [30s]                │
└────────────────────────────┘
     │
     ▼

╔═ parallel both ════════════════════════════════════════════════════╗
║ all side by side; when one fails the others are asked to stop      ║
║                                                                    ║
║ left:                           right:                             ║
║ ┌────────────────────────────┐  ┌────────────────────────────┐     ║
║ │ b (b) [30s]                │  │ c (c) [30s]                │     ║
║ └────────────────────────────┘  └────────────────────────────┘     ║
╚════════════════════════════════════════════════════════════════════╝
`.replaceAll(/ {4}(?=║\n)|════(?=╗\n|╝\n)/g, ""),
    );
  });

  it("stand below each other, with a line between them, where eighty columns are not enough", () => {
    const picture = drawn({
      parallel: "both",
      branches: { left: [work("l".repeat(40))], right: [work("r".repeat(40))] },
    });
    expect(picture).toMatch(/╟─+╢/);
    expect(picture.indexOf("left:")).toBeLessThan(picture.indexOf("right:"));
  });

  it.each([
    [
      {
        choose: "c",
        cases: [
          { when: "input.vip", steps: [work("a")] },
          { otherwise: true, steps: [] },
        ],
      },
      ["when input.vip:", "otherwise:", "nothing"],
    ],
    [
      { forEach: "f", in: { $: "input.items" }, as: "line", concurrency: 4, steps: [work("a")] },
      ["for each line in input.items, 4 at a time"],
    ],
    [
      { forEach: "f", in: { $cel: "input.items.filter(x, x > 1)" }, as: "n", steps: [work("a")] },
      ["for each n in input.items.filter(x, x > 1), one at a time"],
    ],
    [
      { loop: "l", until: "steps.a.output.ok", max: 50, steps: [work("a")] },
      ["until steps.a.output.ok, at most 50 times"],
    ],
    [{ wait: "x", for: 600_000 }, ["wait x: for 10m"]],
    [{ wait: "x", for: 1500 }, ["wait x: for 1.5s"]],
    [{ wait: "x", until: { $: "input.shipAt" } }, ["wait x: until input.shipAt"]],
    [
      { wait: "x", signal: "go", timeout: 86_400_000, onTimeout: "fail" },
      ["for the signal go, 1d at most, then the run turns back"],
    ],
    [{ wait: "x", signal: "go", timeout: 7_200_000 }, ["2h at most, then it goes on without"]],
    [{ wait: "x", signal: "go" }, ["for the signal go, as long as it takes"]],
    [{ child: "x", workflow: "invoicing" }, ["child x: workflow invoicing [comp: the child itself]"]],
    [{ fail: "x", when: "!input.ok", code: "no" }, ["fail x: turns the run back: no", "only when !input.ok"]],
    [{ ...work("x"), kind: "pivot" }, ["x (x) [30s] [pivot]"]],
  ] satisfies readonly (readonly [NodeDefinition, readonly string[]])[])("say what they do: %j", (node, texts) => {
    const picture = drawn(node).replaceAll(/ *[│║╎] *\n[│║╎] */g, " ");
    for (const text of texts) expect(picture).toContain(text);
  });
});

const closing: Readonly<Record<string, string>> = { "┌": "┐", "└": "┘", "╔": "╗", "╚": "╝", "╟": "╢" };

describe("any picture as text", () => {
  it("has frames that are closed, lines without white space at their end, and no character of ASCII's outside", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        fc.pre(!/[┌┐└┘╔╗╚╝╟╢]/.test(JSON.stringify(workflow.definition)));
        for (const view of viewNames) {
          const picture = views[view].drawings.text(workflow);
          expect(picture).not.toMatch(/[ \t]\n/);
          for (const [open, close] of view === "workflow" ? Object.entries(closing) : [])
            expect(picture.split(open).length, open).toBe(picture.split(close).length);
          expect(inAscii(picture)).toMatch(/^[\n -~]*$/);
          expect(
            inAscii(picture)
              .split("\n")
              .map((line) => line.length),
          ).toEqual(picture.split("\n").map(columnsOf));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("is no wider than eighty columns where the names are short", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        fc.pre(workflow.steps.every(({ name }) => name.length < 10));
        fc.pre([...workflow.blocks.values()].every(({ body }) => depthOf(body.block) < 3));
        for (const line of views.workflow.drawings.text(workflow).split("\n"))
          expect(columnsOf(line), line).toBeLessThanOrEqual(80);
      }),
      { numRuns: 100 },
    );
  });

  it.each(hostileTexts)("is obeyed by no terminal: %j", (text) => {
    const picture = drawn(
      { ...work(text), when: text },
      { choose: `${text}2`, cases: [{ when: text, steps: [{ fail: `${text}3`, code: text }] }] },
    );
    expect(picture).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|\p{Cs}/u);
  });
});

function depthOf(block: { readonly body: { readonly block: unknown } } | undefined): number {
  let depth = 0;
  for (let one = block; one; one = one.body.block as typeof block) depth++;
  return depth;
}

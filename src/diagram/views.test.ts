/** The worry: a picture that goes into pull requests and papers changes by a byte, or shows what the wire does not say. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepDefinition } from "../definition/definition.ts";
import { planWorkflow } from "../definition/plan-workflow.ts";
import type { Workflow } from "../definition/workflow.ts";
import { ScriptedRun } from "../testing/scripted-run.ts";
import { drawEventFlow } from "./text/draw-event-flow.ts";
import { pictureFormats } from "./formats.ts";
import { pictureOf } from "./run/run-picture.ts";
import { drawDifference, drawRun, runViewNames, viewNames, views } from "./views.ts";

const drawWorkflow = views.workflow.drawings.text;

const planned = (steps: readonly StepDefinition[], workflow = "w"): Workflow =>
  planWorkflow({ workflow, version: 1, steps }, "0".repeat(64));

const reference = planned(
  [
    { step: "validate_order", worker: "validate_order" },
    { step: "check_inventory", worker: "check_inventory", compensation: { worker: "release_inventory" } },
    {
      step: "process_payment",
      worker: "process_payment",
      timeout: 60_000,
      compensation: { worker: "refund_payment", timeout: 5000 },
    },
    { step: "generate_confirmation", worker: "generate_order_confirmation" },
    { step: "fulfill_order", worker: "fulfill_order" },
    { step: "notify_customer", worker: "notify_customer" },
  ],
  "ecommerce_order_processing",
);

const golden = (picture: string): string =>
  readFileSync(
    new URL(`../../examples/order-processing/golden/ecommerce_order_processing.${picture}.txt`, import.meta.url),
    "utf8",
  );

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/);
const duration = fc.integer({ min: 1, max: 315_360_000_000 });
const step: fc.Arbitrary<StepDefinition> = fc.record(
  { step: name, worker: name, timeout: duration, compensation: fc.record({ worker: name }) },
  { requiredKeys: ["step", "worker"] },
);
const workflow = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 12 }), name)
  .map(([steps, of]) => planned(steps, of));

const longest = "x".repeat(64);

describe("the reference workflow", () => {
  it.each([
    ["workflow", "workflow"],
    ["events", "event-flow"],
    ["architecture", "architecture"],
  ] as const)("draws its %s byte for byte", (view, picture) => {
    expect(views[view].drawings.text(reference)).toBe(golden(picture));
  });
});

describe("the workflow picture", () => {
  it("has boxes of at least thirty columns, borders included", () => {
    expect(drawWorkflow(planned([{ step: "a", worker: "b" }]))).toBe(
      [
        "Workflow: w",
        "===========",
        "",
        "┌────────────────────────────┐",
        "│ a (b) [30s]                │",
        "└────────────────────────────┘",
        "",
      ].join("\n"),
    );
  });

  it("widens a box as soon as its text needs the thirty-first column", () => {
    const widthOf = (worker: string) => drawWorkflow(planned([{ step: "a", worker }])).split("\n")[3]?.length;
    expect(widthOf("b".repeat(16))).toBe(30);
    expect(widthOf("b".repeat(17))).toBe(31);
  });

  it("gives timeouts in seconds whatever their unit was", () => {
    const captionOf = (timeout: number) => drawWorkflow(planned([{ step: "a", worker: "b", timeout }]));
    expect(captionOf(120_000)).toContain(" [120s] ");
    expect(captionOf(1500)).toContain(" [1.5s] ");
    expect(captionOf(1)).toContain(" [0.001s] ");
    expect(captionOf(315_360_000_000)).toContain(" [315360000s] ");
  });

  it("shows the timeout of the step, not that of its compensation", () => {
    const compensation = { worker: "c", timeout: 7000 };
    expect(drawWorkflow(planned([{ step: "a", worker: "b", compensation }]))).toContain("│ a (b) [comp: c] [30s] ");
  });

  it("cuts no name, however long", () => {
    const picture = drawWorkflow(
      planned([{ step: longest, worker: longest, compensation: { worker: longest } }], longest),
    );
    expect(picture).toContain(`Workflow: ${longest}\n${"=".repeat(74)}\n`);
    expect(picture).toContain(`│ ${longest} (${longest}) [comp: ${longest}] [30s] │`);
  });

  it("draws every box with straight sides, and an arrow between any two", () => {
    fc.assert(
      fc.property(workflow, (any) => {
        const paragraphs = drawWorkflow(any).trimEnd().split("\n\n").slice(1);
        expect(paragraphs).toHaveLength(any.steps.length);
        for (const [place, paragraph] of paragraphs.entries()) {
          const [top, middle, bottom, ...arrow] = paragraph.split("\n");
          expect(new Set([top?.length, middle?.length, bottom?.length]).size).toBe(1);
          expect(arrow).toEqual(place === any.steps.length - 1 ? [] : ["     │", "     ▼"]);
        }
      }),
    );
  });
});

describe("the event flow", () => {
  const typesOf = (drawn: Workflow) => {
    const lines = drawEventFlow(drawn).split("\n");
    return lines.filter((line) => line.startsWith("• "));
  };

  it("lists a type that several steps share once", () => {
    expect(
      typesOf(
        planned([
          { step: "first", worker: "charge" },
          { step: "second", worker: "charge" },
        ]),
      ),
    ).toEqual([
      "• status.workflow           - Workflow status updates",
      "• command.charge            - Commands for charge worker",
      "• result.charge             - Results from charge worker",
    ]);
  });

  it("keeps the first place and the last description of a type that occurs twice", () => {
    expect(
      typesOf(
        planned([
          { step: "first", worker: "charge" },
          { step: "second", worker: "ship", compensation: { worker: "charge" } },
        ]),
      ).slice(1, 4),
    ).toEqual([
      "• command.charge            - Compensation commands for charge",
      "• result.charge             - Compensation results from charge",
      "• command.ship              - Commands for ship worker",
    ]);
  });

  it("pads types to twenty-five columns and never cuts them", () => {
    const [, padded] = typesOf(planned([{ step: "a", worker: "x".repeat(17) }]));
    const [, longer] = typesOf(planned([{ step: "a", worker: longest }]));
    expect(padded).toBe(`• command.${"x".repeat(17)} - Commands for ${"x".repeat(17)} worker`);
    expect(longer).toBe(`• command.${longest} - Commands for ${longest} worker`);
  });

  it("names every type once, whatever the workflow", () => {
    fc.assert(
      fc.property(workflow, (any) => {
        const types = typesOf(any).map((line) => line.split(" ")[1]);
        const workers = any.steps.flatMap((of) => [of.worker, ...(of.compensation ? [of.compensation.worker] : [])]);
        const expected = workers.flatMap((worker) => [`command.${worker}`, `result.${worker}`]);
        expect(types).toEqual([...new Set(["status.workflow", ...expected])]);
      }),
    );
  });
});

describe.each(pictureFormats)("any picture as %s", (format) => {
  it.each(viewNames)("of view %s ends with one newline, without white space at the end of a line", (view) => {
    fc.assert(
      fc.property(workflow, (any) => {
        const picture = views[view].drawings[format](any);
        expect(picture).toMatch(/[^\n]\n$/);
        expect(picture).not.toMatch(/[ \t]\n/);
      }),
    );
  });

  it("of a thousand steps, and of their run, is drawn within 50 ms", () => {
    const run = new ScriptedRun(many);
    for (const { name: step } of many.steps.slice(0, 500))
      run.run.steps[many.places.get(step) ?? 0]!.state = "succeeded";
    const picture = pictureOf(many, run.run, run.transitions);
    const drawings: Readonly<Record<string, () => string>> = {
      ...Object.fromEntries(viewNames.map((view) => [view, () => views[view].drawings[format](many)])),
      ...Object.fromEntries(runViewNames.map((view) => [view, () => drawRun(view, format, many, picture)])),
      difference: () => drawDifference(format, many, many),
    };
    // The best of several, because what is asked is the work that it takes, not what else the machine is doing.
    for (const [view, draw] of Object.entries(drawings)) {
      const spentMs = Array.from({ length: 8 }, () => {
        const before = process.threadCpuUsage();
        draw();
        const { user, system } = process.threadCpuUsage(before);
        return (user + system) / 1000;
      });
      expect(Math.min(...spentMs), view).toBeLessThan(50);
    }
  });
});

const many = planned(
  Array.from({ length: 1000 }, (_, n) => ({ step: `s${n}`, worker: `w${n}`, compensation: { worker: `c${n}` } })),
);

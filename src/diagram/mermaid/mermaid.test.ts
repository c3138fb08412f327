/**
 * The worry: a name that is a word of Mermaid's makes a picture that GitHub refuses to draw, or draws as something else;
 * or the picture is drawn and says what the workflow does not do.
 *
 * @vitest-environment jsdom
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import mermaid from "mermaid";
import { beforeAll, describe, expect, it } from "vitest";
import type { StepDefinition } from "../../definition/definition.ts";
import { parseDefinition } from "../../definition/parse-definition.ts";
import { planWorkflow } from "../../definition/plan-workflow.ts";
import type { Workflow } from "../../definition/workflow.ts";
import { viewNames, views } from "../views.ts";

const planned = (steps: readonly StepDefinition[], workflow = "w"): Workflow =>
  planWorkflow({ workflow, version: 1, steps }, "0".repeat(64));

const drawn = (view: keyof typeof views, workflow: Workflow): string => views[view].drawings.mermaid(workflow);

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");

function referenceWorkflow(): Workflow {
  const file = "../../../examples/order-processing/order-processing.yaml";
  const parsed = parseDefinition({ text: read(file), file });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  return parsed.workflow;
}

/** Words and marks of Mermaid's, our own ids, and the limits of the grammar. */
const trickyNames = [
  ..."end graph flowchart subgraph direction class classdef click default style linkstyle call href tb td lr v o x".split(
    " ",
  ),
  ..."sequencediagram participant actor as note over alt else opt loop par rect box wrap nowrap autonumber title".split(
    " ",
  ),
  ..."start completed compensated workflow components workers orchestrator bus manager undo s1 u1 w1".split(" "),
  ..."constructor null true 0 1 1e5 a-_- a-_b_-c a-__b__-c a--b x--x o--o a---b a_ a- a__b".split(" "),
  "x".repeat(64),
  "-_".repeat(31).padStart(63, "a"),
  "9".padEnd(64, "-"),
];

const name = fc.oneof(fc.constantFrom(...trickyNames), fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/));
/** Most are short, because what Mermaid takes for one grows with it, and what goes wrong hardly does. */
const names = fc.oneof(
  { weight: 9, arbitrary: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.uniqueArray(name, { minLength: 1, maxLength: 12 }) },
);

/** Steps, workers and compensations share their names, and workers their steps. */
const workflow = names.chain((steps) => {
  const one = fc.constantFrom(...steps);
  const timeout = fc.integer({ min: 1, max: 315_360_000_000 });
  const compensation = fc.record({ worker: one, timeout }, { requiredKeys: ["worker"] });
  const rest = fc.record({ worker: one, timeout, compensation }, { requiredKeys: ["worker"] });
  return fc
    .tuple(one, ...steps.map((step) => rest.map((given): StepDefinition => ({ step, ...given }))))
    .map(([of, ...all]) => planned(all, of));
});

const everywhere = (word: string): Workflow =>
  planned([{ step: word, worker: word, compensation: { worker: word } }], word);

/**
 * Whatever Mermaid reads it copies all of its settings a dozen times, and lets jsdom purge every label twice. Without
 * the settings of other diagrams, and purging once, it takes less than half the time; the grammars are the same.
 */
function hasten(): void {
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else reaches the defaults
  const { flowchart, sequence, ...others } = mermaid.mermaidAPI.defaultConfig;
  for (const settings of Object.values(others)) {
    if (typeof settings !== "object" || Array.isArray(settings)) continue;
    for (const key of Object.keys(settings)) Reflect.deleteProperty(settings, key);
  }
  mermaid.initialize({ securityLevel: "loose" });
}

describe("Mermaid", () => {
  beforeAll(hasten);

  it("accepts every view of any workflow", { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(workflow, async (any) => {
      expect(await mermaid.parse(drawn("workflow", any))).toMatchObject({ diagramType: "flowchart-v2" });
      expect(await mermaid.parse(drawn("events", any))).toMatchObject({ diagramType: "sequence" });
      expect(await mermaid.parse(drawn("architecture", any))).toMatchObject({ diagramType: "flowchart-v2" });
    });
    await fc.assert(property, { numRuns: 500, examples: trickyNames.map((word) => [everywhere(word)]) });
  });

  it("refuses each view when one bracket, quote, arrow or end is missing", async () => {
    const parts = {
      workflow: ["([", "])", '["', '"]', "-->", "-.->", ":undo"],
      events: ["participant ", "Note over ", "->>", ": command", "alt every step succeeded\n", "  end\n"],
      architecture: ["subgraph ", '["', '"]', "<-->", "|", "  end\n"],
    };
    for (const view of viewNames) {
      const picture = drawn(view, referenceWorkflow());
      for (const part of parts[view]) {
        expect(picture).toContain(part);
        await expect(mermaid.parse(picture.replace(part, "")), `${view} without ${part}`).rejects.toThrow(/error/);
      }
    }
  });

  it.each(["end", "graph", "class", "style", "call", "o--o"])("refuses %s where a node's id stands", async (word) => {
    const picture = drawn("workflow", everywhere(word));
    await expect(mermaid.parse(picture.replaceAll(/\bs1\b/g, word))).rejects.toThrow(/Parse error/);
    await expect(mermaid.parse(picture.replaceAll(/\bs1\b/g, "s2"))).resolves.toBeTruthy();
  });
});

describe("the reference workflow", () => {
  it.each(viewNames)("is drawn byte for byte: %s", (view) => {
    expect(drawn(view, referenceWorkflow())).toBe(read(`./expected/${view}.mmd`));
  });
});

interface Edge {
  readonly from: string;
  readonly arrow: string;
  readonly to: string;
  readonly label: readonly string[];
}

/** Reads a flowchart as it is written, line by line; a line that says something else is an error. */
function flowchartOf(text: string) {
  const nodes = new Map<string, readonly string[]>();
  const edges: Edge[] = [];
  const linesOf = (label: string) => label.replaceAll("#8288;", "").replaceAll("#95;", "_").split("<br/>");
  for (const line of text.split("\n").slice(1, -1)) {
    const [, id, label] = /^ +(\w+)(?:\[|\(\[)"([^"]+)"(?:\]|\]\))(?::::undo)?$/.exec(line) ?? [];
    const [, from, arrow, said, to] = /^ +(\w+) (-->|-\.->|<-->)(?:\|"([^"]+)"\|)? (\w+)$/.exec(line) ?? [];
    if (id && label) nodes.set(id, linesOf(label));
    else if (from && arrow && to) edges.push({ from, arrow, to, label: said ? linesOf(said) : [] });
    else expect(line).toMatch(/^ +(%% .*|start ~~~ .*|classDef .*|subgraph \w+ \["\w+"\]|direction \w\w|end)$/);
  }
  const next = (from: string, arrow: string) => edges.find((edge) => edge.from === from && edge.arrow === arrow)?.to;
  const path = (from: string): string[] => [from, ...[next(from, "-->")].flatMap((to) => (to ? path(to) : []))];
  return { nodes, edges, next, path };
}

const seconds = (ms: number) => `timeout ${ms / 1000}s`;

describe.each(["workflow", "architecture"] as const)("the flowchart of view %s", (view) => {
  it("leads from the workflow's name over every step, in order, to completed", () => {
    fc.assert(
      fc.property(workflow, (any) => {
        const { nodes, path } = flowchartOf(drawn(view, any));
        expect(path("start").map((id) => nodes.get(id))).toEqual([
          [any.name],
          ...any.steps.map((step) => [step.name, `worker ${step.worker}`, seconds(step.timeoutMs)]),
          ["completed"],
        ]);
      }),
    );
  });

  it("leads from each step to its compensation, and from there over those of all earlier steps to compensated", () => {
    fc.assert(
      fc.property(workflow, (any) => {
        const { nodes, path, next } = flowchartOf(drawn(view, any));
        const undone: (readonly string[])[] = [["compensated"]];
        for (const [place, { name: step, compensation }] of any.steps.entries()) {
          const undo = next(path("start")[place + 1] ?? "", "-.->");
          if (compensation)
            undone.unshift([`undo ${step}`, `worker ${compensation.worker}`, seconds(compensation.timeoutMs)]);
          expect(undo && path(undo).map((id) => nodes.get(id))).toEqual(compensation && undone);
        }
      }),
    );
  });

  it("has nothing to compensate where nothing does", () => {
    expect(drawn(view, planned([{ step: "a", worker: "b" }]))).not.toMatch(/compensat|undo|~~~|-\./);
  });
});

describe("the flowchart of view architecture", () => {
  it("has every worker once, with the types that it takes and gives", () => {
    fc.assert(
      fc.property(workflow, (any) => {
        const { nodes, edges } = flowchartOf(drawn("architecture", any));
        const told = edges.filter(({ from }) => from === "manager");
        const executing = any.steps.map(({ worker }) => worker);
        const compensating = any.steps.flatMap(({ compensation }) => (compensation ? [compensation.worker] : []));
        expect(new Map(told.map(({ to, label }) => [nodes.get(to)?.join(), label]))).toEqual(
          new Map(
            [...executing, ...compensating].map((worker) => [
              worker,
              [
                ...(executing.includes(worker) ? [`command.${worker}`] : []),
                ...(compensating.includes(worker) ? [`compensation.${worker}`] : []),
                `result.${worker}`,
              ],
            ]),
          ),
        );
        expect(told).toHaveLength(new Set([...executing, ...compensating]).size);
      }),
    );
  });

  it("leads from the workflow over the components to the workers", () => {
    const { nodes, edges } = flowchartOf(drawn("architecture", planned([{ step: "a", worker: "b" }])));
    const components = edges
      .slice(-4)
      .map(({ from, arrow, to }) => [nodes.get(from) ?? from, arrow, nodes.get(to) ?? to]);
    expect(components).toEqual([
      ["workflow", "-->", "components"],
      [["Orchestrator"], "<-->", ["EventBus"]],
      [["EventBus"], "<-->", ["WorkerManager"]],
      [["WorkerManager"], "<-->", ["b"]],
    ]);
  });
});

describe("a label", () => {
  it.each([
    ["a_b__c", "a_b__c"],
    ["a-_b_-c", "a-#8288;#95;#8288;b#8288;#95;#8288;-c"],
    ["a-__b", "a-#8288;#95;#95;#8288;b"],
    ["a_", "a#8288;#95;#8288;"],
  ])("keeps the underscores that Markdown would take for italics or bold: %s", (step, written) => {
    expect(drawn("workflow", planned([{ step, worker: "w" }]))).toContain(`"${written}<br/>worker w<br/>`);
  });
});

describe("the sequence of events", () => {
  const messagesOf = (any: Workflow): string[] =>
    drawn("events", any)
      .split("\n")
      .map((line) => line.trim());
  const exchange = (heading: string, type: string, worker: string, action: string, outcome: string) => [
    `Note over orchestrator,workers: ${heading}`,
    `orchestrator->>bus: ${type}.${worker}`,
    "orchestrator->>bus: status.workflow",
    `bus->>manager: ${type}.${worker}`,
    `manager->>workers: ${action}`,
    `workers-->>manager: ${outcome}`,
    `manager->>bus: result.${worker}`,
    `bus->>orchestrator: result.${worker}`,
  ];

  it("tells the messages of every step, then how a run ends: completed, or compensated after undoing in reverse", () => {
    fc.assert(
      fc.property(workflow, (any) => {
        const messages = messagesOf(any);
        const steps = any.steps.flatMap(({ name: step, worker }) =>
          exchange(`step ${step}`, "command", worker, "execute", "succeeded"),
        );
        const undos = any.steps
          .toReversed()
          .flatMap(({ name: step, compensation }) =>
            compensation
              ? [
                  `opt ${step} succeeded or is in doubt`,
                  ...exchange(`undo ${step}`, "compensation", compensation.worker, "compensate", "compensated"),
                  "end",
                ]
              : [],
          );
        expect(messages.slice(5)).toEqual([
          ...steps,
          "alt every step succeeded",
          "orchestrator->>bus: status.workflow (completed)",
          expect.stringMatching(/^else a step failed, /),
          ...undos,
          "orchestrator->>bus: status.workflow (compensated)",
          "end",
          "",
        ]);
      }),
    );
  });

  it("says whether there is anything to undo", () => {
    const plain = { step: "a", worker: "b" };
    expect(messagesOf(planned([plain]))).toContain("else a step failed, none has an undo");
    const compensatable = { ...plain, compensation: { worker: "c" } };
    expect(messagesOf(planned([plain, compensatable]))).toContain(
      "else a step failed, what was done is undone in reverse",
    );
  });
});

describe("any picture", () => {
  it.each(viewNames)("of view %s is ASCII, and the same however often it is drawn", (view) => {
    fc.assert(
      fc.property(workflow, (any) => {
        expect(drawn(view, any)).toMatch(/^[\n -~]+$/);
        expect(drawn(view, any)).toBe(drawn(view, any));
      }),
    );
  });
});

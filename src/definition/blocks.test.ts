/** The worry: a block that is taken for something else than it says, or a reference out of it that leads nowhere. */
import { describe, expect, it } from "vitest";
import { stepDefinitions } from "./definition-steps.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import { type DefinitionSource, parseDefinition } from "./parse-definition.ts";

function problemsOf(source: DefinitionSource): readonly DefinitionProblem[] {
  const parsed = parseDefinition(source);
  return parsed.ok ? [] : parsed.problems;
}

const workflow = (text: string, above = ""): string => `workflow: w\nversion: 1\n${above}steps:\n${text}`;
const problemsIn = (text: string) => problemsOf({ text, file: "order.yaml" });
const summary = ({ code, line, column, path }: DefinitionProblem) => `${line}:${column} ${code} ${path}`.trim();

/** Each text holds one mistake, and `▸` stands just before what the problem points at. */
const mistakes: readonly (readonly [code: string, path: string, text: string])[] = [
  ["missing_key", "steps[0]", "  - ▸{ parallel: b }"],
  ["out_of_range", "steps[0].branches", "  - { parallel: b, branches: ▸{} }"],
  ["no_steps", "steps[0].branches.a", "  - { parallel: b, branches: { a: ▸[] } }"],
  ["wrong_type", "steps[0].branches", "  - { parallel: b, branches: ▸[{ step: s }] }"],
  ["wrong_type", "steps[0].branches.a", "  - { parallel: b, branches: { a: ▸{ step: s } } }"],
  ["bad_name", "steps[0].branches.A", "  - { parallel: b, branches: { ▸A: [{ step: s }] } }"],
  ["out_of_range", "steps[0].siblings", "  - { parallel: b, siblings: ▸stop, branches: { a: [{ step: s }] } }"],
  ["unknown_key", "steps[0].steps", "  - { parallel: b, branches: { a: [{ step: s }] }, ▸steps: [] }"],
  ["unknown_key", "steps[0].paralel", "  - { ▸paralel: b, branches: { a: [{ step: s }] } }"],
  ["unknown_key", "steps[0].fail", "  - { wait: b, for: 1s, ▸fail: c }"],
  ["out_of_range", "steps[0].cases", "  - { choose: b, cases: ▸[] }"],
  ["wrong_type", "steps[0].cases", "  - { choose: b, cases: ▸{ otherwise: true, steps: [] } }"],
  ["missing_key", "steps[0].cases[0]", "  - { choose: b, cases: [▸{ steps: [] }] }"],
  ["missing_key", "steps[0].cases[0]", "  - { choose: b, cases: [▸{ otherwise: true }] }"],
  ["wrong_type", "steps[0].cases[0].otherwise", "  - { choose: b, cases: [{ otherwise: ▸false, steps: [] }] }"],
  ["wrong_type", "steps[0].cases[0].when", "  - { choose: b, cases: [{ when: ▸true, steps: [] }] }"],
  [
    ...(["contradiction", "steps[0].cases[0].otherwise"] as const),
    "  - { choose: b, cases: [{ when: 'true', ▸otherwise: true, steps: [] }] }",
  ],
  [
    ...(["contradiction", "steps[0].cases[0].otherwise"] as const),
    "  - { choose: b, cases: [{ ▸otherwise: true, steps: [] }, { when: 'true', steps: [] }] }",
  ],
  ["missing_key", "steps[0]", "  - ▸{ forEach: b, in: [], steps: [{ step: s }] }"],
  ["no_steps", "steps[0].steps", "  - { forEach: b, as: x, in: [], steps: ▸[] }"],
  ["wrong_type", "steps[0].in", "  - { forEach: b, as: x, in: ▸input.items, steps: [{ step: s }] }"],
  ["wrong_type", "steps[0].in", "  - { forEach: b, as: x, in: ▸{ a: 1 }, steps: [{ step: s }] }"],
  ["out_of_range", "steps[0].concurrency", "  - { forEach: b, as: x, in: [], concurrency: ▸0, steps: [{ step: s }] }"],
  [
    "out_of_range",
    "steps[0].concurrency",
    "  - { forEach: b, as: x, in: [], concurrency: ▸1001, steps: [{ step: s }] }",
  ],
  ["bad_name", "steps[0].as", "  - { forEach: b, as: ▸input, in: [], steps: [{ step: s }] }"],
  ["bad_name", "steps[0].as", "  - { forEach: b, as: ▸in, in: [], steps: [{ step: s }] }"],
  ["bad_name", "steps[0].as", "  - { forEach: b, as: ▸order-line, in: [], steps: [{ step: s }] }"],
  [
    ...(["contradiction", "steps[0].steps[0].as"] as const),
    "  - { forEach: b, as: x, in: [], steps: [{ forEach: c, as: ▸x, in: [], steps: [{ step: s }] }] }",
  ],
  ["missing_key", "steps[0]", "  - ▸{ loop: b, until: 'true', steps: [{ step: s }] }"],
  ["missing_key", "steps[0]", "  - ▸{ loop: b, max: 3, steps: [{ step: s }] }"],
  ["out_of_range", "steps[0].max", "  - { loop: b, until: 'true', max: ▸100001, steps: [{ step: s }] }"],
  ["wrong_type", "steps[0].until", "  - { loop: b, until: ▸true, max: 3, steps: [{ step: s }] }"],
  ["no_steps", "steps[0].steps", "  - { loop: b, until: 'true', max: 3, steps: ▸[] }"],
  ["missing_key", "steps[0]", "  - ▸{ wait: b }"],
  ["contradiction", "steps[0].until", "  - { wait: b, for: 1s, ▸until: 0 }"],
  ["contradiction", "steps[0].signal", "  - { wait: b, for: 1s, ▸signal: go }"],
  ["contradiction", "steps[0].timeout", "  - { wait: b, for: 1s, ▸timeout: 1s }"],
  ["contradiction", "steps[0].onTimeout", "  - { wait: b, signal: go, ▸onTimeout: fail }"],
  ["bad_duration", "steps[0].for", "  - { wait: b, for: ▸10 }"],
  ["out_of_range", "steps[0].until", "  - { wait: b, until: ▸tomorrow }"],
  ["out_of_range", "steps[0].until", "  - { wait: b, until: ▸2026-13-01T00:00:00Z }"],
  ["out_of_range", "steps[0].until", "  - { wait: b, until: ▸-1 }"],
  ["wrong_type", "steps[0].until", "  - { wait: b, until: ▸[] }"],
  ["bad_name", "steps[0].signal", "  - { wait: b, signal: ▸Go! }"],
  ["missing_key", "steps[0]", "  - ▸{ child: b }"],
  ["out_of_range", "steps[0].kind", "  - { child: b, workflow: v, kind: ▸readonly }"],
  ["contradiction", "steps[0].kind", "  - { child: b, workflow: v, kind: ▸pivot, compensation: u }"],
  ["contradiction", "steps[0].kind", "  - { child: b, workflow: v, kind: ▸irreversible, compensation: u }"],
  ["wrong_type", "steps[0].code", "  - { fail: b, code: ▸two words }"],
  ["wrong_type", "steps[0].when", "  - { step: s, when: ▸true }"],
  [
    "duplicate_step",
    "steps[1].branches.a[0].step",
    "  - step: s\n  - { parallel: b, branches: { a: [{ step: ▸s }] } }",
  ],
  ["duplicate_step", "steps[0].steps[0].step", "  - { loop: b, until: 'true', max: 3, steps: [{ step: ▸b }] }"],
  ["contradiction", "steps[0].branches.a[0].kind", "  - { parallel: b, branches: { a: [{ step: s, kind: ▸pivot }] } }"],
  ["contradiction", "steps[1].kind", "  - { step: s, kind: pivot }\n  - { child: c, workflow: v, kind: ▸pivot }"],
  ["contradiction", "steps[0].when", "  - { step: s, kind: pivot, ▸when: 'true' }"],
  [
    "contradiction",
    "steps[0].branches.a[0].kind",
    "  - { parallel: b, branches: { a: [{ step: s, kind: ▸retriable }] } }",
  ],
];

describe("a mistake in a block is named by its code and its exact place", () => {
  it.each(mistakes)("%s at %s: %s", (code, path, marked) => {
    const text = workflow(marked);
    const before = text.slice(0, text.indexOf("▸"));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const problems = problemsIn(text.replace("▸", ""));
    expect(problems.map(summary)).toEqual([`${line}:${column} ${code} ${path}`]);
    expect(problems[0]?.mend).toMatch(/[.?]$/);
  });

  it("and what is kept of signals is bounded", () => {
    expect(problemsIn(workflow("  - { wait: b, signal: go }", "signals: { maxAge: 7d, max: 10000 }\n"))).toEqual([]);
    const problems = problemsIn(workflow("  - step: s", "signals: { maxAge: 7, max: 0, more: 1 }\n"));
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      ...["bad_duration signals.maxAge", "out_of_range signals.max", "unknown_key signals.more"],
    ]);
  });
});

describe("references", () => {
  const inItems = "{ forEach: picks, as: line, in: { $: input.lines }, steps: [{ step: pick }, INNER] }";
  const blocks = (reference: string, inner = "{ step: other }") =>
    workflow(`  - ${inItems.replace("INNER", inner)}
  - { parallel: both, branches: { left: [{ step: check }], right: [{ fail: stop }] } }
  - { choose: way, cases: [{ otherwise: true, steps: [{ step: taken }] }] }
  - { loop: polls, max: 3, until: "true", steps: [{ step: track }] }
  - { wait: approval, signal: go }
  - { child: invoice, workflow: invoicing }
  - { step: last, input: { $: ${reference} } }`);
  const problemAt = (text: string) => {
    const problems = problemsIn(text);
    expect(problems.length).toBeLessThan(2);
    return problems[0] && `${problems[0].code}: ${problems[0].mend}`;
  };

  it.each(["check", "taken", "track", "polls", "picks", "approval", "invoice"])("name `%s`", (name) => {
    expect(problemsIn(blocks(`steps.${name}.output.x`))).toEqual([]);
  });

  it.each([
    ["both", "Refer to the output of a step in one of its branches."],
    ["way", "Refer to the output of a step in one of its cases, with `else` for when that case is not taken."],
    ["stop", "Refer to another step."],
    ["pick", "Refer to `steps.picks.output`, the list of its items' last outputs."],
    ["pickz", "Did you mean `picks`?"],
  ])("do not name `%s`", (name, mend) => {
    expect(problemAt(blocks(`steps.${name}.output`))).toBe(`unknown_reference: ${mend}`);
  });

  it("see inside an item its own steps and variable, and from outside neither", () => {
    const inside = (input: string) =>
      blocks("input", `{ step: other, input: ${input}, compensation: { worker: u, input: ${input} } }`);
    expect(problemsIn(inside("{ a: { $: steps.pick.output }, b: { $: line.sku } }"))).toEqual([]);
    expect(problemsIn(inside("[{ $: line }]"))).toEqual([]);
    expect(problemAt(blocks("line.sku"))).toBe("unknown_reference: Begin with `input`, `steps`, `run`.");
    expect(problemsIn(inside("{ $: lime.sku }"))[0]?.mend).toBe("Did you mean `line`?");
    const [second] = problemsIn(
      workflow(`  - { forEach: one, as: a, in: [], steps: [{ step: s }] }
  - { forEach: two, as: b, in: { $: a }, steps: [{ step: t, input: { $: steps.s.output } }] }`),
    );
    expect(second?.mend).toBe("Begin with `input`, `steps`, `run`.");
  });

  it("of an output and of attributes see no variable", () => {
    const above = "output: { $: line }\nattributes: { a: { $: line } }\n";
    const text = workflow("  - { forEach: picks, as: line, in: [], steps: [{ step: s }] }", above);
    expect(problemsIn(text).map(summary)).toEqual([
      ...["3:14 unknown_reference output.$", "4:23 unknown_reference attributes.a.$"],
    ]);
  });

  it("go from an inner item to what stands in the outer one", () => {
    const text = workflow(`  - forEach: orders
    as: order
    in: { $: input.orders }
    steps:
      - step: open
      - forEach: lines
        as: line
        in: { $: order.lines }
        steps: [{ step: pick, input: [{ $: order.id }, { $: line.sku }, { $: steps.open.output }] }]
      - { step: close, input: { $: steps.lines.output } }`);
    expect(problemsIn(text)).toEqual([]);
    expect(problemAt(text.replace("steps.lines.output", "steps.pick.output"))).toContain("`steps.lines.output`");
  });
});

describe("expressions", () => {
  const inItem = (text: string) =>
    workflow(`  - forEach: picks
    as: line
    in: [1]
    steps: [{ step: pick, when: ${text} }]
  - { step: last }`);

  it("see the variable inside, in conditions and in `$cel`", () => {
    expect(problemsIn(inItem('"line.qty > 0 && has(steps.last.output)"'))).toEqual([]);
    expect(problemsIn(inItem('"true", input: { $cel: line.qty * 2 }'))).toEqual([]);
  });

  it.each([
    ["when", "  - { step: s, when: ▸line.qty }", "unknown_reference"],
    [
      "when, of a choice",
      "  - { choose: s, cases: [{ when: '1 == ▸steps.t.output', steps: [] }] }",
      "unknown_reference",
    ],
    ["when, no condition", "  - { step: s, when: '▸1 + 1' }", "wrong_type"],
    ["when, empty", "  - { step: s, when: '▸' }", "bad_expression"],
    [
      "when, of a `forEach`, sees no item",
      "  - { forEach: f, as: line, in: [], when: ▸line.x, steps: [{ step: s }] }",
      "unknown_reference",
    ],
    ["until", "  - { loop: f, max: 3, until: '!▸steps.f2.output', steps: [{ step: s }] }", "unknown_reference"],
    ["in", "  - { forEach: f, as: line, in: { $cel: ▸line.x }, steps: [{ step: s }] }", "unknown_reference"],
    ["until, of a wait", "  - { wait: w, until: { $cel: ▸inptu.at } }", "unknown_reference"],
    [
      "from outside an item",
      "  - { forEach: f, as: line, in: [], steps: [{ step: s }] }\n  - { step: t, when: '▸steps.s.output' }",
      "unknown_reference",
    ],
  ])("of %s that name what is not there are refused at the very place", (_, marked, code) => {
    const text = workflow(marked);
    const before = text.slice(0, text.indexOf("▸"));
    const place = `${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`;
    const problems = problemsIn(text.replace("▸", ""));
    expect(problems.map((problem) => summary(problem).split(" ").slice(0, 2).join(" "))).toEqual([`${place} ${code}`]);
  });
});

describe("limits", () => {
  it("count what stands in blocks, and the blocks", () => {
    const inner = (count: number) => Array.from({ length: count }, (_, at) => ({ step: `s${at}` }));
    const object = (count: number) => ({
      workflow: "w",
      version: 1,
      steps: [{ parallel: "b", branches: { a: inner(count), z: [{ step: "z" }] } }],
    });
    expect(problemsOf({ object: object(limits.steps - 2) })).toEqual([]);
    expect(problemsOf({ object: object(limits.steps - 1) }).map(({ code, path }) => `${code} ${path}`)).toEqual([
      "too_many_steps steps",
    ]);
  });

  it("let eight blocks stand inside one another, of the deepest kind", () => {
    let node: unknown = { step: "a", input: { deep: [[{ $: "input" }]] } };
    for (let depth = 0; depth < 8; depth++)
      node = {
        choose: `c${depth}`,
        cases: [{ when: "true", steps: [{ parallel: `p${depth}`, branches: { a: [node] } }] }],
      };
    expect(problemsOf({ object: { workflow: "w", version: 1, steps: [node] } })).toEqual([]);
  });

  it("bound branches and cases", () => {
    const branches = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`b${at}`, [{ step: `s${at}` }]]));
    const cases = Array.from({ length: 101 }, () => ({ when: "true", steps: [] }));
    const steps = [
      { parallel: "p", branches },
      { choose: "c", cases },
    ];
    expect(problemsOf({ object: { workflow: "w", version: 1, steps } }).map(({ path }) => path)).toEqual([
      ...["steps[0].branches", "steps[1].cases"],
    ]);
  });
});

describe("the canonical form", () => {
  const text = `
workflow: w
version: 1
signals: { max: 5, maxAge: 1h }
steps:
  - parallel: reserve
    siblings: cancel
    branches:
      stock: [{ step: check_stock, compensation: release_stock }]
      fraud: [{ step: check_fraud, inquire: false }]
  - choose: approval
    cases:
      - when: "steps.check_fraud.output.score > 0.8"
        steps:
          - { wait: manager, signal: approval, timeout: 24h, onTimeout: fail }
          - { fail: refused, when: "!steps.manager.output.ok", code: order_refused }
      - { otherwise: true, steps: [] }
  - forEach: picks
    in: { $: input.items }
    as: line
    concurrency: 4
    steps: [{ step: pick, input: { sku: { $: line.sku } }, when: "line.qty > 0", compensation: put_back }]
  - { loop: polls, until: "steps.track.output.done", max: 50, steps: [{ step: track }, { wait: pause, for: 10m }] }
  - { wait: later, until: { $: input.shipAt } }
  - { child: invoice, workflow: invoicing, input: { $: input }, compensation: cancel_invoice, when: "true" }
`;
  const read = (source: DefinitionSource) => {
    const parsed = parseDefinition(source);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, undefined, 1));
    return parsed;
  };

  it("keeps what is said, in milliseconds, and fills in the worker's name alone", () => {
    expect(read({ text, file: "w.yaml" }).definition).toEqual({
      workflow: "w",
      version: 1,
      signals: { max: 5, maxAge: 3_600_000 },
      steps: [
        {
          parallel: "reserve",
          siblings: "cancel",
          branches: {
            stock: [{ step: "check_stock", worker: "check_stock", compensation: { worker: "release_stock" } }],
            fraud: [{ step: "check_fraud", worker: "check_fraud" }],
          },
        },
        {
          choose: "approval",
          cases: [
            {
              when: "steps.check_fraud.output.score > 0.8",
              steps: [
                { wait: "manager", signal: "approval", timeout: 86_400_000, onTimeout: "fail" },
                { fail: "refused", when: "!steps.manager.output.ok", code: "order_refused" },
              ],
            },
            { otherwise: true, steps: [] },
          ],
        },
        {
          forEach: "picks",
          in: { $: "input.items" },
          as: "line",
          concurrency: 4,
          steps: [
            {
              step: "pick",
              worker: "pick",
              when: "line.qty > 0",
              input: { sku: { $: "line.sku" } },
              compensation: { worker: "put_back" },
            },
          ],
        },
        {
          loop: "polls",
          until: "steps.track.output.done",
          max: 50,
          steps: [
            { step: "track", worker: "track" },
            { wait: "pause", for: 600_000 },
          ],
        },
        { wait: "later", until: { $: "input.shipAt" } },
        {
          child: "invoice",
          workflow: "invoicing",
          when: "true",
          input: { $: "input" },
          compensation: { worker: "cancel_invoice" },
        },
      ],
    });
  });

  it("has sorted keys and one hash, however it was written, and is read as itself", () => {
    const first = read({ text, file: "w.yaml" });
    const swapped = text.replace(/( {6}stock.*\n)( {6}fraud.*\n)/, "$2$1").replace("1h", "60m");
    expect(swapped).not.toBe(text);
    for (const source of [{ text: swapped, file: "w.yaml" }, { object: first.definition }]) {
      expect(read(source).workflow.hash).toBe(first.workflow.hash);
      expect(JSON.stringify(read(source).definition)).toBe(JSON.stringify(first.definition));
    }
    const [block] = first.definition.steps;
    expect(Object.keys(block ?? {})).toEqual(["branches", "parallel", "siblings"]);
  });

  it("is planned with all its steps, in their order", () => {
    const { workflow: planned, definition } = read({ text, file: "w.yaml" });
    expect(planned.steps.map(({ name }) => name)).toEqual([
      ...["check_fraud", "check_stock", "manager", "refused", "pick", "track", "pause", "later", "invoice"],
    ]);
    expect([...planned.blocks.keys()]).toEqual(["reserve", "approval", "picks", "polls"]);
    expect(stepDefinitions(definition)).toHaveLength(4);
  });

  it("knows what is retriable behind the pivot, in blocks too", () => {
    const { workflow: planned } = read({
      text: workflow(`  - { step: pay, kind: pivot }
  - { parallel: after, branches: { a: [{ step: ship, kind: retriable }], b: [{ child: bill, workflow: v, kind: retriable }] } }`),
      file: "w.yaml",
    });
    expect(planned.steps.map(({ kind }) => kind)).toEqual(["pivot", "retriable", "retriable"]);
  });
});

/** The worry: a workflow that says something else than its author meant, and is run with other people's money. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stepDefinitions } from "./definition-steps.ts";
import { type DefinitionProblem, definitionProblemCatalogue, mostProblems } from "./definition-problem.ts";
import { limits } from "./limit.ts";
import { type DefinitionSource, parseDefinition } from "./parse-definition.ts";
import { keysNotBuilt } from "./vocabulary.ts";

function problemsOf(source: DefinitionSource): readonly DefinitionProblem[] {
  const parsed = parseDefinition(source);
  return parsed.ok ? [] : parsed.problems;
}

const problemsIn = (text: string) => problemsOf({ text, file: "order.yaml" });

const summary = ({ code, line, column, path }: DefinitionProblem) => `${line}:${column} ${code} ${path}`.trim();

/** Each text holds one mistake, and `▸` stands just before what the problem points at. */
const mistakes: readonly (readonly [code: string, path: string, text: string])[] = [
  ["wrong_type", "", "▸"],
  ["wrong_type", "", "▸- step: a"],
  ["wrong_type", "", "▸just a text"],
  ["wrong_type", "", "--- ▸|\n!this is no tag but text"],
  ["syntax", "", "workflow: w\nversion: 1\nsteps: [▸"],
  ["syntax", "", "workflow: w\nversion: 1\nsteps:\n▸\t- step: a"],
  ["syntax", "", 'workflow: "w▸\\q"\nversion: 1\nsteps: [{ step: a }]'],
  ["many_documents", "", "workflow: w\nversion: 1\nsteps: [{ step: a }]\n▸---\nworkflow: v"],
  ["forbidden_tag", "", "workflow: ▸!!str w\nversion: 1\nsteps: [{ step: a }]"],
  ["forbidden_tag", "", "workflow: w\nversion: 1\nsteps: [{ step: a, input: ▸!secret x }]"],
  ["forbidden_alias", "", "workflow: w\nversion: 1\nsteps: [▸&a { step: a }]"],
  ["forbidden_alias", "", "workflow: w\nversion: 1\nsteps: [▸*a ]"],
  ["forbidden_directive", "", "▸%YAML 1.1\n---\nworkflow: w\nversion: 1\nsteps: [{ step: a }]"],
  ["forbidden_merge", 'steps[0]["<<"]', "workflow: w\nversion: 1\nsteps:\n  - ▸<<: { timeout: 1s }\n    step: a"],
  ["forbidden_key", "steps[0].input.__proto__", steps("  - step: a\n    input: { ▸__proto__: { admin: true } }")],
  ["duplicate_key", "version", "workflow: w\nversion: 1\n▸version: 2\nsteps: [{ step: a }]"],
  ["duplicate_key", "steps[0].input.b", steps("  - { step: a, input: { b: 1, ▸b: 1 } }")],
  ["bad_number", "steps[0].input", steps("  - { step: a, input: ▸.inf }")],
  ["bad_number", "steps[0].input", steps("  - { step: a, input: ▸.nan }")],
  ["bad_number", "steps[0].input.id", steps("  - { step: a, input: { id: ▸12345678901234567890 } }")],
  ["bad_number", "steps[0].input", steps("  - { step: a, input: ▸1e400 }")],
  ["bad_text", "steps[0].input", steps('  - { step: a, input: ▸"\\ud800" }')],
  ["bad_text", 'steps[0].input["\\\\u{d800}"]', steps('  - { step: a, input: { ▸"\\ud800": 1 } }')],
  ["missing_key", "", "▸version: 1\nsteps: [{ step: a }]"],
  ["missing_key", "", "▸workflow: w\nsteps: [{ step: a }]"],
  ["missing_key", "", "▸workflow: w\nversion: 1"],
  ["missing_key", "steps[1]", steps("  - step: a\n  - ▸worker: b")],
  ["missing_key", "steps[0].compensation", steps("  - { step: a, compensation: ▸{ timeout: 1s } }")],
  ["unknown_key", "stpes", "workflow: w\nversion: 1\nsteps: [{ step: a }]\n▸stpes: []"],
  ["unknown_key", "steps[0].timeuot", steps("  - step: a\n    ▸timeuot: 30s")],
  ["unknown_key", "steps[0].retry.atempts", steps("  - { step: a, retry: { ▸atempts: 3 } }")],
  ["unknown_key", "steps[0].compensation.step", steps("  - { step: a, compensation: { worker: b, ▸step: c } }")],
  ["unknown_key", "steps[0].toString", steps("  - { step: a, ▸toString: 1 }")],
  ["wrong_type", "workflow", "workflow: ▸7\nversion: 1\nsteps: [{ step: a }]"],
  ["wrong_type", "version", 'workflow: w\nversion: ▸"1"\nsteps: [{ step: a }]'],
  ["wrong_type", "version", "workflow: w\nversion: ▸1.5\nsteps: [{ step: a }]"],
  ["out_of_range", "version", "workflow: w\nversion: ▸0\nsteps: [{ step: a }]"],
  ["wrong_type", "steps", "workflow: w\nversion: 1\nsteps: ▸{ step: a }"],
  ["wrong_type", "steps", "workflow: w\nversion: 1\n▸steps:"],
  ["no_steps", "steps", "workflow: w\nversion: 1\nsteps: ▸[]"],
  ["wrong_type", "steps[0]", steps("  - ▸validate_order")],
  ["bad_name", "workflow", "workflow: ▸Order Processing\nversion: 1\nsteps: [{ step: a }]"],
  ["bad_name", "steps[0].step", steps("  - step: ▸validateOrder")],
  ["bad_name", "steps[0].step", steps(`  - step: ▸${"a".repeat(65)}`)],
  ["bad_name", "steps[0].worker", steps("  - { step: a, worker: ▸a/b }")],
  ["bad_name", "steps[0].compensation", steps("  - { step: a, compensation: ▸undo it }")],
  ["duplicate_step", "steps[1].step", steps("  - step: a\n  - step: ▸a")],
  ["bad_duration", "steps[0].timeout", steps("  - { step: a, timeout: ▸30 s }")],
  ["bad_duration", "steps[0].timeout", steps("  - { step: a, timeout: ▸0s }")],
  ["bad_duration", "steps[0].timeout", steps("  - { step: a, timeout: ▸30 }")],
  ["bad_duration", "steps[0].timeout", steps("  - { step: a, timeout: ▸4000d }")],
  ["bad_duration", "steps[0].timeout", steps("  - { step: a, timeout: ▸-5 }")],
  ["bad_duration", "steps[0].timeout", steps("  - { step: a, timeout: ▸0.5 }")],
  ["wrong_type", "steps[0].timeout", steps("  - { step: a, timeout: ▸[30s] }")],
  ["wrong_type", "steps[0].timeout", steps("  - step: a\n    ▸timeout:")],
  ["wrong_type", "steps[0].compensation", steps("  - { step: a, compensation: ▸[b] }")],
  ["wrong_type", "steps[0].retry", steps("  - { step: a, retry: ▸3 }")],
  ["out_of_range", "steps[0].retry.attempts", steps("  - { step: a, retry: { attempts: ▸101 } }")],
  ["out_of_range", "steps[0].retry.factor", steps("  - { step: a, retry: { factor: ▸0.5 } }")],
  ["out_of_range", "steps[0].retry.jitter", steps("  - { step: a, retry: { jitter: ▸1.1 } }")],
  ["wrong_type", "steps[0].retry.attempts", steps("  - { step: a, retry: { attempts: ▸many } }")],
  ["wrong_type", "steps[0].retry.on", steps("  - { step: a, retry: { on: ▸card_declined } }")],
  ["wrong_type", "steps[0].retry.not[1]", steps("  - { step: a, retry: { not: [ok, ▸two words] } }")],
  ["out_of_range", "steps[0].retry.on", steps("  - { step: a, retry: { on: ▸[] } }")],
  ["contradiction", "steps[0].retry.initial", steps("  - { step: a, retry: { initial: ▸1m } }")],
  ["contradiction", "steps[0].retry.max", steps("  - { step: a, retry: { max: ▸500ms } }")],
  ["out_of_range", "steps[0].kind", steps("  - { step: a, kind: ▸pivott }")],
  ["wrong_type", "steps[0].kind", steps("  - { step: a, kind: ▸true }")],
  ["contradiction", "steps[0].kind", steps("  - { step: a, kind: ▸compensatable }")],
  ["contradiction", "steps[0].kind", steps("  - { step: a, kind: ▸pivot, compensation: b }")],
  ["contradiction", "steps[0].kind", steps("  - { step: a, kind: ▸retriable }\n  - { step: b, kind: pivot }")],
  ["contradiction", "steps[0].compensateInDoubt", steps("  - { step: a, ▸compensateInDoubt: false }")],
  ["out_of_range", "steps[0].execution", steps("  - { step: a, execution: ▸exactly_once }")],
  ["wrong_type", "steps[0].inquire", steps("  - { step: a, inquire: ▸yes please }")],
  ["unknown_key", "steps[0].inquire.attempts", steps("  - { step: a, inquire: { ▸attempts: 3 } }")],
  ["contradiction", "steps[0].inquire.retry.initial", steps("  - { step: a, inquire: { retry: { initial: ▸1m } } }")],
  ["bad_name", "attributes.Customer", "attributes: { ▸Customer: 1 }\nworkflow: w\nversion: 1\nsteps: [{ step: a }]"],
  ["wrong_type", "attributes", "attributes: ▸[a]\nworkflow: w\nversion: 1\nsteps: [{ step: a }]"],
  ["unknown_reference", "limit.key.$", limit("{ key: { $: ▸steps.a.output }, runs: 1 }")],
  ["out_of_range", "limit.runs", limit("{ key: { $: input.a }, runs: ▸0 }")],
  ["missing_key", "limit", limit("▸{ runs: 1 }")],
  ["unknown_reference", "steps[0].input.x.$", steps("  - { step: a, input: { x: { $: ▸steps.b.output } } }")],
  ["unknown_reference", "output.$", "workflow: w\nversion: 1\noutput: { $: ▸steps.b.output }\nsteps: [{ step: a }]"],
  ["unknown_reference", "steps[0].input.$", steps("  - { step: a, input: { $: ▸run.name } }")],
  ["unknown_reference", "steps[0].input.$", steps("  - { step: a, input: { $: ▸inputs.x } }")],
  ["bad_reference", "steps[0].input.$", steps("  - { step: a, input: { $: ▸in-puts.x } }")],
  ["bad_reference", "steps[0].input.$", steps("  - { step: a, input: { $: ▸steps.a.result } }")],
  ["bad_reference", "steps[0].input.$", steps('  - { step: a, input: { $: ▸"input.a[-1]" } }')],
  ["bad_reference", "steps[0].input.$", steps("  - { step: a, input: { $: ▸input..a } }")],
  ["bad_reference", "steps[0].input.$", steps("  - { step: a, input: { $: ▸7 } }")],
  ["bad_reference", "steps[0].input.$", steps('  - { step: a, input: { $: ▸"" } }')],
  [
    "unknown_reference",
    "steps[0].input[1].else.$",
    steps("  - { step: a, input: [1, { $: input.a, else: { $: ▸x } }] }"),
  ],
  ["unknown_key", "steps[0].input.or", steps("  - { step: a, input: { $: input.x, ▸or: 1 } }")],
  ["unknown_key", "steps[0].input.x", steps("  - { step: a, input: { $lit: { $: a }, ▸x: 1 } }")],
  ["unknown_key", "steps[0].input.$merge", steps("  - { step: a, input: { ▸$merge: [] } }")],
  ["unknown_key", "steps[0].input.$cel", steps("  - { step: a, input: { $: input, ▸$cel: '1' } }")],
  ["bad_expression", "steps[0].input.x.$cel", steps('  - { step: a, input: { x: { $cel: "input.a ▸= 1" } } }')],
  ["bad_expression", "steps[0].input.x.$cel", steps("  - { step: a, input: { x: { $cel: input.a.▸matches('x') } } }")],
  ["bad_expression", "steps[0].input.x.$cel", steps("  - { step: a, input: { x: { $cel: ▸1 } } }")],
  ["bad_expression", "steps[0].input.x.$cel", steps("  - { step: a, input: { x: { $cel: '▸' } } }")],
  ["wrong_type", "steps[0].input.x.$cel", steps("  - { step: a, input: { x: { $cel: 'size(input) > 1 && ▸!1 ' } } }")],
  ["wrong_type", "steps[0].input.x.$cel", steps("  - step: a\n    input: { x: { $cel: ▸'1 + ''a'' ' } }")],
  [
    "wrong_type",
    "steps[0].input.x.$cel",
    steps("  - step: a\n    input:\n      x:\n        $cel: ▸|\n          1 +\n          !2"),
  ],
  ["wrong_type", "steps[0].input.x.$cel", ofSchema("{ properties: { n: { type: string } } }", "▸input.n + 1")],
  ["unknown_reference", "steps[0].input.x.$cel", steps("  - { step: a, input: { x: { $cel: 1 + ▸steps.b.output } } }")],
  ["unknown_reference", "limit.key.$cel", limit("{ key: { $cel: ▸steps.a.output.x }, runs: 1 }")],
  ["unknown_key", "steps[0].input.else", steps("  - { step: a, input: { $cel: input.x, ▸else: 1 } }")],
  ["wrong_type", "inputSchema", "inputSchema: ▸true\nworkflow: w\nversion: 1\nsteps: [{ step: a }]"],
  ["bad_schema", "inputSchema.properties.a.pattern", schema("{ properties: { a: { pattern: ▸'(a' } } }")],
  ["key_not_built", "inputSchema.unevaluatedProperties", schema("{ ▸unevaluatedProperties: false }")],
  ["unknown_key", "inputSchema.requird", schema("{ ▸requird: [a] }")],
  ["bad_schema", "inputSchema.properties.a.type", schema("{ properties: { a: { type: ▸strin } } }")],
  ["unknown_reference", "inputSchema.items.$ref", schema('{ items: { $ref: ▸"#/$defs/none" } }')],
];

function steps(text: string): string {
  return `workflow: w\nversion: 1\nsteps:\n${text}`;
}

function limit(text: string): string {
  return `workflow: w\nversion: 1\nlimit: ${text}\nsteps: [{ step: a }]`;
}

function ofSchema(schemaText: string, expression: string): string {
  return `workflow: w\nversion: 1\ninputSchema: ${schemaText}\nsteps: [{ step: a, input: { x: { $cel: ${expression} } } }]`;
}

function schema(text: string): string {
  return `workflow: w\nversion: 1\ninputSchema: ${text}\nsteps: [{ step: a }]`;
}

describe("a mistake is named by its code and its exact place", () => {
  it.each(mistakes)("%s at %s: %s", (code, path, marked) => {
    const before = marked.slice(0, marked.indexOf("▸"));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    expect(problemsIn(marked.replace("▸", "")).map(summary)).toEqual([`${line}:${column} ${code} ${path}`.trim()]);
  });

  it("in a file with a byte order mark and with lines that end as on Windows", () => {
    const problems = problemsIn(
      "\uFEFFworkflow: w\r\nversion: 1\r\nsteps:\r\n  - step: a\r\n    timeout: 30s\r\n    retyr: {}",
    );
    expect(problems.map(summary)).toEqual(["6:5 unknown_key steps[0].retyr"]);
    expect(problemsIn("\uFEFFworkflow: !a w").map(summary)).toEqual(["1:11 forbidden_tag"]);
  });

  it("in JSON as in YAML, with tabs too", () => {
    const problems = problemsIn(
      '{\n\t"workflow": "w",\n\t"version": 1,\n\t"steps": [{ "step": "a", "timeout": "x" }]\n}',
    );
    expect(problems.map(summary)).toEqual(["4:38 bad_duration steps[0].timeout"]);
  });

  it("by path alone where an object has no lines, with a name in place of the file", () => {
    const object = { workflow: "w", version: 1, steps: [{ step: "a", timeout: "x" }] };
    expect(problemsOf({ object, name: "order" })).toEqual([
      expect.objectContaining({ code: "bad_duration", file: "order", path: "steps[0].timeout" }),
    ]);
    expect(problemsOf({ object })[0]).not.toHaveProperty("line");
  });

  it("every code that the table does not show is shown by another test", () => {
    const elsewhere = ["too_large", "too_deep", "too_many_steps", "not_json", "unknown_worker"];
    const shown = new Set([...mistakes.map(([code]) => code), ...elsewhere]);
    expect([...shown].sort()).toEqual(Object.keys(definitionProblemCatalogue).sort());
  });
});

describe("several mistakes are told at once", () => {
  it("in the order of the document", () => {
    const text = [
      "workflow: Order",
      "versoin: 1",
      "steps:",
      "  - { step: a, timeout: soon, accept: x }",
      "  - step: a",
      "    input: { x: { $: steps.zzz.output }, x: 1 }",
      "  - parallel: both",
      "    branches: {}",
    ].join("\n");
    expect(problemsIn(text).map(summary)).toEqual([
      "1:1 missing_key",
      "1:11 bad_name workflow",
      "2:1 unknown_key versoin",
      "4:25 bad_duration steps[0].timeout",
      "4:31 key_not_built steps[0].accept",
      "5:11 duplicate_step steps[1].step",
      // Of a field that stands there twice nothing more is said: nobody knows which one is meant.
      "6:42 duplicate_key steps[1].input.x",
      "8:15 out_of_range steps[2].branches",
    ]);
  });

  it("up to a bound", () => {
    const many = Array.from({ length: 500 }, (_, index) => `key${index}: 1`).join("\n");
    expect(problemsIn(many)).toHaveLength(mostProblems);
  });

  it("and each says what to write instead", () => {
    for (const [, , marked] of mistakes) {
      for (const problem of problemsIn(marked.replace("▸", ""))) {
        expect(problem.message).not.toBe("");
        expect(problem.mend).toMatch(/[.?]$/);
        expect(problem.file).toBe("order.yaml");
      }
    }
    expect(problemsIn(steps("  - { step: a, timeuot: 1s }"))[0]?.mend).toBe("Did you mean `timeout`?");
    expect(problemsIn(steps("  - { step: checkStock }"))[0]?.mend).toContain("`check_stock`");
  });

  it("and a stranger's text in a message is short and printable", () => {
    const [problem] = problemsIn(steps(`  - { step: a, "\\e[31m\\u202e${"x".repeat(500)}": 1 }`));
    expect(problem?.message).toMatch(/^`\\u\{1b\}\[31m\\u\{202e\}x{40,}…` is no key of a step$/);
    expect(problem?.path.length).toBeLessThan(150);
  });
});

describe("what is not built yet is refused by name", () => {
  const holders = { workflow: "workflow", step: "step" } as const;
  const keys = Object.values(holders).flatMap((holder) =>
    (keysNotBuilt[holder] ?? []).map((key) => [holder, key] as const),
  );

  it.each(keys)("a %s's `%s`", (holder, key) => {
    const step = holder === "step" ? { step: "a", [key]: true } : { step: "a" };
    const object = { workflow: "w", version: 1, steps: [step], ...(holder === "workflow" ? { [key]: true } : {}) };
    expect(problemsOf({ object })).toMatchObject([
      { code: "key_not_built", message: `\`${key}\` is part of the design but not built yet` },
    ]);
  });
});

describe("limits hold, and what is above them is refused before it costs anything", () => {
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join("\n");

  it("1,000 steps are taken and 1,001 are not", () => {
    expect(problemsIn(steps(lines(limits.steps, (i) => `  - step: s${i}`)))).toEqual([]);
    const tooMany = problemsIn(steps(lines(limits.steps + 1, (i) => `  - step: s${i}`)));
    expect(tooMany.map(summary)).toEqual(["3:1 too_many_steps steps"]);
  });

  it("a depth of 64 is taken and 65 is not, in texts and in objects", () => {
    // The definition, its steps and the step are three.
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(problemsIn(steps(`  - { step: a, input: ${nested(61)} }`))).toEqual([]);
    expect(problemsIn(steps(`  - { step: a, input: ${nested(62)} }`)).map(summary)).toEqual([
      `4:84 too_deep steps[0].input${"[0]".repeat(61)}`,
    ]);
    const object = (depth: number) => ({
      workflow: "w",
      version: 1,
      steps: [{ step: "a", input: JSON.parse(nested(depth)) }],
    });
    expect(problemsOf({ object: object(61) })).toEqual([]);
    expect(problemsOf({ object: object(62) }).map(({ code }) => code)).toEqual(["too_deep"]);
  });

  it.each([
    ["brackets", "[".repeat(200_000)],
    ["dashes", "- ".repeat(100_000)],
    ["questions", "? ".repeat(100_000)],
    ["indentation", lines(1000, (i) => `${" ".repeat(i)}a:`)],
  ])("a text that only goes deeper and deeper by %s is refused", (_, text) => {
    expect(problemsIn(text).some(({ code }) => code === "too_deep")).toBe(true);
  });

  it("a text of a megabyte is the most, counted in bytes", () => {
    const padded = (bytes: number) => `${steps("  - step: a")}\n#${"x".repeat(bytes)}`;
    const base = padded(0).length;
    expect(problemsIn(padded(limits.textBytes - base))).toEqual([]);
    expect(problemsIn(padded(limits.textBytes - base + 1)).map(summary)).toEqual(["1:1 too_large"]);
    expect(problemsIn(`# ${"é".repeat(limits.textBytes / 2)}`).map(({ code }) => code)).toEqual(["too_large"]);
  });

  it("a text that would become a billion values is refused by its first anchor", () => {
    const laughs = lines(
      30,
      (i) =>
        `a${i}: &a${i} [${
          i === 0
            ? "lol"
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(", ")
        }]`,
    );
    expect(problemsIn(laughs)[0]).toMatchObject({ code: "forbidden_alias", line: 1, column: 5 });
  });

  it("an object that would become a billion values by sharing is refused", () => {
    let shared: unknown = 1;
    for (let level = 0; level < 25; level++) shared = Array(9).fill(shared);
    const object = { workflow: "w", version: 1, steps: [{ step: "a", input: shared }] };
    expect(problemsOf({ object }).map(({ code }) => code)).toEqual(["too_large"]);
  });

  it("a text of nothing but small parts is refused before it is parsed", () => {
    const [problem] = problemsIn("[" + "1,".repeat(400_000) + "]");
    expect(problem && summary(problem)).toBe(`1:${limits.marks + 1} too_large`);
  });

  it("a mapping of very many keys is read in linear time", () => {
    const keys = lines(40_000, (i) => `    k${i}: 1`);
    expect(problemsIn(`${steps("  - step: a")}\n    input:\n  ${keys.replaceAll("\n", "\n  ")}`)).toEqual([]);
  });
});

describe("an object is plain data", () => {
  const withInput = (input: unknown) => ({ workflow: "w", version: 1, steps: [{ step: "a", input }] });

  it.each([
    ["a function", () => 1],
    ["a big integer", 1n],
    ["a symbol", Symbol("a")],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a hole in a list", Array(1)],
    [
      "a computed property",
      {
        get x() {
          throw new Error("must not be called");
        },
      },
    ],
  ])("%s is refused", (_, input) => {
    expect(problemsOf({ object: withInput(input) }).map(({ code }) => code)).toEqual(["not_json"]);
  });

  it("an object that holds itself is refused", () => {
    const self: Record<string, unknown> = {};
    self["self"] = self;
    expect(problemsOf({ object: withInput(self) }).map(({ code }) => code)).toEqual(["too_deep"]);
  });

  it("what is no object at all is refused", () => {
    for (const object of [undefined, null, 1, "w", [], () => 1]) {
      expect(problemsOf({ object })).toHaveLength(1);
    }
  });

  it("an own `__proto__` is refused, and nobody's prototype changes", () => {
    const object = withInput(JSON.parse('{ "__proto__": { "admin": true } }'));
    expect(problemsOf({ object }).map(({ code }) => code)).toEqual(["forbidden_key"]);
    expect({}).not.toHaveProperty("admin");
  });

  it("a field that is undefined is not there", () => {
    const parsed = parseDefinition({ object: withInput({ a: undefined, b: 1 }) });
    expect(parsed.ok && stepDefinitions(parsed.definition)[0]?.input).toEqual({ b: 1 });
  });

  it("the definition is a frozen copy, so that nobody changes it afterwards", () => {
    const items = [1];
    const object = withInput({ a: items });
    const parsed = parseDefinition({ object });
    items.push(2);
    expect(parsed.ok && stepDefinitions(parsed.definition)[0]?.input).toEqual({ a: [1] });
    expect(parsed.ok && Object.isFrozen(stepDefinitions(parsed.definition)[0]?.input)).toBe(true);
  });
});

describe("the key `retention`", () => {
  const object = { workflow: "w", version: 1, steps: [{ step: "a" }] };

  it("is part of the definition, and its default is not", () => {
    const [kept, plain] = [{ ...object, retention: "7d" }, object].map((one) => {
      const parsed = parseDefinition({ object: one });
      if (!parsed.ok) throw new Error("refused");
      return parsed;
    });
    expect([kept?.definition.retention, kept?.workflow.retentionMs]).toEqual([604_800_000, 604_800_000]);
    expect(plain?.definition).not.toHaveProperty("retention");
    expect(plain?.workflow.retentionMs).toBe(30 * 86_400_000);
    expect(kept?.workflow.hash).not.toBe(plain?.workflow.hash);
  });

  it.each(["never", 0, "0s", "4000d", null])("is a duration: %j is refused", (retention) => {
    expect(problemsOf({ object: { ...object, retention } })).toMatchObject([{ path: "retention" }]);
  });
});

describe("the canonical form", () => {
  it("fills in the worker's name and nothing else, and has durations in milliseconds", () => {
    const parsed = parseDefinition({
      text: [
        "workflow: w",
        "version: 3",
        "output: { id: { $: steps.pay.output.id } }",
        "inputSchema: { type: object }",
        "steps:",
        "  - step: pay",
        "    timeout: 2m",
        "    retry: { attempts: 5, initial: 1500ms, max: 1h, factor: 1.5, jitter: 0, on: [busy], not: [card_declined] }",
        "    compensation: { worker: refund, timeout: 1s, retry: { attempts: 20 }, input: { $: input } }",
        "  - { step: tell, worker: mail, compensation: untell }",
        "  - step: last",
      ].join("\n"),
      file: "w.yaml",
    });
    expect(parsed.ok && parsed.definition).toEqual({
      workflow: "w",
      version: 3,
      output: { id: { $: "steps.pay.output.id" } },
      inputSchema: { type: "object" },
      steps: [
        {
          step: "pay",
          worker: "pay",
          timeout: 120_000,
          retry: {
            attempts: 5,
            initial: 1500,
            max: 3_600_000,
            factor: 1.5,
            jitter: 0,
            on: ["busy"],
            not: ["card_declined"],
          },
          compensation: { worker: "refund", timeout: 1000, retry: { attempts: 20 }, input: { $: "input" } },
        },
        { step: "tell", worker: "mail", compensation: { worker: "untell" } },
        { step: "last", worker: "last" },
      ],
    });
  });

  it("keeps an input of null, which is not the same as none", () => {
    const parsed = parseDefinition({ text: steps("  - { step: a, input: null }"), file: "w.yaml" });
    expect(parsed.ok && parsed.definition.steps[0]).toEqual({ step: "a", worker: "a", input: null });
  });

  it("of the reference workflow is what docs/definition.md says", () => {
    const document = readFileSync(new URL("../../docs/definition.md", import.meta.url), "utf8");
    const example = readFileSync(
      new URL("../../examples/order-processing/order-processing.yaml", import.meta.url),
      "utf8",
    );
    expect(/```yaml\n(.*?)```/s.exec(document)?.[1]).toBe(example);
    const parsed = parseDefinition({ text: example, file: "order-processing.yaml" });
    expect(
      parsed.ok && parsed.workflow.steps.map((step) => [step.name, step.worker, step.compensation?.worker]),
    ).toEqual([
      ["validate_order", "validate_order", undefined],
      ["check_inventory", "check_inventory", "release_inventory"],
      ["process_payment", "process_payment", "refund_payment"],
      ["generate_confirmation", "generate_order_confirmation", undefined],
      ["fulfill_order", "fulfill_order", undefined],
      ["notify_customer", "notify_customer", undefined],
    ]);
    expect(parsed.ok && parsed.workflow.steps.map((step) => step.timeoutMs)).toEqual([
      30_000, 30_000, 60_000, 30_000, 30_000, 30_000,
    ]);
  });
});

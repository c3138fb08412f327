/** The worry: a text that brings the reader down, or that means one thing in YAML and another in JSON. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Json } from "../base/json.ts";
import { parseDefinition, type Parsed } from "./parse-definition.ts";
import { nodeKinds } from "./vocabulary.ts";

const fromText = (text: string): Parsed => parseDefinition({ text, file: "w" });
const fromObject = (object: unknown): Parsed => parseDefinition({ object });

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/);
const durationMs = fc.integer({ min: 1, max: 86_400_000 });
const duration = fc.oneof(
  durationMs,
  durationMs.map((ms) => `${ms}ms`),
  fc
    .integer({ min: 1, max: 1000 })
    .chain((count) => fc.constantFrom("s", "m", "h", "d").map((unit) => `${count}${unit}`)),
);
const key = fc.string({ unit: "grapheme" }).filter((text) => text !== "__proto__" && !text.startsWith("$"));
const data = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      null,
      true,
      false,
      { $: "input" },
      { $: "run.id" },
      { $lit: { $: 1 } },
      { $: "input.a[0]", else: 1 },
    ),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
})).value;
const retry = fc.record(
  {
    attempts: fc.integer({ min: 1, max: 100 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    on: fc.array(name, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const compensation = fc.oneof(
  name,
  fc.record({ worker: name, input: data, timeout: duration, retry }, { requiredKeys: ["worker"] }),
);
const condition = fc.constantFrom("true", "input.total > 1", "has(run.id) || 1 in [1]");
const optional = { when: condition };
/** Without its name, which has to be unique. */
const { node } = fc.letrec<{ node: unknown }>((tie) => {
  const sequence = fc.array(tie("node"), { minLength: 1, maxLength: 2 });
  const kind = <Kind extends string>(
    key: Kind,
    fields: Record<string, fc.Arbitrary<unknown>>,
    required: string[] = [],
  ) =>
    fc
      .record<Record<string, unknown>>({ ...fields, ...optional }, { requiredKeys: required })
      .map((written) => ({ [key]: "", ...written }));
  return {
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      kind("step", { worker: name, input: data, timeout: duration, retry, compensation }),
      kind("fail", { code: name }),
      kind("wait", { for: duration }, ["for"]),
      kind("wait", { until: fc.constantFrom<unknown>({ $: "input.at" }, "2026-01-31T09:00:00Z", 0) }, ["until"]),
      kind("wait", { signal: name, timeout: duration, onTimeout: fc.constantFrom("fail", "continue") }, [
        ...["signal", "timeout"],
      ]),
      kind("child", { workflow: name, input: data, compensation }, ["workflow"]),
      kind("parallel", { branches: fc.dictionary(name, sequence, { minKeys: 1, maxKeys: 3 }) }, ["branches"]),
      kind(
        "choose",
        { cases: fc.array(fc.record({ when: condition, steps: sequence }), { minLength: 1, maxLength: 2 }) },
        ["cases"],
      ),
      kind(
        "forEach",
        {
          in: fc.constantFrom<unknown>({ $: "input.a" }, [1]),
          concurrency: fc.integer({ min: 1, max: 9 }),
          steps: sequence,
        },
        [...["in", "steps"]],
      ),
      kind("loop", { until: condition, max: fc.integer({ min: 1, max: 9 }), steps: sequence }, [
        "until",
        "max",
        "steps",
      ]),
    ),
  };
});

const isData: ReadonlySet<string> = new Set(["input", "compensation", "in", "until", "retry"]);

/** Gives each step and block, and each item, a name of its own. */
function named(value: unknown, count = { of: 0 }): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => named(item, count));
  if (typeof value !== "object" || value === null) return value;
  const own = count.of++;
  const entries = Object.entries(value).map(([word, inner]): [string, unknown] => {
    if (nodeKinds.some((kind) => kind === word) && inner === "") return [word, `n-${own}`];
    return [word, isData.has(word) ? inner : named(inner, count)];
  });
  return { ...Object.fromEntries(entries), ...("forEach" in value ? { as: `v${own}` } : {}) };
}

const definition = fc.record(
  {
    workflow: name,
    version: fc.integer({ min: 1, max: 1000 }),
    inputSchema: fc.constantFrom({}, { type: "object", properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: true } }),
    output: data,
    steps: fc.array(node, { minLength: 1, maxLength: 4 }).map((nodes) => named(nodes) as readonly unknown[]),
  },
  { requiredKeys: ["workflow", "version", "steps"] },
);

describe("reading a definition", () => {
  it("never throws on any text", () => {
    const fragment = fc.constantFrom(
      ..."workflow:|version: 1|steps:|- |step: a|{|}|[|]|, |: |? |\n|\n  |\n    |\t|&a |*a|!!str |<<: |---\n|...\n|%YAML 1.1\n|\"|'|\\|#|||>|~|\uFEFF|\u0000|\ud800|__proto__: 1|0x1|.inf|- - ".split(
        "|",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fragment, { maxLength: 60 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const parsed = fromText(source);
        if (parsed.ok) return;
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const { line = 0, column = 0 } of parsed.problems) expect(Math.min(line, column)).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws on any value, and a definition that is damaged somewhere is never taken for another", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (any) => !fromObject(any).ok),
    );
    fc.assert(
      fc.property(definition, fc.anything(), fc.nat(), (whole, damage, place) => {
        const keys = ["workflow", "version", "steps"] as const;
        const damaged = { ...whole, [keys[place % keys.length] ?? "steps"]: damage };
        const parsed = fromObject(damaged);
        if (parsed.ok) expect(parsed.definition.steps.length).toBe(damaged.steps.length);
      }),
    );
  });

  it("gives its own canonical form back as it is, with the same hash", () => {
    fc.assert(
      fc.property(definition, (written) => {
        const first = accepted(fromObject(written));
        const again = accepted(fromObject(first.definition));
        expect(again.definition).toStrictEqual(first.definition);
        expect(again.workflow.hash).toBe(first.workflow.hash);
        expect(JSON.stringify(first.definition)).toBe(canonicalJson(first.definition as unknown as Json));
        expect(accepted(fromText(canonicalJson(first.definition as unknown as Json))).workflow.hash).toBe(
          first.workflow.hash,
        );
      }),
    );
  });

  it("gives the same for YAML, JSON and an object that say the same", () => {
    fc.assert(
      fc.property(definition, fc.constantFrom("QUOTE_DOUBLE", "QUOTE_SINGLE", "PLAIN"), (written, style) => {
        const { definition: expected, workflow } = accepted(fromObject(written));
        const yaml = stringify(written, { defaultStringType: style as "PLAIN", aliasDuplicateObjects: false });
        for (const text of [yaml, JSON.stringify(written), JSON.stringify(written, undefined, "\t")]) {
          const parsed = accepted(fromText(text));
          expect(parsed.definition).toStrictEqual(expected);
          expect(parsed.workflow.hash).toBe(workflow.hash);
        }
      }),
    );
  });
});

function accepted(parsed: Parsed): Extract<Parsed, { ok: true }> {
  if (parsed.ok) return parsed;
  throw new Error(JSON.stringify(parsed.problems, undefined, 1));
}

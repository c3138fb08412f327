/** The worry: an editor that praises what the engine refuses, or the other way round. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestDurationMs, parseDuration } from "../base/duration.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { DefinitionProblemCode } from "./definition-problem.ts";
import { validate } from "./json-schema/validate.ts";
import { parseCatalogue, parseDefinition } from "./parse-definition.ts";
import { durationPattern, keysNotBuilt, nodeKinds } from "./vocabulary.ts";
import { catalogueSchema, workflowSchema } from "./workflow-schema.ts";

/** Every text that the definitions here can hold. */
const texts = ["a", "b-2", "c_3", "A", "two words", "", "30s", "1.5m", "30", "s", "card.declined"];

const schema = workflowSchema();

/** What only the engine checks, because no schema can say it. */
const beyondShape: ReadonlySet<DefinitionProblemCode> = new Set(["duplicate_step", "contradiction", "unknown_worker"]);

function hasShape(object: Json): boolean {
  const parsed = parseDefinition({ object });
  return parsed.ok || parsed.problems.every(({ code }) => beyondShape.has(code));
}

/** Mostly right, so that the wrong places are rare enough to matter. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: junk });
const junk = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom<unknown>(null, true, 0, 1, -1, 0.5, 1.5, 101, 1e300, [], [[]], {}, { a: 1 }, ["a"]),
);
const name = mostly(fc.constantFrom("a", "b-2", "c_3", "30s", "30"));
const duration = mostly(fc.constantFrom<unknown>("30s", "1.5m", 1, 1000, longestDurationMs));
const codes = mostly(fc.array(mostly(fc.constantFrom("a", "card.declined")), { minLength: 1, maxLength: 2 }));
const strange = fc.constantFrom("typo", "toString", ...Object.values(keysNotBuilt).flat(), "steps", "when");

function mapping(fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]): fc.Arbitrary<unknown> {
  const right = fc.record(fields, { requiredKeys });
  const extra = fc
    .tuple(fc.record(fields, { requiredKeys: [] }), strange)
    .map(([object, key]) => ({ ...object, [key]: 1 }));
  const missing = fc.record(fields, { requiredKeys: [] });
  return mostly(
    fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: extra }, { weight: 1, arbitrary: missing }),
  );
}

const retry = mapping(
  {
    attempts: mostly(fc.integer({ min: 1, max: 100 })),
    initial: duration,
    factor: mostly(fc.double({ min: 1, max: 10, noNaN: true })),
    max: duration,
    jitter: mostly(fc.double({ min: 0, max: 1, noNaN: true })),
    on: codes,
    not: codes,
  },
  [],
);
const compensation = fc.oneof(name, mapping({ worker: name, input: junk, timeout: duration, retry }, ["worker"]));
/** Of texts no schema can say which are expressions. */
const condition = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom<unknown>("input.total > 1", "true") },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, 1, [], {}) },
);
const optional = { when: condition };
const step = mapping({ step: name, worker: name, input: junk, timeout: duration, retry, compensation, ...optional }, [
  "step",
]);
const items = mostly(fc.constantFrom<unknown>({ $: "input.items" }, { $lit: [1] }, [], [1, { $: "run.id" }]));
const moment = mostly(
  fc.constantFrom<unknown>({ $: "input.at" }, "2026-01-31T09:00:00Z", "2026-01-31t09:00:00.5+01:00", 0, 8.64e15),
);
const key = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("a", "b-2", "c_3", "30s") },
  { weight: 1, arbitrary: fc.constantFrom("A", "two words", "") },
);
const { node } = fc.letrec<{ node: unknown }>((tie) => {
  const bodyOf = (minLength: 0 | 1) => mostly(fc.array(tie("node"), { minLength, maxLength: 2 }));
  const caseOf = mapping({ ...optional, otherwise: mostly(fc.constant(true)), steps: bodyOf(0) }, ["steps"]);
  const branches = mostly(fc.dictionary(key, bodyOf(1), { minKeys: 1, maxKeys: 2 }));
  const concurrency = mostly(fc.constantFrom(1, 1000));
  const variable = mostly(fc.constantFrom("line", "_x", "Item_2"));
  const max = mostly(fc.constantFrom(1, 100_000));
  return {
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      step,
      mapping({ fail: name, code: mostly(fc.constantFrom("refused", "card.declined")), ...optional }, ["fail"]),
      fc.oneof(
        mapping({ wait: name, for: duration }, ["wait", "for"]),
        mapping({ wait: name, until: moment, ...optional }, ["wait", "until"]),
        mapping({ wait: name, signal: name, timeout: duration, onTimeout: mostly(fc.constant("fail")) }, [
          "wait",
          "signal",
        ]),
      ),
      mapping({ child: name, workflow: name, input: junk, compensation, ...optional }, ["child", "workflow"]),
      mapping({ parallel: name, branches, siblings: mostly(fc.constant("cancel")), ...optional }, [
        "parallel",
        "branches",
      ]),
      mapping({ choose: name, cases: mostly(fc.array(caseOf, { minLength: 1, maxLength: 2 })) }, ["choose", "cases"]),
      mapping({ forEach: name, in: items, as: variable, concurrency, steps: bodyOf(1) }, [
        ...["forEach", "in", "as", "steps"],
      ]),
      mapping({ loop: name, until: condition, max, steps: bodyOf(1) }, ["loop", "until", "max", "steps"]),
    ),
  };
});
const contractSchema = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom<unknown>({}, { type: "object" }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(true, 1) },
);
const contract = mapping(
  { input: contractSchema, output: contractSchema, errors: codes, idempotent: mostly(fc.boolean()), resource: name },
  [],
);
const contractName = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("a", "b-2", "c_3", "30s") },
  { weight: 1, arbitrary: fc.constantFrom("A", "two words", "") },
);
const workers = mostly(fc.dictionary(contractName, contract, { maxKeys: 2 }));
const definition = mapping(
  {
    workers,
    workflow: name,
    version: mostly(fc.integer({ min: 1, max: 9 })),
    inputSchema: fc.constantFrom<unknown>({}, { type: "object" }, true, 1, null),
    output: junk,
    signals: mapping({ maxAge: duration, max: mostly(fc.constantFrom(1, 10_000)) }, []),
    steps: mostly(fc.array(fc.oneof(step, node), { minLength: 1, maxLength: 3 })),
  },
  ["workflow", "version", "steps"],
);

describe("the published schema", () => {
  it("takes and refuses the same shapes as the parser", () => {
    const verdicts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(definition, (object) => {
        const taken = validate(schema, object as Json).length === 0;
        expect(hasShape(object as Json)).toBe(taken);
        verdicts[taken ? "taken" : "refused"]++;
      }),
      { numRuns: 3000 },
    );
    // Otherwise the agreement would mean nothing.
    expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(300);
  });

  it("of catalogue files does too", () => {
    const file = catalogueSchema();
    const verdicts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(mapping({ workers }, ["workers"]), (object) => {
        const taken = validate(file, object as Json).length === 0;
        expect(parseCatalogue({ object }).ok).toBe(taken);
        verdicts[taken ? "taken" : "refused"]++;
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(100);
  });

  it("writes durations as `parseDuration` reads them, but for their range", () => {
    const pattern = new RegExp(durationPattern, "u");
    const part = fc.constantFrom("0", "7", "12", ".", "5", "ms", "s", "m", "h", "d", " ", "-", "x");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const text = parts.join("");
        if (parseDuration(text) !== undefined) expect(text).toMatch(pattern);
        else if (pattern.test(text)) expect(outOfRange(text)).toBe(true);
      }),
    );
  });

  it("describes every key, so that completion explains what it offers", () => {
    const { properties, $defs } = workflowSchema() as { properties: JsonObject; $defs: JsonObject };
    const holders = [
      properties,
      ...[...nodeKinds, "case", "retry", "contract"].map(
        (holder) => ($defs[holder] as JsonObject)["properties"] as JsonObject,
      ),
    ];
    for (const holder of holders) {
      for (const property of Object.values(holder)) expect((property as JsonObject)["description"]).toMatch(/[\w`]\.$/);
    }
  });
});

/** No whole number of milliseconds, none at all, or more than the longest. */
function outOfRange(text: string): boolean {
  const [, count, unit] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  const ms = Number(count) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? ""] ?? Number.NaN);
  return !Number.isInteger(ms) || ms < 1 || ms > longestDurationMs;
}

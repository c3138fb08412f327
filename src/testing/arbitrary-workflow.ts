/** Workflows of every shape, with blocks in blocks, for what must hold of all of them. */
import fc from "fast-check";
import { loadDefinition } from "../definition/content-hash.ts";
import type { CaseDefinition, NodeDefinition } from "../definition/definition.ts";
import type { Workflow } from "../definition/workflow.ts";

/** A node whose names are given to it when its place in the workflow is known. */
type Unnamed = (name: (prefix: string) => string) => NodeDefinition;

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("steps.a.output.ok", "input.total > 100 && input.vip", "x") },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }) },
);
const when = fc.option(text, { nil: undefined, freq: 4 });
const length = fc.constantFrom("", "_and_a_name_that_is_rather_long", "_x".repeat(28));
const ms = fc.integer({ min: 1, max: 10_000_000 });

const conditional = (given: string | undefined): { readonly when?: string } =>
  given === undefined ? {} : { when: given };

const step: fc.Arbitrary<Unnamed> = fc
  .tuple(when, length, fc.boolean(), fc.constantFrom(undefined, "readonly", "irreversible"))
  .map(([condition, more, undone, kind]) => (name) => ({
    step: name(`s${more}`),
    worker: name(`w${more}`),
    ...conditional(condition),
    ...(undone ? { compensation: { worker: name("undo") } } : kind === undefined ? {} : { kind }),
  }));

const other: fc.Arbitrary<Unnamed> = fc.oneof(
  fc.tuple(ms, when).map(([time, condition]): Unnamed => (name) => ({
    wait: name("wait"),
    for: time,
    ...conditional(condition),
  })),
  fc
    .tuple(ms, fc.constantFrom("fail" as const, "continue" as const))
    .map(([timeout, onTimeout]): Unnamed => (name) => ({
      wait: name("wait"),
      signal: name("signal"),
      timeout,
      onTimeout,
    })),
  fc.constant<Unnamed>((name) => ({ child: name("child"), workflow: "another" })),
  when.map((condition): Unnamed => (name) => ({ fail: name("fail"), ...conditional(condition) })),
);

const { sequence } = fc.letrec<{ node: Unnamed; sequence: readonly Unnamed[]; block: Unnamed }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: step },
    { weight: 1, arbitrary: other },
    {
      weight: 3,
      arbitrary: tie("block"),
    },
  ),
  sequence: fc.array(tie("node"), { maxLength: 4 }),
  block: fc.oneof(
    fc
      .tuple(fc.array(tie("sequence"), { minLength: 1, maxLength: 5 }), when)
      .map(([branches, condition]): Unnamed => (name) => ({
        parallel: name("parallel"),
        ...conditional(condition),
        branches: Object.fromEntries(branches.map((nodes) => [name("branch"), named(nodes, name)])),
      })),
    fc
      .tuple(fc.array(fc.tuple(text, tie("sequence")), { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([cases, otherwise]): Unnamed => (name) => ({
        choose: name("choose"),
        cases: cases.map(([condition, nodes], at): CaseDefinition => {
          const steps = named(nodes, name);
          return otherwise && at === cases.length - 1 ? { otherwise: true, steps } : { when: condition, steps };
        }),
      })),
    fc.tuple(tie("sequence"), fc.integer({ min: 1, max: 9 })).map(([nodes, concurrency]): Unnamed => (name) => ({
      forEach: name("each"),
      in: { $: "input.items" },
      as: "item",
      concurrency,
      steps: named(nodes, name),
    })),
    fc.tuple(tie("sequence"), text).map(([nodes, until]): Unnamed => (name) => ({
      loop: name("loop"),
      until,
      max: 50,
      steps: named(nodes, name),
    })),
  ),
}));

const named = (nodes: readonly Unnamed[], name: (prefix: string) => string): NodeDefinition[] =>
  nodes.map((node) => node(name));

export const anyWorkflow: fc.Arbitrary<Workflow> = sequence
  .filter((nodes) => nodes.length > 0)
  .map((nodes) => {
    let count = 0;
    const name = (prefix: string): string => `${prefix.slice(0, 58)}_${++count}`;
    return loadDefinition({ workflow: "any", version: 1, steps: named(nodes, name) });
  });

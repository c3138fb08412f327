/**
 * The worry: a block alone is right, and blocks in blocks, in foul weather, undo in the wrong order, leave something
 * behind, or stand still. As `worlds.test.ts`, with workflows that are random trees.
 */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Definition, NodeDefinition, StepDefinition } from "../definition/definition.ts";
import { anyClimate, given, rarely, seldom, stepShape } from "../testing/arbitrary-world.ts";
import type { Climate } from "../testing/ghost-world.ts";
import { liveThrough } from "../testing/world-judgement.ts";

/** A node without its name. */
type Shape =
  | {
      readonly is: "step";
      readonly of: typeof stepShape extends fc.Arbitrary<infer Of> ? Of : never;
      readonly when: string | undefined;
    }
  | {
      readonly is: "parallel";
      readonly branches: readonly (readonly Shape[])[];
      readonly siblings: "drain" | "cancel";
      readonly when: string | undefined;
    }
  | {
      readonly is: "choose";
      readonly cases: readonly { readonly when: string; readonly steps: readonly Shape[] }[];
      readonly otherwise: readonly Shape[] | undefined;
    }
  | { readonly is: "forEach"; readonly items: number; readonly concurrency: number; readonly steps: readonly Shape[] }
  | { readonly is: "loop"; readonly times: number; readonly max: number; readonly steps: readonly Shape[] }
  | { readonly is: "wait"; readonly for: number }
  | { readonly is: "signal"; readonly timeout: number; readonly onTimeout: "fail" | "continue" }
  | { readonly is: "fail"; readonly when: string };

const condition = fc.constantFrom("true", "input.yes", "!input.yes", "input.missing == 1", "has(input.missing)");
const mostly = fc.constantFrom("input.yes", "input.yes", "input.yes", "!input.yes", "input.missing == 1");

const { nodes } = fc.letrec<{ node: Shape; nodes: readonly Shape[] }>((tie) => ({
  nodes: fc.array(tie("node"), { minLength: 1, maxLength: 3, depthIdentifier: "tree" }),
  node: fc.oneof(
    { depthIdentifier: "tree", maxDepth: 3 },
    { weight: 6, arbitrary: fc.record({ is: fc.constant("step" as const), of: stepShape, when: seldom(condition) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant("wait" as const), for: fc.integer({ min: 1, max: 20_000 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        is: fc.constant("signal" as const),
        timeout: fc.integer({ min: 1, max: 20_000 }),
        onTimeout: fc.constantFrom("continue" as const, "continue" as const, "fail" as const),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        is: fc.constant("fail" as const),
        when: fc.constantFrom("!input.yes", "has(input.missing)"),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant("parallel" as const),
        branches: fc.array(tie("nodes"), { minLength: 1, maxLength: 3 }),
        siblings: fc.constantFrom("drain" as const, "cancel" as const),
        when: seldom(condition),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant("choose" as const),
        cases: fc.array(fc.record({ when: mostly, steps: tie("nodes") }), { minLength: 1, maxLength: 2 }),
        otherwise: rarely(tie("nodes"), 2),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant("forEach" as const),
        items: fc.integer({ min: 0, max: 3 }),
        concurrency: fc.integer({ min: 1, max: 3 }),
        steps: tie("nodes"),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant("loop" as const),
        times: fc.integer({ min: 1, max: 4 }),
        max: fc.integer({ min: 1, max: 3 }),
        steps: tie("nodes"),
      }),
    },
  ),
})) as { nodes: fc.Arbitrary<readonly Shape[]> };

/** Gives each node its name. */
class Naming {
  private steps = 0;
  private blocks = 0;

  sequence(shapes: readonly Shape[]): NodeDefinition[] {
    return shapes.map((shape) => this.node(shape));
  }

  private node(shape: Shape): NodeDefinition {
    switch (shape.is) {
      case "step":
        return this.step(shape.of, shape.when);
      case "wait":
        return { wait: `w${++this.blocks}`, for: shape.for };
      case "signal":
        return { wait: `w${++this.blocks}`, signal: "go", timeout: shape.timeout, onTimeout: shape.onTimeout };
      case "fail":
        return { fail: `f${++this.blocks}`, when: shape.when };
      case "parallel": {
        const branches = Object.fromEntries(shape.branches.map((steps, at) => [`b${at}`, this.sequence(steps)]));
        return { parallel: `p${++this.blocks}`, siblings: shape.siblings, branches, ...given({ when: shape.when }) };
      }
      case "choose": {
        const cases = shape.cases.map(({ when, steps }) => ({ when, steps: this.sequence(steps) }));
        const last = shape.otherwise ? [{ otherwise: true as const, steps: this.sequence(shape.otherwise) }] : [];
        return { choose: `c${++this.blocks}`, cases: [...cases, ...last] };
      }
      case "forEach": {
        const items = Array.from({ length: shape.items }, (_, at) => at);
        const steps = this.sequence(shape.steps);
        return {
          forEach: `e${++this.blocks}`,
          in: items,
          as: `i${this.blocks}`,
          concurrency: shape.concurrency,
          steps,
        };
      }
      case "loop": {
        // Whoever is asked says under which key.
        const asked = `q${++this.steps}`;
        const counter: StepDefinition = {
          step: asked,
          worker: asked,
          kind: "readonly",
          retry: { attempts: 4, initial: 10 },
        };
        const until = `steps.${asked}.output.endsWith("#${shape.times}")`;
        return { loop: `l${++this.blocks}`, until, max: shape.max, steps: [counter, ...this.sequence(shape.steps)] };
      }
    }
  }

  private step(of: Extract<Shape, { is: "step" }>["of"], when: string | undefined): StepDefinition {
    const { compensation, compensateInDoubt, kind, ...more } = of;
    const name = `s${++this.steps}`;
    const named = { step: name, worker: name, ...given({ ...more, when }) };
    return compensation ? { ...named, compensation, ...given({ compensateInDoubt }) } : { ...named, kind };
  }
}

const workflow = fc
  .record({
    nodes,
    pivot: rarely(stepShape, 3),
    behind: fc.array(stepShape, { maxLength: 1 }),
    onFailure: fc.constantFrom(undefined, undefined, "incident" as const),
    deadline: seldom(fc.integer({ min: 1000, max: 60_000 })),
    cancelGrace: seldom(fc.integer({ min: 100, max: 30_000 })),
  })
  .map(({ nodes: shapes, pivot, behind, ...more }): Definition => {
    const steps = new Naming().sequence(shapes);
    if (pivot) {
      const { compensation: _, compensateInDoubt: __, kind: ___, ...of } = pivot;
      steps.push({ step: "turn", worker: "turn", ...given(of), kind: "pivot" });
      for (const { compensation: _, compensateInDoubt: __, kind: ___, ...of } of behind)
        steps.push({ step: "behind", worker: "behind", ...given(of) });
    }
    return { workflow: "tree", version: 1, steps, ...given(more) };
  });

const seen = new Map<string, number>();
function tally(definition: Definition, climate: Climate): void {
  const { run } = liveThrough(loadDefinition(definition), climate, { yes: climate.seed % 4 !== 0 });
  const types = new Set([run.status, ...run.recorded.map(({ type }) => type)]);
  for (const type of types) seen.set(type, (seen.get(type) ?? 0) + 1);
}

const weather = anyClimate.chain((one) =>
  fc.array(fc.nat(30_000), { maxLength: 2 }).map((signalsAt): Climate => ({ ...one, signalsAt })),
);
const seed = 20_261_128;

describe("in any world a tree of blocks ends or is blocked, and its final word agrees with the ledger", () => {
  test("of workers that keep their duties", { timeout: 60_000 }, () => {
    fc.assert(fc.property(workflow, weather, tally), { numRuns: 2500, seed });
  });

  test("of workers that cannot fence", { timeout: 60_000 }, () => {
    const unfenced = weather.map((one): Climate => ({ ...one, sort: "unfenced" }));
    fc.assert(fc.property(workflow, unfenced, tally), { numRuns: 1500, seed });
  });

  test("of workers whose undo overlooks an effect until it is told of it", { timeout: 60_000 }, () => {
    const sloppy = weather.map((one): Climate => ({ ...one, sort: "sloppy", abandonAt: undefined }));
    fc.assert(fc.property(workflow, sloppy, tally), { numRuns: 1500, seed });
  });

  afterAll(() => {
    const wanted = [
      ...["completed", "compensated", "failed", "StepOmitted", "BlockOmitted", "ChoiceTaken", "ForEachBegan"],
      ...["IterationBegan", "LoopEnded", "BlockFailed", "BlockRetried", "BlockSkipped", "WaitBegan", "WaitEnded"],
      ...["SignalReceived", "RunReturned", "RunReopened", "LateSuccessRecorded", "RunAbandoned"],
    ];
    expect(wanted.filter((type) => !seen.has(type))).toEqual([]);
  });
});

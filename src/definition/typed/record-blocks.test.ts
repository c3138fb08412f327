/** The worry: a block in TypeScript that says something else than the same one in YAML, or types that promise too much. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { InvalidDefinition } from "../invalid-definition.ts";
import { parseDefinition } from "../parse-definition.ts";
import { defineWorkflow } from "./define-workflow.ts";
import { cel, compute } from "./expression.ts";
import { orElse } from "./recorded-reference.ts";
import type { Ref } from "./reference-type.ts";
import { workerType } from "./worker-type.ts";

const Order = z.object({
  id: z.string(),
  total: z.number(),
  note: z.string().optional(),
  shipAt: z.string(),
  lines: z.array(z.object({ sku: z.string(), parts: z.array(z.number()) })),
});

const reserve = workerType("reserve", { output: z.object({ reserved: z.number() }) });
const release = workerType("release");
const checkFraud = workerType("check-fraud", { output: z.object({ score: z.number(), "risk-class": z.string() }) });
const pick = workerType("pick", { input: z.object({ sku: z.string() }), output: z.object({ box: z.string() }) });
const track = workerType("track", { output: z.object({ delivered: z.boolean() }) });
const any = workerType("any");
const invoicing = defineWorkflow("invoicing", { version: 1, input: z.object({ order: z.string() }) }, (w) => {
  const made = w.step("make", workerType("make", { output: z.object({ no: z.int() }) }), { input: {} });
  return { no: made.no };
});

const define = <Result>(block: Parameters<typeof defineWorkflow<typeof Order, Result>>[2]) =>
  defineWorkflow("w", { version: 1, input: Order }, block);

function fromYaml(steps: string, output?: string) {
  const above = output === undefined ? "" : `output: ${output}\n`;
  const parsed = parseDefinition({ text: `workflow: w\nversion: 1\n${above}steps:\n${steps}`, file: "w.yaml" });
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.definition;
}

const problemOf = (block: Parameters<typeof defineWorkflow<typeof Order, unknown>>[2]) => {
  try {
    define(block);
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

/** What is recorded, but for the schema of the input. */
function recorded({ definition: { inputSchema: _, ...definition } }: ReturnType<typeof define>) {
  return definition;
}

describe("a block is recorded as YAML says it", () => {
  test("side by side", () => {
    const typed = define((w, order) => {
      const { stock, fraud } = w.parallel(
        "reserve_and_check",
        {
          stock: (w) => w.step("reserve", reserve, { compensation: release }),
          fraud: (w) => {
            w.step("prepare", any, { when: cel`${order.total} > 100` });
            return w.step("check", checkFraud);
          },
        },
        { siblings: "cancel" },
      );
      expectTypeOf<typeof stock.reserved>().toEqualTypeOf<Ref<number>>();
      return { reserved: stock.reserved, score: fraud.score };
    });
    const steps = `
  - parallel: reserve_and_check
    siblings: cancel
    branches:
      stock: [{ step: reserve, compensation: release }]
      fraud:
        - { step: prepare, worker: any, when: input.total > 100 }
        - { step: check, worker: check-fraud }`;
    const output = "{ reserved: { $: steps.reserve.output.reserved }, score: { $: steps.check.output.score } }";
    expect(recorded(typed)).toEqual(fromYaml(steps, output));
  });

  test("the first case that holds, with waits and refusals", () => {
    const typed = define((w, order) => {
      const fraud = w.step("check-fraud", checkFraud);
      const [approved] = w.choose("approval", [
        {
          when: cel`${fraud.score} > 0.8 && ${fraud["risk-class"]} != ${'a"b'}`,
          steps: (w) => {
            const manager = w.wait("manager", {
              ...{ signal: "manager_approval", timeout: "24h", onTimeout: "fail" },
              payload: z.object({ ok: z.boolean() }),
            });
            expectTypeOf<typeof manager>().toEqualTypeOf<Ref<{ ok: boolean }>>();
            w.fail("refused", { when: cel`!${manager.ok}`, code: "order_refused" });
            return manager;
          },
        },
        { otherwise: () => {} },
      ]);
      expectTypeOf<typeof approved.ok>().toEqualTypeOf<Ref<boolean | undefined>>();
      w.wait("cool_off", { for: "10m", when: cel`${order.note} == null` });
      w.wait("later", { until: order.shipAt });
      w.fail("stop");
      return { ok: orElse(approved.ok, false) };
    });
    const steps = `
  - { step: check-fraud }
  - choose: approval
    cases:
      - when: 'steps["check-fraud"].output.score > 0.8 && steps["check-fraud"].output["risk-class"] != "a\\"b"'
        steps:
          - { wait: manager, signal: manager_approval, timeout: 24h, onTimeout: fail }
          - { fail: refused, when: "!steps.manager.output.ok", code: order_refused }
      - { otherwise: true, steps: [] }
  - { wait: cool_off, for: 10m, when: input.note == null }
  - { wait: later, until: { $: input.shipAt } }
  - { fail: stop }`;
    expect(recorded(typed)).toEqual(fromYaml(steps, "{ ok: { $: steps.manager.output.ok, else: false } }"));
  });

  test("for each item, in one another too", () => {
    const typed = define((w, order) => {
      const boxes = w.forEach("lines", order.lines, (w, line) => {
        const parts = w.forEach("parts", line.parts, (w, part) =>
          w.step("part", reserve, { input: { part, of: line.sku } }),
        );
        expectTypeOf<typeof parts>().toEqualTypeOf<Ref<readonly { reserved: number }[]>>();
        w.step("tell", any, { input: parts });
        return w.step("pick", pick, { input: { sku: line.sku }, when: cel`size(${line.parts}) > 0` });
      });
      expectTypeOf<typeof boxes>().toEqualTypeOf<Ref<readonly ({ box: string } | null)[]>>();
      const more = w.forEach("more", compute<readonly number[]>(cel`[1, 2]`), (w) => void w.step("s", any), {
        ...{ as: "number", concurrency: 4 },
      });
      expectTypeOf<typeof more>().toEqualTypeOf<Ref<readonly unknown[]>>();
      return boxes;
    });
    const steps = `
  - forEach: lines
    as: item
    in: { $: input.lines }
    steps:
      - forEach: parts
        as: item2
        in: { $: item.parts }
        steps: [{ step: part, worker: reserve, input: { part: { $: item2 }, of: { $: item.sku } } }]
      - { step: tell, worker: any, input: { $: steps.parts.output } }
      - { step: pick, input: { sku: { $: item.sku } }, when: "size(item.parts) > 0" }
  - { forEach: more, as: number, concurrency: 4, in: { $cel: "[1, 2]" }, steps: [{ step: s, worker: any }] }`;
    expect(recorded(typed)).toEqual(fromYaml(steps, "{ $: steps.lines.output }"));
  });

  test("until a condition holds", () => {
    const typed = define((w) => {
      const parcel = w.loop(
        "poll_carrier",
        (w) => {
          const tracked = w.step("track", track, { kind: "readonly" });
          w.wait("pause", { for: "10m" });
          return tracked;
        },
        { until: (tracked) => cel`${tracked.delivered}`, max: 50 },
      );
      expectTypeOf<typeof parcel.delivered>().toEqualTypeOf<Ref<boolean>>();
      return parcel.delivered;
    });
    const steps = `
  - loop: poll_carrier
    until: steps.track.output.delivered
    max: 50
    steps: [{ step: track, kind: readonly }, { wait: pause, for: 10m }]`;
    expect(recorded(typed)).toEqual(fromYaml(steps, "{ $: steps.track.output.delivered }"));
  });

  test("another workflow, with what undoes it", () => {
    const typed = define((w, order) => {
      const invoice = w.child("invoice", invoicing, { input: { order: order.id } });
      expectTypeOf<typeof invoice.no>().toEqualTypeOf<Ref<number>>();
      w.child("again", invoicing, {
        input: { order: order.id },
        when: cel`${order.total} > 0`,
        compensation: { worker: any, input: (output) => ({ no: orElse(output.no, null) }) },
      });
      return invoice.no;
    });
    const steps = `
  - { child: invoice, workflow: invoicing, input: { order: { $: input.id } } }
  - child: again
    workflow: invoicing
    when: input.total > 0
    input: { order: { $: input.id } }
    compensation: { worker: any, input: { no: { $: steps.again.output.no, else: null } } }`;
    expect(recorded(typed)).toEqual(fromYaml(steps, "{ $: steps.invoice.output.no }"));
  });

  test("with what is kept of signals", () => {
    const { definition } = defineWorkflow("w", { version: 1, signals: { maxAge: "1h", max: 3 } }, (w) => {
      w.wait("go", { signal: "go" });
    });
    expect(definition.signals).toEqual({ maxAge: 3_600_000, max: 3 });
  });
});

describe("an expression", () => {
  const written = (
    expression: Parameters<Parameters<typeof define>[0]>[1] extends infer In ? (order: In) => unknown : never,
  ) => define((w, order) => void w.step("s", any, { input: expression(order) as never })).definition.steps[0];

  test("puts in paths, values, fallbacks and other expressions", () => {
    const input = written((order) => {
      const isLarge = cel`${order.total} > ${100}`;
      return {
        fallback: compute(cel`${orElse(order.note, "none")} + "!"`),
        inner: compute(cel`${isLarge} ? ${[1, null, { a: order.id }]} : ${order.lines[0]?.sku as never}`),
        raw: compute(cel`"a\nb" + ${"c\nd"}`),
      };
    });
    expect(input).toMatchObject({
      input: {
        fallback: { $cel: '(has(input.note) ? input.note : "none") + "!"' },
        inner: { $cel: '(input.total > 100) ? [1, null, {"a": input.id}] : input.lines[0].sku' },
        raw: { $cel: '"a\\nb" + "c\\nd"' },
      },
    });
  });

  test("is checked like one in a file, and its references are those of its workflow", () => {
    expect(problemOf((w) => void w.step("s", any, { when: cel`1 +` }))).toMatchObject({ code: "invalid_definition" });
    let kept: Ref<number> | undefined;
    define((w, order) => {
      kept = order.total;
      w.step("s", any, { input: kept });
    });
    expect(problemOf((w) => void w.step("s", any, { when: cel`${kept ?? 0} > 1` }))).toMatchObject({
      code: "reference_misused",
    });
    expect(problemOf((w) => void w.step("s", any, { when: "input.total > 1" as never }))).toMatchObject({
      code: "reference_misused",
      mend: expect.stringContaining("cel"),
    });
  });
});

describe("what JavaScript does not see is refused in words", () => {
  test("the outer recorder inside a block, and a block's own after it", () => {
    expect(problemOf((w) => void w.parallel("p", { a: () => w.step("s", any) }))).toMatchObject({
      code: "reference_misused",
      mend: "Use the recorder that the block is given: `(w) => …`.",
    });
    expect(
      problemOf((w) => {
        let inner: typeof w | undefined;
        w.parallel("p", { a: (own) => void [(inner = own as typeof w), own.step("s", any)] });
        inner?.step("t", any);
      }),
    ).toMatchObject({ code: "reference_misused" });
  });

  test("an item's output that is not the last step's", () => {
    const block: Parameters<typeof problemOf>[0] = (w, order) =>
      void w.forEach("f", order.lines, (w) => {
        const first = w.step("first", any);
        w.step("second", any);
        return first;
      });
    expect(problemOf(block)).toMatchObject({ code: "reference_misused" });
  });

  test("an async block in a block", () => {
    expect(problemOf((w) => void w.parallel("p", { a: async (w) => w.step("s", any) }))).toMatchObject({
      code: "reference_misused",
    });
  });

  test("what stands in an item, seen from outside", () => {
    const block: Parameters<typeof problemOf>[0] = (w, order) => {
      let inner: unknown;
      w.forEach("f", order.lines, (w, line) => {
        inner = line.sku;
        w.step("s", any, { input: line.sku });
      });
      return inner;
    };
    expect((problemOf(block) as InvalidDefinition).problems.map(({ code }) => code)).toEqual(["unknown_reference"]);
  });
});

test("what may not be there needs a fallback, and what does not fit is refused by the compiler", () => {
  const recording = () =>
    define((w, order) => {
      const maybe = w.step("maybe", reserve, { when: cel`${order.total} > 1` });
      // @ts-expect-error A step with `when` may have no output.
      w.step("pick1", pick, { input: { sku: maybe.reserved } });
      const { left } = w.parallel(
        "p",
        { left: (w) => w.step("l", pick, { input: { sku: "a" } }) },
        { when: cel`true` },
      );
      // @ts-expect-error Nor may a step in a block with `when`.
      w.step("pick2", pick, { input: { sku: left.box } });
      w.step("pick3", pick, { input: { sku: orElse(left.box, "") } });
      const [one, two] = w.choose("c", [
        { when: cel`true`, steps: (w) => ({ box: w.step("o", pick, { input: { sku: "a" } }).box }) },
        { otherwise: (w) => w.step("t", pick, { input: { sku: "a" } }) },
      ]);
      expectTypeOf<typeof one.box>().toEqualTypeOf<Ref<string | undefined>>();
      expectTypeOf<typeof two.box>().toEqualTypeOf<Ref<string | undefined>>();
      const late = w.wait("late", { signal: "s", payload: z.object({ n: z.number() }), timeout: "1s" });
      expectTypeOf<typeof late.n>().toEqualTypeOf<Ref<number | undefined>>();
      const never = w.wait("never", { signal: "s", payload: z.object({ n: z.number() }) });
      expectTypeOf<typeof never.n>().toEqualTypeOf<Ref<number>>();
      // @ts-expect-error A list that may be missing has no items.
      w.forEach("f", orElse(order.note, ""), (w) => w.step("x", any));
      // @ts-expect-error The child takes another input.
      w.child("i", invoicing, { input: { order: order.total } });
      // @ts-expect-error And not the workflow's own.
      w.child("j", invoicing);
      // @ts-expect-error What a child does its steps say.
      w.child("k", invoicing, { input: { order: order.id }, kind: "readonly" });
      // @ts-expect-error A loop has a bound.
      w.loop("l2", (w) => w.step("y", any), { until: () => cel`true` });
      // @ts-expect-error A wait waits for something.
      w.wait("z", {});
    });
  expect(recording).toBeTypeOf("function");
});

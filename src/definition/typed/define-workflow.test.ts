/** The worry: a workflow in TypeScript that says something else than the same one in YAML, or says it wrongly unseen. */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { scope, type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { stepDefinitions } from "../definition-steps.ts";
import { InvalidDefinition } from "../invalid-definition.ts";
import { parseDefinition } from "../parse-definition.ts";
import { defineWorkflow } from "./define-workflow.ts";
import { orElse } from "./recorded-reference.ts";
import type { TypedWorkflow } from "./recorder-type.ts";
import type { Ref } from "./reference-type.ts";
import { type WorkerType, workerType } from "./worker-type.ts";

const Order = z.object({
  id: z.string(),
  total: z.number(),
  note: z.string().optional(),
  items: z.array(z.object({ sku: z.string(), qty: z.int() })),
  address: z.object({ city: z.string() }).optional(),
});

const charge = workerType("charge", {
  input: z.object({ order: z.string(), amount: z.number() }),
  output: z.object({ payment: z.string() }),
  errors: ["declined", "down"],
});
const refund = workerType("refund", { input: z.object({ order: z.string() }) });
const refundPayment = workerType("refund_payment", { input: z.object({ payment: z.string().nullable() }) });
const any = workerType("any");

function fromYaml(text: string) {
  const parsed = parseDefinition({ text, file: "w.yaml" });
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.workflow;
}

const problemOf = (define: () => unknown) => {
  try {
    define();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

describe("what is recorded", () => {
  test("kinds, times, attributes and limits as YAML says them", () => {
    const typed = defineWorkflow(
      "order",
      {
        ...{ version: 1, input: z.object({ id: z.string() }), deadline: "1d", onDeadline: "incident" },
        ...{ onFailure: "incident", compensationDeadline: "2h", cancelGrace: "5s", retention: "7d" },
      },
      (w, order) => {
        const held = w.step("hold", any, {
          ...{ kind: "pivot", execution: "at_most_once", inquire: { timeout: "3s" }, heartbeat: "2s" },
          ...{ scheduleToStart: "1m", stepDeadline: "1h", input: { id: order.id } },
        });
        w.step("pay", refund, {
          input: { order: order.id },
          inquire: true,
          compensation: refund,
          compensateInDoubt: false,
        });
        w.attribute("customer", order.id);
        w.attribute("hold", held);
        w.limit(order.id, 2);
      },
    );
    const { inputSchema: _, ...definition } = typed.definition;
    const written = fromYaml(`
      workflow: order
      version: 1
      deadline: 1d
      onDeadline: incident
      onFailure: incident
      compensationDeadline: 2h
      cancelGrace: 5s
      retention: 7d
      attributes: { customer: { $: input.id }, hold: { $: steps.hold.output } }
      limit: { key: { $: input.id }, runs: 2 }
      steps:
        - step: hold
          worker: any
          kind: pivot
          execution: at_most_once
          inquire: { timeout: 3s }
          heartbeat: 2s
          scheduleToStart: 1m
          stepDeadline: 1h
          input: { id: { $: input.id } }
        - step: pay
          worker: refund
          inquire: true
          input: { order: { $: input.id } }
          compensation: refund
          compensateInDoubt: false
    `);
    expect(definition).toEqual(written.definition);
  });

  test("is the definition that YAML gives, with the same hash", () => {
    const typed = defineWorkflow("order", { version: 2, input: Order }, (w, order) => {
      const paid = w.step("pay", charge, {
        input: { order: order.id, amount: order.total },
        timeout: "60s",
        retry: { attempts: 5, initial: "200ms", on: ["down"] },
        compensation: refund,
      });
      w.step("tell", any, {
        input: {
          payment: paid.payment,
          first: order.items[0]!.sku,
          note: orElse(order.note, "none"),
          city: orElse(order.address.city, { $lit: 1 } as never),
          run: w.run.id,
          fixed: [1, { $cost: true }],
        },
      });
      return { payment: paid.payment, of: { order: order.id } };
    });
    const { $schema: _, ...inputSchema } = z.toJSONSchema(Order, { io: "input" });
    const written = fromYaml(`
      workflow: order
      version: 2
      inputSchema: ${JSON.stringify(inputSchema)}
      output: { payment: { $: steps.pay.output.payment }, of: { order: { $: input.id } } }
      steps:
        - step: pay
          worker: charge
          input: { order: { $: input.id }, amount: { $: input.total } }
          timeout: 60s
          retry: { attempts: 5, initial: 200ms, on: [down] }
          compensation: refund
        - step: tell
          worker: any
          input:
            payment: { $: steps.pay.output.payment }
            first: { $: "input.items[0].sku" }
            note: { $: input.note, else: none }
            city: { $: input.address.city, else: { $lit: { $lit: 1 } } }
            run: { $: run.id }
            fixed: [1, { $lit: { $cost: true } }]
    `);
    expect(typed.definition).toEqual(written.definition);
    expect(typed.hash).toBe(written.hash);
    expect([...typed.catalogue.keys()]).toEqual(["charge", "refund", "any"]);
    expect(typed.catalogue.get("charge")).toMatchObject({
      input: { type: "object", required: ["order", "amount"] },
      errors: ["declined", "down"],
    });
  });

  test("a compensation is mapped from its step's own output, with what is taken while the step is in doubt", () => {
    const { definition } = defineWorkflow("order", { version: 1, input: Order }, (w, order) => {
      w.step("pay", charge, {
        input: { order: order.id, amount: 1 },
        compensation: {
          worker: refundPayment,
          input: (output) => ({ payment: orElse(output.payment, null) }),
          timeout: "5s",
          retry: { attempts: 20 },
        },
      });
      w.step("pay_again", charge, {
        input: { order: order.id, amount: 2 },
        compensation: { worker: refund, timeout: "5s" },
      });
    });
    expect(stepDefinitions(definition).map(({ compensation }) => compensation)).toEqual([
      {
        worker: "refund_payment",
        input: { payment: { $: "steps.pay.output.payment", else: null } },
        timeout: 5000,
        retry: { attempts: 20 },
      },
      { worker: "refund", timeout: 5000 },
    ]);
  });

  test("a step without a mapping takes the workflow's input, if that fits", () => {
    const { definition } = defineWorkflow("order", { version: 1, input: Order }, (w) => {
      w.step("validate", workerType("validate", { input: z.object({ id: z.string() }) }));
    });
    expect(definition).toEqual({
      workflow: "order",
      version: 1,
      inputSchema: expect.objectContaining({ type: "object" }),
      steps: [{ step: "validate", worker: "validate" }],
    });
  });

  test("its retention is said in its options", () => {
    const kept = defineWorkflow("order", { version: 1, retention: "7d" }, (w) => void w.step("s", workerType("s")));
    expect(kept.definition.retention).toBe(7 * 86_400_000);
  });
});

describe("schemas", () => {
  const expected = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
  test.each([
    ["zod", z.object({ a: z.string() })],
    ["arktype", type({ a: "string" })],
    ["valibot, by its converter", toStandardJsonSchema(v.object({ a: v.string() }))],
    ["a JSON Schema", expected],
  ])("of %s become the wire's", (_, input) => {
    expect(workerType("w", { input }).contract.input).toEqual(expected);
    expect(defineWorkflow("w", { version: 1, input }, (w) => void w.step("s", any)).inputSchema).toEqual(expected);
  });

  test("whose definitions a library numbers by the process give one hash all the same", () => {
    const node = () => scope({ node: { value: "string", "children?": "node[]" } }).export().node;
    const [one, other] = [node(), node()].map((input) =>
      defineWorkflow("w", { version: 1, input }, (w) => void w.step("s", any)),
    );
    expect(one?.inputSchema).toEqual({
      $ref: "#/$defs/intersection1",
      $defs: {
        intersection1: {
          type: "object",
          properties: { value: { type: "string" }, children: { $ref: "#/$defs/intersection2" } },
          required: ["value"],
        },
        intersection2: { type: "array", items: { $ref: "#/$defs/intersection1" } },
      },
    });
    expect(other?.hash).toBe(one?.hash);
  });

  test("that cannot be said as JSON Schema are refused with what can", () => {
    const mend = expect.stringContaining("Give a Standard Schema with `~standard.jsonSchema`");
    for (const input of [v.object({ a: v.string() }), z.object({ at: z.date() }), 3]) {
      const error = problemOf(() => workerType("w", { input: input as never }));
      expect(error).toMatchObject({ code: "schema_unusable", mend });
    }
  });

  test("with keywords that are not built, and names that are none, are told as of a file", () => {
    const error = problemOf(() => workerType("No Name", { input: { type: "objekt" } as never }));
    expect(error).toMatchObject({ code: "invalid_definition" });
    expect((error as InvalidDefinition).problems.map(({ code, path }) => `${path} ${code}`)).toEqual([
      'workers["No Name"] bad_name',
      'workers["No Name"].input.type bad_schema',
    ]);
  });

  test("a JSON Schema literal has a type", () => {
    const typed = workerType("w", {
      input: {
        type: "object",
        properties: {
          id: { type: "string" },
          kind: { enum: ["a", "b"] },
          tags: { type: "array", items: { type: "string" } },
          size: { anyOf: [{ type: "integer" }, { type: "null" }] },
          more: { type: "object", properties: { x: { const: 3 } }, required: ["x"] },
          rest: { type: "object", additionalProperties: { type: "boolean" } },
        },
        required: ["id", "kind"],
      },
    });
    interface Expected {
      readonly id: string;
      readonly kind: "a" | "b";
      readonly tags?: readonly string[];
      readonly size?: number | null;
      readonly more?: { readonly x: 3 };
      readonly rest?: { readonly [key: string]: boolean };
    }
    type Input = typeof typed extends WorkerType<infer I, unknown, string> ? I : never;
    expectTypeOf<Input>().toEqualTypeOf<Expected>();
    expect(typed.name).toBe("w");
  });
});

describe("types", () => {
  test("of a workflow are what it takes and what its result is", () => {
    const workflow = defineWorkflow("order", { version: 1, input: Order }, (w, order) => {
      const paid = w.step("pay", charge, { input: { order: order.id, amount: order.total } });
      return { payment: paid.payment, first: order.items, fixed: 3 as const, at: w.run.startedAt };
    });
    interface Result {
      readonly payment: string;
      readonly first: { sku: string; qty: number }[];
      readonly fixed: 3;
      readonly at: number;
    }
    expectTypeOf(workflow).toEqualTypeOf<TypedWorkflow<z.input<typeof Order>, Result>>();
    const untyped = defineWorkflow("w", { version: 1 }, (w) => void w.step("s", any));
    expectTypeOf(untyped).toEqualTypeOf<TypedWorkflow<unknown, null>>();
    expect(workflow.output).toBeDefined();
  });

  test("of references follow the schema; what may be missing stays so to its end", () => {
    const workflow = defineWorkflow("order", { version: 1, input: Order }, (w, order) => {
      const qty = order.items[0]!.qty;
      const city = order.address.city;
      const known = orElse(city, "");
      const note = orElse(order.note, null);
      expectTypeOf(qty).toEqualTypeOf<Ref<number>>();
      expectTypeOf(city).toEqualTypeOf<Ref<string | undefined>>();
      expectTypeOf(known).toEqualTypeOf<Ref<string>>();
      expectTypeOf(note).toEqualTypeOf<Ref<string | null>>();
      w.step("s", any, { input: [qty, known, note] });
    });
    expect(workflow.steps).toHaveLength(1);
  });
});

test("a worker or a compensation that is no worker type is refused in words, also in a JavaScript program", () => {
  for (const wrong of ["charge", undefined, null, {}, { name: "charge" }]) {
    const mend = 'Give what `workerType("…")` gives.';
    expect(problemOf(() => defineWorkflow("w", { version: 1 }, (w) => void w.step("s", wrong as never)))).toMatchObject(
      {
        code: "invalid_argument",
        mend,
      },
    );
    if (wrong === undefined) continue;
    const undone = { compensation: wrong as never };
    expect(problemOf(() => defineWorkflow("w", { version: 1 }, (w) => void w.step("s", any, undone)))).toMatchObject({
      mend,
    });
  }
});

test("a fallback may have a fallback", () => {
  const Person = z.object({ nick: z.string().optional(), name: z.string().optional() });
  const { definition } = defineWorkflow("w", { version: 1, input: Person }, (w, person) => {
    w.step("greet", any, { input: { to: orElse(orElse(person.nick, person.name as never), "anon") } });
  });
  expect(stepDefinitions(definition)[0]?.input).toEqual({
    to: { $: "input.nick", else: { $: "input.name", else: "anon" } },
  });
  const twice = () =>
    defineWorkflow("w", { version: 1, input: Person }, (w, person) => {
      w.step("greet", any, { input: orElse(orElse(person.nick, "a"), "b") });
    });
  expect(problemOf(twice)).toMatchObject({ code: "reference_misused" });
});

test("an input that is a union is spelled out in any of its forms", () => {
  const Pay = z.discriminatedUnion("by", [
    z.object({ by: z.literal("card"), token: z.string() }),
    z.object({ by: z.literal("iban"), iban: z.string() }),
  ]);
  const pay = workerType("pay", { input: Pay });
  const { steps } = defineWorkflow("w", { version: 1, input: z.object({ id: z.string() }) }, (w, order) => {
    w.step("a", pay, { input: { by: "card", token: order.id } });
    w.step("b", pay, { input: { by: "iban", iban: order.id } });
    // @ts-expect-error No form has both.
    w.step("c", pay, { input: { by: "card", iban: order.id } });
  });
  expect(steps).toHaveLength(3);
});

describe("one worker type", () => {
  test("that is declared twice, and not alike, is refused; alike it is not", () => {
    const alike = workerType("refund", { input: z.object({ order: z.string() }) });
    const other = workerType("refund", { input: z.object({ order: z.number() }) });
    const define = (second: typeof alike | typeof other) => () =>
      defineWorkflow("order", { version: 1 }, (w) => {
        w.step("a", refund, { input: { order: "1" } });
        w.step("b", second as typeof alike, { input: { order: "1" } });
      });
    expect(define(alike)().steps).toHaveLength(2);
    expect(problemOf(define(other))).toMatchObject({ code: "contract_conflict" });
  });
});

/** The worry: a step that is given another value than the definition says, or something that is no data at all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../base/json.ts";
import { parseReferencePath, PathFault } from "./reference-path.ts";
import { resolveLeniently, resolveMapping, type Scope } from "./reference.ts";

const scope: Scope = {
  input: {
    order: {
      id: "o-1",
      items: [
        { sku: "s1", qty: 2 },
        { sku: "s2", qty: null },
      ],
    },
    constructor: "own",
    größe: 4,
  },
  outputOf: (step) => ({ pay: { id: "p-1" }, none: null } as Record<string, Json>)[step],
  run: { id: "r-1", uid: "u-1", workflow: "w", startedAt: 1234 },
};

const resolve = (mapping: Json): Json => {
  const resolved = resolveMapping(mapping, scope);
  if (!resolved.ok) throw new Error(resolved.problem.detail);
  return resolved.value;
};

const detail = (mapping: Json): string | undefined => {
  const resolved = resolveMapping(mapping, scope);
  if (resolved.ok) return undefined;
  expect(resolved.problem.code).toBe("reference_missing");
  return resolved.problem.detail;
};

describe("a reference gives the value that its path leads to", () => {
  it.each<[string, Json]>([
    ["input", scope.input],
    ["input.order.id", "o-1"],
    ["input.order.items[1].sku", "s2"],
    ["input.order.items[1].qty", null],
    ["input.constructor", "own"],
    ["input.größe", 4],
    ["steps.pay.output", { id: "p-1" }],
    ["steps.pay.output.id", "p-1"],
    ["steps.none.output", null],
    ["run.id", "r-1"],
    ["run", { id: "r-1", uid: "u-1", workflow: "w", startedAt: 1234 }],
  ])("%s", (path, value) => {
    expect(resolve({ $: path })).toEqual(value);
  });

  it("anywhere in the mapping, beside data", () => {
    expect(
      resolve({ a: [1, { $: "input.order.id" }, { b: { $: "steps.pay.output.id" } }], c: "{ $: input }" }),
    ).toEqual({
      a: [1, "o-1", { b: "p-1" }],
      c: "{ $: input }",
    });
  });
});

describe("a reference that leads nowhere is a problem, and says where it stopped without saying what it saw", () => {
  it.each([
    ["input.customer", "`input.customer`: `input` is a mapping without `customer`"],
    ["input.order.id.x", "`input.order.id.x`: `input.order.id` is a text"],
    ["input.order.items[2]", "`input.order.items[2]`: `input.order.items` is a list without item 2"],
    ["input.order.items[1].qty.x", "`input.order.items[1].qty.x`: `input.order.items[1].qty` is null"],
    ["input.order[0]", "`input.order[0]`: `input.order` is a mapping"],
    ["steps.later.output.id", "`steps.later.output.id`: `steps.later.output` is not there (yet)"],
  ])("%s", (path, expected) => {
    expect(detail({ $: path })).toBe(expected);
    expect(detail([{ deep: { $: path } }])).toBe(expected);
  });

  it("unless another value is given for it", () => {
    expect(resolve({ $: "input.customer", else: 7 })).toBe(7);
    expect(resolve({ $: "input.customer", else: null })).toBe(null);
    expect(resolve({ $: "input.customer", else: { $: "input.order.id" } })).toBe("o-1");
    expect(detail({ $: "input.customer", else: { $: "input.other" } })).toContain("`input.other`");
  });

  it("but null is a value, and no reason to take the other", () => {
    expect(resolve({ $: "input.order.items[1].qty", else: 1 })).toBe(null);
  });

  it("and nothing inherited is ever reached", () => {
    for (const path of ["input.toString", "input.__proto__", "input.order.constructor", "input.order.items.length"]) {
      expect(detail({ $: path })).toBeDefined();
    }
    expect(detail({ $: "input.order.id.length" })).toBeDefined();
  });
});

describe("data that holds no reference", () => {
  it("resolves to itself, not to a copy", () => {
    const mapping: Json = { a: [1, { b: null }], else: 1 };
    expect(resolve(mapping)).toBe(mapping);
    for (const scalar of [null, true, 1, "input"]) expect(resolve(scalar)).toBe(scalar);
  });

  it("may have `$` keys under `$lit`, which are left alone", () => {
    expect(resolve({ $lit: { $: "input", $lit: 1 } })).toEqual({ $: "input", $lit: 1 });
    expect(resolve({ a: { $lit: null }, b: [{ $lit: [1] }] })).toEqual({ a: null, b: [[1]] });
    expect(resolve([{ $lit: { $: "input" } }, { $: "run.id" }])).toEqual([{ $: "input" }, "r-1"]);
  });

  it("is the same object each time, also where a `$lit` was taken out", () => {
    const mapping: Json = { a: { $lit: { $: "x" } } };
    expect(resolve(mapping)).toBe(resolve(mapping));
  });
});

describe("an expression in a mapping", () => {
  const mapping: Json = {
    skus: { $cel: "input.order.items.map(item, item.sku)" },
    by: [{ $cel: "steps.pay.output.id" }],
  };

  it("gives the value that it computes, beside data", () => {
    expect(resolve(mapping)).toEqual({ skus: ["s1", "s2"], by: ["p-1"] });
    expect(resolve({ $: "input.gone", else: { $cel: "1 + 1" } })).toBe(2);
    expect(resolve({ $lit: { $cel: "1 + 1" } })).toEqual({ $cel: "1 + 1" });
  });

  it("tells whole numbers from others by the input's schema", () => {
    const third: Json = { $cel: "input['größe'] / 3" };
    expect(resolve(third)).toBe(4 / 3);
    const inputSchema = { properties: { größe: { type: "integer" } } };
    expect(resolveMapping(third, { ...scope, inputSchema })).toEqual({ ok: true, value: 1 });
  });

  it("without a value is a problem, and null where that may be", () => {
    const missing: Json = { a: { $cel: "steps.later.output.x + 1" }, b: { $: "run.id" } };
    expect(detail(missing)).toBe("`steps.later.output`: the step `later` has no output (yet)");
    expect(resolveLeniently(missing, scope)).toEqual({ a: null, b: "r-1" });
    expect(resolveMapping({ $cel: "1 / 0" }, scope)).toMatchObject({ problem: { code: "expression_number" } });
  });
});

describe("one mapping", () => {
  it("is resolved anew for each scope", () => {
    const mapping: Json = { id: { $: "run.id" } };
    expect(resolve(mapping)).toEqual({ id: "r-1" });
    const other = resolveMapping(mapping, { ...scope, run: { ...scope.run, id: "r-2" } });
    expect(other.ok && other.value).toEqual({ id: "r-2" });
  });

  it("gives the value itself and no copy, so that a large one costs nothing", () => {
    expect(resolve({ $: "input.order" })).toBe((scope.input as Record<string, Json>)["order"]);
  });
});

describe("the grammar of paths", () => {
  it("takes what it wrote, whatever the keys", () => {
    const key = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\s.[\]"'`\p{Cc}]/u.test(text));
    const rest = fc.array(fc.oneof(key, fc.nat({ max: 999_999_999 })), { maxLength: 6 });
    fc.assert(
      fc.property(rest, (segments) => {
        const text = segments.map((segment) => (typeof segment === "number" ? `[${segment}]` : `.${segment}`)).join("");
        expect(parseReferencePath(`input${text}`)).toEqual({ from: "input", rest: segments });
        expect(parseReferencePath(`line_1${text}`)).toEqual({ from: "variable", name: "line_1", rest: segments });
        expect(parseReferencePath(`steps.a-1.output${text}`)).toEqual({ from: "step", step: "a-1", rest: segments });
      }),
    );
  });

  it("refuses everything else", () => {
    for (const text of [
      "",
      ".",
      "input.",
      "input[",
      "input[]",
      "input[01]",
      "input[-1]",
      "input[1e3]",
      "input.a b",
      " input",
    ]) {
      expect(parseReferencePath(text)).toBeInstanceOf(PathFault);
    }
    for (const text of [
      "input .a",
      "steps",
      "steps.a",
      "steps[0].output",
      "steps.A.output",
      "run.x",
      "run.id.x",
      "order-line.sku",
      "1st.sku",
    ]) {
      expect(parseReferencePath(text)).toBeInstanceOf(PathFault);
    }
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseReferencePath(text)));
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseReferencePath(`input.${text}`)));
  });
});

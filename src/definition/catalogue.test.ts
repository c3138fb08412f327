/** The worry: a catalogue that lets a typing error through, or that makes two hashes of one workflow. */
import { describe, expect, test } from "vitest";
import type { Catalogue } from "./catalogue.ts";
import { contradictions, mergeCatalogues } from "./catalogue.ts";
import { parseCatalogue, parseDefinition } from "./parse-definition.ts";

const workflow = `workflow: order
version: 1
steps:
  - { step: charge, compensation: refund }
  - { step: ship, worker: ship_parcel }
`;
const workers = `workers:
  charge:
    input: { type: object, required: [total] }
    output: { type: object }
    errors: [card_declined]
    idempotent: true
    resource: payments
  refund: {}
  ship_parcel: { input: { type: object } }
`;

const parse = (text: string, known?: Catalogue) => parseDefinition({ text, file: "w.yaml" }, known);
const problems = (text: string, known?: Catalogue) => {
  const parsed = parse(text, known);
  return parsed.ok
    ? []
    : parsed.problems.map(({ line, column, code, mend }) => ({ at: `${line}:${column}`, code, mend }));
};
const catalogueOf = (text: string): Catalogue => {
  const parsed = parseCatalogue({ text, file: "shop.workers.yaml" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.catalogue;
};

describe("a catalogue in the workflow", () => {
  test("is read, and is outside the canonical form and the hash", () => {
    const [alone, beside] = [parse(workflow), parse(workflow + workers)];
    if (!alone.ok || !beside.ok) throw new Error("they are workflows");
    expect(beside.definition).toEqual(alone.definition);
    expect(beside.workflow.hash).toBe(alone.workflow.hash);
    expect(alone.workflow.catalogue.size).toBe(0);
    expect([...beside.workflow.catalogue]).toEqual([
      [
        "charge",
        {
          input: { type: "object", required: ["total"] },
          output: { type: "object" },
          errors: ["card_declined"],
          idempotent: true,
          resource: "payments",
        },
      ],
      ["refund", {}],
      ["ship_parcel", { input: { type: "object" } }],
    ]);
  });

  test("knows every worker type that a step or a compensation names (K1)", () => {
    const text = `workflow: order
version: 1
workers: { charge: {}, refund: {} }
steps:
  - { step: chrage }
  - { step: b, worker: charge, compensation: refnud }
  - { step: c, worker: charge, compensation: { worker: nobody_at_all } }
`;
    expect(problems(text)).toEqual([
      { at: "5:13", code: "unknown_worker", mend: "Did you mean `charge`?" },
      { at: "6:46", code: "unknown_worker", mend: "Did you mean `refund`?" },
      { at: "7:56", code: "unknown_worker", mend: expect.stringContaining("Add `nobody_at_all` to `workers`") },
    ]);
  });

  test("is refused where it is wrong, with the place", () => {
    const text = `workflow: order
version: 1
workers:
  Charge: {}
  charge: { input: { type: objekt }, errors: [], idempotent: "yes", resorce: x }
  refund: 3
steps: [{ step: charge }]
`;
    expect(problems(text).map(({ at, code }) => `${at} ${code}`)).toEqual([
      "4:3 bad_name",
      "5:28 bad_schema",
      "5:46 out_of_range",
      "5:62 wrong_type",
      "5:69 unknown_key",
      "6:11 wrong_type",
    ]);
  });
});

describe("a catalogue in a file of its own", () => {
  test("holds for the workflows that are read with it", () => {
    const known = catalogueOf(workers);
    const parsed = parse(workflow, known);
    expect(parsed.ok && parsed.workflow.catalogue).toEqual(known);
    expect(problems(workflow, catalogueOf("workers: { charge: {}, refund: {} }")).map(({ code }) => code)).toEqual([
      "unknown_worker",
    ]);
  });

  test("is added to by the workflow's own, which declares no type of it again", () => {
    const known = catalogueOf("workers: { charge: {}, refund: {} }");
    const own = "workers: { ship_parcel: {} }\n";
    expect(problems(own + workflow, known)).toEqual([]);
    // What says the same is no contradiction.
    expect(problems(`workers: { ship_parcel: {}, charge: {} }\n${workflow}`, known)).toEqual([]);
    expect(problems(`workers: { ship_parcel: {}, charge: { idempotent: true } }\n${workflow}`, known)).toEqual([
      { at: "1:29", code: "contradiction", mend: "Declare it in one place." },
    ]);
  });

  test("has nothing but worker types", () => {
    const parsed = parseCatalogue({ text: "steps: []\n", file: "shop.workers.yaml" });
    expect(!parsed.ok && parsed.problems.map(({ code }) => code)).toEqual(["missing_key", "unknown_key"]);
  });
});

describe("catalogues", () => {
  const one: Catalogue = new Map([["charge", { input: { type: "object", required: ["a"] } }]]);
  const alike: Catalogue = new Map([["charge", { input: { required: ["a"], type: "object" } }]]);
  const other: Catalogue = new Map([["charge", { input: { type: "object", required: ["b"] } }]]);

  test("join where they say the same, and contradict where they do not", () => {
    expect(mergeCatalogues([one, alike, new Map([["refund", {}]])]).size).toBe(2);
    expect(contradictions(one, alike)).toEqual([]);
    expect(contradictions(one, other)).toEqual(["charge"]);
    expect(() => mergeCatalogues([one, other])).toThrow("the worker type charge is declared twice");
  });
});

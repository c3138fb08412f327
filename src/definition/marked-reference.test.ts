/** The worry: a secret is shown because it went to the worker by another way than a plain reference. */
import { describe, expect, it } from "vitest";
import { markedReferences } from "./marked-reference.ts";

describe("what an expression reads for a marked place", () => {
  const schema = { type: "object", properties: { card: { type: "string", sensitive: true }, id: { type: "string" } } };

  it("is marked, all of it", () => {
    const mapping = { card: { $cel: "input.card.trim() + steps.pay.output.hint + run.id" }, id: { $cel: "input.id" } };
    expect(markedReferences(mapping, schema)).toEqual([
      { path: { from: "input", rest: ["card"] }, schema: { sensitive: true } },
      { path: { from: "step", step: "pay", rest: ["hint"] }, schema: { sensitive: true } },
      { path: { from: "run", rest: ["id"] }, schema: { sensitive: true } },
    ]);
  });

  it("is left alone where the place is not marked", () => {
    expect(markedReferences({ id: { $cel: "input.id" } }, schema)).toEqual([]);
  });
});

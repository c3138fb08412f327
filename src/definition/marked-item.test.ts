/** The worry: a secret is shown in the list that an item came from, though the worker that was given it says that it is one. */
import { describe, expect, it } from "vitest";
import { redact } from "./json-schema/redact.ts";
import { markedReferences } from "./marked-reference.ts";
import { parseDefinition } from "./parse-definition.ts";

describe("what an item gives for a marked place", () => {
  const schema = { type: "object", properties: { card: { type: "string", sensitive: true } } };
  const marked = (items: string, input: string) => {
    const text = `
workflow: w
version: 1
steps:
  - step: pay
  - forEach: orders
    as: order
    in: { $: input.orders }
    steps:
      - forEach: lines
        as: line
        in: ${items}
        steps: [{ step: s, input: ${input} }]`;
    const parsed = parseDefinition({ text, file: "w.yaml" });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const step = parsed.workflow.steps.find(({ name }) => name === "s");
    return markedReferences(step?.input ?? null, schema, step?.repeats);
  };
  const sensitive = { sensitive: true };

  it("is marked in the list that the items come from, through as many blocks as there are", () => {
    const [only, ...others] = marked("{ $: order.lines }", "{ card: { $: 'line.cards[0].no' } }");
    expect(others).toEqual([]);
    expect(only?.path).toEqual({ from: "input", rest: ["orders"] });
    const value = [{ lines: [{ cards: [{ no: "1234", of: "ann" }], sku: "a" }], id: 1 }];
    expect(JSON.stringify(redact(only?.schema ?? true, value))).not.toContain("1234");
    expect(redact(only?.schema ?? true, value)).toMatchObject([
      { lines: [{ cards: [{ of: "ann" }], sku: "a" }], id: 1 },
    ]);
  });

  it("is marked in each item of a list that is written out, and in all that an expression reads", () => {
    const secret = schema.properties.card;
    expect(marked("[{ no: { $: steps.pay.output.card } }, { no: 1 }]", "{ card: { $: line.no } }")).toEqual([
      { path: { from: "step", step: "pay", rest: ["card"] }, schema: secret },
    ]);
    expect(marked("{ $cel: 'input.cards' }", "{ card: { $: line.no } }")).toEqual([
      { path: { from: "input", rest: ["cards"] }, schema: sensitive },
    ]);
    expect(marked("{ $: input.cards }", "{ card: { $cel: 'line + steps.pay.output' } }")).toEqual([
      { path: { from: "input", rest: ["cards"] }, schema: { items: sensitive } },
      { path: { from: "step", step: "pay", rest: [] }, schema: sensitive },
    ]);
  });
});

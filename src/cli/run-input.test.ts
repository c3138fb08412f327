/** The worry: an order that is understood otherwise than it was written, and charged so. */
import { describe, expect, it } from "vitest";
import { parseWorkflow } from "../clew.ts";
import { type InputRule, readInput } from "./run-input.ts";

const workflow = parseWorkflow({
  object: {
    workflow: "order",
    version: 1,
    inputSchema: {
      type: "object",
      properties: {
        id: {},
        lines: { type: "array", items: { type: "object", properties: { qty: { type: "integer" } } } },
      },
      required: ["id"],
    },
    steps: [{ step: "charge" }],
  },
});

const read = (text: string, idFrom?: string) =>
  readInput(text, "orders.jsonl:7", { workflow, idFrom } satisfies InputRule);

describe("readInput", () => {
  it("gives the value, and the id from where the caller says it stands", () => {
    expect(read('{"id":"a-1"}')).toEqual({ input: { id: "a-1" }, id: undefined });
    expect(read('{"id":{"number":17}}', "id.number").id).toBe("17");
    expect(read('{"id":1,"lines":[{"sku":"x9"}]}', "lines.0.sku").id).toBe("x9");
  });

  it.each([
    ["what is not JSON", "{", undefined, "it is not JSON"],
    [
      "a field that does not fit, by its path",
      '{"id":1,"lines":[{"qty":"two"}]}',
      undefined,
      "input.lines[0].qty must be",
    ],
    ["a value that does not fit as a whole", "[]", undefined, "the input must be"],
    ["a key that stands twice", '{"id":1,"id":2}', undefined, 'the key "id" stands twice'],
    ["__proto__", '{"id":1,"__proto__":{}}', undefined, "__proto__"],
    ["a number that would be changed", '{"id":9007199254740993}', undefined, "beyond 2^53"],
    ["values too deep", `{"id":${"[".repeat(5000)}${"]".repeat(5000)}}`, undefined, "deep inside one another"],
    ["an id that is not there", '{"id":1}', "order.id", "at order.id, where --id-from looks, there is nothing"],
    ["an id that is inherited", '{"id":1}', "constructor", "there is nothing"],
    ["an id against the grammar", '{"id":"a b"}', "id", "is no run's id"],
    ["an id that is no text", '{"id":[1]}', "id", "is no run's id"],
  ])("refuses %s, and says where", (_, text, idFrom, message) => {
    expect(() => read(text, idFrom)).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        exitCode: 3,
        message: expect.stringMatching(/^orders\.jsonl:7: /),
      }),
    );
    expect(() => read(text, idFrom)).toThrow(message);
  });
});

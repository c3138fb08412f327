import { expect, it } from "vitest";
import { checkInput } from "./check-input.ts";
import { parseDefinition } from "./parse-definition.ts";

function workflow(inputSchema: object | undefined) {
  const parsed = parseDefinition({ object: { workflow: "w", version: 1, inputSchema, steps: [{ step: "a" }] } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.workflow;
}

it("an input that does not fit is named by the path of its field (semantics.md, C20)", () => {
  const strict = workflow({ type: "object", properties: { items: { items: { required: ["sku"] } } } });
  expect(checkInput(strict, { items: [{ sku: "a" }, {}] })).toEqual([{ path: "items[1].sku", message: "is required" }]);
  expect(checkInput(strict, { items: [] })).toEqual([]);
});

it("a workflow without a schema takes any input", () => {
  for (const input of [null, 1, "a", [], {}]) expect(checkInput(workflow(undefined), input)).toEqual([]);
});

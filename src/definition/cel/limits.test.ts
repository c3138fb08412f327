/** The worry: a limit that stands in the papers and not in the code, or that a clever `||` steps over. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../base/json.ts";
import { compileExpression } from "./expression.ts";
import { fence } from "./fence.ts";

const filled = (count: number): Json => Array.from({ length: count }, () => 1);
const nested = (depth: number): Json => (depth === 0 ? 0 : [nested(depth - 1)]);

const input: Json = {
  items: filled(fence.items),
  more: filled(fence.items + 1),
  text: "a".repeat(fence.madeText),
  sought: "a".repeat(fence.soughtText),
  parts: ",".repeat(fence.items - 1),
  deep: nested(fence.valueDepth),
  deeper: nested(fence.valueDepth + 2),
  twin: nested(fence.valueDepth + 2),
};

function codeOf(text: string): string {
  const compiled = compileExpression(text, { expects: "value" });
  if (!compiled.ok) return compiled.faults[0]?.code ?? "";
  const run = { id: "r", uid: "u", workflow: "w", startedAt: 1 };
  const result = compiled.expression.evaluate({ input, outputOf: () => undefined, run });
  return result.ok ? "ok" : result.problem.code;
}

const sum = (count: number, text: string): string => Array<string>(count).fill(text).join(" + ");

describe("a limit is reached", () => {
  it.each([
    ["input.items.all(item, item == 1)", "input.more.all(item, item == 1)"],
    ["size(input.items + [])", "size(input.items + [1])"],
    ["size(input.text + '')", "size(input.text + 'b')"],
    ["size(input.items.map(item, 'x').join(''))", "size(input.more.map(item, 'x').join(''))"],
    ["input.text.contains(input.sought)", "input.text.contains(input.sought + 'a')"],
    ["input.text.startsWith(input.sought)", "input.text.startsWith(input.sought + 'a')"],
    ["size(input.text.split(input.sought))", "size(input.text.split(input.sought + 'a'))"],
    ["size(input.parts.split(','))", "size((input.parts + ',').split(','))"],
    ["size(input.text.lowerAscii())", sum(5, "size(input.text.lowerAscii())")],
    ["input.deeper == input.deeper", "input.deeper == input.twin"],
    ["[[1], input.deep[0]]", "[[1], input.deeper]"],
    ["input.items.all(x, input.items[0] == x)", "input.items.all(x, input.items.all(y, x == y))"],
  ])("%s", (within, beyond) => {
    expect([codeOf(within), codeOf(beyond)]).toEqual(["ok", "expression_limit"]);
  });

  it.each([
    [`'${"x".repeat(fence.characters - 2)}'`, `'${"x".repeat(fence.characters - 1)}'`, "too_large"],
    [sum(fence.nodes / 2, "1"), sum(fence.nodes / 2 + 1, "1"), "too_large"],
    [
      `${"[".repeat(fence.depth - 1)}1${"]".repeat(fence.depth - 1)}`,
      `${"[".repeat(fence.depth)}1${"]".repeat(fence.depth)}`,
      "too_deep",
    ],
    ["[1].map(a, [1].map(b, b))", "[1].map(a, [1].map(b, [1].map(c, c)))", "too_deep"],
  ])("when the definition is loaded: %.40s", (within, beyond, code) => {
    expect([codeOf(within), codeOf(beyond)]).toEqual(["ok", code]);
  });

  it("and nothing makes up for it", () => {
    expect(codeOf("input.more.all(item, true) || true")).toBe("expression_limit");
    expect(codeOf("false && input.more.all(item, true)")).toBe("ok");
    expect(codeOf("[1, 2].exists(x, x == 2 || input.more.all(y, true))")).toBe("expression_limit");
    expect(codeOf("has(input.gone) || has(input.items)")).toBe("ok");
  });
});

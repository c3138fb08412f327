/** The worry: a definition that is renamed is mixed up with another. */
import { expect, test } from "vitest";
import { withSteadyNames } from "./steady-names.ts";

test("a name that is counted anew takes none that is there, and what nothing refers to goes", () => {
  const $defs = { Amount5: { type: "object" }, Amount1: { type: "string" }, Other2: { $ref: "#/$defs/Amount1" } };
  expect(withSteadyNames({ properties: { a: { $ref: "#/$defs/Amount5" } }, $defs })).toEqual({
    properties: { a: { $ref: "#/$defs/Amount1" } },
    $defs: { Amount1: { type: "object" } },
  });
  const both = withSteadyNames({
    properties: { a: { $ref: "#/$defs/Other2" }, b: { $ref: "#/$defs/Amount5" } },
    $defs,
  });
  expect(both).toEqual({
    properties: { a: { $ref: "#/$defs/Other1" }, b: { $ref: "#/$defs/Amount3" } },
    $defs: { Other1: { $ref: "#/$defs/Amount2" }, Amount2: { type: "string" }, Amount3: { type: "object" } },
  });
});

test("schemas that refer in other ways, or by names that nobody counted, stay as they are", () => {
  const named = { $ref: "#/$defs/Money", $defs: { Money: { type: "number" } } };
  const escaped = { $ref: "#/$defs/a~11", $defs: { "a/1": { type: "number" } } };
  const inside = { $ref: "#/$defs/A1/properties/x", $defs: { A1: { properties: { x: {} } } } };
  for (const schema of [named, escaped, inside]) expect(withSteadyNames(schema)).toBe(schema);
});

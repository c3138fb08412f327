import { expect, it } from "vitest";
import { paint } from "./look.ts";
import { renderTable } from "./table.ts";

it("makes each column as wide as its widest cell, and leaves no blanks at the ends of lines", () => {
  const rows = [
    ["completed", "887"],
    ["failed", "0"],
  ];
  expect(renderTable(["status", "runs"], rows, ["left", "right"])).toBe(
    "status     runs\ncompleted   887\nfailed        0",
  );
  expect(renderTable(["a", "b"], [["long cell", ""]])).toBe("a          b\nlong cell");
});

it("gives colours no width", () => {
  const painted = paint({ colour: true, ascii: false }, "red", "ab");
  expect(renderTable(["xyz", "n"], [[painted, "1"]])).toBe(`xyz  n\n${painted}   1`);
});

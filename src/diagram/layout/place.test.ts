/** The worry: boxes that lie on each other, arrows that end nowhere, text that runs out of its box. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Workflow } from "../../definition/workflow.ts";
import { anyWorkflow } from "../../testing/arbitrary-workflow.ts";
import { sketchWorkflow } from "../sketch-workflow.ts";
import { measureRow, svgMedium } from "../svg/svg-medium.ts";
import { columnsOf } from "../text/columns.ts";
import { textMedium } from "../text/text-medium.ts";
import type { Medium, Row } from "./medium.ts";
import { place } from "./place.ts";
import type { Area, PlacedCard, PlacedLane, PlacedText } from "./placed.ts";

const media: readonly (readonly [name: string, medium: Medium, room: number, width: (row: Row) => number])[] = [
  ["text", textMedium, 80, ({ text }) => columnsOf(text)],
  ["svg", svgMedium, 1120, ({ text, role }) => measureRow(role)(text)],
];

const right = ({ x, width }: Area) => x + width;
const bottom = ({ y, height }: Area) => y + height;
const overlap = (one: Area, other: Area) =>
  one.x < right(other) && other.x < right(one) && one.y < bottom(other) && other.y < bottom(one);
const isWithin = (inner: Area, outer: Area) =>
  inner.x >= outer.x && inner.y >= outer.y && right(inner) <= right(outer) && bottom(inner) <= bottom(outer);
const touches = (x: number, y: number, box: Area) =>
  x >= box.x &&
  x <= right(box) &&
  y >= box.y &&
  y <= bottom(box) &&
  (x === box.x || x === right(box) || y === box.y || y === bottom(box));

function expectFits(placed: PlacedText, width: (row: Row) => number, outer: Area): void {
  for (const row of placed.rows) expect(width(row), row.text).toBeLessThanOrEqual(placed.width);
  expect(isWithin(placed, outer)).toBe(true);
}

/** Checks a lane and all that is in it; gives the boxes that stand in it directly. */
function expectPlaced(lane: PlacedLane, width: (row: Row) => number): readonly Area[] {
  const boxes: Area[] = [];
  for (const part of lane.parts) {
    boxes.push(part);
    if (part.is === "card") {
      if (part.undo) boxes.push(part.undo);
      for (const card of [part, part.undo].filter((one): one is PlacedCard => one !== undefined))
        for (const row of card.rows) expect(width(row), row.text).toBeLessThan(card.width - 1);
      continue;
    }
    expectFits(part.head, width, part);
    const inner = part.lanes.flatMap((one) => {
      expect(isWithin(one, part)).toBe(true);
      return expectPlaced(one, width);
    });
    for (const box of inner) {
      expect(isWithin(box, part)).toBe(true);
      expect(overlap(box, part.head)).toBe(false);
    }
    expectApart(part.lanes);
  }
  if (lane.head) expectFits(lane.head, width, lane);
  for (const box of boxes) expect(isWithin(box, lane)).toBe(true);
  expectApart(lane.head ? [...boxes, lane.head] : boxes);
  for (const { x1, y1, x2, y2 } of lane.edges) {
    expect(boxes.some((box) => touches(x1, y1, box))).toBe(true);
    expect(boxes.some((box) => touches(x2, y2, box))).toBe(true);
    const line = { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
    for (const box of boxes) expect(overlap(line, box)).toBe(false);
  }
  return boxes;
}

function expectApart(areas: readonly Area[]): void {
  for (const [at, one] of areas.entries())
    for (const other of areas.slice(at + 1)) expect(overlap(one, other), JSON.stringify([one, other])).toBe(false);
}

const laid = (workflow: Workflow, medium: Medium, room: number, withUndo: boolean) =>
  place(sketchWorkflow(workflow).lane, medium, { room, withUndo });

describe.each(media)("a layout for %s", (_, medium, room, width) => {
  it.each([true, false])("has every box in its frame and on no other, with undos: %s", (withUndo) => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        expectPlaced(laid(workflow, medium, room, withUndo), width);
      }),
      { numRuns: 300 },
    );
  });

  it("moves nothing that stands before a step that is added", () => {
    fc.assert(
      fc.property(anyWorkflow, fc.nat(), (workflow, at) => {
        const { steps } = workflow.definition;
        const place = at % (steps.length + 1);
        const added = { step: "added", worker: "added" };
        const longer = loadDefinition({ ...workflow.definition, steps: steps.toSpliced(place, 0, added) });
        const before = laid(workflow, svgMedium, 1120, true).parts.slice(0, place);
        const after = laid(longer, svgMedium, 1120, true).parts.slice(0, place);
        expect(after.map(({ x, y, width: wide }) => [x, y, wide])).toEqual(
          before.map(({ x, y, width: wide }) => [x, y, wide]),
        );
      }),
    );
  });
});

describe("lanes", () => {
  const branches = (...names: readonly string[]) =>
    loadDefinition({
      workflow: "w",
      version: 1,
      steps: [
        { parallel: "p", branches: Object.fromEntries(names.map((name) => [name, [{ step: name, worker: name }]])) },
      ],
    });
  const tops = (workflow: Workflow) => {
    const [frame] = laid(workflow, textMedium, 80, false).parts;
    return frame?.is === "frame" ? new Set(frame.lanes.map(({ y }) => y)).size : 0;
  };

  it("stand side by side while there is room in eighty columns, if need be in compact form", () => {
    expect(tops(branches("a", "b"))).toBe(1);
    expect(tops(branches("a", "b", "c", "d"))).toBe(1);
  });

  it("stand below each other where there is none", () => {
    expect(tops(branches("a".repeat(40), "b".repeat(40)))).toBe(2);
  });
});

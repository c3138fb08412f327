import { expect, it } from "vitest";
import { Interruption } from "./interruption.ts";

function interruptions() {
  const happened: string[] = [];
  const interruption = new Interruption(() => happened.push("left"));
  return { happened, interruption };
}

it("ends the process at once where nothing is to be closed", () => {
  const { happened, interruption } = interruptions();
  interruption.come();
  expect(happened).toEqual(["left"]);
});

it("asks a command that has something to close once, and waits no longer the second time", () => {
  const { happened, interruption } = interruptions();
  interruption.handle(() => happened.push("asked"));
  interruption.come();
  expect(happened).toEqual(["asked"]);
  interruption.come();
  expect(happened).toEqual(["asked", "left"]);
});

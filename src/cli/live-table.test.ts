/** The worry: a progress display that floods a log, or leaves its remains on the terminal. */
import { describe, expect, it } from "vitest";
import { FakeStream } from "../testing/fake-stream.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { type Frame, LiveTable } from "./live-table.ts";

function tableOn(isTTY: boolean) {
  const stream = new FakeStream(isTTY);
  const clock = new VirtualClock();
  return { stream, clock, table: new LiveTable({ stream, clock, look: { colour: false, ascii: true } }) };
}

const frame = (done: number): Frame => ({ counts: { open: 1, completed: done }, done, total: 4000, ratePerS: 10 });

/** What is on the screen after everything was written: our own two sequences are all that is used. */
function screenAfter(written: readonly string[]): string {
  let lines: string[] = [];
  for (const text of written) {
    // oxlint-disable-next-line no-control-regex
    const up = /^\u001b\[(\d+)A\u001b\[0J$/.exec(text);
    if (up) lines = lines.slice(0, lines.length - Number(up[1]));
    else lines.push(...text.split("\n").slice(0, -1));
  }
  return lines.join("\n");
}

describe("on a pipe", () => {
  it("says a changed count at once, then at most once a second, the latest", async () => {
    const { stream, clock, table } = tableOn(false);
    for (const done of [1, 2, 3]) table.show(frame(done));
    expect(stream.written).toEqual(["open 1, completed 1; 1 of 4,000 done, 10/s\n"]);
    await clock.advance(999);
    expect(stream.written).toHaveLength(1);
    await clock.advance(1);
    expect(stream.written[1]).toBe("open 1, completed 3; 3 of 4,000 done, 10/s\n");
  });

  it("is silent while nothing changes", async () => {
    const { stream, clock, table } = tableOn(false);
    for (let second = 0; second < 5; second++) {
      table.show(frame(1));
      await clock.advance(1000);
    }
    expect(stream.written).toHaveLength(1);
  });

  it("says the last counts at the end, once, and leaves no timer", () => {
    const { stream, clock, table } = tableOn(false);
    table.show(frame(1));
    table.show(frame(2));
    table.end();
    table.end();
    expect(stream.written).toHaveLength(2);
    expect(clock.timerCount).toBe(0);
  });
});

describe("on a terminal", () => {
  it("draws over itself at most ten times a second", async () => {
    const { stream, clock, table } = tableOn(true);
    for (let ms = 0; ms < 1000; ms += 10) {
      table.show(frame(ms));
      await clock.advance(10);
    }
    const drawings = stream.written.filter((text) => text.includes("completed"));
    expect(drawings.length).toBeGreaterThan(8);
    expect(drawings.length).toBeLessThanOrEqual(11);
    expect(screenAfter(stream.written).match(/completed/g)).toHaveLength(1);
  });

  it("leaves nothing behind at the end", () => {
    const { stream, table, clock } = tableOn(true);
    stream.write("before\n");
    table.show(frame(1));
    table.show(frame(2));
    table.end();
    table.show(frame(3));
    expect(screenAfter(stream.written)).toBe("before");
    expect(clock.timerCount).toBe(0);
  });

  it("keeps every line narrower than the terminal", () => {
    const { stream, table } = tableOn(true);
    table.show({ ...frame(1), ratePerS: 1e60, timeLeftMs: 1e60 });
    for (const line of screenAfter(stream.written).split("\n")) expect(line.length).toBeLessThan(80);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("virtual clock", () => {
  test("timers fire in the order of their due times, those of one moment as they were set", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }), async (waits) => {
        const clock = new VirtualClock(0);
        const fired: (readonly [dueAtMs: number, number: number, nowMs: number])[] = [];
        waits.forEach((dueAtMs, number) => clock.at(dueAtMs, () => fired.push([dueAtMs, number, clock.now()])));
        await clock.advance(20);
        const expected = waits.map((dueAtMs, number) => [dueAtMs, number, dueAtMs] as const);
        expect(fired).toEqual(expected.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
        expect(clock.timerCount).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test("time does not pass by itself, and no timer fires early", async () => {
    const clock = new VirtualClock(1000);
    let fired = 0;
    clock.at(1100, () => fired++);
    await clock.settle();
    expect([clock.now(), fired]).toEqual([1000, 0]);
    await clock.advance(99);
    expect([clock.now(), fired]).toEqual([1099, 0]);
    await clock.advance(1);
    expect([clock.now(), fired]).toEqual([1100, 1]);
  });

  test("what a timer sets off is over before the next one fires, and may set timers on the way", async () => {
    const clock = new VirtualClock(0);
    const trace: string[] = [];
    clock.at(10, () => {
      trace.push("first");
      void Promise.resolve().then(() => clock.soon(() => trace.push("follows from the first")));
      clock.at(15, () => trace.push("set by the first"));
    });
    clock.at(20, () => trace.push("second"));
    await clock.advance(30);
    expect(trace).toEqual(["first", "follows from the first", "set by the first", "second"]);
  });

  test("a cancelled timer never fires, and cancelling twice does nothing to another of the same moment", async () => {
    const clock = new VirtualClock(0);
    const trace: string[] = [];
    const first = clock.at(5, () => trace.push("first"));
    clock.at(5, () => trace.push("kept"));
    const last = clock.at(5, () => trace.push("last"));
    for (const cancelled of [first, last, first, last]) cancelled.cancel();
    await clock.advance(5);
    expect(trace).toEqual(["kept"]);
  });

  test("a timer that is due already fires by itself, but never inside the call that sets it", async () => {
    const clock = new VirtualClock(100);
    let fired = 0;
    clock.at(50, () => fired++);
    expect(fired).toBe(0);
    await clock.settle();
    expect([fired, clock.now()]).toEqual([1, 100]);
  });
});

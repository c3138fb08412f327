import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { type Alarm, Alarms } from "./alarms.ts";

describe("alarms", () => {
  test("each that is not cancelled rings once, at its time; the clock never has more than one timer of theirs", async () => {
    const arbitraryAlarms = fc.array(
      fc.record({ waitMs: fc.integer({ min: 1, max: 50 }), cancelAtMs: fc.option(fc.integer({ min: 0, max: 60 })) }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(arbitraryAlarms, async (wanted) => {
        const clock = new VirtualClock(0);
        const alarms = new Alarms(clock);
        const rung: (readonly [number: number, atMs: number])[] = [];
        const set: Alarm[] = wanted.map(({ waitMs }, number) =>
          alarms.at(waitMs, () => rung.push([number, clock.now()])),
        );
        for (let nowMs = 0; nowMs <= 60; nowMs++) {
          await clock.advance(nowMs - clock.now());
          expect(clock.timerCount).toBeLessThanOrEqual(1);
          wanted.forEach(({ cancelAtMs }, number) => cancelAtMs === nowMs && set[number]?.cancel());
        }
        const expected = wanted.flatMap(({ waitMs, cancelAtMs }, number) =>
          cancelAtMs === null || cancelAtMs >= waitMs ? [[number, waitMs] as const] : [],
        );
        expect(rung.toSorted(byNumber)).toEqual(expected);
        expect(rung.map(([, atMs]) => atMs)).toEqual(expected.map(([, atMs]) => atMs).toSorted((a, b) => a - b));
        expect([alarms.count, clock.timerCount]).toEqual([0, 0]);
      }),
      { numRuns: 30 },
    );
  });

  test("cancelling one keeps the others in order, wherever in the heap it stood", async () => {
    const clock = new VirtualClock(0);
    const alarms = new Alarms(clock);
    const rung: (readonly [dueAtMs: number, atMs: number])[] = [];
    // The last one is earlier than those above the eighth, whose place it takes.
    const due = [1, 20, 2, 21, 22, 30, 2, 23, 24, 25, 26, 31, 32, 33, 2];
    const set = due.map((dueAtMs) => alarms.at(dueAtMs, () => rung.push([dueAtMs, clock.now()])));
    set[7]?.cancel();
    await clock.advance(40);
    const kept = due.toSpliced(7, 1).toSorted((a, b) => a - b);
    expect(rung).toEqual(kept.map((dueAtMs) => [dueAtMs, dueAtMs]));
  });

  test("setting and cancelling again and again sets one timer, not one each", () => {
    let timers = 0;
    const clock = new VirtualClock(0);
    const alarms = new Alarms({
      now: () => clock.now(),
      soon: (call) => clock.soon(call),
      at: (due, call) => (timers++, clock.at(due, call)),
    });
    for (let each = 0; each < 1000; each++) alarms.at(1000 + each, () => {}).cancel();
    expect([timers, alarms.count]).toEqual([1, 0]);
  });

  test("one that throws does not keep the next from ringing", async () => {
    const clock = new VirtualClock(0);
    const alarms = new Alarms({
      now: () => clock.now(),
      soon: (call) => clock.soon(call),
      at: (due, call) =>
        clock.at(due, () => {
          try {
            call();
          } catch {
            // What a thrown error does to the process is the clock's affair.
          }
        }),
    });
    let rung = 0;
    alarms.at(5, () => {
      throw new Error("broken");
    });
    alarms.at(5, () => rung++);
    alarms.at(6, () => rung++);
    await clock.advance(10);
    expect(rung).toBe(2);
  });

  test("after a stop none rings and no timer is left", async () => {
    const clock = new VirtualClock(0);
    const alarms = new Alarms(clock);
    let rung = 0;
    const alarm = alarms.at(5, () => rung++);
    alarms.stop();
    alarm.cancel();
    expect(clock.timerCount).toBe(0);
    await clock.advance(10);
    expect(rung).toBe(0);
  });
});

const byNumber = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0];

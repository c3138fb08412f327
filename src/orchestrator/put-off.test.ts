import { expect, test } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import type { OutCommand } from "./out-command.ts";
import { PutOff } from "./put-off.ts";

const retryMs = 250;

/** A bus with room for so many, and commands that are nothing but a name. */
class FullBus {
  readonly clock = new VirtualClock();
  readonly tried: string[] = [];
  room = 0;
  private readonly names = new Map<readonly OutCommand[], string>();
  readonly putOff = new PutOff(this.clock, async (commands) => {
    const name = this.names.get(commands) ?? "";
    this.tried.push(name);
    if (name === "never" || this.room === 0) throw new Error("no room");
    this.room--;
  });

  add(...names: readonly string[]): void {
    for (const name of names) {
      const commands: readonly OutCommand[] = [];
      this.names.set(commands, name);
      this.putOff.add(commands);
    }
  }

  /** What is tried next time. */
  async next(): Promise<readonly string[]> {
    await this.clock.advance(retryMs);
    return this.tried.splice(0);
  }
}

test("however many wait, one is tried at a time while there is no room, by one timer", async () => {
  const full = new FullBus();
  full.add(...Array.from({ length: 1000 }, (_, at) => `${at}`));
  const { putOff, clock } = full;
  expect(clock.timerCount).toBe(1);
  for (let time = 0; time < 3; time++) {
    expect(await full.next()).toHaveLength(1);
    expect([putOff.size, clock.timerCount]).toEqual([1000, 1]);
  }
});

test("where there is room again all are sent, the oldest first, and no timer stays", async () => {
  const full = new FullBus();
  full.add("a", "b", "c");
  await full.clock.advance(retryMs - 1);
  expect(full.tried).toEqual([]);
  full.room = 3;
  expect(await full.next()).toEqual(["a", "b", "c"]);
  expect([full.putOff.size, full.clock.timerCount]).toEqual([0, 0]);
  full.add("d");
  full.room = 1;
  expect(await full.next()).toEqual(["d"]);
});

test("what the bus never takes holds up nobody else", async () => {
  const full = new FullBus();
  full.room = 9;
  full.add("never", "a", "b");
  expect(await full.next()).toEqual(["never"]);
  expect(await full.next()).toEqual(["a", "b", "never"]);
  expect(full.putOff.size).toBe(1);
});

test("what is put off while others are tried is not forgotten", async () => {
  const full = new FullBus();
  full.add("a");
  const tried = full.next();
  full.add("b");
  await tried;
  full.room = 2;
  expect((await full.next()).toSorted()).toEqual(["a", "b"]);
});

test("after the end nothing is tried, and no timer is set", async () => {
  const full = new FullBus();
  full.add("a", "b");
  full.putOff.stop();
  full.add("c");
  expect([await full.next(), full.clock.timerCount]).toEqual([[], 0]);
});

/** The worry: a command that a bus lost is waited for until the end of days, or one that is worked on is sent again. */
import { expect, test } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { Guard } from "./guard.ts";
import type { OutCommand } from "./out-command.ts";

const command = (id: string) => ({ id }) as OutCommand;

function guarded() {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const guard: Guard = new Guard(clock, (one) => {
    sent.push(one.id);
    if (one.id === "for ever") guard.watch(one);
  });
  return { clock, guard, sent };
}

test("what nobody is known to have taken is sent again after half a minute, and no sooner", async () => {
  const { clock, guard, sent } = guarded();
  guard.watch(command("a"));
  await clock.advance(10_000);
  guard.watch(command("b"));
  await clock.advance(19_999);
  expect(sent).toEqual([]);
  await clock.advance(1);
  expect(sent).toEqual(["a"]);
  await clock.advance(10_000);
  expect(sent).toEqual(["a", "b"]);
});

test("what was taken or answered is left alone; sent again, its time begins anew", async () => {
  const { clock, guard, sent } = guarded();
  for (const id of ["taken", "again", "for ever"]) guard.watch(command(id));
  guard.forget("taken");
  await clock.advance(20_000);
  guard.watch(command("again"));
  await clock.advance(10_000);
  expect(sent).toEqual(["for ever"]);
  await clock.advance(30_000);
  expect(sent).toEqual(["for ever", "again", "for ever"]);
});

test("where nothing waits, no timer is set once the last one has looked", async () => {
  const { clock, guard } = guarded();
  guard.watch(command("a"));
  guard.watch(command("b"));
  guard.forget("a");
  await clock.advance(60_000);
  expect(clock.timerCount).toBe(0);
  guard.watch(command("c"));
  guard.stop();
  expect(clock.timerCount).toBe(0);
});

/**
 * The worry: an answer that leaves before the disk has what it says, which no test sees until the power fails. The server
 * of `ack-after-flush/` runs under strace, and for each start that it answers, each command that a worker begins and each
 * result that it answers, the order of its system calls must say that the flush came first. Servers with a bug planted,
 * which promise too early, must be found out by the same judge.
 */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { traceServer } from "./ack-after-flush/traced-server.ts";
import { installed } from "./installed/programs.ts";

const strace = installed("strace", "test/ack-after-flush.test.ts");
const traced = (requests: number, bug?: string) =>
  traceServer({ strace: strace ?? "", requests, ...(bug === undefined ? {} : { bug }) });
const bugFile = (bug: string) => fileURLToPath(new URL(bug, import.meta.url));

test.skipIf(strace === undefined)(
  "of 1,000 requests none is answered, and no command begun, before the flush that covers it has returned",
  async () => {
    const { violations, left, startsOfFlushes } = await traced(1000);
    expect(violations).toEqual([]);
    expect(left).toEqual({ started: 1000, worked: 1000, ended: 1000 });
    // Alone and together: an order that holds for one at a time would say nothing about group commit.
    expect(Math.min(...startsOfFlushes)).toBe(1);
    expect(Math.max(...startsOfFlushes)).toBeGreaterThan(100);
    expect(startsOfFlushes.reduce((sum, starts) => sum + starts, 0)).toBe(1000);
  },
);

test.skipIf(strace === undefined).each([
  { bug: "planted-bugs/settled-before-durable.yaml", early: ["ended", "started", "worked"] },
  { bug: "planted-bugs/commands-published-before-commit.yaml", early: ["worked"] },
  { bug: "ack-after-flush/flushed-at-checkpoints.yaml", early: ["ended", "started", "worked"] },
])("an engine with $bug is found out", async ({ bug, early }) => {
  const { violations, left } = await traced(200, bugFile(bug));
  const kinds = new Set(violations.map((violation) => violation.split(" ")[0]));
  expect([...kinds].toSorted()).toEqual(early);
  expect(left).toEqual({ started: 200, worked: 200, ended: 200 });
});

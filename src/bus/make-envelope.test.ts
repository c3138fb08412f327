import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  makeCommand,
  makeNotice,
  makeProgress,
  makeResult,
  makeStatus,
  runAttributes,
  workerSource,
} from "./make-envelope.ts";

const run = {
  run: runAttributes({ namespace: "shop", workflow: "order", runId: "o-1.pay", runUid: "u-1", rootId: "o-1" }),
  atMs: 1500,
};
const attempt = { ...run, worker: "refund", step: "pay[2]", action: "compensate", attempt: 3 } as const;
const input = { total: 5 };
const command = makeCommand({
  ...attempt,
  ...{ key: "u-1/pay[2]!undo", undoes: "u-1/pay[2]", definition: "d", home: "h", version: 7, expiresAtMs: 2500 },
  data: { input, context: { timeoutMs: 1000, execution: "at_least_once", delivery: 1 } },
});
const source = workerSource("shop", "refund", "host-1");

describe("making envelopes", () => {
  test("a command has the attributes of events.md, 2", () => {
    expect(command).toEqual({
      specversion: "1.0",
      id: "u-1/pay[2]/compensate/3",
      source: "/clew/shop/runs/o-1.pay",
      type: "command.refund",
      subject: "order/o-1.pay/pay[2]",
      time: "1970-01-01T00:00:01.500Z",
      datacontenttype: "application/json",
      dataschema: "urn:clew:schema:command:1",
      correlationid: "o-1",
      partitionkey: "o-1.pay",
      runid: "o-1.pay",
      runuid: "u-1",
      stepkey: "pay[2]",
      attempt: 3,
      action: "compensate",
      idempotencykey: "u-1/pay[2]!undo",
      undoes: "u-1/pay[2]",
      definitionhash: "d",
      home: "h",
      version: 7,
      expirytime: "1970-01-01T00:00:02.500Z",
      data: { input: { total: 5 }, context: { timeoutMs: 1000, execution: "at_least_once", delivery: 1 } },
    });
    expect(Object.isFrozen(command) && Object.isFrozen(command.data.context) && Object.isFrozen(input)).toBe(true);
  });

  test("a result finds its question, goes home, and has an id of its own for each different answer", () => {
    const done = makeResult(command, { source, atMs: 0, data: { outcome: "compensated", found: true } });
    expect(done).toMatchObject({
      id: "u-1/pay[2]/compensate/3/r/compensated",
      type: "result.refund",
      source: "/clew/shop/workers/refund/host-1",
      causationid: command.id,
      home: "h",
      version: 7,
      stepkey: "pay[2]",
      attempt: 3,
      action: "compensate",
    });
    const failed = (effect: "none" | "possible") =>
      makeResult(command, {
        source,
        atMs: 0,
        data: { outcome: "failed", error: { code: "c", title: "t" }, retryable: true, effect, scope: "attempt" },
      }).id;
    expect(failed("none")).toBe("u-1/pay[2]/compensate/3/r/failed/none");
    expect(failed("possible")).toBe("u-1/pay[2]/compensate/3/r/failed/possible");
  });

  test("progress and notices name the command that they are about", () => {
    const taken = makeProgress(command, { source, atMs: 0, delivery: 2, number: 1, data: { phase: "taken" } });
    expect(taken).toMatchObject({ id: `${command.id}/p/2/1`, type: "progress.refund", causationid: command.id });
    const notice = makeNotice({ ...attempt, advice: "cancel" });
    expect(notice).toMatchObject({
      id: `${command.id}/n/cancel`,
      type: "notice.refund",
      data: { advice: "cancel", command: command.id },
    });
  });

  test("status events sort by their number as text", () => {
    const status = (number: number) =>
      makeStatus(run, { number, data: { status: "running", phase: "forward", event: "StepSucceeded", detail: {} } });
    expect(status(12)).toMatchObject({ id: "u-1/12", type: "status.workflow", subject: "order/o-1.pay" });
    expect((status(9).sequence ?? "") < (status(12).sequence ?? "")).toBe(true);
  });

  test("the time of an envelope is its own, whichever was made before it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), { minLength: 1 }), (times) => {
        const near = times.flatMap((ms) => [ms, ms + 1, ms + 999, ms]);
        for (const atMs of near) {
          const made = makeResult(command, { source, atMs, data: { outcome: "unknown" } });
          expect(made.time).toBe(new Date(atMs).toISOString());
        }
      }),
      { numRuns: 30 },
    );
  });
});

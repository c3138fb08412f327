import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClewError } from "../base/errors.ts";
import { acceptedByCloudEvents } from "../testing/accepted-by-cloudevents.ts";
import { arbitraryCommand, arbitraryEnvelope } from "../testing/arbitrary-envelope.ts";
import { checkEnvelope, checkResultData } from "./check-envelope.ts";
import { decodeEnvelope, encodeEnvelope, largestEnvelopeBytes } from "./codec.ts";
import { makeCommand, makeResult, runAttributes } from "./make-envelope.ts";

const command = makeCommand({
  ...{
    run: runAttributes({ namespace: "default", workflow: "order", runId: "o-1", runUid: "u-1", rootId: "o-1" }),
    atMs: 0,
  },
  ...{ worker: "pay", step: "process_payment", action: "execute", attempt: 2, key: "u-1/process_payment" },
  ...{ definition: "d".repeat(64), home: "home", version: 5 },
  data: { input: { total: 1 }, context: { timeoutMs: 30_000, execution: "at_least_once", delivery: 1 } },
});
const result = makeResult(command, {
  source: "/clew/default/workers/pay/a",
  atMs: 1,
  data: { outcome: "failed", error: { code: "c", title: "t" }, retryable: true, effect: "possible", scope: "attempt" },
});

/** The path that a reader names when it refuses the text. */
function refusedFor(text: string): unknown {
  try {
    decodeEnvelope(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ClewError);
    expect((error as ClewError).code).toBe("envelope_invalid");
    return (error as ClewError).details?.["attribute"];
  }
  return "not refused";
}

function withChange(envelope: object, path: string, value: unknown): string {
  const copy = structuredClone(envelope);
  const names = path.split(".");
  const last = names.pop() ?? "";
  let place = copy as Record<string, unknown>;
  for (const name of names) place = place[name] as Record<string, unknown>;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return JSON.stringify(copy);
}

describe("envelopes as text", () => {
  test("every kind of envelope is a CloudEvent by the official SDK, and reads back as it was written", () => {
    fc.assert(
      fc.property(arbitraryEnvelope, (envelope) => {
        expect(acceptedByCloudEvents(envelope)).toBe(true);
        expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
      }),
      { numRuns: 300 },
    );
  });

  test("what was read is frozen through and through", () => {
    const read = decodeEnvelope(encodeEnvelope(command));
    expect(Object.isFrozen(read) && Object.isFrozen((read.data as { input: object }).input)).toBe(true);
  });

  test.each([
    ...["id", "source", "type", "subject", "time", "specversion", "datacontenttype", "dataschema", "data"],
    ...["correlationid", "partitionkey", "runid", "runuid", "stepkey", "attempt", "action", "idempotencykey"],
    ...["definitionhash", "data.input", "data.context", "data.context.timeoutMs", "data.context.execution"],
  ])("a command without %s is refused by that name", (path) => {
    expect(refusedFor(withChange(command, path, undefined))).toBe(path);
  });

  test.each([
    ["specversion", "0.3"],
    ["type", "order.pay"],
    ["type", "command"],
    ["type", "command.Pay"],
    ["type", "command.pay.pay"],
    ["type", "constructor.pay"],
    ["time", "yesterday"],
    ["time", "2026-13-01T00:00:00Z"],
    ["expirytime", "5"],
    ["dataschema", "urn:clew:schema:result:1"],
    ["attempt", 0],
    ["attempt", 1.5],
    ["attempt", "1"],
    ["version", -1],
    ["action", "destroy"],
    ["home", 7],
    ["id", ""],
    ["id", "x".repeat(5000)],
    ["extension", { not: "allowed" }],
    ["Extension", "x"],
    ["data", []],
    ["data.context.delivery", 0],
    ["data.context.again", false],
    ["data.context.execution", "exactly_once"],
    ["data.forward", 1],
    ["data.forward", { outcome: "maybe" }],
  ])("a command with %s = %j is refused by that name", (path, value) => {
    const expected = path === "data.forward" && typeof value === "object" ? "data.forward.outcome" : path;
    expect(refusedFor(withChange(command, path, value))).toBe(expected);
  });

  test.each([
    ["causationid", undefined],
    ["data.outcome", "compensated"],
    ["data.outcome", "toString"],
    ["data.error", undefined],
    ["data.error.code", undefined],
    ["data.error.title", 1],
    ["data.retryable", undefined],
    ["data.effect", "some"],
    ["data.scope", undefined],
    ["data.scope", "key"],
  ])("a failed result with %s = %j is refused by that name", (path, value) => {
    expect(refusedFor(withChange(result, path, value))).toBe(path);
  });

  test("a compensation must say whose effect it undoes", () => {
    expect(refusedFor(withChange(command, "action", "compensate"))).toBe("undoes");
  });

  test("each action has its own answers", () => {
    const refused = (data: unknown, action: "execute" | "compensate" | "inquire") => {
      try {
        checkResultData(data, action);
        return false;
      } catch {
        return true;
      }
    };
    expect(refused({ outcome: "succeeded", output: null }, "execute")).toBe(false);
    expect(refused({ outcome: "succeeded" }, "execute")).toBe(true);
    expect(refused({ outcome: "succeeded", output: null }, "compensate")).toBe(true);
    expect(refused({ outcome: "compensated", found: false }, "compensate")).toBe(false);
    expect(refused({ outcome: "compensated" }, "compensate")).toBe(true);
    expect(refused({ outcome: "not_done" }, "inquire")).toBe(false);
    expect(refused({ outcome: "not_done" }, "execute")).toBe(true);
  });

  test("an inherited property is no attribute", () => {
    const { id: _, ...rest } = command;
    const inherits = Object.assign(Object.create({ id: command.id }) as object, rest);
    expect(() => checkEnvelope(inherits)).toThrow(/id is missing/);
    expect(checkEnvelope({ ...command })).toEqual(command);
  });

  test("an attribute that is null is one that is not there, and a foreign one is let through", () => {
    const read = decodeEnvelope(JSON.stringify({ ...command, tracestate: null, brokerstamp: "x" }));
    expect(read).toEqual({ ...command, brokerstamp: "x" });
  });

  test("hostile text is refused, never half understood", () => {
    const text = encodeEnvelope(command);
    const swapped = (from: string, to: string) => refusedFor(text.replace(from, to));
    expect(refusedFor("")).toBe("envelope");
    expect(refusedFor("null")).toBe("envelope");
    expect(refusedFor("[]")).toBe("envelope");
    expect(refusedFor(text.slice(0, -1))).toBe("envelope");
    expect(swapped('"total":1', '"total":1,"total":2')).toBe("envelope");
    expect(swapped('"total":1', '"total":1,"t\\u006ftal":2')).toBe("envelope");
    expect(swapped('"total":1', '"total":1,"__proto__":{}')).toBe("envelope");
    expect(swapped('{"total":1}', "[".repeat(300_000) + "]".repeat(300_000))).toBe("envelope");
    expect(swapped('"total":1', '"a":{"total":1},"b":{"total":1},"c":["total","total"]')).toBe("not refused");
  });

  test("an envelope of more than a mebibyte is neither sent nor read", () => {
    const large = { ...command, data: { ...command.data, input: "ü".repeat(largestEnvelopeBytes / 2) } };
    expect(() => encodeEnvelope(large)).toThrow(expect.objectContaining({ code: "payload_too_large" }));
    expect(refusedFor(JSON.stringify(large))).toBe("envelope");
    const fits = { ...command, data: { ...command.data, input: "ü".repeat(largestEnvelopeBytes / 2 - 1000) } };
    expect(decodeEnvelope(encodeEnvelope(fits))).toEqual(fits);
  });

  test("a changed text never breaks the reader: it reads, or refuses with a code", () => {
    fc.assert(
      fc.property(arbitraryCommand, fc.nat(), fc.string({ maxLength: 3 }), (envelope, at, noise) => {
        const text = encodeEnvelope(envelope);
        const cut = at % text.length;
        refusedFor(text.slice(0, cut) + noise + text.slice(cut + noise.length));
      }),
      { numRuns: 300 },
    );
  });
});

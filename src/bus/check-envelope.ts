/**
 * Whether a value is an envelope of events.md, 2: every attribute, and `data` by the kind of the event. Written once,
 * for every boundary that text or a foreign object comes in at; behind it the types are trusted.
 *
 * Attributes that are not ours are let through, as CloudEvents wants it; they mean nothing here.
 */
import { ClewError } from "../base/errors.ts";
import { namePattern } from "../base/ids.ts";
import type { Action } from "../saga/event.ts";
import type { Command, Notice, Progress, Result, ResultData, StatusEvent } from "./envelope.ts";
import { dataSchemaOf, type Kind, kinds } from "./make-envelope.ts";

export type AnyEnvelope = Command | Result | Progress | Notice | StatusEvent;

/** Gives the value back as what it is, or throws `envelope_invalid` with the path of what does not fit. */
export function checkEnvelope(value: unknown): AnyEnvelope {
  const envelope = object(value, "envelope");
  text(envelope, "type");
  const kind = kindOfType(envelope["type"]);
  for (const name of Object.keys(envelope)) if (name !== "data") attribute(envelope, name);
  exactly(envelope, "specversion", "1.0");
  exactly(envelope, "datacontenttype", "application/json");
  exactly(envelope, "dataschema", dataSchemaOf(kind));
  for (const name of requiredOf[kind]) if (own(envelope, name) === undefined) wrong(name, "is missing");
  const data = object(own(envelope, "data"), "data");
  checkData[kind](data, envelope["action"] as Action);
  if (kind === "command" && envelope["action"] === "compensate") text(envelope, "undoes");
  return value as AnyEnvelope;
}

/** `action` is the command's: each kind of command has its own answers. */
export function checkResultData(data: unknown, action: Action): ResultData {
  const result = object(data, "data");
  oneOf(result, "outcome", answersTo[action], "data.");
  switch (result["outcome"] as ResultData["outcome"]) {
    case "succeeded":
      if (own(result, "output") === undefined) wrong("data.output", "is missing");
      break;
    case "compensated":
      if (typeof own(result, "found") !== "boolean") wrong("data.found", "is neither true nor false");
      break;
    case "failed":
      checkFailure(result);
      break;
    case "done":
    case "not_done":
    case "unknown":
      break;
  }
  return data as ResultData;
}

const answersTo = {
  execute: ["succeeded", "failed"],
  compensate: ["compensated", "failed"],
  inquire: ["done", "not_done", "unknown", "failed"],
} as const satisfies Record<Action, readonly ResultData["outcome"][]>;

const always = ["id", "source", "subject", "time", "correlationid", "partitionkey", "runid", "runuid"];
const ofAttempt = [...always, "stepkey", "attempt", "action"];

const requiredOf: Readonly<Record<Kind, readonly string[]>> = {
  command: [...ofAttempt, "idempotencykey", "definitionhash"],
  result: [...ofAttempt, "causationid"],
  progress: [...ofAttempt, "causationid"],
  notice: ofAttempt,
  status: [...always, "sequence"],
};

type Fields = Readonly<Record<string, unknown>>;

const checkData: Readonly<Record<Kind, (data: Fields, action: Action) => void>> = {
  command: checkCommand,
  result: checkResultData,
  progress(data) {
    oneOf(data, "phase", ["taken", "heartbeat", "working"], "data.");
    const percent = own(data, "percent");
    if (percent !== undefined && !(typeof percent === "number" && percent >= 0 && percent <= 100))
      wrong("data.percent", "is not a number from 0 to 100");
    const line = own(data, "text");
    if (line !== undefined && typeof line !== "string") wrong("data.text", "is not a text");
  },
  notice(data) {
    oneOf(data, "advice", ["cancel"], "data.");
    text(data, "command", "data.");
  },
  status(data) {
    for (const name of ["status", "phase", "event"]) text(data, name, "data.");
    object(own(data, "detail"), "data.detail");
  },
};

function checkCommand(data: Fields): void {
  if (own(data, "input") === undefined) wrong("data.input", "is missing");
  const context = object(own(data, "context"), "data.context");
  count(context, "timeoutMs", "data.context.");
  count(context, "delivery", "data.context.");
  if (own(context, "heartbeatMs") !== undefined) count(context, "heartbeatMs", "data.context.");
  oneOf(context, "execution", ["at_least_once", "at_most_once"], "data.context.");
  if (own(context, "again") !== undefined) exactly(context, "again", true, "data.context.");
  const forward = own(data, "forward");
  if (forward !== undefined) {
    oneOf(object(forward, "data.forward"), "outcome", ["succeeded", "in_doubt"], "data.forward.");
  }
}

function checkFailure(result: Fields): void {
  const error = object(own(result, "error"), "data.error");
  text(error, "code", "data.error.");
  text(error, "title", "data.error.");
  if (typeof own(result, "retryable") !== "boolean") wrong("data.retryable", "is neither true nor false");
  oneOf(result, "effect", ["none", "possible"], "data.");
  oneOf(result, "scope", ["attempt", "key"], "data.");
  if (result["scope"] === "key" && (result["effect"] !== "none" || result["retryable"] === true))
    wrong("data.scope", "is key, which implies effect none and not retryable");
}

const wholeNumbers = new Set(["attempt", "version"]);
const times = new Set(["time", "expirytime"]);
const attributeName = /^[a-z0-9]{1,20}$/;
/** RFC 3339, 5.6: what `Date.parse` reads is not enough to tell a time from `5`. */
const timePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** Longer than any of ours: keys and ids are made of a uid and names of 64 letters, nested by children and indices. */
const longestAttribute = 4096;

const texts = new Set([
  ...requiredOf.command,
  ...["specversion", "type", "datacontenttype", "dataschema", "causationid", "sequence", "expirytime", "traceparent"],
  ...["tracestate", "dataref", "undoes", "home"],
]);

function attribute(envelope: Fields, name: string): void {
  const value = envelope[name];
  if (!attributeName.test(name)) wrong(name, "is no attribute's name: those are lower case letters and digits");
  if (wholeNumbers.has(name)) return count(envelope, name, "", name === "version" ? 0 : 1);
  if (name === "action") return oneOf(envelope, name, ["execute", "compensate", "inquire"]);
  if (times.has(name)) checkTime(value, name);
  if (texts.has(name)) text(envelope, name);
  else if (!["string", "boolean"].includes(typeof value) && !Number.isInteger(value))
    wrong(name, "is neither a text, a whole number, true nor false");
  if (typeof value === "string" && value.length > longestAttribute)
    wrong(name, `is longer than ${longestAttribute} characters`);
}

function checkTime(value: unknown, name: string): void {
  if (typeof value !== "string" || !timePattern.test(value) || Number.isNaN(Date.parse(value)))
    wrong(name, "is not a time by RFC 3339");
}

function kindOfType(type: unknown): Kind {
  const [kind, name, ...more] = String(type).split(".");
  const known = kinds.find((each) => each === kind);
  if (!known || more.length > 0 || !namePattern.test(name ?? "") || (known === "status" && name !== "workflow"))
    wrong("type", `is ${JSON.stringify(String(type).slice(0, 100))}, which is no event type of events.md, 1`);
  return known;
}

/** Own properties only: `constructor` and its like are in every object. */
function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function object(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) wrong(path, "is not an object");
  return value as Fields;
}

function text(fields: Fields, name: string, prefix = ""): void {
  const value = own(fields, name);
  if (typeof value !== "string" || value.length === 0) wrong(prefix + name, "is missing, or is not a text");
}

function count(fields: Fields, name: string, prefix = "", least = 1): void {
  const value = own(fields, name);
  if (!Number.isSafeInteger(value) || (value as number) < least)
    wrong(prefix + name, `is not a whole number of ${least} or more`);
}

function oneOf(fields: Fields, name: string, allowed: readonly string[], prefix = ""): void {
  if (!allowed.includes(own(fields, name) as string)) wrong(prefix + name, `is none of ${allowed.join(", ")}`);
}

function exactly(fields: Fields, name: string, expected: string | boolean, prefix = ""): void {
  if (own(fields, name) !== expected) wrong(prefix + name, `is not ${expected}`);
}

function wrong(path: string, what: string): never {
  throw new ClewError("envelope_invalid", `reading an event: ${path} ${what}`, {
    mend: "Send the event as events.md, 2 says.",
    details: { attribute: path },
  });
}

/**
 * Builds what travels on the bus (events.md, 2 and 3) from its parts. Pure; what they give is frozen through and
 * through, inputs and outputs included, so that it can be handed over without a copy.
 */
import type { Mutable } from "../base/mutable.ts";
import { deepFreeze } from "../base/json.ts";
import type { Action } from "../saga/event.ts";
import { commandId, resultId } from "../saga/keys.ts";
import type {
  Command,
  CommandData,
  Envelope,
  Notice,
  NoticeData,
  Progress,
  ProgressData,
  Result,
  ResultData,
  StatusData,
  StatusEvent,
} from "./envelope.ts";

/** The kinds of event type, the part before the dot. */
export const kinds = ["command", "result", "progress", "notice", "status"] as const;
export type Kind = (typeof kinds)[number];

/** The versioned schema of an envelope's `data`. */
export const dataSchemaOf = (kind: Kind): string => dataSchemas[kind];

const dataSchemas: Readonly<Record<Kind, string>> = {
  command: "urn:clew:schema:command:1",
  result: "urn:clew:schema:result:1",
  progress: "urn:clew:schema:progress:1",
  notice: "urn:clew:schema:notice:1",
  status: "urn:clew:schema:status:1",
};

/** What every envelope about a run says. It is made once for each run: a run has a dozen envelopes and more. */
export interface RunAttributes {
  readonly source: string;
  /** Of the run; of one of its steps with the step's key behind it. */
  readonly subject: string;
  /** The id of the run at the root; the run's own where it has no parent. */
  readonly rootId: string;
  readonly runId: string;
  readonly runUid: string;
}

export function runAttributes(run: {
  readonly namespace: string;
  readonly workflow: string;
  readonly rootId: string;
  readonly runId: string;
  readonly runUid: string;
}): RunAttributes {
  const { namespace, workflow, rootId, runId, runUid } = run;
  const source = `/clew/${namespace}/runs/${runId}`;
  return { source, subject: `${workflow}/${runId}`, rootId, runId, runUid };
}

/** The run that an envelope is about, and when it was decided. */
export interface RunParts {
  readonly run: RunAttributes;
  readonly atMs: number;
}

/** Which attempt of which step. */
export interface AttemptParts extends RunParts {
  readonly worker: string;
  readonly step: string;
  readonly action: Action;
  readonly attempt: number;
}

export interface CommandParts extends AttemptParts {
  /** The message id, where the sender has made it already: `commandId`. */
  readonly id?: string;
  /** The idempotency key (semantics.md, C12). */
  readonly key: string;
  /** On a compensation and an inquiry: the forward key whose effect is meant. */
  readonly undoes?: string | undefined;
  /** The definition's content hash. */
  readonly definition: string;
  /** Who sends it, at which version of the run: a result copies both. */
  readonly home: string;
  readonly version: number;
  /** The latest moment to take it. */
  readonly expiresAtMs?: number | undefined;
  readonly data: CommandData;
}

export function makeCommand(parts: CommandParts): Command {
  const { source, subject, rootId, runId, runUid } = parts.run;
  // All attributes at once: an object that grows by one after the other is made several times over.
  const command: Mutable<Command> = {
    specversion: "1.0",
    id: parts.id ?? commandId(runUid, parts.step, parts.action, parts.attempt),
    source,
    type: `command.${parts.worker}`,
    subject: `${subject}/${parts.step}`,
    time: timeText(parts.atMs),
    datacontenttype: "application/json",
    dataschema: dataSchemas.command,
    data: parts.data,
    correlationid: rootId,
    partitionkey: runId,
    runid: runId,
    runuid: runUid,
    stepkey: parts.step,
    attempt: parts.attempt,
    action: parts.action,
    idempotencykey: parts.key,
    definitionhash: parts.definition,
    home: parts.home,
    version: parts.version,
  };
  if (parts.undoes !== undefined) command.undoes = parts.undoes;
  if (parts.expiresAtMs !== undefined) command.expirytime = timeText(parts.expiresAtMs);
  return frozen(command);
}

export interface NoticeParts extends AttemptParts {
  readonly advice: NoticeData["advice"];
}

export function makeNotice(parts: NoticeParts): Notice {
  const { source, subject, rootId, runId, runUid } = parts.run;
  const command = commandId(runUid, parts.step, parts.action, parts.attempt);
  return frozen({
    specversion: "1.0",
    id: `${command}/n/${parts.advice}`,
    source,
    type: `notice.${parts.worker}`,
    subject: `${subject}/${parts.step}`,
    time: timeText(parts.atMs),
    datacontenttype: "application/json",
    dataschema: dataSchemas.notice,
    data: { advice: parts.advice, command },
    correlationid: rootId,
    partitionkey: runId,
    runid: runId,
    runuid: runUid,
    stepkey: parts.step,
    attempt: parts.attempt,
    action: parts.action,
  });
}

export interface StatusParts {
  /** The recorded event's number in its run. */
  readonly number: number;
  readonly step?: string | undefined;
  readonly data: StatusData;
}

export function makeStatus({ run, atMs }: RunParts, { number, step, data }: StatusParts): StatusEvent {
  const { source, subject, rootId, runId, runUid } = run;
  const ofStep = {
    specversion: "1.0",
    id: `${runUid}/${number}`,
    source,
    type: "status.workflow",
    subject: step === undefined ? subject : `${subject}/${step}`,
    time: timeText(atMs),
    datacontenttype: "application/json",
    dataschema: dataSchemas.status,
    data,
    correlationid: rootId,
    partitionkey: runId,
    sequence: sequences[number] ?? paddedSequence(number),
    runid: runId,
    runuid: runUid,
    stepkey: step ?? "",
  } as const;
  // Nearly all are about a step, and an attribute that is added behind costs as much as all the others.
  if (step !== undefined) return frozen(ofStep);
  const { stepkey: _none, ...ofRun } = ofStep;
  return frozen(ofRun);
}

/** Enough for ten thousand million events of one run, so that the order of the texts is the order of the numbers. */
const sequenceDigits = 10;

/** Most runs have few events: their texts are made once. */
const sequences = Array.from({ length: 1000 }, (_, number) => paddedSequence(number));

function paddedSequence(number: number): string {
  return String(number).padStart(sequenceDigits, "0");
}

/** Where a worker's answers come from. */
export const workerSource = (namespace: string, worker: string, instance: string): string =>
  `/clew/${namespace}/workers/${worker}/${instance}`;

export interface AnswerParts<Data> {
  /** `workerSource`. */
  readonly source: string;
  readonly atMs: number;
  readonly data: Data;
}

export function makeResult(command: Command, parts: AnswerParts<ResultData>): Result {
  const { data } = parts;
  const id = resultId(command.id, data.outcome, data.outcome === "failed" ? data.effect : undefined);
  return answer("result", command, id, parts);
}

/** `number` counts the progress of one delivery from 1. */
export function makeProgress(
  command: Command,
  parts: AnswerParts<ProgressData> & { readonly delivery: number; readonly number: number },
): Progress {
  return answer("progress", command, `${command.id}/p/${parts.delivery}/${parts.number}`, parts);
}

/** Whoever works on a command has seen that it says which attempt it is (`command-flaw.ts`). */
function answer<Data>(kind: Kind, command: Command, id: string, parts: AnswerParts<Data>): Envelope<Data> {
  const { stepkey = "", attempt = 1, action = "execute", home, version, traceparent, tracestate } = command;
  const answered = {
    specversion: "1.0",
    id,
    source: parts.source,
    type: `${kind}${command.type.slice("command".length)}`,
    subject: command.subject,
    time: timeText(parts.atMs),
    datacontenttype: "application/json",
    dataschema: dataSchemaOf(kind),
    correlationid: command.correlationid,
    causationid: command.id,
    partitionkey: command.partitionkey,
    runid: command.runid,
    runuid: command.runuid,
    data: parts.data,
    stepkey,
    attempt,
    action,
    home: home ?? "",
    version: version ?? 0,
  } as const;
  // Ours all are like that; an attribute that is added behind costs as much as all the others.
  if (home !== undefined && version !== undefined && traceparent === undefined && tracestate === undefined)
    return frozen(answered);
  const { home: _home, version: _version, ...bare } = answered;
  return frozen({
    ...bare,
    ...(home === undefined ? {} : { home }),
    ...(version === undefined ? {} : { version }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  });
}

/** Only `data` is deep: the attributes are texts and numbers. */
function frozen<E extends { readonly data: unknown }>(envelope: E): E {
  deepFreeze(envelope.data);
  return Object.freeze(envelope);
}

/** RFC 3339. Of the many messages of one moment only the first pays for the text, and of one second for most of it. */
function timeText(ms: number): string {
  if (ms === lastMs) return msText;
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    secondText = new Date(second * 1000).toISOString().slice(0, -"000Z".length);
  }
  lastMs = ms;
  msText = secondText + (fractions[Math.floor(ms) - second * 1000] ?? "000Z");
  return msText;
}
let lastMs = Number.NaN;
let msText = "";
let lastSecond = Number.NaN;
let secondText = "";
const fractions = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, "0")}Z`);

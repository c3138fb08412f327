/** Waits: for a time, until a moment, for a signal; and signals that come before the wait for them (semantics.md, C22). */
import { sizeFault } from "../base/payload-size.ts";
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import { resolveMapping } from "../definition/reference.ts";
import type { Act, StepPlan } from "../definition/workflow.ts";
import type { Draft } from "./draft.ts";
import type { SagaInput } from "./input.ts";
import { stepOf } from "./instances.ts";
import { settleAs } from "./moves.ts";
import { scopeOf } from "./scope.ts";
import { isFresh } from "./signal.ts";
import { planOf } from "./step-key.ts";

type Wait = Extract<Act, { is: "wait" }>;

export function beginWait(draft: Draft, plan: StepPlan, act: Wait, key: string, indices: string): void {
  const { now } = draft;
  if (act.signal !== undefined) return beginWaitForSignal(draft, act, act.signal, key);
  const moment = act.until === undefined ? now + (act.forMs ?? 0) : momentOf(draft, plan, act.until, indices);
  if (typeof moment !== "number") return settleAs(draft, "StepFailed", key, moment);
  draft.record({ type: "WaitBegan", step: key, dueAt: moment });
  if (moment <= now) draft.record({ type: "WaitEnded", step: key, by: "time" });
}

/** A signal that has come before ends it at once. */
function beginWaitForSignal(draft: Draft, { timeoutMs }: Wait, signal: string, key: string): void {
  const { now, run, workflow } = draft;
  draft.record({ type: "WaitBegan", step: key, ...(timeoutMs === undefined ? {} : { dueAt: now + timeoutMs }) });
  const kept = run.signals.find((one) => one.signal === signal && isFresh(one, now, workflow.signalMaxAgeMs));
  if (kept) draft.record({ type: "WaitEnded", step: key, by: "signal", signal: kept.id, output: kept.payload });
}

/** RFC 3339, with its offset: a moment is the same wherever it is read. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
/** Milliseconds since 1970 that a date can hold. */
const lastMoment = 8.64e15;

function momentOf({ workflow, run }: Draft, { repeats }: StepPlan, mapping: Json, indices: string): number | Problem {
  const resolved = resolveMapping(mapping, scopeOf(workflow, run, { repeats, indices }));
  if (!resolved.ok) return resolved.problem;
  const { value } = resolved;
  const moment = typeof value === "string" && rfc3339.test(value) ? Date.parse(value) : value;
  if (typeof moment === "number" && Number.isFinite(moment) && Math.abs(moment) <= lastMoment) return Math.ceil(moment);
  return {
    code: "bad_moment",
    title: "a moment is milliseconds since 1970, or a text as 2030-01-31T12:00:00Z",
  };
}

/** Its time is over. */
export function dueWait(draft: Draft, key: string): void {
  const { run, workflow, now } = draft;
  const { state, dueAt } = stepOf(workflow, run, key);
  const { act } = planOf(workflow, key);
  if (state !== "waiting" || act.is !== "wait" || dueAt === undefined || now < dueAt) return;
  if (act.signal === undefined) return draft.record({ type: "WaitEnded", step: key, by: "time" });
  if (act.onTimeout === "continue") return draft.record({ type: "WaitEnded", step: key, by: "timeout" });
  const error = { code: "wait_timed_out", title: `the signal ${act.signal} did not come in time` };
  settleAs(draft, "StepFailed", key, error);
}

type Signal = Extract<SagaInput, { type: "signal" }>;

/** Why it is not taken in; nothing of it is recorded. */
export function refuseSignal({ run, workflow, now }: Draft, { signal, payload }: Signal): string | undefined {
  const fault = sizeFault(payload, "payload");
  if (fault !== undefined) return `the payload ${fault}`;
  const isWaitedFor = waitFor({ run, workflow }, signal) !== undefined;
  const kept = run.signals.filter((one) => isFresh(one, now, workflow.signalMaxAgeMs)).length;
  if (isWaitedFor || kept < workflow.mostSignals) return undefined;
  return `${kept} signals are kept for waits that have not begun, and no more are`;
}

export function takeSignal(draft: Draft, { signal, id, payload, actor, reason }: Signal): void {
  const who = reason === undefined ? { actor } : { actor, reason };
  const key = waitFor(draft, signal);
  draft.record({ type: "SignalReceived", signal, id, payload, ...who });
  if (key !== undefined) draft.record({ type: "WaitEnded", step: key, by: "signal", signal: id, output: payload });
}

/** The wait for it that began first. */
function waitFor({ run, workflow }: Pick<Draft, "run" | "workflow">, signal: string): string | undefined {
  const wait = run.waits.find(({ step, of }) => {
    const act = of === "wait" ? planOf(workflow, step).act : undefined;
    return act?.is === "wait" && act.signal === signal;
  });
  return wait?.step;
}

/** What an operator does to a run (semantics.md, 7): each verb with who does it, why, and the version that he saw. */
import { longestRunId, namePattern } from "../base/ids.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { OperatorVerb, VerbAnswer } from "../orchestrator/orchestrator-options.ts";
import { type AnyOperation, engineOf, objectSchema, type Operation, runId } from "./operation.ts";

export interface VerbInput {
  readonly id: string;
  readonly actor: string;
  readonly reason?: string;
  readonly expectedVersion?: number;
}

/** A verb that answers an incident; `step` says which, where several are open. */
export interface MendInput extends VerbInput {
  readonly step?: string;
}

export interface RetryInput extends MendInput {
  readonly input?: Json;
}

export interface ResolveInput extends MendInput {
  readonly outcome?: "done" | "not_done";
  readonly output?: Json;
}

const usual = {
  id: runId,
  actor: { type: "string", minLength: 1, maxLength: 200, description: "who does it" },
  reason: { type: "string", maxLength: 1000 },
  expectedVersion: { type: "integer", minimum: 1, description: "refuse if the run stands at another version" },
};
const ofStep = {
  ...usual,
  step: { type: "string", maxLength: longestRunId, description: "which of several steps that wait for an operator" },
};

const verbOutput = objectSchema(
  { changed: { type: "boolean" }, version: { type: "integer" }, run: { type: "string" }, why: { type: "string" } },
  ["changed", "version"],
);

function verb<Input extends VerbInput>(
  name: string,
  summary: string,
  properties: JsonObject,
  verbOf: (input: Input) => OperatorVerb,
  required: readonly string[] = [],
): Operation<Input, VerbAnswer> {
  return {
    name,
    summary,
    permission: "operate",
    changes: "run",
    input: objectSchema(properties, ["id", "actor", ...required]),
    output: verbOutput,
    async perform(access, input) {
      const { id, actor, reason, expectedVersion } = input;
      const who = reason === undefined ? { actor } : { actor, reason };
      return engineOf(access, name).operate(id, verbOf(input), who, expectedVersion);
    },
  };
}

export const cancelRun = verb<VerbInput>("runs.cancel", "Stops a run and undoes what it did.", usual, () => ({
  type: "cancel",
}));

export const abandonRun = verb<VerbInput>(
  "runs.abandon",
  "Ends a run as it stands: nothing more is sent, and what may be left in the world is listed.",
  usual,
  () => ({ type: "abandon" }),
);

export const suspendRun = verb<VerbInput>(
  "runs.suspend",
  "Holds a run: no command is sent until it is resumed.",
  usual,
  () => ({
    type: "suspend",
  }),
);

export const resumeRun = verb<VerbInput>("runs.resume", "Lets a suspended run go on.", usual, () => ({
  type: "resume",
}));

export const retryRun = verb<RetryInput>(
  "runs.retry",
  "Has a step or a compensation that waits for an operator done again, perhaps with another input.",
  { ...ofStep, input: { description: "in place of what the mapping gives" } },
  ({ step, input }) => ({ type: "retry", ...named(step), ...(input === undefined ? {} : { input }) }),
);

export const resolveRun = verb<ResolveInput>(
  "runs.resolve",
  "States of a step that it was done, or was not, or of a compensation that it has been done by hand.",
  {
    ...ofStep,
    outcome: { enum: ["done", "not_done"], description: "of a step; default `done`" },
    output: { description: "of a step that was done" },
  },
  ({ step, outcome, output }) => ({
    type: "resolve",
    ...named(step),
    ...(outcome === undefined ? {} : { outcome }),
    ...(output === undefined ? {} : { output }),
  }),
  ["reason"],
);

export const skipRun = verb<MendInput>(
  "runs.skip",
  "Goes on without a step whose output nothing needs, or leaves an effect as residue instead of undoing it.",
  ofStep,
  ({ step }) => ({ type: "skip", ...named(step) }),
);

export interface SignalInput extends VerbInput {
  readonly signal: string;
  readonly payload?: Json;
  /** Sent twice with one id it is sent once. */
  readonly signalId?: string;
}

export const signalRun = verb<SignalInput>(
  "runs.signal",
  "Tells a run what it waits for, or will wait for.",
  {
    ...usual,
    signal: { type: "string", pattern: namePattern.source, description: "the name that a wait gives" },
    payload: { description: "the output of the wait; default null" },
    signalId: { type: "string", minLength: 1, maxLength: 200, description: "the same id twice is one signal" },
  },
  ({ signal, payload = null, signalId }) => ({
    type: "signal",
    signal,
    payload,
    ...(signalId === undefined ? {} : { id: signalId }),
  }),
  ["signal"],
);

export const rerunRun: Operation<VerbInput, VerbAnswer> = {
  name: "runs.rerun",
  summary: "Starts a run that has ended once more, as a new one with the same input.",
  permission: "operate",
  changes: "run",
  input: objectSchema(usual, ["id", "actor"]),
  output: verbOutput,
  async perform(access, { id, actor, reason, expectedVersion }) {
    const who = reason === undefined ? { actor } : { actor, reason };
    return engineOf(access, "runs.rerun").rerun(id, who, expectedVersion);
  },
};

const named = (step: string | undefined) => (step === undefined ? {} : { step });

/** The operations that change a run. */
export const runVerbs = [
  cancelRun,
  abandonRun,
  suspendRun,
  resumeRun,
  retryRun,
  resolveRun,
  skipRun,
  signalRun,
  rerunRun,
] as readonly AnyOperation[];

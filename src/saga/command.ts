/** What a command carries (events.md, 2), made from the run when it is taken: a pending command is a reference. */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import { sizeFault } from "../base/payload-size.ts";
import { inputMisfit } from "../definition/contract-misfit.ts";
import { resolveLeniently, resolveMapping, type Scope } from "../definition/reference.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Side } from "./event.ts";
import { stepOf } from "./evolve.ts";
import { forwardKey, keyOf } from "./keys.ts";
import type { Run } from "./run.ts";

export interface CommandPayload {
  readonly worker: string;
  readonly timeoutMs: number;
  readonly key: string;
  /** Of a compensation: the forward key whose effect is meant. */
  readonly undoes: string | undefined;
  readonly input: Json;
  /** Of a compensation: what is known of the step (C11). */
  readonly forward: { readonly outcome: "succeeded" | "in_doubt"; readonly output?: Json } | undefined;
  readonly undo: Json | undefined;
}

export type Payload =
  | { readonly ok: true; readonly payload: CommandPayload }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Whether the command's input can be made, is small enough, and fits its worker's contract (C20): what is asked before
 * it is recorded.
 */
export function misfitOf(workflow: Workflow, run: Run, name: string, side: Side): Problem | undefined {
  const plan = workflow.steps[workflow.places.get(name) ?? -1];
  const task = side === "execute" ? plan : plan?.compensation;
  if (!plan || !task) return undefined;
  const mapping = task.input ?? plan.input;
  const input = map(mapping, workflow, run);
  if (!input.ok) return input.problem;
  // The run's own input was measured when it came.
  return (mapping === undefined ? undefined : oversize(input.value)) ?? inputMisfit(workflow, task.worker, input.value);
}

function oversize(input: Json): Problem | undefined {
  const fault = sizeFault(input, "input");
  return fault === undefined ? undefined : { code: "payload_too_large", title: `the input ${fault}` };
}

export function payloadOf(workflow: Workflow, run: Run, name: string, side: Side): Payload {
  const plan = workflow.steps[workflow.places.get(name) ?? -1];
  const task = side === "execute" ? plan : plan?.compensation;
  if (!plan || !task) return { ok: false, problem: { code: "no_such_command", title: `${name} has no ${side}` } };
  // A compensation without a mapping of its own is given what its step was given.
  const input = map(task.input ?? plan.input, workflow, run);
  if (!input.ok) return input;
  const step = stepOf(workflow, run, name);
  const known = side === "compensate" && step.state === "succeeded";
  return {
    ok: true,
    payload: {
      worker: task.worker,
      timeoutMs: task.timeoutMs,
      key: keyOf(run.uid, name, side),
      undoes: side === "compensate" ? forwardKey(run.uid, name) : undefined,
      input: input.value,
      forward:
        side === "execute"
          ? undefined
          : known
            ? { outcome: "succeeded", output: step.output ?? null }
            : { outcome: "in_doubt" },
      undo: known ? step.undo : undefined,
    },
  };
}

export type MappedOutput = { readonly output: Json; readonly error?: Problem };

/**
 * The run's result; `null` without a mapping, and for each part whose reference leads nowhere. One that is larger than a
 * payload may be is `null`, and the error says which part is large: it holds what others gave, each of it small enough.
 */
export function outputOf(workflow: Workflow, run: Run): MappedOutput {
  if (workflow.output === undefined) return { output: null };
  const output = resolveLeniently(workflow.output, scopeOf(workflow, run));
  const fault = sizeFault(output, "output");
  if (fault === undefined) return { output };
  return { output: null, error: { code: "payload_too_large", title: `the output ${fault}` } };
}

function map(mapping: Json | undefined, workflow: Workflow, run: Run) {
  return mapping === undefined
    ? { ok: true as const, value: run.input }
    : resolveMapping(mapping, scopeOf(workflow, run));
}

function scopeOf(workflow: Workflow, run: Run): Scope {
  return {
    input: run.input,
    outputOf: (step) => run.steps[workflow.places.get(step) ?? -1]?.output,
    run: { id: run.id, uid: run.uid, workflow: run.workflow, startedAt: run.startedAt },
  };
}

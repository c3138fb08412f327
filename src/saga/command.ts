/** What a command carries (events.md, 2), made from the run when it is taken: a pending command is a reference. */
import type { Json } from "../base/json.ts";
import type { Problem } from "../base/problem.ts";
import { sizeFault } from "../base/payload-size.ts";
import { inputMisfit } from "../definition/contract-misfit.ts";
import { resolveLeniently, resolveMapping } from "../definition/reference.ts";
import type { StepPlan, Workflow } from "../definition/workflow.ts";
import type { Side } from "./event.ts";
import { stepIn } from "./instances.ts";
import { scopeOf } from "./scope.ts";
import { indicesIn, planIn, planOf } from "./step-key.ts";
import { forwardKey, keyOf } from "./keys.ts";
import type { Run } from "./run.ts";

export interface CommandPayload {
  readonly worker: string;
  readonly timeoutMs: number;
  readonly key: string;
  /** Of a compensation or an inquiry: the forward key whose effect is meant. */
  readonly undoes: string | undefined;
  readonly input: Json;
  /** Of a compensation or an inquiry: what is known of the step (C11). */
  readonly forward: { readonly outcome: "succeeded" | "in_doubt"; readonly output?: Json } | undefined;
  readonly undo: Json | undefined;
}

export type Payload =
  | { readonly ok: true; readonly payload: CommandPayload }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Whether the command's input can be made, is small enough, and fits its worker's contract (C20): what is asked before
 * it is recorded. `edited`: what an operator would give in place of it.
 */
export function misfitOf(workflow: Workflow, run: Run, name: string, side: Side, edited?: Json): Problem | undefined {
  const task = taskOf(workflow, run, name, side, edited);
  if (!task) return undefined;
  const input = map(task, workflow, run, name);
  if (!input.ok) return input.problem;
  // The run's own input was measured when it came.
  return (
    (task.mapping === undefined ? undefined : oversize(input.value)) ?? inputMisfit(workflow, task.worker, input.value)
  );
}

/** Who is asked, how long he may take, and what makes his input: an operator's comes before the definition's. */
function taskOf(workflow: Workflow, run: Run, name: string, side: Side, given?: Json) {
  const plan = planIn(workflow, name);
  if (!plan) return undefined;
  const step = stepIn(workflow, run, name);
  const edited = (side === "execute" ? given : undefined) ?? step?.mended?.input;
  const forward = edited === undefined ? plan.input : literal(edited);
  if (side === "execute") return { worker: plan.worker, timeoutMs: plan.timeoutMs, mapping: forward };
  if (side === "inquire") {
    return plan.inquiry && { worker: plan.worker, timeoutMs: plan.inquiry.timeoutMs, mapping: forward };
  }
  const { compensation } = plan;
  if (!compensation) return undefined;
  const own = given ?? step?.compensation?.input;
  // A compensation without a mapping of its own is given what its step was given.
  const mapping = own === undefined ? (compensation.input ?? forward) : literal(own);
  const isOwn = mapping === compensation.input;
  return { worker: compensation.worker, timeoutMs: compensation.timeoutMs, mapping, isOwn };
}

/** What an operator gives is data, whatever it looks like. */
const literal = (value: Json): Json => ({ $lit: value });

function oversize(input: Json): Problem | undefined {
  const fault = sizeFault(input, "input");
  return fault === undefined ? undefined : { code: "payload_too_large", title: `the input ${fault}` };
}

export function payloadOf(workflow: Workflow, run: Run, name: string, side: Side): Payload {
  const usual = planIn(workflow, name);
  const step = stepIn(workflow, run, name);
  // Nearly all commands are like that.
  if (side === "execute" && usual && step && !step.mended) return firstOf(usual, workflow, run, name);
  const task = taskOf(workflow, run, name, side);
  if (!task || !step) return { ok: false, problem: { code: "no_such_command", title: `${name} has no ${side}` } };
  const input = map(task, workflow, run, name);
  if (!input.ok) return input;
  const number = step.mended?.key;
  const known = side === "compensate" && step.state === "succeeded";
  return {
    ok: true,
    payload: {
      worker: task.worker,
      timeoutMs: task.timeoutMs,
      key: keyOf(run.uid, name, side, number),
      undoes: side === "execute" ? undefined : forwardKey(run.uid, name, number),
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

/** A step as its definition has it, under its first key. */
function firstOf({ worker, timeoutMs, input: mapping }: StepPlan, workflow: Workflow, run: Run, name: string): Payload {
  const input = map({ mapping }, workflow, run, name);
  if (!input.ok) return input;
  const key = forwardKey(run.uid, name);
  const payload = {
    worker,
    timeoutMs,
    key,
    undoes: undefined,
    input: input.value,
    forward: undefined,
    undo: undefined,
  };
  return { ok: true, payload };
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

interface Mapped {
  readonly mapping: Json | undefined;
  /** It is the compensation's own: then what it is told of its step is what this one gave, not an iteration before. */
  readonly isOwn?: boolean;
}

function map({ mapping, isOwn = false }: Mapped, workflow: Workflow, run: Run, key: string) {
  if (mapping === undefined) return { ok: true as const, value: run.input };
  const { repeats } = planOf(workflow, key);
  const from =
    repeats.length === 0 ? undefined : { repeats, indices: indicesIn(key), ...(isOwn ? { undone: key } : {}) };
  return resolveMapping(mapping, scopeOf(workflow, run, from));
}

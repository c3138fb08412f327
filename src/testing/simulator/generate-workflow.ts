/** Workflows from all that the engine can do so far: mappings, contracts, policies of every kind. */
import type { Json, JsonObject } from "../../base/json.ts";
import type { Catalogue, WorkerContract } from "../../definition/catalogue.ts";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Definition, RetryDefinition, StepDefinition } from "../../definition/definition.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Dice } from "./dice.ts";

/** What all workflows of a world have in common. */
export interface WorkflowTraits {
  /** Its ends are known beforehand: then everything can be undone, and no bad luck lasts as long as a budget. */
  readonly isScripted: boolean;
  /** Waits are long, so that runs leave memory. */
  readonly isIdle: boolean;
}

/** What a worker gives that keeps its contract. */
const output: JsonObject = { type: "object", required: ["of"], properties: { of: { type: "string" } } };

export function generateWorkflow(dice: Dice, name: string, traits: WorkflowTraits): Workflow {
  const count = dice.between(1, 5);
  const needsExtra = dice.chance(250) ? dice.roll(count) : -1;
  const steps = Array.from({ length: count }, (_, at) => generateStep(dice, name, at, at === needsExtra, traits));
  const definition: Definition = {
    workflow: name,
    version: 1,
    inputSchema: { type: "object", required: ["run"], properties: { amount: { type: "integer" } } },
    steps,
    ...(dice.chance(500) ? { output: generateOutput(dice, steps) } : {}),
  };
  return loadDefinition(definition, generateCatalogue(dice, steps));
}

/** Whether the run's input must have the field `extra`, or the step cannot be asked. */
export const needsExtra = ({ input }: { readonly input?: Json | undefined }): boolean =>
  JSON.stringify(input ?? null).includes("input.extra");

function generateOutput(dice: Dice, steps: readonly StepDefinition[]): Json {
  const [first, ...others] = steps.map(({ step }) => step);
  const any = dice.pick([first ?? "", ...others]);
  return { of: { $: `steps.${any}.output.of`, else: null }, amount: { $: "input.amount" }, said: "done" };
}

function generateCatalogue(dice: Dice, steps: readonly StepDefinition[]): Catalogue {
  if (!dice.chance(500)) return new Map();
  return new Map(steps.map(({ worker }): [string, WorkerContract] => [worker, { output }]));
}

function generateStep(
  dice: Dice,
  workflow: string,
  at: number,
  isNeedy: boolean,
  traits: WorkflowTraits,
): StepDefinition {
  const isUndone = traits.isScripted || dice.chance(800);
  const compensation = {
    worker: `${workflow}_undo_${at}`,
    timeout: generateTimeout(dice, traits),
    retry: generateRetry(dice, traits, "not now"),
    ...(dice.chance(250) ? { input: generateUndoInput(dice, at, traits) } : {}),
  };
  return {
    step: `s${at}`,
    worker: `${workflow}_do_${at}`,
    timeout: generateTimeout(dice, traits),
    retry: generateRetry(dice, traits, "refused"),
    ...(isNeedy
      ? { input: { extra: { $: "input.extra" } } }
      : dice.chance(250)
        ? { input: generateInput(dice, at) }
        : {}),
    ...(isUndone ? { compensation } : {}),
  };
}

function generateInput(dice: Dice, at: number): Json {
  const before = at > 0 ? { from: { $: `steps.s${dice.roll(at)}.output.of` } } : {};
  return { ...before, amount: { $: "input.amount" }, items: [at, { $: "run.id" }] };
}

/** Without an `else` an undo whose step is in doubt cannot be sent: an incident. */
function generateUndoInput(dice: Dice, at: number, { isScripted }: WorkflowTraits): Json {
  const reference = `steps.s${at}.output.of`;
  const isCareless = !isScripted && dice.chance(300);
  return { of: isCareless ? { $: reference } : { $: reference, else: "in doubt" } };
}

const generateTimeout = (dice: Dice, { isIdle }: WorkflowTraits): number =>
  isIdle ? dice.between(1000, 600_000) : dice.between(200, 40_000);

function generateRetry(dice: Dice, { isScripted, isIdle }: WorkflowTraits, code: string): RetryDefinition {
  const [first, longest] = isIdle ? [400_000, 3_600_000] : [3000, 30_000];
  return {
    attempts: isScripted ? 100 : dice.between(1, 4),
    initial: dice.between(1, first),
    factor: dice.pick([1, 2, 3]),
    max: longest,
    jitter: dice.pick([0, 0.2, 1]),
    ...(isScripted ? {} : dice.pick([{}, {}, {}, { not: [code, "timed_out"] }, { on: [code, "timed_out"] }])),
  };
}

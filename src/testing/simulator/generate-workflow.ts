/** Workflows from all that the engine can do so far: kinds of step, mappings, contracts, deadlines. */
import type { Json, JsonObject } from "../../base/json.ts";
import type { Catalogue, WorkerContract } from "../../definition/catalogue.ts";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Definition, StepDefinition } from "../../definition/definition.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Dice } from "./dice.ts";
import { generateStep, type WorkflowTraits } from "./generate-step.ts";

/** What a worker gives that keeps its contract. */
const output: JsonObject = { type: "object", required: ["of"], properties: { of: { type: "string" } } };

export function generateWorkflow(dice: Dice, name: string, traits: WorkflowTraits): Workflow {
  const count = dice.between(1, 5);
  const needyAt = dice.chance(250) ? dice.roll(count) : -1;
  const pivotAt = dice.chance(350) ? dice.roll(count) : count;
  const steps = Array.from({ length: count }, (_, at) =>
    generateStep(dice, { workflow: name, at, pivotAt, isNeedy: at === needyAt }, traits),
  );
  const definition: Definition = {
    workflow: name,
    version: 1,
    inputSchema: { type: "object", required: ["run"], properties: { amount: { type: "integer" } } },
    ...generateReactions(dice, traits),
    steps,
    ...(dice.chance(500) ? { output: generateOutput(dice, steps) } : {}),
  };
  return loadDefinition(definition, generateCatalogue(dice, steps));
}

/** Whether the run's input must have the field `extra`, or the step cannot be asked. */
export const needsExtra = ({ input }: { readonly input?: Json | undefined }): boolean =>
  JSON.stringify(input ?? null).includes("input.extra");

/** What becomes of a run whose time is over, or whose step has failed. Whose time is over is for luck to say. */
function generateReactions(dice: Dice, { isScripted, isIdle }: WorkflowTraits): Partial<Definition> {
  const longestMs = isIdle ? 3_600_000 : 100_000;
  const standsStill = dice.chance(200) ? ({ onFailure: "incident" } as const) : {};
  const isTimed = !isScripted && dice.chance(250);
  const isAsked = dice.chance(300) ? ({ onDeadline: "incident" } as const) : {};
  const deadline = isTimed ? { deadline: dice.between(500, longestMs), ...isAsked } : {};
  const rollback = dice.chance(150) ? { compensationDeadline: dice.between(500, longestMs) } : {};
  const grace = dice.chance(300) ? { cancelGrace: dice.between(100, 60_000) } : {};
  return { ...standsStill, ...deadline, ...rollback, ...grace };
}

function generateOutput(dice: Dice, steps: readonly StepDefinition[]): Json {
  const [first, ...others] = steps.map(({ step }) => step);
  const any = dice.pick([first ?? "", ...others]);
  return { of: { $: `steps.${any}.output.of`, else: null }, amount: { $: "input.amount" }, said: "done" };
}

function generateCatalogue(dice: Dice, steps: readonly StepDefinition[]): Catalogue {
  if (!dice.chance(500)) return new Map();
  return new Map(steps.map(({ worker }): [string, WorkerContract] => [worker, { output }]));
}

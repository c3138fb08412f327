/** `clew run`: starts runs and works them to their end. Everything is checked before anything is started. */
import { loadDefinition } from "../definition/content-hash.ts";
import { changeSteps } from "../definition/definition-steps.ts";
import type { Workflow } from "../clew.ts";
import { isRunId } from "../base/ids.ts";
import { quoted } from "./arguments.ts";
import { type Command, type CommandContext, sharedOptions } from "./command.ts";
import { type InputSource, inputSource } from "./input-source.ts";
import { journalOf } from "./journal-choice.ts";
import { checkLines, runMany } from "./run-many.ts";
import { runOne } from "./run-one.ts";
import { defaultInFlight, planOf, type RunSource } from "./run-plan.ts";
import { type InputRule, readInput, ruleOfIds } from "./run-input.ts";
import { loadCatalogue, loadWorkflow, workflowForms } from "./workflow-source.ts";

const inputForms =
  "Write -i '<json>', -i @order.json, or -i @orders.jsonl for a run a line; `null` where the workflow takes none.";

export const run: Command = {
  name: "run",
  summary: "Starts a run, or one for each line of a file, and works it to its end.",
  usage: "clew run <workflow> -i <input> --workers <module> [options]",
  options: {
    input: {
      type: "string",
      short: "i",
      value: "<input>",
      about: "JSON, @order.json, or a run a line: @orders.jsonl, @- for standard input",
    },
    workers: { type: "string", value: "<module>", about: "a module that exports by default a list of workers" },
    workflows: {
      type: "string",
      value: "<workflow>,…",
      about: "the workflows that its children are of, where the journal does not know them",
    },
    catalogue: {
      type: "string",
      value: "<file>",
      about: "worker types with what they take and give, *.workers.yaml; the workflow may name no other",
    },
    id: { type: "string", value: "<id>", about: "the run's id; default: a new one" },
    "id-from": { type: "string", value: "<path>", about: "where in the input the run's id stands: order.id" },
    journal: sharedOptions.journal,
    "in-flight": {
      type: "string",
      value: "<n>",
      about: `how many runs of a file are open at a time; default ${defaultInFlight}`,
    },
    timeout: {
      type: "string",
      value: "<duration>",
      about: "replaces every timeout of steps and compensations, for demonstrations and tests; another definition hash",
    },
    wait: { type: "boolean", about: "stays while a run waits for a signal, or for more than a minute" },
    follow: { type: "boolean", about: "prints each status event on standard error" },
    output: sharedOptions.output,
  },
  arguments: { least: 1, most: 1 },
  more: `
${workflowForms}
Runs whose id exists already, with the same input, are not started again: the same command with --id or --id-from goes
on where it was interrupted. A file is checked whole before anything is started. Open runs of the journal are taken up
as well; when the runs that were asked for are at rest, the command ends. A run that waits for a signal, or for more than
a minute, is at rest, but for --wait.

Prints the run, or for many runs a table by status; with --output jsonl a line for each run as it comes to rest.
Exit codes: one run: 0 completed or waiting, 9 compensated, 1 failed or blocked; many: 1 if any failed or is blocked, else 0;
3 for an invalid workflow or input (then nothing was stored); 130 interrupted.`,
  async run(context) {
    const source = inputSource(context.given.required("input", inputForms));
    const what = await sourceOf(context);
    const { workflow } = what;
    const rule: InputRule = { workflow, idFrom: context.given.text("id-from") };
    const id = chosenId(context, source);
    if (source.kind === "one") {
      const input = readInput(source.text, source.where, rule);
      return runOne(context, await planOf(context, what), { ...input, id: id ?? input.id });
    }
    // Standard input can be read only once: its lines are checked as they come.
    const total = source.isRepeatable ? await checkLines(source, rule) : undefined;
    return runMany(context, await planOf(context, what), source, rule, total);
  },
};

async function sourceOf({ given, env }: CommandContext): Promise<RunSource> {
  const timeoutMs = given.durationMs("timeout");
  const catalogue = loadCatalogue(given.text("catalogue"));
  const workflow = await loadWorkflow(given.at(0), journalOf({ given, env }), catalogue);
  return { workflow: timeoutMs === undefined ? workflow : withTimeout(workflow, timeoutMs), catalogue };
}

function withTimeout({ definition, catalogue }: Workflow, timeout: number): Workflow {
  const steps = changeSteps(definition.steps, (step) => ({
    ...step,
    timeout,
    ...(step.compensation ? { compensation: { ...step.compensation, timeout } } : {}),
  }));
  return loadDefinition({ ...definition, steps }, catalogue);
}

function chosenId({ given }: CommandContext, source: InputSource): string | undefined {
  const id = given.text("id");
  if (id === undefined) return undefined;
  if (source.kind === "lines")
    throw given.wrong("--id names one run, and a file asks for many", "Write --id-from <path>.");
  if (given.text("id-from") !== undefined)
    throw given.wrong("--id and --id-from cannot both be meant", "Keep one of the two.");
  if (!isRunId(id)) throw given.wrong(`--id is ${quoted(id)}`, ruleOfIds);
  return id;
}

/**
 * What of a run may be printed (security.md: secrets). Programs get results as they are; whatever leads to a terminal, a
 * page or an export comes through here. Fields are marked in the workflow's `inputSchema` and in its workers' contracts;
 * the run's own output is mapped anew from what is left, so that a mark goes with its value.
 */
import type { Json } from "../base/json.ts";
import { hasSensitive, redact, redacted } from "../definition/json-schema/redact.ts";
import { type Workflow, workerTypesOf } from "../definition/workflow.ts";
import { outputOf } from "../saga/command.ts";
import type { SagaEvent } from "../saga/event.ts";
import type { Run, StepRun } from "../saga/run.ts";

/** Whether anything of its runs is not for printing. */
export function isSensitive(workflow: Workflow): boolean {
  const { inputSchema, catalogue } = workflow;
  if (inputSchema && hasSensitive(inputSchema)) return true;
  return workerTypesOf(workflow).some((type) => {
    const { input, output } = catalogue.get(type) ?? {};
    return (input !== undefined && hasSensitive(input)) || (output !== undefined && hasSensitive(output));
  });
}

/** The run itself where nothing of it is sensitive, else a copy. */
export function redactedRun(workflow: Workflow, run: Run): Run {
  if (!isSensitive(workflow)) return run;
  const steps = run.steps.map((step, place) => redactedStep(workflow, place, step));
  const shown: Run = { ...run, input: redactedInput(workflow, run.input), steps };
  if (run.output !== undefined) shown.output = outputOf(workflow, shown);
  return shown;
}

/** Events of a run, whose own output is mapped from `shown`, the redacted run. */
export function redactedEvent(workflow: Workflow, shown: Run, event: SagaEvent): SagaEvent {
  switch (event.type) {
    case "RunStarted":
      return { ...event, input: redactedInput(workflow, event.input) };
    case "StepSucceeded":
    case "LateSuccessRecorded": {
      const place = workflow.places.get(event.step) ?? -1;
      const undo = event.undo === undefined ? {} : { undo: redactedUndo(workflow, place, event.undo) };
      return { ...event, output: redactedOutput(workflow, place, event.output), ...undo };
    }
    case "RunCompleted":
      return { ...event, output: shown.output ?? redacted };
    default:
      return event;
  }
}

/** Where a step is given the workflow's input whole, what is sensitive for its worker is so for the workflow. */
function redactedInput({ inputSchema, steps, catalogue }: Workflow, input: Json): Json {
  const contracts = steps.flatMap(({ worker, input: mapping, compensation }) => {
    if (mapping !== undefined) return [];
    const undo = compensation && compensation.input === undefined ? [compensation.worker] : [];
    return [worker, ...undo].map((type) => catalogue.get(type)?.input);
  });
  return [inputSchema, ...contracts].reduce<Json>((shown, schema) => (schema ? redact(schema, shown) : shown), input);
}

function redactedStep(workflow: Workflow, place: number, step: StepRun): StepRun {
  const shown = { ...step };
  if (step.output !== undefined) shown.output = redactedOutput(workflow, place, step.output);
  if (step.undo !== undefined) shown.undo = redactedUndo(workflow, place, step.undo);
  return shown;
}

const outputSchemaOf = ({ steps, catalogue }: Workflow, place: number) =>
  catalogue.get(steps[place]?.worker ?? "")?.output;

function redactedOutput(workflow: Workflow, place: number, output: Json): Json {
  const schema = outputSchemaOf(workflow, place);
  return schema ? redact(schema, output) : output;
}

/** No schema says what is in an undo; a worker whose output holds secrets may have put them there as well. */
function redactedUndo(workflow: Workflow, place: number, undo: Json): Json {
  const schema = outputSchemaOf(workflow, place);
  return schema && hasSensitive(schema) ? redacted : undo;
}

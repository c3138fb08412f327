/**
 * What of a run may be printed (security.md: secrets). Programs get results as they are; whatever leads to a terminal, a
 * page or an export comes through here. Fields are marked in the workflow's `inputSchema` and in its workers' contracts;
 * the run's own output is mapped anew from what is left, so that a mark goes with its value.
 */
import { isJsonList, isJsonObject, type Json } from "../base/json.ts";
import type { Catalogue, WorkerContract } from "../definition/catalogue.ts";
import { hasSensitive, redact, redacted } from "../definition/json-schema/redact.ts";
import { type MarkedReference, markedReferences } from "../definition/marked-reference.ts";
import type { ValuePath } from "../definition/value-path.ts";
import { type BlockPlan, type StepPlan, type Workflow, workerTypesOf } from "../definition/workflow.ts";
import { outputOf } from "./command.ts";
import type { SagaEvent } from "./event.ts";
import { copyRun } from "./evolve.ts";
import { instancesOf } from "./instances.ts";
import type { BlockRun, Run, StepRun } from "./run.ts";
import { nameIn } from "./step-key.ts";

/** Whether anything of its runs is not for printing. */
export function isSensitive(workflow: Workflow): boolean {
  const { inputSchema, catalogue } = workflow;
  if (inputSchema && hasSensitive(inputSchema)) return true;
  return workerTypesOf(workflow).some((type) =>
    contractsOf(catalogue, type).some(({ input, output }) => isMarked(input) || isMarked(output)),
  );
}

const isMarked = (schema: Json | undefined): boolean => schema !== undefined && hasSensitive(schema);

/** The run itself where nothing of it is sensitive, else a copy. */
export function redactedRun(workflow: Workflow, run: Run): Run {
  if (!isSensitive(workflow)) return run;
  const marks = marksOf(workflow);
  const shown: Run = { ...copyRun(run), input: redactedBy(marks.input, run.input) };
  for (const { plan, step } of instancesOf(workflow, shown)) redactStep(marks, placeOf(workflow, plan.name), step);
  for (const key in shown.blocks) if (shown.blocks[key]) redactBlock(shown.blocks[key]);
  if (run.output !== undefined) shown.output = redactedOutput(workflow, shown, run.output);
  return shown;
}

/** Events of a run, whose own output is mapped from `shown`, the redacted run. */
export function redactedEvent(workflow: Workflow, shown: Run, event: SagaEvent): SagaEvent {
  const marks = marksOf(workflow);
  switch (event.type) {
    case "RunStarted":
      return { ...event, input: redactedBy(marks.input, event.input), ...redactedReuse(workflow, marks, event.reuse) };
    case "StepReused":
      return { ...event, output: redactedBy(marks.outputs[placeOf(workflow, event.step)] ?? [], event.output) };
    case "StepResolved": {
      if (event.output === undefined) return event;
      return { ...event, output: redactedBy(marks.outputs[placeOf(workflow, event.step)] ?? [], event.output) };
    }
    // No schema says which part of an operator's input was secret in what it stands for.
    case "StepRetried":
    case "CompensationRetried":
      return event.input === undefined ? event : { ...event, input: redacted };
    case "StepSucceeded":
    case "LateSuccessRecorded": {
      const place = placeOf(workflow, event.step);
      // No schema says what is in an undo; where anything is secret, its worker may have put it there as well.
      const undo = event.undo === undefined ? {} : { undo: redacted };
      return { ...event, output: redactedBy(marks.outputs[place] ?? [], event.output), ...undo };
    }
    case "SignalReceived": {
      // It is what the waits for it give.
      const waits = workflow.steps.flatMap(({ act }, place) =>
        act.is === "wait" && act.signal === event.signal ? (marks.outputs[place] ?? []) : [],
      );
      return { ...event, payload: redactedBy(waits, event.payload) };
    }
    case "WaitEnded": {
      if (event.output === undefined) return event;
      return { ...event, output: redactedBy(marks.outputs[placeOf(workflow, event.step)] ?? [], event.output) };
    }
    case "ForEachBegan":
      return { ...event, items: event.items.map(() => redacted) };
    case "RunCompleted":
      return { ...event, output: shown.output ?? redacted };
    default:
      return event;
  }
}

function redactedReuse(workflow: Workflow, { outputs }: RunMarks, reuse: Readonly<Record<string, Json>> | undefined) {
  if (reuse === undefined) return {};
  const shown = Object.entries(reuse).map(([step, output]) => [
    step,
    redactedBy(outputs[placeOf(workflow, step)] ?? [], output),
  ]);
  return { reuse: Object.fromEntries(shown) as Readonly<Record<string, Json>> };
}

/** A part of a value, and the schema by which it is redacted. */
interface Mark {
  readonly rest: ValuePath;
  readonly schema: Json;
}

interface RunMarks {
  readonly input: readonly Mark[];
  /** In the order of the steps. */
  readonly outputs: readonly (readonly Mark[])[];
}

/**
 * What is marked of the run's input and of each step's output: by their own schemas, and by what a worker is given of
 * them, whole or through the references of a mapping.
 */
function marksOf({ inputSchema, steps, catalogue, places, blocks }: Workflow): RunMarks {
  const input: Mark[] = inputSchema ? [{ rest: [], schema: inputSchema }] : [];
  const outputs: Mark[][] = steps.map(({ worker }) =>
    contractsOf(catalogue, worker).flatMap(({ output }) => (output ? [{ rest: [], schema: output }] : [])),
  );
  const given = (worker: string, mapping: Json | undefined, { repeats }: StepPlan): void => {
    for (const { input: schema } of contractsOf(catalogue, worker)) {
      if (schema === undefined || !hasSensitive(schema)) continue;
      if (mapping === undefined) input.push({ rest: [], schema });
      else for (const reference of markedReferences(mapping, schema, repeats)) add(reference);
    }
  };
  const add = ({ path, schema }: MarkedReference): void => {
    if (path.from === "input") input.push({ rest: path.rest, schema });
    else if (path.from !== "step") return;
    else if (places.has(path.step)) outputs[places.get(path.step) ?? -1]?.push({ rest: path.rest, schema });
    // What a block gives comes from the steps in it.
    else for (const name of stepsIn(blocks.get(path.step))) outputs[places.get(name) ?? -1]?.push(whole);
  };
  for (const plan of steps) {
    const { worker, input: mapping, compensation } = plan;
    given(worker, mapping, plan);
    if (compensation) given(compensation.worker, compensation.input ?? mapping, plan);
  }
  return { input, outputs };
}

const whole: Mark = { rest: [], schema: { sensitive: true } };

function stepsIn(block: BlockPlan | undefined): readonly string[] {
  const nodes = block?.bodies.flatMap((body) => body.nodes) ?? [];
  return nodes.flatMap((node) => (node.is === "step" ? [node.name] : stepsIn(node)));
}

/** The contract that counts, and those that counted before, as far as they marked anything. */
function contractsOf(catalogue: Catalogue, worker: string): readonly WorkerContract[] {
  const contract = catalogue.get(worker);
  return contract ? [contract, ...(contract.formerly ?? [])] : [];
}

function redactedBy(marks: readonly Mark[], value: Json): Json {
  return marks.reduce<Json>((shown, { rest, schema }) => redactedAt(rest, schema, shown), value);
}

/** What is not there, or was taken out above it, needs no more. */
function redactedAt([segment, ...rest]: ValuePath, schema: Json, value: Json): Json {
  if (segment === undefined) return redact(schema, value);
  if (typeof segment === "number") {
    if (!isJsonList(value) || segment >= value.length) return value;
    return value.map((item, at) => (at === segment ? redactedAt(rest, schema, item) : item));
  }
  const inner = isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
  if (!isJsonObject(value) || inner === undefined) return value;
  return { ...value, [segment]: redactedAt(rest, schema, inner) };
}

function redactStep({ outputs }: RunMarks, place: number, step: StepRun): void {
  if (step.output !== undefined) step.output = redactedBy(outputs[place] ?? [], step.output);
  if (step.undo !== undefined) step.undo = redacted;
}

/** Items come from what may be marked, and outputs from whoever is in them. */
function redactBlock(block: BlockRun): void {
  if (block.is === "forEach") {
    block.items = block.items.map(() => redacted);
    block.outputs = block.outputs.map((output) => (output === undefined ? undefined : redacted));
  } else if (block.is === "loop") {
    block.output = redacted;
    for (const carried of [block.carried, ...Object.values(block.seen)])
      for (const name in carried) carried[name] = redacted;
  }
}

const placeOf = (workflow: Workflow, key: string): number => workflow.places.get(nameIn(key)) ?? -1;

/** A reference into what was taken out finds nothing; what it found in truth is not for printing either. */
function redactedOutput(workflow: Workflow, shown: Run, output: Json): Json {
  return withoutHoles(outputOf(workflow, shown).output, output);
}

function withoutHoles(shown: Json, real: Json): Json {
  if (shown === null) return real === null ? null : redacted;
  if (isJsonList(shown))
    return isJsonList(real) ? shown.map((item, at) => withoutHoles(item, real[at] ?? null)) : shown;
  if (!isJsonObject(shown) || !isJsonObject(real)) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, item]) => [key, withoutHoles(item, real[key] ?? null)]));
}

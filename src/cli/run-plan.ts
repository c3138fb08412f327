import type { Catalogue, Worker, Workflow } from "../clew.ts";
import type { CommandContext } from "./command.ts";
import { journalOf } from "./journal-choice.ts";
import { loadWorkers, requireWorkers } from "./workers-module.ts";
import { loadWorkflow } from "./workflow-source.ts";

/** What is to be run, on which journal, by whom. */
export interface RunPlan {
  readonly workflow: Workflow;
  readonly journal: string;
  readonly workers: readonly Worker[];
  readonly catalogue: Catalogue | undefined;
  readonly inFlight: number;
  readonly follow: boolean;
  /** Whether a run that has come to a long wait is waited for. */
  readonly waits: boolean;
  /** What children are started of. */
  readonly workflows: readonly Workflow[];
}

export interface RunSource {
  readonly workflow: Workflow;
  /** What `--catalogue` names. */
  readonly catalogue: Catalogue | undefined;
}

export const defaultInFlight = 256;
const mostInFlight = 10_000;

/** Loads the workers, which is the first thing that runs somebody else's code. */
export async function planOf(context: CommandContext, { workflow, catalogue }: RunSource): Promise<RunPlan> {
  const { given } = context;
  const inFlight = given.whole("in-flight", 1, mostInFlight) ?? defaultInFlight;
  const file = given.text("workers");
  const workers = file === undefined ? [] : await loadWorkers(file);
  const journal = journalOf(context);
  const workflows = await workflowsOf(given.text("workflows"), journal, catalogue);
  for (const each of [workflow, ...workflows]) requireWorkers(each, workers, file);
  const follow = given.flag("follow");
  return { workflow, catalogue, journal, workers, workflows, inFlight, follow, waits: given.flag("wait") };
}

async function workflowsOf(list: string | undefined, journal: string, catalogue: Catalogue | undefined) {
  const workflows: Workflow[] = [];
  for (const source of list?.split(",") ?? []) workflows.push(await loadWorkflow(source.trim(), journal, catalogue));
  return workflows;
}

import type { Catalogue, Worker, Workflow } from "../clew.ts";
import type { CommandContext } from "./command.ts";
import { journalOf } from "./journal-choice.ts";
import { loadWorkers, requireWorkers } from "./workers-module.ts";

/** What is to be run, on which journal, by whom. */
export interface RunPlan {
  readonly workflow: Workflow;
  readonly journal: string;
  readonly workers: readonly Worker[];
  readonly catalogue: Catalogue | undefined;
  readonly inFlight: number;
  readonly follow: boolean;
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
  requireWorkers(workflow, workers, file);
  return { workflow, catalogue, journal: journalOf(context), workers, inFlight, follow: given.flag("follow") };
}

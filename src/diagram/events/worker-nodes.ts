import { type Workflow, workerTypesOf } from "../../definition/workflow.ts";

/** A worker with the event types that it takes and answers with. */
export interface WorkerNode {
  /** A name may be a word of the format's. */
  readonly id: string;
  readonly name: string;
  /** Whether it does a step; otherwise it only undoes some. */
  readonly executes: boolean;
  readonly types: readonly string[];
}

/** Each worker once, in the order in which the workflow asks for them. */
export function workerNodes(workflow: Workflow): readonly WorkerNode[] {
  const executing = new Set(workflow.steps.map(({ worker }) => worker));
  const compensating = new Set(workflow.steps.map(({ compensation }) => compensation?.worker));
  return workerTypesOf(workflow).map((name, place) => ({
    id: `w${place + 1}`,
    name,
    executes: executing.has(name),
    types: [
      ...(executing.has(name) ? [`command.${name}`] : []),
      ...(compensating.has(name) ? [`compensation.${name}`] : []),
      `result.${name}`,
    ],
  }));
}

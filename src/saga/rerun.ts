/** What a run that is started again takes over from the one before (semantics.md, 7: `rerun`). */
import type { Json } from "../base/json.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Run } from "./run.ts";

/** The next one's id: from where it stands it is one run, however often it is asked for. */
export const rerunId = ({ uid, reruns }: Run): string => `${uid}-${reruns.length + 1}`;

/** Outputs of `readonly` and `plain` steps, by step: nothing of them is ever undone, so nobody would undo them twice. */
export function reusableOf({ steps }: Workflow, run: Run): Readonly<Record<string, Json>> {
  const entries = steps.flatMap(({ name, kind }, place) => {
    const step = run.steps[place];
    const isReusable = (kind === "readonly" || kind === "plain") && step?.state === "succeeded";
    return isReusable ? [[name, step.output ?? null] as const] : [];
  });
  return Object.fromEntries(entries);
}

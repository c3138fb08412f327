/** How long an ended run is kept (definition.md, `retention`). */
import type { Workflow } from "../definition/workflow.ts";
import type { Run } from "./run.ts";

/**
 * From when on the run may be deleted; `undefined` while it has not ended. News that reopens it takes the time away, and
 * its next end sets another.
 */
export const expiresAt = ({ retentionMs }: Pick<Workflow, "retentionMs">, { endedAt }: Pick<Run, "endedAt">) =>
  endedAt === undefined ? undefined : endedAt + retentionMs;

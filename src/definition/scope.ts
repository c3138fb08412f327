/** What references and expressions can see of a run. */
import type { Json, JsonObject } from "../base/json.ts";

export interface Scope {
  readonly input: Json;
  /** `undefined` while the step has none. */
  outputOf(step: string): Json | undefined;
  readonly run: {
    readonly id: string;
    readonly uid: string;
    readonly workflow: string;
    /** Milliseconds since 1970. */
    readonly startedAt: number;
  };
  /** A block's own variable; left out where there is no block. */
  variable?(name: string): Json | undefined;
  /** By it expressions tell whole numbers from others. */
  readonly inputSchema?: Json | undefined;
}

/** What `run` stands for: these fields, whatever else the scope's holds. */
export const visibleRun = ({ run: { id, uid, workflow, startedAt } }: Scope): JsonObject => ({
  id,
  uid,
  workflow,
  startedAt,
});

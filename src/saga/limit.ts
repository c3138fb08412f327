/** C25: whose runs are counted together. */
import type { Json } from "../base/json.ts";
import { resolveMapping, type Resolved } from "../definition/reference.ts";
import type { Workflow } from "../definition/workflow.ts";
import { textOf } from "./attributes.ts";

/** The run's key under its workflow's limit, as text; `undefined` without a limit. */
export function limitKeyOf(
  { limit, name, inputSchema }: Workflow,
  run: { readonly id: string; readonly uid: string; readonly input: Json },
): { readonly ok: true; readonly key: string | undefined } | Extract<Resolved, { ok: false }> {
  if (!limit) return { ok: true, key: undefined };
  const { id, uid, input } = run;
  const resolved = resolveMapping(limit.key, {
    input,
    outputOf: () => undefined,
    run: { id, uid, workflow: name, startedAt: 0 },
    inputSchema,
  });
  return resolved.ok ? { ok: true, key: textOf(resolved.value) } : resolved;
}

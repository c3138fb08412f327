/** The `--workers` module: a program of the user's, loaded and looked at before anything is started. */
import { ClewError } from "../base/errors.ts";
import type { Worker, Workflow } from "../clew.ts";
import { workerTypesOf } from "../definition/workflow.ts";
import { terminalText } from "./terminal-text.ts";
import { importModule } from "./user-module.ts";

const expected = 'It must export by default a list of workers: `export default [worker("check_stock", handler), …]`.';

/** Throws `file_unreadable`, `invalid_argument` for a module that cannot be loaded or exports something else. */
export async function loadWorkers(file: string): Promise<readonly Worker[]> {
  const { default: exported } = await importModule(file, "the workers of");
  if (!Array.isArray(exported)) throw wrong(file, `its default export is ${kindOf(exported)}`);
  const types = new Set<string>();
  return exported.map((entry: unknown, place) => {
    if (!isWorker(entry)) throw wrong(file, `entry ${place + 1} of its default export is no worker`);
    if (types.has(entry.type)) throw wrong(file, `two of its workers are for ${entry.type}`);
    types.add(entry.type);
    return entry;
  });
}

function isWorker(value: unknown): value is Worker {
  if (typeof value !== "object" || value === null) return false;
  const { type, handler, room } = value as Partial<Worker>;
  return typeof type === "string" && typeof handler === "function" && typeof room === "number";
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  return value === null ? "null" : `of type ${typeof value}`;
}

const wrong = (file: string, why: string): ClewError =>
  new ClewError("invalid_argument", `cannot use ${terminalText(file)} as workers: ${why}`, { mend: expected });

/** Throws `worker_unknown` with all types of the workflow that nobody would work for. */
export function requireWorkers(workflow: Workflow, workers: readonly Worker[], file: string | undefined): void {
  const known = new Set(workers.map(({ type }) => type));
  const missing = workerTypesOf(workflow).filter((type) => !known.has(type));
  if (missing.length === 0) return;
  const where = file === undefined ? "no --workers module is given" : `${terminalText(file)} has no`;
  const what = file === undefined ? `, and ${workflow.name} needs` : " worker for";
  throw new ClewError("worker_unknown", `${where}${what} ${missing.join(", ")}`, {
    mend: `${file === undefined ? "Write --workers <module>. " : ""}${expected}`,
    details: { missing },
  });
}

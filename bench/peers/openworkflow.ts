/** OpenWorkflow on SQLite: client and worker share this process and one connection to the file. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { type Order, stepNames } from "../order.ts";
import type { Given, Peer } from "./peer.ts";

export interface OpenWorkflowOptions {
  readonly concurrency: number;
  /** Its own result call looks once a second; the bench can look into the file more often. */
  readonly end: "result call" | "looked for";
}

const lookUnderLoadEachMs = 10;
const lookAloneEachMs = 2;

export async function openOpenWorkflow({ options, folder, step }: Given<OpenWorkflowOptions>): Promise<Peer> {
  const file = join(folder, "saga.db");
  const backend = BackendSqlite.connect(file);
  const engine = new OpenWorkflow({ backend });
  const saga = engine.defineWorkflow<Order, object>({ name: "saga" }, async ({ input, step: steps }) => {
    for (const name of stepNames) await steps.run({ name }, () => step(name, input.orderId));
    return { orderId: input.orderId, status: "completed" };
  });
  const worker = engine.newWorker({ concurrency: options.concurrency });
  await worker.start();
  const ends = new EndsInFile(file);

  const byResultCall = async (order: Order) => {
    const startedAt = performance.now();
    await (await saga.run(order)).result();
    return performance.now() - startedAt;
  };

  /** The engine's own time, from one of its rows: without what it takes to look. */
  const byLooking = async (order: Order) => {
    const { workflowRun } = await saga.run(order);
    for (;;) {
      const run = await backend.getWorkflowRun({ workflowRunId: workflowRun.id });
      if (run?.status === "failed") throw new Error(`the run ${run.id} has failed`);
      if (run?.finishedAt) return run.finishedAt.getTime() - run.createdAt.getTime();
      await new Promise((rested) => setTimeout(rested, lookAloneEachMs));
    }
  };

  return {
    saga: options.end === "result call" ? byResultCall : byLooking,
    async sagaUnderLoad(order) {
      if (options.end === "result call") return byResultCall(order);
      await saga.run(order);
      return ends.next();
    },
    async durability() {
      const told = ["synchronous", "journal_mode"].map((name) => {
        const row = backend.db.prepare(`pragma ${name}`).get();
        return [name, String(Object.values(row ?? {})[0])];
      });
      return Object.fromEntries(told) as Record<string, string>;
    },
    async stored() {
      return { sagas: ends.sagas(), steps: ends.steps() };
    },
    async stop() {
      ends.close();
      await worker.stop();
      await backend.stop();
    },
  };
}

/** Looks from outside how many runs are completed: as many of those who wait, the longest first, may go on. */
class EndsInFile {
  private readonly waiting: (() => void)[] = [];
  private seen = 0;
  private readonly looking: NodeJS.Timeout;
  private readonly db: DatabaseSync;

  constructor(file: string) {
    this.db = new DatabaseSync(file, { readOnly: true });
    const sagas = this.db.prepare("select count(*) as n from workflow_runs where status = 'completed'");
    const steps = this.db.prepare("select count(*) as n from step_attempts where status = 'completed'");
    this.sagas = () => Number(sagas.get()?.["n"]);
    this.steps = () => Number(steps.get()?.["n"]);
    this.looking = setInterval(() => this.look(), lookUnderLoadEachMs);
  }

  readonly sagas: () => number;
  readonly steps: () => number;

  next(): Promise<void> {
    return new Promise((go) => this.waiting.push(go));
  }

  close(): void {
    clearInterval(this.looking);
    this.db.close();
  }

  private look(): void {
    if (this.waiting.length === 0) return;
    const completed = this.sagas();
    for (const go of this.waiting.splice(0, completed - this.seen)) go();
    this.seen = completed;
  }
}

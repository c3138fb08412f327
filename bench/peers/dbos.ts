/** DBOS: the saga is a workflow function in this process, which records the output of each step in PostgreSQL. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import { type Order, stepNames } from "../order.ts";
import type { Given, Peer } from "./peer.ts";

export interface DbosOptions {
  /** Connections to the database; 10 by default. */
  readonly pool: number;
  /** Through a durable queue of its own, or started by the caller. */
  readonly queue: boolean;
}

const queueName = "sagas";

export async function openDbos({ options, ports, step }: Given<DbosOptions>): Promise<Peer> {
  const url = `postgres://postgres@127.0.0.1:${ports["postgres"]}/saga`;
  DBOS.setConfig({ name: "saga", systemDatabaseUrl: url, systemDatabasePoolSize: options.pool, logLevel: "error" });
  const saga = DBOS.registerWorkflow(
    async (order: Order) => {
      for (const name of stepNames) await DBOS.runStep(() => step(name, order.orderId), { name });
      return { orderId: order.orderId, status: "completed" };
    },
    { name: "saga" },
  );
  await DBOS.launch();
  if (options.queue) await DBOS.registerQueue(queueName);

  return {
    async saga(order) {
      const startedAt = performance.now();
      const start = options.queue ? DBOS.startWorkflow(saga, { queueName }) : DBOS.startWorkflow(saga);
      const handle = await start(order);
      await handle.getResult();
      return performance.now() - startedAt;
    },
    durability: () =>
      asking(url, async (ask) => {
        const told: Record<string, string> = {};
        for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) told[name] = await ask(`show ${name}`);
        return told;
      }),
    stored: () =>
      asking(url, async (ask) => ({
        sagas: Number(await ask("select count(*) from dbos.workflow_status where status = 'SUCCESS'")),
        steps: Number(await ask("select count(*) from dbos.operation_outputs where error is null")),
      })),
    stop: () => DBOS.shutdown(),
  };
}

/** The one value of each statement, over a connection that the engine has no part in. */
async function asking<T>(url: string, work: (ask: (sql: string) => Promise<string>) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(async (sql) => String(Object.values((await client.query(sql)).rows[0] ?? {})[0]));
  } finally {
    await client.end();
  }
}

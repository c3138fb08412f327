/**
 * Restate: the saga is a handler whose steps are `ctx.run`, called through the server's ingress, which answers when the
 * handler's result is durable. Handler and client share this process; the server is one of its own.
 */
import { createServer } from "node:http2";
import { createEndpointHandler, service, type WorkflowContext, workflow } from "@restatedev/restate-sdk";
import { connect } from "@restatedev/restate-sdk-clients";
import { type Order, stepNames } from "../order.ts";
import type { Given, Peer } from "./peer.ts";
import { freePorts } from "./servers.ts";

export interface RestateOptions {
  readonly partitions: number;
  /** A workflow has an id, and runs once for it; a service is called and answers. */
  readonly handler: "service" | "workflow";
}

export async function openRestate({ options, ports, step }: Given<RestateOptions>): Promise<Peer> {
  const saga = async (context: WorkflowContext, order: Order) => {
    for (const name of stepNames) await context.run(name, () => step(name, order.orderId));
    return { orderId: order.orderId, status: "completed" };
  };
  const sagas = service({ name: "sagas", handlers: { run: saga } });
  const sagaFlow = workflow({ name: "saga_flow", handlers: { run: saga } });
  const { endpoint } = await freePorts("endpoint");
  const server = createServer(createEndpointHandler({ services: [sagas, sagaFlow], logger: () => {} }));
  await new Promise<void>((listening) => server.listen(endpoint, "127.0.0.1", listening));

  const admin = `http://127.0.0.1:${ports["admin"]}`;
  await register(admin, `http://127.0.0.1:${endpoint}`);
  const ingress = connect({ url: `http://127.0.0.1:${ports["ingress"]}` });
  const client = ingress.serviceClient(sagas);

  async function runOnce(order: Order): Promise<unknown> {
    if (options.handler === "service") return client.run(order);
    const flow = ingress.workflowClient(sagaFlow, order.orderId);
    await flow.workflowSubmit(order);
    return flow.workflowAttach();
  }

  return {
    async saga(order) {
      const startedAt = performance.now();
      await runOnce(order);
      return performance.now() - startedAt;
    },
    durability: () => durabilityOf(`http://127.0.0.1:${ports["node"]}/metrics`),
    async stored() {
      const [invocations, runs] = await Promise.all([
        query(admin, "select count(*) as n from sys_invocation where completion_result = 'success'"),
        query(admin, "select count(*) as n from sys_journal where entry_type = 'Command: Run'"),
      ]);
      return { sagas: invocations, steps: runs };
    },
    async stop() {
      server.close();
    },
  };
}

/** The server's ports open before it can take a deployment. */
async function register(admin: string, uri: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const response = await post(`${admin}/deployments`, { uri }).catch(() => undefined);
    if (response?.ok) return;
    if (attempt === 100) throw new Error(`Restate takes no deployment: ${await response?.text()}`);
    await new Promise((rested) => setTimeout(rested, 100));
  }
}

/** The server does not tell its settings while it runs; it counts what it wrote to its log, and what of that it flushed. */
async function durabilityOf(metrics: string): Promise<Readonly<Record<string, string>>> {
  const text = await (await fetch(metrics)).text();
  const counted = (name: string) => {
    const line = new RegExp(`^restate_rocksdb_${name}_total\\{[^}]*db="log-server"[^}]*\\} (\\d+)`, "m").exec(text);
    return line?.[1] ?? "not told";
  };
  return { "writes to the log": counted("write_wal"), "flushes of the log": counted("wal_synced") };
}

async function query(admin: string, sql: string): Promise<number> {
  const response = await post(`${admin}/query`, { query: sql });
  const { rows } = (await response.json()) as { readonly rows: readonly { readonly n: number }[] };
  return rows[0]?.n ?? 0;
}

function post(url: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

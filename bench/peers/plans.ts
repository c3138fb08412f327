/** Which peers there are, what each is started with, and how it may be set: the best of its settings is reported. */
import type { BullmqOptions } from "./bullmq.ts";
import type { Program } from "./installation.ts";
import type { DbosOptions } from "./dbos.ts";
import type { OpenWorkflowOptions } from "./openworkflow.ts";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";
import type { RestateOptions } from "./restate.ts";
import { startRestate } from "./restate-server.ts";
import type { Server } from "./servers.ts";

export const peerNames = ["bullmq", "restate", "dbos", "openworkflow"] as const;
export type PeerName = (typeof peerNames)[number];

export interface Plan<Options = unknown> {
  readonly title: string;
  /** So many times its sagas per second is Clew's goal; half of it is enough. */
  readonly goal: number;
  readonly programs: readonly Program[];
  /** Left out: it runs within the peer's own process. */
  readonly startServer?: (folder: string, options: Options) => Promise<Server>;
  readonly settings: readonly Setting<Options>[];
}

export interface Setting<Options = unknown> {
  readonly name: string;
  readonly inFlight: number;
  readonly options: Options;
}

const bullmq: Plan<BullmqOptions> = {
  title: "BullMQ on Redis",
  goal: 15,
  programs: ["redis-server"],
  startServer: startRedis,
  settings: [
    { name: "chain, 100 jobs at a time", inFlight: 1000, options: { shape: "chain", concurrency: 100, workers: 1 } },
    { name: "chain, 300 jobs at a time", inFlight: 1000, options: { shape: "chain", concurrency: 300, workers: 1 } },
    { name: "chain, 2 x 50 jobs at a time", inFlight: 1000, options: { shape: "chain", concurrency: 50, workers: 2 } },
    { name: "flow, 100 jobs at a time", inFlight: 1000, options: { shape: "flow", concurrency: 100, workers: 1 } },
  ],
};

const restate: Plan<RestateOptions> = {
  title: "Restate",
  goal: 24,
  programs: [],
  startServer: startRestate,
  settings: [
    { name: "service, 1 partition", inFlight: 1000, options: { partitions: 1, handler: "service" } },
    { name: "service, 24 partitions (its default)", inFlight: 1000, options: { partitions: 24, handler: "service" } },
    { name: "workflow, 1 partition", inFlight: 1000, options: { partitions: 1, handler: "workflow" } },
  ],
};

const dbos: Plan<DbosOptions> = {
  title: "DBOS on PostgreSQL",
  goal: 80,
  programs: ["initdb", "postgres"],
  startServer: startPostgres,
  settings: [
    { name: "started directly, 10 connections (its default)", inFlight: 200, options: { pool: 10, queue: false } },
    { name: "started directly, 30 connections", inFlight: 200, options: { pool: 30, queue: false } },
    { name: "through a queue, 30 connections", inFlight: 200, options: { pool: 30, queue: true } },
  ],
};

const openworkflow: Plan<OpenWorkflowOptions> = {
  title: "OpenWorkflow on SQLite",
  goal: 100,
  programs: [],
  settings: [
    { name: "100 runs at a time, ends looked for", inFlight: 200, options: { concurrency: 100, end: "looked for" } },
    { name: "400 runs at a time, ends looked for", inFlight: 400, options: { concurrency: 400, end: "looked for" } },
    { name: "100 runs at a time, its result call", inFlight: 400, options: { concurrency: 100, end: "result call" } },
  ],
};

export const plans: Readonly<Record<PeerName, Plan>> = {
  bullmq: bullmq as Plan,
  restate: restate as Plan,
  dbos: dbos as Plan,
  openworkflow: openworkflow as Plan,
};

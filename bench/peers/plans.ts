/** Which peers there are, what each is started with, and how it may be set: the best of its settings is reported. */
import type { BullmqOptions } from "./bullmq.ts";
import type { Program } from "./installation.ts";
import { startRedis } from "./redis.ts";
import type { Server } from "./servers.ts";

export const peerNames = ["bullmq"] as const;
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

export const plans: Readonly<Record<PeerName, Plan>> = { bullmq: bullmq as Plan };

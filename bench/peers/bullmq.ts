/**
 * BullMQ: the saga is six jobs of one queue. As a chain, each job's processor adds the next job, under an id that makes
 * adding it twice harmless; as a flow, all six are added at once, each the parent of the one before it.
 */
import { type FlowJob, FlowProducer, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { type Order, stepNames } from "../order.ts";
import type { Given, Peer } from "./peer.ts";

export interface BullmqOptions {
  readonly shape: "chain" | "flow";
  /** Jobs that one worker has in hand at a time. */
  readonly concurrency: number;
  /** In this process, each with connections of its own. */
  readonly workers: number;
}

interface Data {
  readonly order: Order;
}

const queueName = "saga";
/** All jobs are kept, as a saga's history is. */
const kept = { removeOnComplete: false, removeOnFail: false };
const lastStep = stepNames[stepNames.length - 1];
const jobId = (order: Order, step: string) => `${order.orderId}-${step}`;

export async function openBullmq({ options, ports, step }: Given<BullmqOptions>): Promise<Peer> {
  const server = { host: "127.0.0.1", port: ports["redis"] ?? 0 };
  const connection = { ...server, maxRetriesPerRequest: null };
  const redis = new Redis(server);
  const queue = new Queue<Data>(queueName, { connection });
  const flows = new FlowProducer({ connection });
  const waiting = new Map<string, PromiseWithResolvers<void>>();

  const add = (name: string, order: Order) => queue.add(name, { order }, { ...kept, jobId: jobId(order, name) });

  const workers = Array.from({ length: options.workers }, () => {
    const worker = new Worker<Data>(
      queueName,
      async ({ name, data: { order } }) => {
        const output = await step(name, order.orderId);
        const next = stepNames[stepNames.findIndex((each) => each === name) + 1];
        if (options.shape === "chain" && next !== undefined) await add(next, order);
        return output;
      },
      { connection, concurrency: options.concurrency },
    );
    // Told after the server has recorded the job as completed.
    worker.on("completed", ({ name, data: { order } }) => {
      if (name === lastStep) waiting.get(order.orderId)?.resolve();
    });
    worker.on("failed", (job, error) => waiting.get(job?.data.order.orderId ?? "")?.reject(error));
    worker.on("error", (error) => console.error(error));
    return worker;
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));

  return {
    async saga(order) {
      const startedAt = performance.now();
      const end = Promise.withResolvers<void>();
      waiting.set(order.orderId, end);
      await (options.shape === "chain" ? add(stepNames[0], order) : flows.add(flowOf(order)));
      await end.promise;
      waiting.delete(order.orderId);
      return performance.now() - startedAt;
    },
    async durability() {
      const told = await redis.config("GET", "append*");
      return Object.fromEntries(
        ["appendonly", "appendfsync"].map((name) => [name, told[told.indexOf(name) + 1] ?? ""]),
      );
    },
    async stored() {
      const ids = await redis.zrange(`bull:${queueName}:completed`, 0, -1);
      return { sagas: ids.filter((id) => id.endsWith(`-${lastStep}`)).length, steps: ids.length };
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([queue.close(), flows.close(), redis.quit()]);
    },
  };
}

function flowOf(order: Order): FlowJob<Data> {
  const [first, ...rest] = stepNames.map((name) => ({
    name,
    queueName,
    data: { order },
    opts: { ...kept, jobId: jobId(order, name), failParentOnFailure: true },
  }));
  if (!first) throw new Error("a saga has steps");
  return rest.reduce<FlowJob<Data>>((before, job) => ({ ...job, children: [before] }), first);
}

/**
 * A peer's clients and workers, in a process of their own. It works in phases, and says when each begins and ends, so that
 * whoever started it can read what all processes cost meanwhile.
 */
import { makeOrder, stepOutput } from "../order.ts";
import { percentile } from "../spread.ts";
import type { Proof } from "./guard.ts";
import type { OpenPeer } from "./peer.ts";
import type { PeerName } from "./plans.ts";

export interface Asked {
  readonly name: PeerName;
  readonly options: unknown;
  readonly inFlight: number;
  readonly seconds: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly folder: string;
}

export interface Report extends Proof {
  readonly durability: Readonly<Record<string, string>>;
  readonly underLoad: { readonly sagas: number; readonly seconds: number };
  readonly alone: { readonly sagas: number; readonly p50Ms: number };
}

export type Said =
  | { readonly phase: "load begins" | "load is over" }
  | { readonly report: Report }
  | { readonly error: string };

const warmUpSeconds = 1;
const mostSagasAlone = 300;

const adapters: Readonly<Record<PeerName, () => Promise<OpenPeer<never>>>> = {
  bullmq: async () => (await import("./bullmq.ts")).openBullmq,
  restate: async () => (await import("./restate.ts")).openRestate,
  dbos: async () => (await import("./dbos.ts")).openDbos,
  openworkflow: async () => (await import("./openworkflow.ts")).openOpenWorkflow,
};

async function measure(asked: Asked): Promise<Report> {
  const open = (await adapters[asked.name]()) as OpenPeer<unknown>;
  // All of it: warming up and the sagas alone included.
  const said = { sagas: 0, steps: 0 };
  const step = async (name: string, orderId: string) => {
    said.steps++;
    return stepOutput(name, orderId);
  };
  const peer = await open({ options: asked.options, ports: asked.ports, folder: asked.folder, step });
  const nextOrder = () => makeOrder(said.sagas++);
  const underLoadOnce = peer.sagaUnderLoad ?? peer.saga;
  const loadFor = (seconds: number) => load(() => underLoadOnce(nextOrder()), asked.inFlight, seconds);
  await loadFor(warmUpSeconds);
  await tell({ phase: "load begins" });
  const underLoad = await loadFor(asked.seconds);
  await tell({ phase: "load is over" });
  const alone = await oneByOne(() => peer.saga(nextOrder()), asked.seconds / 2);
  const stored = await peer.stored();
  const durability = await peer.durability();
  await peer.stop();
  return { durability, underLoad, alone, said, stored };
}

/** So many at a time until it is over. */
async function load(saga: () => Promise<unknown>, inFlight: number, seconds: number): Promise<Report["underLoad"]> {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let sagas = 0;
  const lane = async () => {
    while (performance.now() < until) {
      await saga();
      sagas++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { sagas, seconds: (performance.now() - startedAt) / 1000 };
}

async function oneByOne(saga: () => Promise<number>, seconds: number): Promise<Report["alone"]> {
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  while (times.length < mostSagasAlone && performance.now() < until) times.push(await saga());
  return { sagas: times.length, p50Ms: percentile(times, 50) };
}

/** Waits for the answer. */
function tell(said: Said): Promise<unknown> {
  return new Promise((heard) => {
    process.once("message", heard);
    process.send?.(said);
  });
}

if (process.send) {
  process.once("disconnect", () => process.exit(1));
  process.once("message", (asked: Asked) => {
    measure(asked).then(
      (report) => process.send?.({ report } satisfies Said, () => process.exit(0)),
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        process.send?.({ error: text } satisfies Said, () => process.exit(1));
      },
    );
  });
}
